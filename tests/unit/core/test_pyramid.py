from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.pyramid import Pyramid
from workbench.core.series import Column

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
_VALUES = st.lists(_NUMBERS, max_size=400)
_POINTS = st.integers(2, 60)


def _column(values: object) -> Column:
    column = Column()
    column.extend(np.asarray(values, np.float64))
    return column


@given(_VALUES, st.integers(0, 400), st.integers(0, 400), _POINTS)
def test_that_no_peak_is_lost(
    values: list[float], start: int, stop: int, points: int
) -> None:
    read = Pyramid(_column(values)).read(start, stop, points)[1]
    inside = values[start:stop]
    if inside:
        assert read.min() <= min(inside)
        assert read.max() >= max(inside)


@given(_VALUES, st.integers(0, 400), st.integers(0, 400), _POINTS)
def test_that_every_point_is_a_value_of_the_column(
    values: list[float], start: int, stop: int, points: int
) -> None:
    x, y = Pyramid(_column(values)).read(start, stop, points)
    assert set(y.tolist()) <= set(values)
    assert np.all(np.diff(x) > 0)


@given(st.integers(0, 20_000), st.integers(0, 20_000), _POINTS)
def test_that_the_number_of_points_is_bounded(start: int, stop: int, points: int) -> None:
    x, y = Pyramid(_column(np.zeros(20_000))).read(start, stop, points)
    assert len(x) == len(y) <= points + 4  # a bucket may stick out at either end


@given(_VALUES, st.integers(1, 400), _POINTS)
def test_that_a_pyramid_read_while_growing_says_the_same_as_one_read_at_the_end(
    values: list[float], first: int, points: int
) -> None:
    column = _column(values[:first])
    pyramid = Pyramid(column)
    pyramid.read(0, first, points)
    column.extend(values[first:])
    count = len(values)
    grown, fresh = pyramid.read(0, count, points), Pyramid(column).read(0, count, points)
    assert np.array_equal(grown[0], fresh[0])
    assert np.array_equal(grown[1], fresh[1])


def test_that_buckets_do_not_shift_when_the_column_grows() -> None:
    rng = np.random.default_rng(0)
    column = _column(rng.standard_normal(4096))
    pyramid = Pyramid(column)
    before = pyramid.read(0, 4096, 100)
    column.extend(rng.standard_normal(5000))
    after = pyramid.read(0, 4096, 100)
    assert np.array_equal(before[1], after[1])


def test_that_a_short_range_is_read_value_by_value() -> None:
    x, y = Pyramid(_column(np.arange(100) ** 2)).read(10, 15, 10)
    assert x.tolist() == [10, 11, 12, 13, 14]
    assert y.tolist() == [100, 121, 144, 169, 196]


def test_that_each_bucket_gives_its_low_at_its_start_and_its_high_in_its_middle() -> None:
    x, y = Pyramid(_column([3, 1, 2, 5, 9, 8, 7, 6])).read(0, 8, 4)
    assert x.tolist() == [0, 2, 4, 6]
    assert y.tolist() == [1, 5, 6, 9]


def test_that_a_peak_in_the_last_bucket_which_is_not_full_is_seen() -> None:
    values = np.zeros(1001)
    values[1000] = 7
    assert Pyramid(_column(values)).read(0, 1001, 20)[1].max() == 7


def test_that_values_not_finite_count_only_where_a_bucket_has_no_other() -> None:
    values = [1.0, np.nan, np.inf, 2.0, -np.inf, -np.inf, np.nan, np.inf]
    y = Pyramid(_column(values)).read(0, 8, 4)[1]
    assert y[:2].tolist() == [1.0, 2.0]
    assert not np.isfinite(y[2:]).any()


def test_that_an_empty_column_and_a_range_behind_the_end_give_no_points() -> None:
    assert len(Pyramid(Column()).read(0, 10, 4)[0]) == 0
    assert len(Pyramid(_column([1.0])).read(5, 9, 4)[0]) == 0
