"""When checkpoints are taken: often where they are cheap, never of spoiled weights."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    CheckpointTaken,
    ReplayEnded,
    RunDiverged,
    RunEvent,
    RunPaused,
)
from workbench.engine.checkpoint import WholeState, read_state
from workbench.engine.checkpointer import Checkpointer
from workbench.engine.clocks import CheckpointClock


class Clock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("cost_s", "wait_s"), [(0.0, 2.0), (0.009, 2.0), (0.05, 10.0), (0.1, 20.0), (5.0, 30.0)]
)
def test_that_checkpoints_take_one_part_in_two_hundred_between_2_and_30_seconds(
    cost_s: float, wait_s: float
) -> None:
    now = Clock()
    clock = CheckpointClock(now)
    clock.was_taken(cost_s)

    now.now_s = 100 + wait_s - 1e-6
    assert not clock.is_due
    now.now_s = 100 + wait_s + 1e-6
    assert clock.is_due


def test_that_the_first_checkpoint_is_due_after_two_seconds() -> None:
    now = Clock()
    clock = CheckpointClock(now)

    assert not clock.is_due
    now.now_s += 2
    assert clock.is_due


class Desk:
    """A checkpointer of a model of one weight."""

    def __init__(self) -> None:
        self.now = Clock()
        self.step, self.epoch = 0, 0
        self.weight = torch.ones(1)
        self.events: list[RunEvent] = []
        self.checkpointer = Checkpointer(
            self._state, self.events.append, CheckpointClock(self.now)
        )

    def _state(self) -> WholeState:
        return WholeState(self.step, self.epoch, {"model": {"weight": self.weight}})

    @property
    def steps(self) -> list[int]:
        return [event.checkpoint.step for event in self.events]  # type: ignore[union-attr]


def test_that_a_checkpoint_is_taken_before_the_first_step_after_it_is_due() -> None:
    desk = Desk()
    for desk.step in range(100):
        desk.now.now_s += 0.25
        if desk.checkpointer.is_due:
            desk.checkpointer.take()

    assert desk.steps == [7, 15, 23, 31, 39, 47, 55, 63, 71, 79, 87, 95]
    assert desk.checkpointer.step == 95


def test_that_the_same_place_is_told_once_however_often_it_is_asked_for() -> None:
    desk = Desk()
    desk.checkpointer.take()
    desk.checkpointer.take()
    desk.epoch = 1  # the epoch has been ended since, which schedules may remember
    desk.checkpointer.take()

    assert desk.steps == [0, 0]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_that_no_checkpoint_is_taken_of_weights_that_are_not_finite(bad: float) -> None:
    desk = Desk()
    desk.step, desk.weight = 3, torch.tensor([bad])
    desk.checkpointer.take()

    assert desk.steps == []
    assert desk.checkpointer.step is None


def test_that_a_run_takes_checkpoints_in_the_middle_of_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CheckpointClock, "is_due", True)
    recorder = Recorder(tmp_path, loop={"epochs": 2, "full_batch": False, "batch_size": 8})
    recorder.run()

    taken = [event.checkpoint for event in recorder.of(CheckpointTaken)]
    assert [(one.step, one.epoch) for one in taken] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 1),
        (4, 1),
        (5, 1),
        (6, 2),
    ]


class PausingRecorder(Recorder):
    """Ends the run at its first pause."""

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunPaused):
            self.control.stop()


def test_that_a_run_that_is_stopped_in_a_pause_has_one_checkpoint_of_it(
    tmp_path: Path,
) -> None:
    recorder = PausingRecorder(tmp_path)
    recorder.control.pause()
    recorder.run()

    assert [event.checkpoint.step for event in recorder.of(CheckpointTaken)] == [1]


def test_that_an_error_in_the_middle_of_a_step_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = PausingRecorder(tmp_path, loop={"epochs": 9})
    monkeypatch.setattr(CheckpointClock, "is_due", True)
    stack = recorder.experiment.stack
    step = stack.step

    def break_down(*arguments: Any) -> Any:
        if recorder.trainer.step == 4:
            next(iter(recorder.experiment.model.parameters())).data.fill_(7.0)
            raise ZeroDivisionError("planted")
        return step(*arguments)

    monkeypatch.setattr(stack, "step", break_down)
    with pytest.raises(ZeroDivisionError):
        recorder.run()

    last = recorder.of(CheckpointTaken)[-1].checkpoint
    assert last.step == 4
    weights = read_state(last)["model"].values()
    assert not any(bool((tensor == 7.0).any()) for tensor in weights)


def test_that_a_diverged_run_keeps_the_generators_that_its_bad_step_began_with(
    tmp_path: Path,
) -> None:
    sections: dict[str, dict[str, Any]] = {
        "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.5},
        "loop": {"epochs": 3},
    }
    recorder = Recorder(tmp_path, **sections)
    recorder.experiment.dataset.train.inputs[0, 0] = math.nan
    before = torch.random.get_rng_state()

    assert isinstance(recorder.run(), RunDiverged)
    last = recorder.of(CheckpointTaken)[-1].checkpoint
    assert torch.equal(read_state(last)["random"]["cpu"], before)


def test_that_training_draws_from_torchs_generators_alone(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        model={"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.5},
        data={"kind": "make_regression", "samples": 40},
        loop={"epochs": 4, "full_batch": False, "batch_size": 8},
    )
    pythons, numpys = random.getstate(), numpy_state()
    before = torch.random.get_rng_state()
    recorder.run()

    assert random.getstate() == pythons
    assert numpy_state() == numpys
    assert not torch.equal(torch.random.get_rng_state(), before)


def numpy_state() -> str:
    """Return what numpy's global generator would go on from."""
    return repr(np.random.get_state(legacy=False))  # noqa: NPY002 - the one looked at


def test_that_a_diverged_run_has_its_checkpoint_before_it_is_looked_back(
    tmp_path: Path,
) -> None:
    recorder = Recorder(
        tmp_path, optimizer={"kind": "sgd", "lr": 1e6}, loop={"epochs": 200}
    )
    recorder.run()
    kinds = [type(event) for event in recorder.events]

    assert kinds.count(CheckpointTaken) == 1
    assert kinds.index(CheckpointTaken) < kinds.index(ReplayEnded)
