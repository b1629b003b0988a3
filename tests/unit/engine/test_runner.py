"""Runs in their own thread: whatever happens, one final event comes, and it comes last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.core.errors import UserError
from workbench.core.events import (
    FinalEvent,
    LossExploded,
    PreparationProgressed,
    RunDiverged,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStopped,
)
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History
from workbench.engine import experiment
from workbench.engine.runner import ThreadedRun, ThreadLauncher

LONG = 10_000_000


def plan_of(**sections: dict[str, Any]) -> Plan:
    values: dict[str, dict[str, Any]] = {
        "data": {"kind": "random", "samples": 16, "features": 3},
        "loop": {"epochs": 20, "device": "cpu", "threads": 1},
    }
    return Plan.from_values({**values, **sections})


class Launched:
    """A run under way; ends it when the test is over."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.history = History()
        self.handle: ThreadedRun = ThreadLauncher(folder).launch(plan, self.history)
        self.events: list[RunEvent] = []

    def wait_for(self, kind: type) -> Any:
        """Poll until an event of that kind has come; fails when the run ends without."""
        while True:
            over = self.handle.join(0.005)
            new = self.handle.drain()
            self.events += new
            for event in new:
                if isinstance(event, kind):
                    return event
            assert not over, f"the run ended without {kind.__name__}: {self.events[-1]}"

    def finish(self) -> list[RunEvent]:
        self.handle.join()
        self.events += self.handle.drain()
        return self.events


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Any]:
    launched: list[Launched] = []

    def start(**sections: dict[str, Any]) -> Launched:
        launched.append(Launched(plan_of(**sections), tmp_path))
        return launched[-1]

    yield start
    for run in launched:
        run.handle.stop()
        run.handle.join()


def assert_one_final_event(events: list[RunEvent], kind: type) -> None:
    finals = [event for event in events if isinstance(event, FinalEvent)]
    assert [type(event) for event in finals] == [kind]
    assert events[-1] is finals[0]


def test_that_a_run_ends_with_one_final_event_which_is_the_last(launch: Any) -> None:
    run = launch()
    events = run.finish()

    assert_one_final_event(events, RunFinished)
    assert isinstance(events[0], PreparationProgressed)
    assert len(run.history.steps) == 20


def test_that_a_stop_keeps_every_step_so_far(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.pause()
    run.wait_for(RunPaused)
    run.handle.stop()
    events = run.finish()

    assert_one_final_event(events, RunStopped)
    assert events[-1].step == len(run.history.steps)


def test_that_a_stop_right_after_the_start_ends_the_run(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.stop()

    assert_one_final_event(run.finish(), RunStopped)


def test_that_a_paused_run_goes_on_when_resumed(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.pause()
    paused = run.wait_for(RunPaused)
    run.handle.resume()
    resumed = run.wait_for(RunResumed)
    run.handle.stop()

    assert resumed.step == paused.step
    assert_one_final_event(run.finish(), RunStopped)


def test_that_each_single_step_pauses_again_one_step_later(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.pause()
    first = run.wait_for(RunPaused).step
    run.handle.step_once()
    second = run.wait_for(RunPaused).step
    run.handle.step_once()
    third = run.wait_for(RunPaused).step

    assert [second - first, third - second] == [1, 1]


def test_that_the_step_before_a_pause_and_every_single_step_can_be_explained(
    launch: Any,
) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    assert run.handle.recorded_steps("linear.weight") == ()
    run.handle.pause()
    paused = run.wait_for(RunPaused).step
    assert run.handle.recorded_steps("linear.weight") == (paused,)
    run.handle.step_once()
    run.wait_for(RunPaused)
    run.handle.step_once()
    run.wait_for(RunPaused)
    steps = run.handle.recorded_steps("linear.weight")
    assert steps == (paused, paused + 1, paused + 2)

    reports = [run.handle.inspect("linear.weight", (0, 1), step) for step in steps]
    for report, following in pairwise(reports):
        start = {term.symbol: term.value for term in following.terms}[r"\theta_{t-1}"]
        assert report.terms[-1].value == start


def test_that_steps_can_be_explained_after_the_run_has_ended(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.pause()
    step = run.wait_for(RunPaused).step
    run.handle.stop()
    run.finish()

    assert run.handle.recorded_steps("linear.bias") == (step,)
    assert run.handle.inspect("linear.bias", (0,), step).step == step


def test_that_a_run_that_goes_on_after_a_pause_is_recorded_no_more(launch: Any) -> None:
    run = launch(loop={"epochs": LONG, "device": "cpu", "threads": 1})
    run.handle.pause()
    first = run.wait_for(RunPaused).step
    run.handle.resume()
    run.wait_for(RunResumed)
    run.handle.pause()
    second = run.wait_for(RunPaused).step

    assert run.handle.recorded_steps("linear.bias") == (first, second)


def test_that_before_the_first_step_nothing_can_be_explained(tmp_path: Path) -> None:
    handle = ThreadedRun(plan_of(), History(), tmp_path)
    with pytest.raises(UserError, match="not begun"):
        handle.inspect("linear.weight", (0, 0), 1)


def test_that_a_diverging_run_says_so(launch: Any) -> None:
    run = launch(
        optimizer={"kind": "sgd", "lr": 1e6},
        loop={"epochs": 500, "device": "cpu", "threads": 1},
    )

    assert_one_final_event(run.finish(), RunDiverged)


def test_that_states_kept_in_memory_can_be_had_after_the_run_has_diverged(
    launch: Any,
) -> None:
    run = launch(
        optimizer={"kind": "sgd", "lr": 1e6},
        loop={"epochs": 500, "device": "cpu", "threads": 1},
    )
    ending = run.finish()[-1]

    assert run.handle.kept_steps() == ending.kept_steps == (0,)
    assert run.handle.kept_state(0).step == 0
    with pytest.raises(UserError, match="step 1 is not in memory"):
        run.handle.kept_state(1)


def test_that_a_run_goes_on_from_a_kept_state_to_the_same_losses(
    launch: Any, tmp_path: Path
) -> None:
    run = launch(loop={"epochs": 120, "device": "cpu", "threads": 1})
    run.finish()
    step = run.handle.kept_steps()[-1]
    history = run.history.copy_until(step)
    again = ThreadLauncher(tmp_path).launch(
        plan_of(loop={"epochs": 120, "device": "cpu", "threads": 1}),
        history,
        Start(run.handle.kept_state(step)),
    )
    again.join()

    assert step == 100
    assert_one_final_event(again.drain(), RunFinished)
    assert history.steps.loss.values().tolist() == run.history.steps.loss.values().tolist()


def test_that_an_exploded_loss_pauses_a_run_until_it_is_resumed(launch: Any) -> None:
    run = launch(
        data={"kind": "random", "samples": 64, "features": 5},
        optimizer={"kind": "sgd", "lr": 0.9},
        loop={"epochs": 5000, "device": "cpu", "threads": 1},
    )
    paused = run.wait_for(RunPaused)
    (exploded,) = [event for event in run.events if isinstance(event, LossExploded)]

    assert 0 <= paused.step - exploded.step <= 1
    assert run.handle.kept_state(exploded.kept_steps[-1]).step < exploded.step
    run.handle.resume()
    assert_one_final_event(run.finish(), RunDiverged)


def test_that_nothing_is_kept_before_a_run_has_begun(tmp_path: Path) -> None:
    run = ThreadedRun(plan_of(), History(), tmp_path)

    assert run.kept_steps() == ()
    with pytest.raises(UserError, match="not begun"):
        run.kept_state(0)


def test_that_a_plan_that_cannot_be_carried_out_is_the_users_mistake(launch: Any) -> None:
    run = launch(
        loop={"full_batch": False, "batch_size": 999, "device": "cpu", "threads": 1}
    )
    events = run.finish()

    assert_one_final_event(events, RunFailed)
    assert events[-1].is_mistake
    assert events[-1].report == ""
    assert "999" in events[-1].message


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_that_missing_cuda_is_told_in_words(launch: Any) -> None:
    events = launch(loop={"device": "cuda"}).finish()

    assert "CUDA is not available" in events[-1].message
    assert events[-1].is_mistake


def test_that_a_defect_ends_the_run_with_a_report(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(experiment, "build_model", break_down)
    events = launch().finish()

    assert_one_final_event(events, RunFailed)
    assert "planted" in events[-1].message
    assert "Traceback" in events[-1].report
    assert not events[-1].is_mistake


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("planted"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        torch.OutOfMemoryError("CUDA out of memory"),
    ],
)
def test_that_running_out_of_memory_suggests_less_of_everything(
    launch: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def run_out(*_: object) -> None:
        raise error

    monkeypatch.setattr(experiment, "build_model", run_out)
    events = launch().finish()

    assert "Not enough memory" in events[-1].message
    assert "smaller batch" in events[-1].message
    assert events[-1].report == ""


def test_that_a_run_to_which_nobody_listens_drops_no_step_and_queues_little(
    launch: Any,
) -> None:
    run = launch(loop={"epochs": 3000, "device": "cpu", "threads": 1})
    run.handle.join()
    assert len(run.history.steps) == 3000
    assert len(run.handle.drain()) < 300


def test_that_a_clock_which_jumps_changes_no_duration(
    launch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", cycle([2.0**33, 0.0]).__next__)
    ending = launch().finish()[-1]
    assert 0 < ending.elapsed_s < 60
