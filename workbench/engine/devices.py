"""Which devices there are, which one a run takes, and how many threads."""

from __future__ import annotations

import os

import torch

from workbench.core.errors import DeviceError
from workbench.core.loop import LoopSettings
from workbench.core.models import CnnModel, Model
from workbench.core.ports import DeviceFacts


def find_devices() -> list[DeviceFacts]:
    """List the CPU and CUDA, with the reason where CUDA is not available."""
    cores = os.cpu_count() or 1
    cpu = DeviceFacts("cpu", f"CPU, {cores} cores", available=True)
    if torch.cuda.is_available():
        return [cpu, DeviceFacts("cuda", torch.cuda.get_device_name(0), available=True)]
    return [cpu, DeviceFacts("cuda", "CUDA", available=False, reason=_why_no_cuda())]


def choose_device(loop: LoopSettings, *, goes_on: bool = False) -> torch.device:
    """Return the device of a run.

    One that goes on is computed on the CPU where CUDA is not there: its plan cannot be
    changed any more, and it says that it computes elsewhere.

    Raises:
        DeviceError: where CUDA was asked for and is not there, or was lost.
    """
    if loop.device == "cpu":
        return torch.device("cpu")
    if (loss := _why_cuda_is_lost()) is not None:
        raise DeviceError(
            "CUDA has stopped working and cannot be used again until the program is "
            f"restarted. Restart it, or set loop.device to cpu. ({loss})"
        )
    if torch.cuda.is_available():
        return torch.device("cuda", 0)
    if loop.device == "cuda" and not goes_on:
        raise DeviceError(
            f"CUDA is not available: {_why_no_cuda()}. Set loop.device to cpu or auto."
        )
    return torch.device("cpu")


def choose_threads(loop: LoopSettings, model: Model) -> int:
    """Return how many processor threads a run computes with.

    Small models lose more to the hand-over between threads than they win; large ones
    take all cores but one, which is left to the window.
    """
    if loop.threads > 0:
        return loop.threads
    available = int(os.environ.get("OMP_NUM_THREADS", "0") or 0) or os.cpu_count() or 1
    return max(1, available - 1) if isinstance(model, CnnModel) else 1


def describe_device(device: torch.device) -> str:
    """Name a device for people."""
    if device.type == "cuda":
        return f"{device} {torch.cuda.get_device_name(device)}"
    return str(device)


def make_deterministic(device: torch.device, *, tf32: bool = False) -> None:
    """Make CUDA give the same numbers every time, in full float32 unless in TF32."""
    if device.type != "cuda":
        return
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cuda.matmul.allow_tf32 = tf32


def _why_cuda_is_lost() -> str | None:
    """Return what CUDA answers once it has asserted: from then on it fails every call."""
    if not torch.cuda.is_initialized():
        return None
    try:
        torch.cuda.synchronize()
    except RuntimeError as error:
        return str(error).partition("\n")[0]
    return None


def _why_no_cuda() -> str:
    if not torch.backends.cuda.is_built():
        return "this torch was built without CUDA"
    return "no NVIDIA driver or graphics card was found"
