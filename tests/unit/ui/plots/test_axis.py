import math
from itertools import pairwise

import pytest

from workbench.ui.plots.axis import linear_labels, log_ticks, power_of_ten


def test_that_thousands_are_grouped_and_decimals_agree() -> None:
    assert linear_labels([0, 500, 1000, 20_000], 500) == ["0", "500", "1,000", "20,000"]
    assert linear_labels([-0.5, 0.0, 0.5, 1.0], 0.5) == ["−0.5", "0.0", "0.5", "1.0"]


def test_that_zero_has_no_sign() -> None:
    assert linear_labels([-1e-18], 0.1) == ["0.0"]


def test_that_very_large_and_very_small_numbers_are_powers() -> None:
    assert linear_labels([2e9], 1e9) == ["2·10⁹"]
    assert linear_labels([0, 1.5e-6], 5e-7) == ["0", "1.5·10⁻⁶"]


@pytest.mark.parametrize(
    ("exponent", "text"),
    [(0, "1"), (-3, "0.001"), (4, "10,000"), (-5, "10⁻⁵"), (12, "10¹²")],
)
def test_that_powers_read_as_people_write_them(exponent: int, text: str) -> None:
    assert power_of_ten(exponent) == text


def test_that_decades_are_marked_and_digits_between_them() -> None:
    (_, decades), (_, between) = log_ticks((-2.0, 0.5), 300)
    assert decades == [-2.0, -1.0, 0.0]
    assert any(math.isclose(value, math.log10(0.05)) for value in between)


def test_that_many_decades_are_thinned_out() -> None:
    ((spacing, decades),) = log_ticks((-30.0, 30.0), 300)
    assert spacing is not None
    assert spacing > 1
    assert len(decades) <= 300 / 45 + 1


def test_that_less_than_a_decade_still_has_ticks() -> None:
    ((_, ticks),) = log_ticks((0.2, 0.8), 300)
    assert len(ticks) >= 3


def test_that_short_labels_mark_every_decade_of_a_low_plot() -> None:
    ((spacing, decades),) = log_ticks((-3.3, 1.7), 120, label_px=20)
    assert spacing == 1
    assert decades == [-3.0, -2.0, -1.0, 0.0, 1.0]


def test_that_lines_between_decades_need_room() -> None:
    assert len(log_ticks((-2.0, 2.0), 100, label_px=20)) == 1
    assert len(log_ticks((-2.0, 2.0), 400, label_px=20)) == 2


@pytest.mark.parametrize("size", [60, 110, 300, 900])
def test_that_numbers_within_a_decade_never_crowd(size: float) -> None:
    ((_, ticks),) = log_ticks((-4.6, -3.9), size)
    assert ticks
    px = [(b - a) * size / 0.7 for a, b in pairwise(ticks)]
    assert min(px, default=45) >= 45
