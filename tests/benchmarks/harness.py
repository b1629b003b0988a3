"""What every benchmark is made of: measurements taken in turn, and figures from them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Options:
    """How thorough a run of the benchmarks is.

    `pairs` counts the measurements of each competitor; `folder` is a temporary one;
    `data` holds real CIFAR-10 images, None where made ones have to do.
    """

    pairs: int
    is_quick: bool
    folder: Path
    data: Path | None = None

    def size(self, full: int, quick: int) -> int:
        """Return how much is to be done in one measurement."""
        return quick if self.is_quick else full


@dataclass(frozen=True)
class Measurement:
    """One piece of work: how long it took by the clock, and of the process's processors.

    `losses` are those of the training, where it was one: competitors can be compared.
    """

    seconds: float
    cpu_s: float
    losses: Sequence[float] = ()


Competitor = Callable[[], Measurement]


class Timer:
    """Measures a `with` block."""

    def __enter__(self) -> Self:
        self._began_s, self._began_cpu_s = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._seconds = time.perf_counter() - self._began_s
        self._cpu_s = time.process_time() - self._began_cpu_s

    def measurement(self, losses: Sequence[float] = ()) -> Measurement:
        """Return what the block took, once it has been left."""
        return Measurement(self._seconds, self._cpu_s, losses)


def alternate(
    pairs: int, competitors: Mapping[str, Competitor]
) -> dict[str, list[Measurement]]:
    """Measure each competitor `pairs` times, in turn: A B A B; once before to warm up.

    In turn, so that all of them see the same machine, whatever else it is doing.
    """
    for compete in competitors.values():
        compete()
    results: dict[str, list[Measurement]] = {name: [] for name in competitors}
    for _ in range(pairs):
        for name, compete in competitors.items():
            gc.collect()
            results[name].append(compete())
    return results


@dataclass(frozen=True)
class Goal:
    """What a figure should be: its ratio, or (`of_ours`) its own value."""

    limit: float
    at_least: bool = True
    of_ours: bool = False

    def is_met(self, figure: Figure) -> bool:
        """Say whether a figure reaches the goal."""
        value = figure.middle if self.of_ours else figure.ratio
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """One line of the table: values of ours and of a reference, measured in turn.

    The ratio is the median of the ratios of neighbours; `cpu_ratios` are the same by
    processor time, which other programs on the machine disturb less.
    """

    name: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float]
    reference_name: str
    goal: Goal | None = None
    cpu_ratios: Sequence[float] = ()
    remarks: str = ""

    @property
    def middle(self) -> float:
        """Return the median of ours."""
        return statistics.median(self.ours)

    @property
    def ratios(self) -> list[float]:
        """Return ours ÷ reference of each pair."""
        return [a / b for a, b in zip(self.ours, self.reference, strict=True)]

    @property
    def ratio(self) -> float:
        """Return the median ratio; NaN where there is no reference."""
        return statistics.median(self.ratios) if self.reference else float("nan")

    @property
    def is_met(self) -> bool | None:
        """Say whether the goal is reached; None where there is none."""
        return None if self.goal is None else self.goal.is_met(self)

    def values(self) -> dict[str, Any]:
        """Return everything for the JSON file."""
        goal = self.goal and {
            "limit": self.goal.limit,
            "at_least": self.goal.at_least,
            "of": "ours" if self.goal.of_ours else "ratio",
            "met": self.is_met,
        }
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": list(self.ours),
            "reference": list(self.reference),
            "reference_name": self.reference_name,
            "ratio": self.ratio if self.reference else None,
            "ratios": self.ratios if self.reference else [],
            "cpu_ratios": list(self.cpu_ratios),
            "goal": goal,
            "remarks": self.remarks,
        }


@dataclass(frozen=True)
class Skipped:
    """A figure that could not be measured here, and why."""

    name: str
    why: str


Result = Figure | Skipped


def speed(
    name: str,
    steps: int,
    ours: Sequence[Measurement],
    reference: Sequence[Measurement],
    reference_name: str = "plain loop",
    goal: Goal | None = None,
    *,
    remarks: str = "",
) -> Figure:
    """Return a figure in steps a second; its ratio is above 1 where ours is faster."""
    pairs = list(zip(ours, reference, strict=True))
    return Figure(
        name=name,
        unit="steps/s",
        ours=[steps / one.seconds for one in ours],
        reference=[steps / one.seconds for one in reference],
        reference_name=reference_name,
        goal=goal,
        cpu_ratios=[theirs.cpu_s / mine.cpu_s for mine, theirs in pairs],
        remarks=remarks,
    )


def check_equal(ours: Sequence[Measurement], reference: Sequence[Measurement]) -> None:
    """Make sure that both trained with the same losses, bit for bit.

    Raises:
        AssertionError: where one differs.
    """
    for mine, theirs in zip(ours, reference, strict=True):
        assert list(mine.losses) == list(theirs.losses), "the losses are not the same"
