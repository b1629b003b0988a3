"""The whole state of a run as bytes and back: no pickle, no code, every bit kept.

Tensors become a safetensors file in memory under the names t0, t1, …; all the rest
becomes JSON in which tuples, dicts with other keys than words, and floats are tagged,
so that each comes back as what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from workbench.core.errors import SessionError
from workbench.core.events import Checkpoint
from workbench.engine.failures import is_of_device, is_out_of_memory
from workbench.engine.optimizers import OptimizerStack
from workbench.engine.schedules import Scheduler

_MISFITS = (
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    safetensors.SafetensorError,
)


@dataclass(frozen=True, eq=False)
class WholeState:
    """The state after `step`, as nested dicts, lists and tuples of numbers and tensors."""

    step: int
    epoch: int
    content: dict[str, Any]

    @property
    def num_bytes(self) -> int:
        """Return how much memory the tensors take."""
        return _count_bytes(self.content)

    @property
    def is_sound(self) -> bool:
        """Say whether all weights are finite."""
        return all(bool(part.isfinite().all()) for part in self.content["model"].values())

    def copy(self) -> WholeState:
        """Return a copy on the CPU that does not change when training goes on."""
        return replace(self, content=_copy(self.content))

    def encode(self) -> Checkpoint:
        """Turn it into bytes."""
        tensors: dict[str, Tensor] = {}
        text = json.dumps(_encode(self.content, tensors))
        return Checkpoint(self.step, self.epoch, safetensors.torch.save(tensors), text)


def gather(
    model: nn.Module,
    stack: OptimizerStack,
    scheduler: Scheduler,
    *,
    step: int,
    epoch: int,
    loop: Mapping[str, Any] | None = None,
) -> WholeState:
    """Collect the state after `step` in `epoch` (both counted from the run's start).

    The tensors are the live ones. `loop` is what the training loop wants back.
    """
    plateau = scheduler.plateau
    content = {
        "model": dict(model.state_dict()),
        "optimizer": stack.state_dict(),
        "plateau": None
        if plateau is None
        else {
            "factor": plateau.factor,
            "best": plateau.best,
            "bad_epochs": plateau.bad_epochs,
            "cooldown_left": plateau.cooldown_left,
        },
        "random": generators(_device_of(model)),
        "loop": dict(loop or {}),
    }
    return WholeState(step, epoch, content)


def capture(
    model: nn.Module, stack: OptimizerStack, scheduler: Scheduler, *, step: int, epoch: int
) -> Checkpoint:
    """Take the state after `step` in `epoch` as bytes; see `gather`."""
    return gather(model, stack, scheduler, step=step, epoch=epoch).encode()


def restore(
    checkpoint: Checkpoint, model: nn.Module, stack: OptimizerStack, scheduler: Scheduler
) -> dict[str, Any]:
    """Put a model, its optimizer, its schedule and torch's generators back.

    Returns what the training loop had asked to get back: empty where that was nothing.

    Raises:
        SessionError: where the checkpoint is damaged or belongs to another structure.
    """
    content = read_state(checkpoint)
    put_weights(content, model)
    put_optimizer(content, stack, scheduler)
    put_generators(content.get("random", {}))
    loop: dict[str, Any] = content["loop"]
    return loop


def read_state(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the content of a `WholeState`; every tensor is a fresh, aligned copy.

    Tensors read from a file may lie at any address, and the last bits of matrix
    products depend on alignment, so they are copied before use.

    Raises:
        SessionError: where the checkpoint is damaged.
    """
    with refusing_misfits():
        loaded = safetensors.torch.load(checkpoint.tensors)
        tensors = {name: tensor.clone() for name, tensor in loaded.items()}
        state: dict[str, Any] = _decode(json.loads(checkpoint.state), tensors)
        state.setdefault("loop", {})
        return state


def put_weights(content: Mapping[str, Any], model: nn.Module) -> None:
    """Give a model the weights and buffers of a state's content.

    Raises:
        SessionError: where they do not fit.
    """
    with refusing_misfits():
        model.load_state_dict(content["model"])


def put_optimizer(
    content: Mapping[str, Any], stack: OptimizerStack, scheduler: Scheduler
) -> None:
    """Let optimizer and schedule go on from a state's content.

    A schedule that was not there before starts afresh.

    Raises:
        SessionError: where the state is that of another kind of optimizer.
    """
    with refusing_misfits():
        stack.load_state_dict(content["optimizer"])
        if scheduler.plateau is not None and content["plateau"] is not None:
            for name, value in content["plateau"].items():
                setattr(scheduler.plateau, name, value)


def generators(device: torch.device) -> dict[str, Tensor | None]:
    """Return the states of the generators that training on a device draws from."""
    on_cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {"cpu": torch.random.get_rng_state(), "cuda": on_cuda}


def put_generators(states: Mapping[str, Any]) -> None:
    """Let torch's generators go on from what `generators` returned.

    Raises:
        SessionError: where the states are damaged.
    """
    with refusing_misfits():
        torch.random.set_rng_state(states["cpu"])
        if states["cuda"] is not None and torch.cuda.is_initialized():
            torch.cuda.set_rng_state(states["cuda"])


@contextmanager
def refusing_misfits() -> Iterator[None]:
    """Turn what goes wrong with a state's content into a `SessionError`."""
    try:
        yield
    except _MISFITS as error:
        if is_out_of_memory(error) or is_of_device(error):
            raise
        raise SessionError(f"This checkpoint does not fit its run: {error}") from error


def _device_of(model: nn.Module) -> torch.device:
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def _copy(value: Any) -> Any:
    """Copy what training changes in place; numbers and words can be shared."""
    if isinstance(value, Tensor):
        copied = value.detach()
        return copied.clone() if copied.device.type == "cpu" else copied.cpu()
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copy(part) for part in value)
    return value


def _count_bytes(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, dict):
        return sum(_count_bytes(part) for part in value.values())
    if isinstance(value, list | tuple):
        return sum(_count_bytes(part) for part in value)
    return 0


def _encode(value: Any, tensors: dict[str, Tensor]) -> Any:
    match value:
        case Tensor():
            name = f"t{len(tensors)}"
            tensors[name] = value.detach().cpu().contiguous().clone()
            return {"tensor": name}
        case None | bool() | int() | str():
            return value
        case float():
            return {"float": value.hex()}
        case tuple():
            return {"tuple": [_encode(part, tensors) for part in value]}
        case list():
            return [_encode(part, tensors) for part in value]
        case dict():
            pairs = [[_encode(k, tensors), _encode(v, tensors)] for k, v in value.items()]
            return {"dict": pairs}
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be part of a checkpoint")


def _decode(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(part, tensors) for part in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    match tag:
        case "tensor":
            return tensors[content]
        case "float":
            return float.fromhex(content)
        case "tuple":
            return tuple(_decode(part, tensors) for part in content)
        case "dict":
            return {_decode(k, tensors): _decode(v, tensors) for k, v in content}
        case _:
            raise ValueError(f"unknown tag '{tag}'")
