"""How alive the activations of a network are: the share of dead units by layer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.core.series import Column, count_until

Shares = npt.NDArray[np.float64]


class ActivitySeries:
    """Share of units of each rectifying layer that gave 0 for the whole batch.

    Measured at the steps at which the rates are; one writer, many readers. Empty for
    models without such layers.
    """

    def __init__(self) -> None:
        self.layers: tuple[str, ...] = ()
        self._steps = Column()
        self._shares: list[Column] = []

    def __len__(self) -> int:
        return len(self._steps)

    def begin(self, layers: tuple[str, ...]) -> None:
        """Say which layers will be measured, before the first sample."""
        self.layers = layers
        self._shares = [Column() for _ in layers]

    def append(self, step: int, shares: npt.ArrayLike) -> None:
        """Add the shares of dead units of one step, one for each layer."""
        for column, share in zip(self._shares, np.asarray(shares), strict=True):
            column.append(float(share))
        self._steps.append(step)

    def steps(self) -> Shares:
        """Return the measured steps."""
        return self._steps.values()

    def shares(self, start: int, stop: int) -> Shares:
        """Return the shares of some samples, shape (samples, layers)."""
        columns = [column.values(start, stop) for column in self._shares]
        return np.column_stack(columns) if columns else np.empty((stop - start, 0))

    def copy_until(self, step: int) -> ActivitySeries:
        """Return a series of its own with the measurements up to `step`."""
        copied = ActivitySeries()
        copied.begin(self.layers)
        count = count_until(self.steps(), step)
        for own, column in zip(copied._shares, self._shares, strict=True):
            own.extend(column.values(0, count))
        copied._steps.extend(self._steps.values(0, count))
        return copied

    def latest(self) -> dict[str, float]:
        """Return the newest share of each layer; empty before the first measurement."""
        count = len(self._steps)
        if not count:
            return {}
        rows = zip(self.layers, self._shares, strict=True)
        return {layer: float(column.values()[count - 1]) for layer, column in rows}
