"""Axis ranges that grow in steps.

A range that changes lays the axes out again, which costs ten times a mere repaint. So
a range stays while the data is inside, and when it must grow, it grows generously.
"""

from __future__ import annotations

import math

Range = tuple[float, float]

_HEADROOM = 0.3  # of the data's extent, on the side that has overflowed
_LOOSE = 0.35  # data that fills less of the range than this gets a tighter one
_PAD = 0.02


def fit_range(low: float, high: float, *, pad: bool = True) -> Range:
    """Return round bounds just outside the data; `pad` keeps it off the very edge."""
    if not high > low:
        half = 0.1 * abs(low) or 0.5
        return low - half, high + half
    margin = _PAD * (high - low) if pad else 0.0
    floor = 0.0 if 0 <= low < margin else low - margin  # no room below a natural zero
    return _outward(floor, high + margin)


def follow_range(
    current: Range | None,
    low: float,
    high: float,
    *,
    pad: bool = True,
    cap: float = math.inf,
) -> Range:
    """Return the range to use for growing data: mostly the current one.

    `cap` is the upper bound that the data is expected to end at, such as the last
    step: headroom stops there.
    """
    if current is None or _is_loose(current, low, high, cap):
        return fit_range(low, high, pad=pad)
    inside_low, inside_high = low >= current[0], high <= current[1]
    if inside_low and inside_high:
        return current
    headroom = _HEADROOM * (high - low)
    new_low = current[0] if inside_low else low - headroom
    if low >= 0:
        new_low = max(0.0, new_low)  # as in `fit_range`
    new_high = current[1] if inside_high else max(high, min(high + headroom, cap))
    return _outward(new_low, new_high)


def _is_loose(current: Range, low: float, high: float, cap: float) -> bool:
    """Say whether the data has become small in the range, and not just begun."""
    span = current[1] - current[0]
    return high - low < _LOOSE * span and high <= current[1] <= cap + span


def _outward(low: float, high: float) -> Range:
    step = _round_step((high - low) / 10)
    slack = 1e-9  # a bound that is round already stays
    return (
        math.floor(low / step + slack) * step,
        math.ceil(high / step - slack) * step,
    )


def _round_step(rough: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is at most `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (5, 2, 1):
        if factor * power <= rough:
            return factor * power
    return power
