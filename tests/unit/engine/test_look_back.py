"""What is looked at where time, memory or the device set limits, and what is said then."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.helpers.recorder import Recorder
from workbench.core.events import NoticeGiven, ReplayEnded, ReplayProgressed
from workbench.engine import look_back as look_backs
from workbench.engine.experiment import Experiment
from workbench.engine.kept_states import KeptStates
from workbench.engine.look_back import LookBack
from workbench.engine.same_bits import first_difference
from workbench.engine.stepper import Stepper

DONE = 230  # steps; states are kept after 0, 50, 100, 150 and 200


class Done(Recorder):
    """A run of 230 steps that is over; `look` looks back at it."""

    def __init__(self, tmp_path: Path, **sections: dict[str, Any]) -> None:
        sections = {"loop": {"epochs": DONE, "sample_every": 1000}, **sections}
        super().__init__(tmp_path, **sections)
        self.kept: KeptStates = self.trainer.kept_states
        self.run()
        self.events.clear()
        self.clock: Callable[[], float] = lambda: 0.0

    def look(
        self,
        last: int = DONE,
        is_unwanted: Callable[[], bool] = lambda: False,
    ) -> str:
        """Look back and return the shortfall; the run must be as it was before."""
        before = self.state()
        LookBack(
            self.experiment,
            self.history,
            self.kept,
            self.trainer.recorder,
            self.receive,
            clock=self.clock,
        ).look(last, DONE, is_unwanted)
        assert first_difference(before, self.state()) is None
        (ended,) = self.of(ReplayEnded)
        assert ended.step == last
        assert self.events[0] == ReplayProgressed(0, min(last, 200))
        notices = [notice.text for notice in self.of(NoticeGiven)]
        assert len(notices) == bool(ended.shortfall)
        assert all(ended.shortfall in text for text in notices)
        return str(ended.shortfall)

    def state(self) -> dict[str, Any]:
        content = self.trainer._state().copy().content
        return {name: content[name] for name in ("model", "optimizer", "plateau", "random")}

    @property
    def seen(self) -> tuple[int, ...]:
        return tuple(map(int, self.history.close_up.steps()))


@pytest.fixture
def run(tmp_path: Path) -> Done:
    return Done(tmp_path)


def test_that_the_last_two_hundred_steps_are_seen(run: Done) -> None:
    assert run.look() == ""
    assert run.seen == tuple(range(31, 231))


def test_that_steps_after_the_accident_are_not_seen(run: Done) -> None:
    assert run.look(last=117) == ""
    assert run.seen == tuple(range(1, 118))


def test_that_the_progress_is_told_to_the_end(run: Done) -> None:
    ticks = iter(range(10**6))
    run.clock = lambda: float(next(ticks)) / 1000
    run.look()
    told = run.of(ReplayProgressed)[1:]
    assert {event.total for event in told} == {DONE}
    assert [event.done for event in told] == sorted({event.done for event in told})
    assert told[-1].done <= DONE


def take(step_s: float, run: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each step of a replay take so long, by the run's clock."""
    now_s = [0.0]
    do_step = Stepper.step

    def step(self: Stepper, *arguments: Any) -> float:
        now_s[0] += step_s
        return do_step(self, *arguments)

    monkeypatch.setattr(Stepper, "step", step)
    run.clock = lambda: now_s[0]


@pytest.mark.parametrize(
    ("step_s", "first"), [(0.01, 31), (0.05, 51), (0.09, 151), (0.3, 201)]
)
def test_that_slow_steps_are_fewer(
    run: Done, monkeypatch: pytest.MonkeyPatch, step_s: float, first: int
) -> None:
    take(step_s, run, monkeypatch)
    shortfall = run.look()
    assert run.seen == tuple(range(first, 231))
    assert (run.seen[-1] - run.seen[0]) * step_s <= 10.0
    assert ("no time for more" in shortfall) is (first != 31)
    assert (f"takes {step_s:.2g} s" in shortfall) is (first != 31)


def test_that_steps_that_are_too_slow_are_not_done_again(
    run: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(4.0, run, monkeypatch)
    assert "a step takes 4 s, too long" in run.look()
    assert run.seen == ()
    assert run.clock() == 4.0  # one was tried


def test_that_a_replay_that_takes_far_longer_than_expected_is_given_up(
    run: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s, steps = [0.0], [0]
    do_step = Stepper.step

    def step(self: Stepper, *arguments: Any) -> float:
        steps[0] += 1
        now_s[0] += 0.01 if steps[0] < 53 else 1.0
        return do_step(self, *arguments)

    monkeypatch.setattr(Stepper, "step", step)
    run.clock = lambda: now_s[0]
    assert "time was up at step 69" in run.look()  # 49 quick ones, and 20 s after them
    assert run.seen == tuple(range(31, 70))


def test_that_states_that_are_missing_limit_what_is_seen(run: Done) -> None:
    run.kept._states = run.kept._states[-2:]
    assert "no state from before step 151" in run.look()
    assert run.seen == tuple(range(151, 231))


def test_that_without_any_state_nothing_is_seen(run: Done) -> None:
    run.kept = KeptStates(run.trainer._notice)
    assert "no state from before them is in memory" in run.look()
    assert run.seen == ()


def test_that_an_older_close_up_does_not_stay(run: Done) -> None:
    run.look(last=117)
    run.events.clear()
    run.kept = KeptStates(run.trainer._notice)
    run.look(last=230)
    assert run.seen == ()


def test_that_a_loss_that_is_not_repeated_ends_the_close_up_before_it(
    tmp_path: Path,
) -> None:
    batches = {"full_batch": False, "batch_size": 4, "shuffle": False}
    run = Done(tmp_path, loop={"epochs": 39, "sample_every": 1000, **batches})
    run.kept._states = run.kept._states[:1]
    run.experiment.dataset.train.inputs[14, 0] += 0.5  # is in the fourth batch

    shortfall = run.look(last=100)

    assert "done again, step 4 has a loss of" in shortfall
    assert f"instead of {run.losses[3]!r}" in shortfall
    assert "does not repeat its sums to the last digit" in shortfall
    assert run.seen == (1, 2)  # that of step 4 would tell, too, that step 3 was wrong


def test_that_a_loss_that_is_no_number_this_time_is_none_that_is_repeated(
    tmp_path: Path,
) -> None:
    batches = {"full_batch": False, "batch_size": 4, "shuffle": False}
    run = Done(tmp_path, loop={"epochs": 39, "sample_every": 1000, **batches})
    run.kept._states = run.kept._states[:1]
    for place, step, seen in ((21, 6, (1, 2, 3, 4)), (1, 1, ())):
        run.events.clear()
        run.experiment.dataset.train.inputs[place, 0] = float("nan")
        assert f"step {step} has a loss of nan instead of" in run.look(last=100)
        assert run.seen == seen


def test_that_other_weights_at_the_end_take_the_last_step_away(run: Done) -> None:
    with torch.no_grad():
        run.experiment.model.linear.bias.add_(1e-7)
    assert "step 230 left other weights" in run.look()
    assert run.seen == tuple(range(31, 230))


def test_that_weights_are_not_compared_where_the_run_has_gone_on(run: Done) -> None:
    with torch.no_grad():
        run.experiment.model.linear.bias.add_(1e-7)
    assert run.look(last=229) == ""


def test_that_it_ends_with_the_step_after_which_it_is_not_wanted_any_more(
    run: Done,
) -> None:
    asked: list[int] = []

    def is_unwanted() -> bool:
        asked.append(1)
        return len(asked) > 100

    shortfall = run.look(is_unwanted=is_unwanted)
    assert "ended at step 98" in shortfall  # the first three told how long a step takes
    assert run.seen == tuple(range(31, 99))


ERRORS = [
    (MemoryError(), "not enough memory"),
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "not enough memory"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
    (TypeError("a defect"), "failed (TypeError: a defect)"),
]


@pytest.mark.parametrize(("error", "words"), ERRORS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("calls", [0, 1, 120])
def test_that_no_error_reaches_the_run(
    run: Done, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str, calls: int
) -> None:
    left = [calls]

    def failing(do: Callable[..., Any]) -> Callable[..., Any]:
        def fail(*arguments: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                torch.rand(3)  # would be another number afterwards
                raise error
            return do(*arguments)

        return fail

    monkeypatch.setattr(Experiment, "twin", failing(Experiment.twin))
    monkeypatch.setattr(Stepper, "step", failing(Stepper.step))
    assert words in run.look()


def test_that_the_second_model_is_let_go(
    run: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Any]] = []
    twin = Experiment.twin

    def watched(experiment: Experiment) -> Experiment:
        made = twin(experiment)
        seen.append(weakref.ref(made.model))
        return made

    monkeypatch.setattr(Experiment, "twin", watched)
    run.look()
    gc.collect()
    assert [ref() for ref in seen] == [None]


def test_that_large_states_are_measured_but_not_recorded(
    run: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_backs, "_RECORD_BYTES", 1000)
    run.look()
    assert len(run.seen) == 200
    assert run.trainer.recorder.steps("linear.weight") == ()
