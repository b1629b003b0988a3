"""Where the arrow keys and the wheel take a number: grids that fit its range.

Rates and other positive numbers walk 1-2-5 (0.001, 0.002, 0.005, 0.01), shares up to
and including 1 walk in twentieths, and numbers just below 1 such as a momentum walk
1-2-5 in their distance to 1 (0.9, 0.95, 0.98, 0.99). Decimal arithmetic keeps every
stop exact.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from workbench.core.settings import Range

_HALF = Decimal("0.5")
_TENTH = Decimal("0.1")
_TWENTIETH = Decimal("0.05")
_FIRST = Decimal("0.0001")  # the first stop above 0 where the default is 0 too


def step_int(value: int, steps: int, bounds: Range) -> int:
    """Move a whole number by `steps`, as far as its range allows."""
    moved = value + steps
    if bounds.minimum is not None:
        moved = max(moved, math.ceil(bounds.minimum))
    if bounds.maximum is not None:
        moved = min(moved, math.floor(bounds.maximum))
    return moved


def step_float(value: float, *, up: bool, bounds: Range, default: float) -> float:
    """Return the next stop above or below `value`, or `value` where there is none."""
    moved = float(_next(Decimal(repr(value)), up, bounds, Decimal(repr(default))))
    if bounds.minimum is not None:
        moved = max(moved, float(bounds.minimum))
    if bounds.maximum is not None:
        moved = min(moved, float(bounds.maximum))
    return moved if math.isfinite(moved) and _inside(moved, bounds) else value


def decade_float(value: float, *, up: bool, bounds: Range) -> float:
    """Return ten times or a tenth of `value`, or `value` where that is out of range."""
    moved = float(Decimal(repr(value)).scaleb(1 if up else -1))
    fits = _inside(moved, bounds) and _within(moved, bounds)
    return moved if math.isfinite(moved) and fits else value


def _inside(value: float, bounds: Range) -> bool:
    return (bounds.above is None or value > bounds.above) and (
        bounds.below is None or value < bounds.below
    )


def _within(value: float, bounds: Range) -> bool:
    return (bounds.minimum is None or value >= bounds.minimum) and (
        bounds.maximum is None or value <= bounds.maximum
    )


def _next(value: Decimal, up: bool, bounds: Range, default: Decimal) -> Decimal:
    lowest = bounds.minimum if bounds.minimum is not None else bounds.above
    if lowest is None or lowest < 0:
        return _linear(value, up, _TENTH)
    if bounds.maximum is not None and bounds.maximum <= 1:
        return _linear(value, up, _TWENTIETH)
    if bounds.below == 1:
        return _towards_one(value, up)
    if value <= 0:
        return (default if default > 0 else _FIRST) if up else value
    return _one_two_five(value, up)


def _linear(value: Decimal, up: bool, size: Decimal) -> Decimal:
    if up:
        return ((value / size).to_integral_value(ROUND_FLOOR) + 1) * size
    return ((value / size).to_integral_value(ROUND_CEILING) - 1) * size


def _one_two_five(value: Decimal, up: bool) -> Decimal:
    around = range(value.adjusted() - 1, value.adjusted() + 2)
    stops = [Decimal(digit).scaleb(power) for power in around for digit in (1, 2, 5)]
    if up:
        return min(stop for stop in stops if stop > value)
    return max(stop for stop in stops if stop < value)


def _towards_one(value: Decimal, up: bool) -> Decimal:
    if value <= 0:
        return _TENTH if up else value
    if value >= 1:
        return value if up else 1 - _TENTH
    if value < _HALF or (value == _HALF and not up):
        return _one_two_five(value, up)
    return 1 - _one_two_five(1 - value, not up)
