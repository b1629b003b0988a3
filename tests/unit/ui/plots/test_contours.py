import math
from itertools import pairwise

import pytest

from workbench.ui.plots.contours import Bowl, factor_between, levels_in

BOWL = Bowl(8.0, 0.5)


def test_that_the_half_axes_lie_on_the_contour() -> None:
    width, height = BOWL.half_axes(3.0)
    assert BOWL.at(width, 0) == pytest.approx(3.0)
    assert BOWL.at(0, height) == pytest.approx(3.0)
    angle = 0.7
    point = width * math.cos(angle), height * math.sin(angle)
    assert BOWL.at(*point) == pytest.approx(3.0)


def test_that_a_flat_axis_has_contours_without_end() -> None:
    assert Bowl(2.0, 0.0).half_axes(1.0) == (math.inf, 1.0)


def test_that_levels_rise_by_one_factor_and_stay_below_the_corners() -> None:
    levels = levels_in(BOWL, (-1, 3), (-1, 1))
    assert 5 <= len(levels) <= 11
    factor = factor_between(levels)
    assert factor > 1
    for low, high in pairwise(levels):
        assert high / low == pytest.approx(factor)
    assert levels[-1] < BOWL.at(3, 1) <= levels[-1] * factor


def test_that_levels_stay_where_they_are_while_the_view_moves_a_little() -> None:
    here = levels_in(BOWL, (-1, 3), (-1, 1))
    there = levels_in(BOWL, (-1.05, 2.95), (-0.98, 1.02))
    assert set(map(str, here)) & set(map(str, there)) == set(map(str, here))


def test_that_a_view_far_from_the_minimum_has_fine_levels() -> None:
    levels = levels_in(BOWL, (10, 10.5), (5, 5.1))
    low, high = BOWL.at(10, 5), BOWL.at(10.5, 5.1)
    assert len([level for level in levels if low <= level <= high]) >= 1
    assert factor_between(levels) < 1.3


@pytest.mark.parametrize("edge", [0.0, 1e-200, 1e200, math.inf])
def test_that_a_view_without_extent_or_end_has_no_levels(edge: float) -> None:
    assert levels_in(BOWL, (-edge, edge), (-edge, edge)) == []
