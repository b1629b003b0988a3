"""What ended a run against everybody's will, in words: memory, the graphics card, a defect.

Nothing here holds on to an exception: its traceback holds the tensors of the step.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import Enum, auto

from workbench.core.errors import UserError
from workbench.core.loop import LoopSettings

_MEMORY_WORDS = (  # torch says it by text alone
    "allocate memory",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


class Kind(Enum):
    """What an error is to the person."""

    MISTAKE = auto()  # the plan asks for something that cannot be done
    MEMORY = auto()
    DEVICE = auto()  # CUDA asserted, or the card was lost
    DEFECT = auto()


@dataclass(frozen=True)
class Failure:
    """An error without its traceback; `report` is that in words, of a defect."""

    kind: Kind
    message: str
    report: str = ""


@dataclass(frozen=True)
class Whereabouts:
    """How far a run had got: steps done, the step of its newest checkpoint, its samples.

    `samples` is 0 before the data were loaded.
    """

    step: int
    kept_step: int | None
    samples: int


def failure_of(error: Exception) -> Failure:
    """Say what an error is; to be called while it is being handled."""
    if isinstance(error, UserError):
        return Failure(Kind.MISTAKE, str(error))
    if is_out_of_memory(error):
        return Failure(Kind.MEMORY, _first_line(error))
    if is_of_device(error):
        return Failure(Kind.DEVICE, _first_line(error))
    return Failure(Kind.DEFECT, f"{type(error).__name__}: {error}", traceback.format_exc())


def let_go(error: BaseException | None) -> None:
    """Empty the frames that an error came through: they hold the tensors of the step.

    Whoever still has the error, or one that it came from, keeps no memory alive.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def is_out_of_memory(error: BaseException) -> bool:
    """Tell a lack of memory, of whatever device, from other errors."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and any(word in str(error) for word in _MEMORY_WORDS)
    )


def is_of_device(error: BaseException) -> bool:
    """Tell errors of CUDA itself from others; without importing torch for it."""
    named = type(error).__name__ == "AcceleratorError"
    return named or (isinstance(error, RuntimeError) and "CUDA error" in str(error))


def describe_lack_of_memory(
    failure: Failure, loop: LoopSettings, where: Whereabouts
) -> str:
    """Say that memory ran out, what is kept, and which batch to try."""
    card = " on the graphics card" if "CUDA" in failure.message else ""
    return (
        f"Not enough memory{card} {_place(where)}. {_kept(where)} "
        f"{_advice(loop, where)} ({failure.message})"
    )


def describe_lost_device(failure: Failure, where: Whereabouts) -> str:
    """Say that CUDA is gone for this process, and what is kept."""
    return (
        f"CUDA stopped working {_place(where)} and cannot be used again until the program "
        f"is restarted. {_kept(where)} ({failure.message})"
    )


def _place(where: Whereabouts) -> str:
    if not where.samples:
        return "to prepare this run"
    return f"in step {where.step + 1:,}"


def _kept(where: Whereabouts) -> str:
    if where.kept_step is not None:
        return f"Everything up to the checkpoint at step {where.kept_step:,} is kept."
    if where.step:
        return f"The losses up to step {where.step:,} are kept, but there is no checkpoint."
    return "Nothing had been trained."


def _advice(loop: LoopSettings, where: Whereabouts) -> str:
    """Suggest half the batch; where that is not known or possible, less of the rest."""
    if not where.samples:
        return "Use a smaller batch, model or data set."
    if loop.full_batch and where.samples > 1:
        return (
            f"Use a smaller batch: switch full batch off with a batch size of "
            f"{where.samples // 2:,}."
        )
    if not loop.full_batch and loop.batch_size > 1:
        half = loop.batch_size // 2
        return f"Use a smaller batch: {half:,} samples instead of {loop.batch_size:,}."
    return "Use a smaller model."


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
