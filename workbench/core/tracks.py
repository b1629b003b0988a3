"""Long columns as curves: only what is in view, in few points.

A track remembers what it has read: it belongs to one reading thread at a time.
"""

from __future__ import annotations

import numpy as np

from workbench.core.epoch_scale import EpochScale
from workbench.core.epochs import EpochSeries
from workbench.core.pyramid import Pyramid
from workbench.core.series import Column, Floats

Range = tuple[float, float]


class StepTrack:
    """One value a step; step i + 1 stands at row i.

    The x axis counts steps, or epochs where their `scale` is given.
    """

    def __init__(self, column: Column) -> None:
        self._column = column
        self._pyramid = Pyramid(column)

    def __len__(self) -> int:
        return len(self._column)

    def read(
        self, visible: Range | None, scale: EpochScale | None, max_points: int
    ) -> tuple[Floats, Floats]:
        """Return x and y of the part in view (None: all) and a little beside it."""
        start, stop = 0, len(self._column)
        if visible is not None:
            edges = np.array(visible)
            edges = edges if scale is None else scale.steps_of(edges)
            low, high = (_clamp(float(edge), stop) for edge in edges)
            start, stop = max(0, int(low) - 2), int(high) + 2
        positions, values = self._pyramid.read(start, stop, max_points)
        steps = positions + 1
        return steps if scale is None else scale.epochs_of(steps), values

    def prepare(self) -> None:
        """Read all there is, so that the first `read` is a short one."""
        self._pyramid.prepare()

    def value_at(self, x: float, scale: EpochScale | None = None) -> float:
        """Return the value of the step nearest to x."""
        step = x if scale is None else float(scale.steps_of(np.array([x]))[0])
        row = int(_clamp(round(step) - 1, len(self._column) - 1))
        return float(self._column.values(row, row + 1)[0])


class EpochTrack:
    """Values measured at the end of some epochs, with step and epoch of each.

    `name` is one of the columns of the epochs; values are shown times `scale`.
    """

    def __init__(self, name: str, scale: float = 1.0) -> None:
        self._name, self._scale = name, scale
        self.steps, self.epochs, self.values = Column(), Column(), Column()
        self._pyramid = Pyramid(self.values)
        self._done = 0

    def __len__(self) -> int:
        return len(self.values)

    def update(self, epochs: EpochSeries) -> None:
        """Take in what was measured since the last call, always in the same series."""
        start, stop = self._done, len(epochs)
        self._done = stop
        measured = epochs.is_measured(self._name, start, stop)
        known = slice(None) if measured.all() else measured  # a slice copies nothing
        self.steps.extend(epochs.column("step", start, stop)[known])
        self.epochs.extend(epochs.column("epoch", start, stop)[known])
        values = epochs.column(self._name, start, stop)[known]
        self.values.extend(values if self._scale == 1.0 else self._scale * values)

    def prepare(self) -> None:
        """Have what was taken in ready, so that the first `read` is a short one."""
        self._pyramid.prepare()

    def read(
        self, visible: Range | None, max_points: int, *, by_epoch: bool
    ) -> tuple[Floats, Floats]:
        """Return x and y of the part in view (None: all) and a little beside it."""
        x = (self.epochs if by_epoch else self.steps).values()
        start, stop = 0, len(x)
        if visible is not None:
            start, stop = np.searchsorted(x, visible).tolist()
            start, stop = max(0, start - 2), stop + 2
        positions, values = self._pyramid.read(start, stop, max_points)
        return x[np.minimum(positions.astype(np.intp), len(x) - 1)], values


def _clamp(value: float, high: float) -> float:
    return max(0.0, min(value, float(high)))
