"""Going on from a state: what to carry over, and the proof that nothing was lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workbench.core.events import Checkpoint, ResumeReport


class Carried(StrEnum):
    """What of a state a run takes over."""

    EVERYTHING = "everything"  # the run simply goes on
    WEIGHTS = "weights"  # weights and buffers; the optimizer starts afresh


@dataclass(frozen=True)
class Start:
    """The state that a run begins with."""

    checkpoint: Checkpoint
    carried: Carried = Carried.EVERYTHING


def describe_resume(report: ResumeReport) -> str:
    """Say whether a run goes on as if it had never stopped, and if not, why."""
    what = f"resumed after step {report.step:,}"
    bad = [check for check in report.checks if not check.is_equal]
    reasons = [*report.differences, *(f"{check.what} {check.detail}" for check in bad)]
    if report.is_exact:
        return f"{what}: exactly, bit for bit"
    return f"{what}; last digits may differ because {'; '.join(reasons)}"
