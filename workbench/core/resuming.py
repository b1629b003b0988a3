"""Going on from a state: what to carry over, and the proof that nothing was lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workbench.core.events import Checkpoint, ResumeReport

__all__ = ["Carried", "ResumeReport", "Start"]


class Carried(StrEnum):
    """What of a state a run takes over."""

    EVERYTHING = "everything"  # the run simply goes on
    WEIGHTS = "weights"  # weights and buffers; the optimizer starts afresh


@dataclass(frozen=True)
class Start:
    """The state that a run begins with."""

    checkpoint: Checkpoint
    carried: Carried = Carried.EVERYTHING
