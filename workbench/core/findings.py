"""What the health of a run is told in: findings, each with its reason and its advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workbench.core.rates import TensorFacts

RUN = "run"  # the subject of findings on no single layer


class Level(StrEnum):
    """How bad something is; `severity` puts them in order."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"

    @property
    def severity(self) -> int:
        """Return 0 for good, 1 for watch and 2 for bad."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Finding:
    """One thing that was found, or that nothing was.

    `subject` is a layer or `RUN`; `tensor` is the one tensor of the layer that it is
    about, empty where it is the whole layer. `reason` is a sentence with the number and
    its threshold, `advice` one on what to try.
    """

    level: Level
    subject: str
    reason: str
    advice: str = ""
    tensor: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was found at one time.

    `findings` holds what needs attention, the worst first: empty when all is well.
    `tensors` and `layers` hold the verdict on each by its name; those that were never
    measured have none. `missing` is how many measurements there must be before tensors
    are judged.
    """

    findings: tuple[Finding, ...] = ()
    tensors: Mapping[str, Finding] = field(default_factory=dict)
    layers: Mapping[str, Finding] = field(default_factory=dict)
    missing: int = 0


def layer_of(tensor: TensorFacts) -> str:
    """Return the name of a tensor's layer; its own where it stands alone."""
    return tensor.name.rpartition(".")[0] or tensor.name


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put findings in the order of their severity, else as they came."""
    return tuple(sorted(findings, key=lambda finding: -finding.level.severity))
