"""The best epoch of a run, found anew at the cost of the new epochs only."""

from __future__ import annotations

import math

import numpy as np

from workbench.core.epochs import EpochSeries, Flags
from workbench.core.events import EpochRow
from workbench.core.series import Floats


class BestEpoch:
    """The epoch of least finite test loss, or train loss while none was tested.

    `last_loss` is the newest loss of that kind.
    """

    def __init__(self) -> None:
        self.row: EpochRow | None = None
        self.last_loss: float | None = None
        self.is_tested = False
        self._least = math.inf
        self._done = 0

    def update(self, epochs: EpochSeries) -> EpochRow | None:
        """Take in the epochs that are new, and return the best of all."""
        start, stop = self._done, len(epochs)
        if start < stop:
            self._done = stop
            tested = epochs.is_measured("test_loss", start, stop)
            if tested.any() and not self.is_tested:
                self.is_tested, self.row, self._least = True, None, math.inf
            losses = epochs.column(self._kind, start, stop)
            measured = tested if self.is_tested else np.ones_like(tested)
            if measured.any():
                self.last_loss = float(losses[measured][-1])
                self._take(epochs, start, losses, measured & np.isfinite(losses))
        return self.row

    @property
    def _kind(self) -> str:
        return "test_loss" if self.is_tested else "train_loss"

    def _take(self, epochs: EpochSeries, start: int, losses: Floats, counts: Flags) -> None:
        """Look for a better epoch among those that count."""
        eligible = np.where(counts, losses, np.inf)
        place = int(eligible.argmin())
        if eligible[place] < self._least:
            self._least, self.row = float(eligible[place]), epochs[start + place]
