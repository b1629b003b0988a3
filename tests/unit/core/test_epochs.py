"""Columns of epochs that look like a list of rows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.best_epoch import BestEpoch
from workbench.core.epochs import EpochSeries
from workbench.core.events import EpochRow

_value = st.floats(allow_nan=False)
_row = st.builds(
    EpochRow,
    epoch=st.integers(1, 10**9),
    step=st.integers(1, 2**53 - 1),
    train_loss=_value,
    loss_sum=_value,
    test_loss=st.none() | _value,
    train_accuracy=st.none() | _value,
    test_accuracy=st.none() | _value,
)


def series_of(rows: list[EpochRow]) -> EpochSeries:
    series = EpochSeries()
    for row in rows:
        series.append(row)
    return series


@given(st.lists(_row, max_size=5))
def test_rows_come_out_as_they_went_in(rows: list[EpochRow]) -> None:
    series = series_of(rows)
    assert list(series) == rows == series[:]
    assert series == rows
    if rows:
        assert series[-1] == rows[-1]
        assert (type(series[0].step), type(series[0].epoch)) == (int, int)
    copied = EpochSeries()
    copied.extend(series.table(0, len(series)))
    assert copied == rows


def test_nan_that_was_measured_is_told_from_nothing() -> None:
    series = series_of([EpochRow(1, 1, math.nan, 0.0, math.nan), EpochRow(2, 2, 0.5, 0.5)])
    first, second = series
    assert first.test_loss is not None
    assert math.isnan(first.test_loss)
    assert second.test_loss is None
    assert series.is_measured("test_loss").tolist() == [True, False]


@pytest.mark.parametrize("place", [2, -3])
def test_there_is_no_row_outside(place: int) -> None:
    with pytest.raises(IndexError):
        series_of([EpochRow(1, 1, 1.0, 1.0), EpochRow(2, 2, 1.0, 1.0)])[place]


def test_a_copy_ends_with_the_last_epoch_that_was_over() -> None:
    series = series_of([EpochRow(k, 10 * k, 1.0 / k, 1.0) for k in range(1, 6)])
    copied = series.copy_until(39)
    assert [row.epoch for row in copied] == [1, 2, 3]
    copied.append(EpochRow(4, 45, 0.5, 0.5))
    assert len(series) == 5


def _slow_best(rows: list[EpochRow]) -> float | None:
    tested = [row.test_loss for row in rows if row.test_loss is not None]
    losses = tested or [row.train_loss for row in rows]
    return min((loss for loss in losses if math.isfinite(loss)), default=None)


@given(st.lists(_row, max_size=12), st.integers(1, 4))
def test_the_best_epoch_is_found_in_pieces_as_at_once(
    rows: list[EpochRow], stride: int
) -> None:
    series, best = EpochSeries(), BestEpoch()
    for count, row in enumerate(rows, start=1):
        series.append(row)
        if count % stride == 0:
            best.update(series)
    found = best.update(series)
    loss = (
        None if found is None else found.test_loss if best.is_tested else found.train_loss
    )
    assert loss == _slow_best(rows)
