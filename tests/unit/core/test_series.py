from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.series import Column, StepSeries

_PIECES = st.lists(st.lists(st.floats(), max_size=700), max_size=8)


@given(_PIECES)
def test_that_a_column_holds_every_value_in_order_bit_for_bit(
    pieces: list[list[float]],
) -> None:
    column = Column()
    for piece in pieces:
        column.extend(piece[1:])
        for value in piece[:1]:
            column.append(value)
    wanted = [value for piece in pieces for value in (*piece[1:], *piece[:1])]
    assert column.values().tobytes() == np.array(wanted, np.float64).tobytes()
    assert len(column) == len(wanted)


@given(st.integers(0, 3000), st.integers(0, 4000), st.integers(0, 4000))
def test_that_a_range_is_cut_at_the_end_of_the_column(
    count: int, start: int, stop: int
) -> None:
    column = Column()
    column.extend(np.arange(count))
    assert column.values(start, stop).tolist() == list(range(count))[start:stop]


def test_that_readers_cannot_change_a_column() -> None:
    column = Column()
    column.append(1.0)
    with pytest.raises(ValueError, match="read-only"):
        column.values()[0] = 2.0
    column.append(2.0)
    assert column.values().tolist() == [1.0, 2.0]


def test_that_a_view_stays_as_it_was_while_the_column_outgrows_its_memory() -> None:
    column = Column()
    column.extend(np.arange(1000))
    view = column.values()
    column.extend(np.arange(100_000))
    assert view.tolist() == list(range(1000))


def test_that_the_count_of_steps_is_that_of_complete_steps() -> None:
    steps = StepSeries()
    steps.append(0.5, 0.1)
    steps.loss.append(0.4)  # as a reader may see it in the middle of an append
    assert len(steps) == 1


def test_that_a_reader_never_sees_a_step_before_both_its_values_are_there() -> None:
    steps = StepSeries()
    total = 60_000

    def write() -> None:
        for value in range(total):
            steps.append(float(value), float(-value))

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while seen < total:
        count = len(steps)
        assert count >= seen
        seen = count
        loss, lr = steps.loss.values(0, count), steps.lr.values(0, count)
        assert len(loss) == len(lr) == count
        tail = np.arange(max(0, count - 100), count)
        assert np.array_equal(loss[-100:], tail)
        assert np.array_equal(lr[-100:], -tail)
    writer.join()
