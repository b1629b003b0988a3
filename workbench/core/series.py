"""Append-only series of a run: written by one thread, read by others without locks.

A writer stores a value first and raises the count last, so a reader that takes the
count first never sees a value that is not there yet.
"""

from __future__ import annotations

import contextlib

import numpy as np
import numpy.typing as npt

from workbench.core import paths
from workbench.core.spill import SpillFile

Floats = npt.NDArray[np.float64]

_FIRST_CAPACITY = 1024
_MOST_IN_MEMORY = 2**20  # values; longer columns go to the disk, if it takes them


class Column:
    """One growing column of float64: in memory while it is short, else on the disk."""

    def __init__(self) -> None:
        self._spill: SpillFile | None = None
        self._values: Floats = np.empty(_FIRST_CAPACITY)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, value: float) -> None:
        """Add one value; NaN and infinities are kept as they are."""
        count = self._count
        if count == len(self._values):
            self._reserve(count + 1)
        self._values[count] = value
        self._count = count + 1

    def extend(self, values: npt.ArrayLike) -> None:
        """Add many values at once."""
        new = np.asarray(values, dtype=np.float64)
        end = self._count + len(new)
        if end > len(self._values):
            self._reserve(end)
        self._values[self._count : end] = new
        self._count = end

    def values(self, start: int = 0, stop: int | None = None) -> Floats:
        """Return a read-only view of the values from `start` up to `stop`."""
        count = self._count  # before the array: see the module's docstring
        view = self._values[start : count if stop is None else min(stop, count)]
        view.flags.writeable = False
        return view

    def _reserve(self, needed: int) -> None:
        if needed > _MOST_IN_MEMORY:
            with contextlib.suppress(OSError):  # a full disk: memory has to do
                self._values = self._spilled(needed)
                return
        grown = np.empty(max(needed, 2 * len(self._values)))
        grown[: self._count] = self._values[: self._count]
        self._values, self._spill = grown, None

    def _spilled(self, needed: int) -> Floats:
        """Return a longer array of the same values that lies in a file."""
        if self._spill is not None:
            return self._spill.grow(needed)
        spill = SpillFile(paths.spill_folder())
        grown = spill.grow(needed)
        grown[: self._count] = self._values[: self._count]
        self._spill = spill
        return grown


def count_until(steps: Floats, step: int) -> int:
    """Count the entries of a rising column of steps that are no later than `step`."""
    return int(np.searchsorted(steps, step, side="right"))


class StepSeries:
    """What is kept of every step of a run; row i belongs to step i + 1.

    `loss` is the loss of the step's batch before the step, `lr` the scheduled nominal
    learning rate of the step.
    """

    def __init__(self) -> None:
        self.loss = Column()
        self.lr = Column()

    def __len__(self) -> int:
        return len(self.lr)  # the column that is written last

    def append(self, loss: float, lr: float) -> None:
        """Add the values of the next step."""
        self.loss.append(loss)
        self.lr.append(lr)

    def copy_until(self, step: int) -> StepSeries:
        """Return a series of its own with the steps up to `step`."""
        copied = StepSeries()
        copied.loss.extend(self.loss.values(0, step))
        copied.lr.extend(self.lr.values(0, step))
        return copied
