"""Bounded reads of measured rates: what stays true when many samples become few.

A bucket's line is a real sample of it, so that medians stay medians; its band reaches
from the smallest low to the largest high, so that nothing that happened is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.core.rates import STATISTICS, Quantity, Rates, RateSeries
from workbench.core.series import Floats
from workbench.ui.plots.ranges import Range

_FANOUT = 2
_LOW, _MIDDLE, _HIGH = (STATISTICS.index(name) for name in ("p05", "p50", "p95"))


@dataclass(frozen=True)
class Bands:
    """Steps (n,) and, for every tensor, low, middle and high of shape (n, tensors)."""

    steps: Floats
    low: Rates
    middle: Rates
    high: Rates

    def __len__(self) -> int:
        return len(self.steps)


class RateLevels:
    """Reads one quantity of all tensors in few points, at any zoom.

    Level k holds one row for 2ᵏ samples; buckets start at multiples of their size, so
    the same samples always give the same picture. Only full buckets are kept.
    """

    def __init__(self, series: RateSeries, quantity: Quantity) -> None:
        self._series = series
        self._quantity = tuple(Quantity).index(quantity)
        self._levels: list[Bands] = []

    def read(self, visible: Range | None, max_points: int) -> Bands:
        """Return the samples in view (None: all) in at most `max_points` points."""
        count = len(self._series)
        start, stop = self._span(visible, count)
        level = 0
        while (stop - start) / _FANOUT**level > max_points:
            level += 1
        if level == 0:
            return self._samples(start, stop)
        self._grow(level, count)
        return self._buckets(level, start, stop)

    def measured(self, visible: Range | None) -> Floats:
        """Return the measured steps in view (None: all) and one on either side."""
        start, stop = self._span(visible, len(self._series))
        return self._series.steps()[start:stop]

    def _span(self, visible: Range | None, count: int) -> tuple[int, int]:
        if visible is None:
            return 0, count
        start, stop = np.searchsorted(self._series.steps()[:count], visible).tolist()
        return max(0, start - 1), min(count, stop + 1)

    def _samples(self, start: int, stop: int) -> Bands:
        values = self._series.values(stop)[start:, :, self._quantity, :]
        return Bands(
            self._series.steps()[start:stop],
            values[:, :, _LOW],
            values[:, :, _MIDDLE],
            values[:, :, _HIGH],
        )

    def _buckets(self, level: int, start: int, stop: int) -> Bands:
        size = _FANOUT**level
        first, last = start // size, -(-stop // size)
        kept = _cut(self._levels[level - 1], first, last)
        done = first + len(kept)
        if done >= last:
            return kept
        rest = self._samples(done * size, stop)
        return _join(kept, _reduce(rest, len(rest)))

    def _grow(self, level: int, count: int) -> None:
        """Complete the levels up to `level` with all buckets that are full."""
        for k in range(1, level + 1):
            if len(self._levels) < k:
                self._levels.append(_reduce(self._samples(0, 0), _FANOUT))
            done, full = len(self._levels[k - 1]), count // _FANOUT**k
            if full <= done:
                continue
            start, stop = done * _FANOUT, full * _FANOUT
            below = (
                self._samples(start, stop)
                if k == 1
                else _cut(self._levels[k - 2], start, stop)
            )
            self._levels[k - 1] = _join(self._levels[k - 1], _reduce(below, _FANOUT))


def _reduce(bands: Bands, size: int) -> Bands:
    """Make one row of each `size` rows, whose number must be a multiple of it."""
    count, tensors = bands.middle.shape
    shape = (count // size if size else 0, size, tensors)
    middle = bands.middle.reshape(shape)
    low = np.fmin(bands.low, bands.middle).reshape(shape)
    high = np.fmax(bands.high, bands.middle).reshape(shape)
    at = size // 2
    return Bands(
        bands.steps.reshape(shape[:2])[:, at],
        np.fmin.reduce(low, axis=1),
        middle[:, at],
        np.fmax.reduce(high, axis=1),
    )


def _cut(bands: Bands, start: int, stop: int) -> Bands:
    span = slice(start, stop)
    return Bands(bands.steps[span], bands.low[span], bands.middle[span], bands.high[span])


def _join(one: Bands, other: Bands) -> Bands:
    return Bands(
        np.concatenate((one.steps, other.steps)),
        np.concatenate((one.low, other.low)),
        np.concatenate((one.middle, other.middle)),
        np.concatenate((one.high, other.high)),
    )
