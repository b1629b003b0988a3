from __future__ import annotations

import itertools

import pytest

from workbench.core.loop import LoopSettings
from workbench.engine.sampling import SampleSchedule


def steps_measured(total: int, every: int = 0, weights: int = 5000) -> list[int]:
    schedule = SampleSchedule(LoopSettings(sample_every=every), total, weights)
    steps = [schedule.next_from(0)]
    while (step := schedule.next_from(steps[-1] + 1)) < total:
        steps.append(step)
    return steps


def test_that_a_named_stride_holds_for_the_whole_run() -> None:
    assert steps_measured(20, every=6) == [0, 6, 12, 18]


def test_that_short_runs_are_measured_at_every_step() -> None:
    assert steps_measured(150) == list(range(150))


def test_that_the_first_steps_of_a_long_run_are_all_measured() -> None:
    assert steps_measured(100_000)[:8] == list(range(8))


def test_that_the_stride_only_grows_and_ends_at_about_150_samples_a_run() -> None:
    steps = steps_measured(100_000)
    strides = [b - a for a, b in itertools.pairwise(steps)]

    assert strides == sorted(strides)
    assert strides[-1] == 1024
    assert set(strides) == {2**k for k in range(11)}


@pytest.mark.parametrize("total", [151, 1000, 3140, 15_640, 10**5, 10**6])
def test_that_no_run_is_measured_more_often_than_it_can_bear(total: int) -> None:
    assert 75 <= len(steps_measured(total)) <= 230


def test_that_a_small_model_is_measured_half_as_often_in_a_long_run_alone() -> None:
    for total, factor in ((100, 1), (4000, 1), (6000, 2), (10**6, 2)):
        few, many = (steps_measured(total, weights=count) for count in (11, 5000))
        assert few[-1] - few[-2] == factor * (many[-1] - many[-2])


@pytest.mark.parametrize("every", [0, 1, 7])
@pytest.mark.parametrize("total", [100, 151, 3140, 15_640])
def test_that_a_run_that_goes_on_anywhere_is_measured_at_the_same_steps(
    total: int, every: int
) -> None:
    schedule = SampleSchedule(LoopSettings(sample_every=every), total, 5000)
    steps = steps_measured(total, every)
    for step in range(steps[-1]):
        assert schedule.next_from(step) == next(s for s in steps if s >= step)
