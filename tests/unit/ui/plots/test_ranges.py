import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.plots.ranges import fit_range, follow_range

VALUES = st.floats(-1e12, 1e12, allow_subnormal=False)


@given(VALUES, VALUES)
def test_that_a_fitted_range_holds_the_data_and_no_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = fit_range(low, high)
    assert found[0] <= low + 1e-9 * abs(low)
    assert found[1] >= high - 1e-9 * abs(high)
    if high - low > 1e-6 * max(abs(low), abs(high), 1e-9):
        assert found[1] - found[0] <= 1.3 * (high - low)


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_that_a_single_value_gets_room_around_it(value: float) -> None:
    low, high = fit_range(value, value)
    assert low < value < high


def test_that_bounds_are_round_numbers() -> None:
    assert fit_range(1, 200, pad=False) == (0.0, 200.0)


def test_that_losses_above_zero_get_no_room_below_zero() -> None:
    assert fit_range(0.01, 1.2)[0] == 0.0


def test_that_data_inside_the_range_leaves_it_as_it_is() -> None:
    assert follow_range((0.0, 100.0), 0, 90) == (0.0, 100.0)


def test_that_growing_data_changes_the_range_only_a_few_times() -> None:
    current, changes = None, 0
    for last in range(10, 100_000):
        found = follow_range(current, 1, last, pad=False)
        assert found[0] <= 1
        assert found[1] >= last
        changes += found != current
        current = found
    assert changes < 50


def test_that_headroom_ends_where_the_data_is_expected_to_end() -> None:
    assert follow_range((0.0, 100.0), 1, 110, pad=False, cap=120)[1] == 120


def test_that_data_beyond_what_was_expected_is_still_in_view() -> None:
    assert follow_range((0.0, 100.0), 1, 150, pad=False, cap=120)[1] >= 150


def test_that_a_range_shrinks_once_the_data_has_become_small_in_it() -> None:
    low, high = follow_range((-1000.0, 1000.0), 0, 10)
    assert math.isclose(low, 0.0, abs_tol=1.0)
    assert high < 12


def test_that_growing_data_gets_no_room_below_a_natural_zero() -> None:
    low, high = follow_range((0.5, 1.0), 0.01, 1.1)
    assert low == 0
    assert high > 1.1
    assert follow_range((0.5, 1.0), -0.01, 1.1)[0] < -0.01
