"""The contours of a quadratic bowl: which levels, and the ellipses that they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

Span = tuple[float, float]  # low, high
_MOST_LEVELS = 10
_STEPS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # decades from level to level
_MOST_DECADES = 3.5  # below the highest level; what is deeper is the bottom
_SMALLEST = 1e-300


@dataclass(frozen=True)
class Bowl:
    """½ (steep·y² + flat·x²), both curvatures at least 0."""

    steep: float
    flat: float

    def at(self, x: float, y: float) -> float:
        """Return the height above the bottom."""
        return 0.5 * (self.steep * y * y + self.flat * x * x)

    def half_axes(self, level: float) -> tuple[float, float]:
        """Return half the width and half the height of a contour; infinite where flat."""
        return _half_axis(level, self.flat), _half_axis(level, self.steep)


def levels_in(bowl: Bowl, x: Span, y: Span) -> list[float]:
    """Return the levels of a part of the plane, rising, each by the same factor.

    They are powers of one number, so that they stay where they are while somebody moves.
    Where the bottom is in view they end some decades beneath the highest.
    """
    high = max(bowl.at(one, other) for one in x for other in y)
    if not _SMALLEST < high < math.inf:
        return []
    low = max(bowl.at(_nearest(x), _nearest(y)), high / 10**_MOST_DECADES)
    top, bottom = math.log10(high), math.log10(low)
    step = next((s for s in _STEPS if (top - bottom) / s <= _MOST_LEVELS), _STEPS[-1])
    first, last = math.floor(bottom / step), math.ceil(top / step)
    return [10.0 ** (place * step) for place in range(first, last)]


def factor_between(levels: list[float]) -> float:
    """Return by what levels rise from one to the next; 1 where there are fewer than two."""
    return levels[1] / levels[0] if len(levels) > 1 else 1.0


def _half_axis(level: float, curvature: float) -> float:
    return math.sqrt(2 * level / curvature) if curvature > 0 else math.inf


def _nearest(span: Span) -> float:
    """Return the number of a span that is nearest to 0."""
    return min(max(0.0, span[0]), span[1])
