"""Smoothing of a growing column: an exponential mean, corrected for its start."""

from __future__ import annotations

import math

import numpy as np

from workbench.core.series import Column, Floats

_BLOCK = 4096


class SmoothedColumn:
    """The exponential mean of another column, from all of its values.

    y_t = (1 − β) Σ_{i≤t} β^(t−i) x_i / (1 − β^t): a mean whose weights sum to one from
    the first value on (the bias correction of Kingma & Ba, Adam, 2015). The first
    value that is not finite ends the curve: every later one is NaN. With β = 0 the
    curve is the values themselves.
    """

    def __init__(self, source: Column, beta: float) -> None:
        if not 0 <= beta < 1:
            raise ValueError("beta must be at least 0 and less than 1")
        self._source = source
        self._beta = beta
        self._mean = 0.0  # without the correction
        self.column = Column()

    def update(self) -> Column:
        """Take in what the source has gained since; return the smoothed column."""
        while len(self.column) < len(self._source):
            done = len(self.column)
            stop = min(done + self._block_size(), len(self._source))
            self.column.extend(self._smooth(self._source.values(done, stop), done))
        return self.column

    def _block_size(self) -> int:
        """Return how many steps can be taken at once before β⁻ⁿ loses its range."""
        if self._beta == 0:
            return _BLOCK
        return max(1, min(_BLOCK, int(200 / -math.log10(self._beta))))

    def _smooth(self, values: Floats, done: int) -> Floats:
        """Return the corrected means of the values after the first `done`."""
        if self._beta == 0:
            return values
        means = self._means(values)
        if len(values) > 1 and not np.isfinite(means).all() and np.isfinite(self._mean):
            half = len(values) // 2  # find what is not finite, or overflowed on the way
            first = self._smooth(values[:half], done)
            return np.append(first, self._smooth(values[half:], done + half))
        self._mean = float(means[-1])
        k = np.arange(1, len(values) + 1)
        corrected: Floats = means / (1 - self._beta ** (done + k))
        return corrected

    def _means(self, values: Floats) -> Floats:
        k = np.arange(1, len(values) + 1)
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.cumsum(values * self._beta ** (1 - k) * (1 - self._beta))
            means: Floats = self._beta ** (k - 1) * scaled + self._beta**k * self._mean
        means[~np.isfinite(means)] = np.nan
        return means
