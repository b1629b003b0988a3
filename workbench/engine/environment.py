"""What decides the last digits of a run beside its plan: versions, processor, switches."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import torch
from torch import nn

import workbench
from workbench.engine.arithmetic import Bfloat16Forward
from workbench.engine.devices import describe_device
from workbench.engine.optimizers import OptimizerStack

# Each fact and what to say where it is another one than before. Facts that are not here
# are told but do not decide: Python, the system, the threads between operations.
_WORDS = {
    "device": "it computes on {now} instead of {before}",
    "threads": "it computes with {now} instead of {before}",
    "processor": "it runs on the processor {now} instead of {before}",
    "capability": "it uses the processor's {now} instructions instead of {before}",
    "workbench": "Training Workbench is {now} instead of {before}",
    "torch": "torch is {now} instead of {before}",
    "torchvision": "torchvision is {now} instead of {before}",
    "numpy": "NumPy is {now} instead of {before}",
    "scikit-learn": "scikit-learn is {now} instead of {before}",
    "pytorch_optimizer": "pytorch_optimizer is {now} instead of {before}",
    "mkl": "MKL is {now} instead of {before}",
    "onednn": "oneDNN is {now} instead of {before}",
    "variables": "the environment variables are {now} instead of {before}",
    "dtype": "it computes in {now} instead of {before}",
    "forward": "its forward pass computes in {now} instead of {before}",
    "precision": "it multiplies float32 with {now} precision instead of {before}",
    "deterministic": "torch's deterministic algorithms are {now} instead of {before}",
    "memory_format": "it stores images {now} instead of {before}",
    "steps_by": "it steps the optimizer by {now} instead of {before}",
    "cuda": "CUDA is {now} instead of {before}",
    "driver": "the NVIDIA driver is {now} instead of {before}",
    "cudnn": "cuDNN is {now} instead of {before}",
    "tf32": "TF32 is {now} instead of {before}",
}
_PACKAGES = ("torchvision", "numpy", "scikit-learn", "pytorch_optimizer")
_VARIABLES = (  # which kernels the libraries choose
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "ONEDNN_MAX_CPU_ISA",
    "CUBLAS_WORKSPACE_CONFIG",
)


def environment(
    device: torch.device, model: nn.Module, stack: OptimizerStack
) -> dict[str, str]:
    """Return the facts of this thread, machine and program, each under its name."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "workbench": workbench.__version__,
        "torch": torch.__version__,
        **{name: _package(name) for name in _PACKAGES},
        **_libraries(),
        "processor": _processor(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "interop_threads": str(torch.get_num_interop_threads()),
        "variables": _variables(),
        "dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "forward": _forward(model),
        "precision": torch.get_float32_matmul_precision(),
        "deterministic": _switch(on=torch.are_deterministic_algorithms_enabled()),
        "memory_format": _memory_format(model),
        "steps_by": _steps_by(stack),
        "device": describe_device(device),
        **(_cuda() if device.type == "cuda" else {}),
    }


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say in words which facts that decide the last digits are not what they were.

    What only one side knows is passed over: facts of CUDA go with the device.
    """
    return [
        words.format(now=_shown(name, now[name]), before=before[name])
        for name, words in _WORDS.items()
        if name in before and name in now and before[name] != now[name]
    ]


def _shown(name: str, value: str) -> str:
    if name == "threads":
        return f"{value} thread" if value == "1" else f"{value} threads"
    return value


def _package(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"


def _libraries() -> dict[str, str]:
    """Return the versions of the libraries that torch multiplies and convolves with."""
    built_with = torch.__config__.show()
    mkl = re.search(r"Math Kernel Library Version ([\w.]+)", built_with)
    onednn = re.search(r"MKL-DNN v([\w.]+)|oneDNN v([\w.]+)", built_with)
    return {
        "mkl": _version(mkl) if torch.backends.mkl.is_available() else "absent",
        "onednn": _version(onednn) if torch.backends.mkldnn.is_available() else "absent",
    }


def _version(found: re.Match[str] | None) -> str:
    return next((group for group in found.groups() if group), "there") if found else "there"


def _processor() -> str:
    """Return the processor's own name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        lines = ""
    name = re.search(r"^model name\s*:\s*(.+)$", lines, re.MULTILINE)
    return name[1].strip() if name else platform.processor() or platform.machine()


def _variables() -> str:
    found = [f"{name}={os.environ[name]}" for name in _VARIABLES if os.environ.get(name)]
    return " ".join(found) or "none"


def _memory_format(model: nn.Module) -> str:
    images = [part for part in model.parameters() if part.ndim == 4]
    last = [part for part in images if not part.is_contiguous()]
    return "channels last" if last else "channels first"


def _forward(model: nn.Module) -> str:
    return "bfloat16" if isinstance(model, Bfloat16Forward) else "full precision"


def _steps_by(stack: OptimizerStack) -> str:
    """Say how torch walks over the tensors: it chooses by device unless told."""
    groups = [part.param_groups[0] for part in stack.parts]
    chosen = [
        name for name in ("foreach", "fused") if any(group.get(name) for group in groups)
    ]
    return " and ".join(chosen) or "torch's choice"


def _cuda() -> dict[str, str]:
    cudnn = torch.backends.cudnn
    products = _switch(on=torch.backends.cuda.matmul.allow_tf32)
    convolutions = _switch(on=cudnn.allow_tf32)
    return {
        "cuda": str(torch.version.cuda),
        "driver": _driver(),
        "cudnn": f"{cudnn.version()}, benchmark {_switch(on=cudnn.benchmark)}, "
        f"deterministic {_switch(on=cudnn.deterministic)}",
        "tf32": f"{products} for products, {convolutions} for convolutions",
    }


def _driver() -> str:
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    found = re.search(r"Kernel Module[^\d]*([\d.]+)", text)
    return found[1] if found else "unknown"


def _switch(*, on: bool) -> str:
    return "on" if on else "off"
