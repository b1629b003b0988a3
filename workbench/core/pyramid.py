"""Bounded reads of a long column: smallest and largest value of each bucket.

Buckets start at multiples of their size, so the same range of a column always gives
the same points, no peak is ever left out, and a read costs the same however long the
column has become.
"""

from __future__ import annotations

import numpy as np

from workbench.core.series import Column, Floats

_FANOUT = 4  # buckets that make up one bucket of the next level
_FEW_POINTS = 500  # fewer than any plot that can be read has


class Pyramid:
    """Reads a column in few points; belongs to one reading thread at a time."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._lows: list[Column] = []
        self._highs: list[Column] = []

    def read(self, start: int, stop: int, max_points: int) -> tuple[Floats, Floats]:
        """Return positions and values of at most about `max_points` points.

        Where the range has no more values than that, these are the values themselves;
        else each bucket gives its smallest value at its start and its largest value at
        its middle. Values that are not finite count only where a bucket has no other.
        """
        stop = min(stop, len(self._column))
        start = max(0, min(start, stop))
        level, size = 0, 1
        while (stop - start) / size * (2 if level else 1) > max_points:
            level, size = level + 1, size * _FANOUT
        if level == 0:
            return np.arange(start, stop, dtype=np.float64), self._column.values(
                start, stop
            )
        self._grow(level)
        return self._interleave(level, size, start, stop)

    def prepare(self) -> None:
        """Find all buckets that a read of the whole column in few points needs."""
        levels, size = 0, 1
        while len(self._column) / size > _FEW_POINTS:
            levels, size = levels + 1, size * _FANOUT
        self._grow(levels)

    def _interleave(
        self, level: int, size: int, start: int, stop: int
    ) -> tuple[Floats, Floats]:
        first, last = start // size, -(-stop // size)
        lows = self._lows[level - 1].values(first, last)
        highs = self._highs[level - 1].values(first, last)
        if len(lows) < last - first:  # the last bucket is not full yet
            start = (first + len(lows)) * size
            rest = self._column.values(start, start + size)
            lows = np.append(lows, _low(rest))
            highs = np.append(highs, _high(rest))
        positions = np.arange(first, first + len(lows), dtype=np.float64) * size
        x, y = np.empty(2 * len(lows)), np.empty(2 * len(lows))
        x[0::2], x[1::2] = positions, positions + size / 2
        y[0::2], y[1::2] = lows, highs
        return x, y

    def _grow(self, level: int) -> None:
        """Bring the levels up to `level` up to date with the column."""
        while len(self._lows) < level:
            self._lows.append(Column())
            self._highs.append(Column())
        low_source = high_source = self._column
        for low, high in zip(self._lows[:level], self._highs[:level], strict=True):
            done = len(low)
            full = min(len(low_source), len(high_source)) // _FANOUT
            span = slice(done * _FANOUT, full * _FANOUT)
            if full > done:
                shape = (full - done, _FANOUT)
                below = low_source.values(span.start, span.stop).reshape(shape)
                above = high_source.values(span.start, span.stop).reshape(shape)
                low.extend(_low(below))
                high.extend(_high(above))
            low_source, high_source = low, high


def _low(values: Floats) -> Floats:
    """Return the smallest finite value along the last axis, else what is there."""
    if np.isfinite(values).all():
        return _reduce(np.minimum, values)
    lowest = _reduce(np.minimum, np.where(np.isfinite(values), values, np.inf))
    return np.where(np.isinf(lowest), values[..., -1], lowest)


def _high(values: Floats) -> Floats:
    """Return the largest finite value along the last axis, else what is there."""
    if np.isfinite(values).all():
        return _reduce(np.maximum, values)
    highest = _reduce(np.maximum, np.where(np.isfinite(values), values, -np.inf))
    return np.where(np.isinf(highest), values[..., -1], highest)


def _reduce(choose: np.ufunc, values: Floats) -> Floats:
    """Choose along the last axis, in a tenth of the time of numpy's own reduction.

    That goes through a short axis one value at a time.
    """
    if values.shape[-1] != _FANOUT:
        return np.asarray(choose.reduce(values, axis=-1))
    pairs = choose(values[..., 0::2], values[..., 1::2])
    chosen: Floats = choose(pairs[..., 0], pairs[..., 1])
    return chosen
