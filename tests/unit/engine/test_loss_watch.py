"""Leaps of the loss in real runs: what is told, what waits, what is kept."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    LossExploded,
    NoticeGiven,
    RunDiverged,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
)
from workbench.core.resuming import Start


class Leaping(Recorder):
    """Learns well but for steps 301 to 320, in which its targets are 1,000 times larger."""

    def __init__(self, tmp_path: Path, on_explosion: str, **options: Any) -> None:
        loop = {"epochs": 700, "on_explosion": on_explosion}
        optimizer = {"kind": "sgd", "lr": 0.01}
        super().__init__(tmp_path, optimizer=optimizer, loop=loop, **options)
        self.targets = self.experiment.dataset.train.targets
        append = self.history.steps.append

        def disturb(loss: float, lr: float) -> None:
            append(loss, lr)
            step = len(self.history.steps)
            if step in {300, 320}:
                self.targets.mul_(1000 if step == 300 else 1e-3)

        self.history.steps.append = disturb  # type: ignore[method-assign]  # the disturbance

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunPaused):
            self.control.resume()


@pytest.mark.parametrize("on_explosion", ["pause", "mark", "ignore"])
def test_that_a_leap_pauses_is_marked_or_ignored_as_the_plan_says(
    tmp_path: Path, on_explosion: str
) -> None:
    run = Leaping(tmp_path, on_explosion)
    ending = run.run()

    assert isinstance(ending, RunFinished)
    leaps = [event.step for event in run.of(LossExploded)]
    assert leaps == ([] if on_explosion == "ignore" else [301])
    pauses = [event.step for event in run.of(RunPaused)]
    # one step more is done, which is recorded for the inspector
    assert pauses == ([302] if on_explosion == "pause" else [])
    assert [event.step for event in run.of(RunResumed)] == pauses


def test_that_a_pause_changes_no_loss(tmp_path: Path) -> None:
    paused, marked = Leaping(tmp_path, "pause"), Leaping(tmp_path, "mark")
    paused.run()
    marked.run()
    assert paused.losses == marked.losses


def test_that_nothing_pauses_by_itself_where_nobody_is_there(tmp_path: Path) -> None:
    run = Leaping(tmp_path, "pause", is_attended=False)
    run.run()
    assert len(run.of(LossExploded)) == 1
    assert run.of(RunPaused) == []


def test_that_the_event_tells_the_loss_what_was_usual_and_the_states_before(
    tmp_path: Path,
) -> None:
    run = Leaping(tmp_path, "mark")
    run.run()

    (event,) = run.of(LossExploded)
    assert event.loss == run.losses[300]
    assert event.usual == statistics.median(run.losses[100:300])
    assert event.kept_steps == (100, 150, 200, 250)


def test_that_the_state_with_which_the_leap_came_is_not_among_the_good_ones(
    tmp_path: Path,
) -> None:
    run = Leaping(tmp_path, "mark")
    run.run()

    # State 300 gave the exploded loss of step 301.
    assert 300 not in run.of(LossExploded)[0].kept_steps


def test_that_the_last_good_state_outlives_the_leap(tmp_path: Path) -> None:
    run = Leaping(tmp_path, "mark")
    run.run()

    kept = run.trainer.kept_states.steps
    assert kept[0] == 250
    assert kept[-1] >= 600  # calm again, so newer ones were kept beside it


def test_that_a_divergence_carries_the_states_before_it(tmp_path: Path) -> None:
    run = Recorder(tmp_path, optimizer={"kind": "sgd", "lr": 1e6}, loop={"epochs": 99})
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    assert ending.kept_steps == (0,)
    assert run.trainer.kept_states.checkpoint(0).step == 0


def test_that_a_first_loss_that_is_no_number_leaves_nothing_to_go_back_to(
    tmp_path: Path,
) -> None:
    run = Recorder(tmp_path)
    run.experiment.dataset.train.inputs[0, 0] = float("nan")
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    assert ending.kept_steps == ()


def test_that_a_slow_rise_to_infinity_explodes_first_and_keeps_states_before_it(
    tmp_path: Path,
) -> None:
    calm = Recorder(tmp_path)
    bowl = calm.experiment.bowl
    assert bowl is not None
    lr = 1.05 * bowl.landscape.largest_stable_lr
    loop = {"epochs": 2000, "on_explosion": "mark"}
    run = Recorder(tmp_path, optimizer={"kind": "sgd", "lr": lr}, loop=loop)
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    exploded = run.of(LossExploded)[0]
    assert exploded.kept_steps
    assert ending.kept_steps == exploded.kept_steps
    assert max(ending.kept_steps) < exploded.step < ending.step


def test_that_a_rewound_run_with_a_smaller_rate_learns_on(tmp_path: Path) -> None:
    loop = {"epochs": 2000, "on_explosion": "mark"}
    bad = Recorder(tmp_path, optimizer={"kind": "sgd", "lr": 0.9}, loop=loop)
    ending = bad.run()
    assert isinstance(ending, RunDiverged)
    step = ending.kept_steps[-1]
    again = Recorder(
        tmp_path,
        history=bad.history.copy_until(step),
        start=Start(bad.trainer.kept_states.checkpoint(step)),
        optimizer={"kind": "sgd", "lr": 0.09},
        loop=loop,
    )

    assert isinstance(again.run(), RunFinished)
    assert again.losses[:step] == bad.losses[:step]
    assert again.losses[step] == bad.losses[step]  # still the loss of the old weights
    assert again.losses[-1] < min(bad.losses)


def test_that_no_notice_is_given_where_states_are_small(tmp_path: Path) -> None:
    run = Recorder(tmp_path, loop={"epochs": 300})
    run.run()
    assert run.of(NoticeGiven) == []
