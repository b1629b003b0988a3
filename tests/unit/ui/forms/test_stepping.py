from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.settings import Range
from workbench.ui.forms.stepping import decade_float, step_float, step_int

RATE = Range(above=0, maximum=1e6)
MOMENTUM = Range(minimum=0, below=1)
SHARE = Range(minimum=0, maximum=0.9)


def walk(value: float, bounds: Range, steps: int, *, up: bool) -> list[float]:
    stops = []
    for _ in range(steps):
        value = step_float(value, up=up, bounds=bounds, default=0.0)
        stops.append(value)
    return stops


def test_that_rates_walk_one_two_five() -> None:
    assert walk(0.001, RATE, 4, up=True) == [0.002, 0.005, 0.01, 0.02]
    assert walk(0.001, RATE, 4, up=False) == [0.0005, 0.0002, 0.0001, 5e-5]


def test_that_a_number_between_two_stops_goes_to_the_next_one() -> None:
    assert walk(0.0034, RATE, 1, up=True) == [0.005]
    assert walk(0.0034, RATE, 1, up=False) == [0.002]


def test_that_numbers_below_one_walk_in_their_distance_to_one() -> None:
    assert walk(0.5, MOMENTUM, 6, up=True) == [0.8, 0.9, 0.95, 0.98, 0.99, 0.995]
    assert walk(0.95, MOMENTUM, 5, up=False) == [0.9, 0.8, 0.5, 0.2, 0.1]
    assert walk(0.0, MOMENTUM, 2, up=True) == [0.1, 0.2]


def test_that_a_momentum_of_one_is_left_downwards_only() -> None:
    assert walk(1.0, MOMENTUM, 1, up=False) == [0.9]
    assert walk(1.0, MOMENTUM, 1, up=True) == [1.0]


def test_that_shares_walk_in_twentieths_and_stop_at_their_bound() -> None:
    assert walk(0.8, SHARE, 3, up=True) == [0.85, 0.9, 0.9]
    assert walk(0.07, SHARE, 3, up=False) == [0.05, 0.0, 0.0]


def test_that_numbers_that_may_be_negative_walk_in_tenths() -> None:
    assert walk(-0.2, Range(), 3, up=True) == [-0.1, 0.0, 0.1]


def test_that_zero_steps_to_the_default_or_a_small_number() -> None:
    bounds = Range(minimum=0)
    assert step_float(0.0, up=True, bounds=bounds, default=1e-8) == 1e-8
    assert step_float(0.0, up=True, bounds=bounds, default=0.0) == 1e-4
    assert step_float(0.0, up=False, bounds=bounds, default=1e-8) == 0.0


def test_that_steps_do_not_leave_the_range() -> None:
    assert walk(5e5, RATE, 2, up=True) == [1e6, 1e6]
    assert walk(0.05, Range(above=0, maximum=1), 1, up=False) == [0.05]
    assert walk(1e308, Range(minimum=0), 2, up=True) == [1e308, 1e308]


def test_that_decades_multiply_by_ten_exactly_within_the_range() -> None:
    assert decade_float(0.003, up=True, bounds=RATE) == 0.03
    assert decade_float(0.003, up=False, bounds=RATE) == 0.0003
    assert decade_float(2e5, up=True, bounds=RATE) == 2e5


def test_that_whole_numbers_stay_in_their_range() -> None:
    bounds = Range(minimum=1, maximum=15)
    assert step_int(5, 1, bounds) == 6
    assert step_int(1, -1, bounds) == 1
    assert step_int(10, 10, bounds) == 15


@pytest.mark.parametrize("bounds", [RATE, MOMENTUM, SHARE, Range(above=1, maximum=100)])
@given(share=st.floats(1e-9, 1 - 1e-9))
def test_that_a_step_from_inside_stays_inside_and_goes_its_way(
    bounds: Range, share: float
) -> None:
    low = next(x for x in (bounds.minimum, bounds.above) if x is not None)
    high = next(x for x in (bounds.maximum, bounds.below) if x is not None)
    value = low + (high - low) * share
    up = step_float(value, up=True, bounds=bounds, default=0.0)
    down = step_float(value, up=False, bounds=bounds, default=0.0)
    assert low <= down <= value <= up <= high
    assert bounds.above is None or down > bounds.above
    assert bounds.below is None or up < bounds.below
