"""Which steps were measured: their spacing, where one is missing, and both in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.core.series import Floats
from workbench.ui.plots.ranges import Range

LEAST_APART_PX = 8  # samples nearer than this get no mark each
_GAP = 3.0  # times the spacing on both sides: then something is missing in between


def gaps(steps: Floats) -> npt.NDArray[np.intp]:
    """Return the positions of samples before which others are missing.

    A distance is a gap where it is far larger than both its neighbours; another
    cadence from some step on is none.
    """
    if len(steps) < 3:
        return np.empty(0, dtype=np.intp)
    distances = np.diff(steps)
    beside = np.concatenate((distances[1:2], distances, distances[-2:-1]))
    usual = np.maximum(beside[:-2], beside[2:])
    found: npt.NDArray[np.intp] = np.flatnonzero(distances > _GAP * usual) + 1
    return found


def with_gaps(steps: Floats, *columns: Floats) -> tuple[Floats, ...]:
    """Return steps and columns with a NaN put in wherever samples are missing."""
    places = gaps(steps)
    if not len(places):
        return (steps, *columns)
    between = (steps[places - 1] + steps[places]) / 2
    broken = [np.insert(column, places, np.nan, axis=0) for column in columns]
    return (np.insert(steps, places, between), *broken)


def stretches(good: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each unbroken row of True begins, and where it has ended."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False]))))
    return [(start, stop) for start, stop in edges.reshape(-1, 2).tolist()]


def spans(steps: Floats) -> tuple[Floats, Floats]:
    """Return for each sample which steps it stands for: after (n,), up to itself (n,).

    Those since the sample before it, as far as none is missing; so nothing is ever
    said of steps after the last sample.
    """
    if not len(steps):
        return np.empty(0), np.empty(0)
    usual = float(np.median(np.diff(steps))) if len(steps) > 1 else 1.0
    starts = np.concatenate(([max(0.0, steps[0] - usual)], steps[:-1]))
    places = gaps(steps)
    starts[places] = np.maximum(starts[places], steps[places] - usual)
    return starts, steps


def are_apart(steps: Floats, visible: Range | None, width_px: float) -> bool:
    """Say whether the samples in view (None: all) can be told apart, so many px wide."""
    low, high = visible or (-np.inf, np.inf)
    inside = np.count_nonzero((steps >= low) & (steps <= high))
    return bool(inside * LEAST_APART_PX <= width_px)


def spacing(steps: Floats) -> tuple[int, int]:
    """Return the smallest and the largest usual distance of samples, 0 for under two.

    One in twenty distances may be larger or smaller: the first, the last, a pause.
    """
    if len(steps) < 2:
        return 0, 0
    low, high = np.quantile(np.diff(steps), (0.05, 0.95), method="nearest")
    return int(low), int(high)
