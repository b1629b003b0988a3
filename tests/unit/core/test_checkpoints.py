"""Which states of a run are kept."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.checkpoints import keep
from workbench.core.events import Checkpoint


def make(step: int, size: int = 8) -> Checkpoint:
    return Checkpoint(step, step // 10, bytes(size), "{}")


def kept_of(steps: list[int], size: int = 8) -> list[int]:
    kept: tuple[Checkpoint, ...] = ()
    for step in steps:
        kept = keep(kept, make(step, size))
    return [checkpoint.step for checkpoint in kept]


def test_few_checkpoints_are_all_kept() -> None:
    assert kept_of([10, 20, 30]) == [10, 20, 30]


def test_of_many_the_newest_two_and_six_spread_over_the_run_are_kept() -> None:
    steps = kept_of(list(range(10, 5010, 10)))
    assert len(steps) == 8
    assert steps[-2:] == [4990, 5000]
    gaps = [after - before for before, after in itertools.pairwise(steps[:7])]
    assert max(gaps) <= 4 * min(gaps[:-1])
    assert steps[0] == 10


def test_a_checkpoint_of_an_earlier_step_takes_the_place_of_later_ones() -> None:
    assert kept_of([10, 20, 30, 20]) == [10, 20]


def test_older_ones_go_where_memory_gets_short_the_newest_two_never() -> None:
    assert kept_of([10, 20, 30, 40], size=100 * 2**20) == [30, 40]
    assert kept_of([10, 20, 30, 40], size=300 * 2**20) == [30, 40]
    assert kept_of([10, 20, 30, 40], size=80 * 2**20) == [20, 30, 40]


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_kept_steps_rise_and_end_with_the_newest(steps: list[int]) -> None:
    kept = kept_of(steps)
    assert kept == sorted(set(kept))
    assert kept[-1] == steps[-1]
    assert len(kept) <= 8
