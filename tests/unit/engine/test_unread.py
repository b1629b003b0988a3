"""Losses that are read later: the same run, whatever happens in it.

On a graphics card the loop goes ahead of its losses. Here it does so on the CPU, where
every bit of the run can be compared with one that reads each loss at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    CheckpointTaken,
    LossExploded,
    PictureMeasured,
    RunDiverged,
    RunEvent,
    RunFinished,
    RunPaused,
    RunStopped,
)
from workbench.engine import unread
from workbench.engine.control import RunControl
from workbench.engine.same_bits import first_difference
from workbench.engine.stepper import Stepper

Sections = dict[str, dict[str, Any]]
LONG: Sections = {"loop": {"epochs": 300}}
CASES: dict[str, Sections] = {
    "full batches": LONG,
    "batches": {"loop": {"epochs": 40, "full_batch": False, "batch_size": 5}},
    "test data": {
        "model": {"kind": "mlp", "hidden_sizes": (6,)},
        "data": {"kind": "make_regression", "samples": 40, "features": 3},
        "loop": {"epochs": 200, "evaluate_every": 3},
    },
    "dropout": {
        "model": {"kind": "mlp", "hidden_sizes": (6,), "dropout": 0.3},
        "loop": {"epochs": 200, "full_batch": False, "batch_size": 7},
    },
    "classes": {
        "model": {"kind": "cnn", "channels": (3,), "hidden_size": 4},
        "data": {"kind": "generated", "samples": 60, "test_share": 0.2},
        "loss": {"kind": "cross_entropy"},
        "loop": {
            "epochs": 30,
            "full_batch": False,
            "batch_size": 16,
            "sample_every": 40,
        },
    },
    "a schedule": {**LONG, "schedule": {"kind": "cosine"}},
    "momentum": {**LONG, "optimizer": {"kind": "sgd", "lr": 0.01, "momentum": 0.9}},
    "lookahead": {**LONG, "lookahead": {"enabled": True}},
    "clipping": {"loop": {"epochs": 200, "clipping": "norm", "clip_at": 0.1}},
}
DIVERGING: dict[str, Sections] = {
    "full batches": {
        "optimizer": {"kind": "sgd", "lr": 0.7},
        "loop": {"epochs": 400, "sample_every": 1000},
    },
    "batches": {
        "optimizer": {"kind": "sgd", "lr": 0.7},
        "loop": {
            "epochs": 400,
            "full_batch": False,
            "batch_size": 5,
            "sample_every": 1000,
            "shuffle": True,
        },
    },
    "momentum, test data": {
        "data": {"kind": "make_regression", "samples": 40, "features": 3},
        "optimizer": {"kind": "sgd", "lr": 1.6, "momentum": 0.5},
        "loop": {"epochs": 400, "sample_every": 1000},
    },
}


@contextmanager
def before_each_unread_step(do: Callable[[int], object]) -> Iterator[None]:
    """Do something, given the step's number, before each step that stays unread."""
    step_unread = Stepper.step_unread

    def first_do(self: Stepper, number: int, inputs: Tensor, targets: Tensor) -> Tensor:
        do(number)
        return step_unread(self, number, inputs, targets)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stepper, "step_unread", first_do)
        yield


@pytest.fixture
def read_late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Let losses wait on the CPU too; returns how many have."""
    steps: list[int] = []
    monkeypatch.setattr(unread, "pays_off", lambda _experiment: True)
    with before_each_unread_step(steps.append):
        yield lambda: len(steps)


def run(tmp_path: Path, sections: Sections) -> Recorder:
    recorder = Recorder(tmp_path, is_attended=False, **sections)
    recorder.run()
    return recorder


def assert_same(ours: Recorder, theirs: Recorder) -> None:
    """Compare all that is left of two runs, but for their times."""
    assert [loss.hex() for loss in ours.losses] == [loss.hex() for loss in theirs.losses]
    assert (
        ours.history.steps.lr.values().tolist() == theirs.history.steps.lr.values().tolist()
    )
    assert list(ours.history.epochs) == list(theirs.history.epochs)
    mine, others = (one.trainer._state().content for one in (ours, theirs))
    for state in (mine, others):
        state["loop"].pop("elapsed_s")
    assert first_difference(mine, others) is None
    assert ours.trainer.kept_states.steps == theirs.trainer.kept_states.steps
    assert facts(ours.events[-1]) == facts(theirs.events[-1])
    assert ours.of(LossExploded) == theirs.of(LossExploded)


def facts(event: RunEvent) -> dict[str, Any]:
    found = {**vars(event), "kind": type(event)}
    found.pop("elapsed_s", None)
    return {name: str(value) for name, value in found.items()}  # NaN equals itself so


@pytest.mark.parametrize("sections", CASES.values(), ids=CASES)
def test_that_the_run_is_the_same_to_the_last_bit(
    tmp_path: Path, sections: Sections, request: pytest.FixtureRequest
) -> None:
    theirs = run(tmp_path, sections)
    count = request.getfixturevalue("read_late")
    ours = run(tmp_path, sections)
    assert isinstance(ours.events[-1], RunFinished)
    assert_same(ours, theirs)
    assert count() > 30


@pytest.mark.parametrize("sections", DIVERGING.values(), ids=DIVERGING)
def test_that_a_run_diverges_at_the_same_step_with_the_same_weights(
    tmp_path: Path, sections: Sections, request: pytest.FixtureRequest
) -> None:
    theirs = run(tmp_path, sections)
    count = request.getfixturevalue("read_late")
    ours = run(tmp_path, sections)
    assert isinstance(ours.events[-1], RunDiverged)
    assert_same(ours, theirs)
    assert count() > len(ours.losses) // 2  # the last ones in vain


def test_that_a_run_stops_with_all_losses_read(
    tmp_path: Path, read_late: Callable[[], int]
) -> None:
    recorder = Recorder(tmp_path, **LONG)
    with before_each_unread_step(lambda step: step >= 200 and recorder.control.stop()):
        ending = recorder.run()
    assert isinstance(ending, RunStopped)
    assert ending.step == len(recorder.losses) == recorder.trainer.step
    assert 200 < ending.step < 210
    assert recorder.of(CheckpointTaken)[-1].checkpoint.step == ending.step
    assert read_late() > 0


def test_that_a_wish_that_comes_between_two_looks_finds_all_losses_read(
    tmp_path: Path, read_late: Callable[[], int]
) -> None:
    class Flickering(RunControl):
        """Says that something is wanted to every second question only."""

        looks = 0

        @property  # type: ignore[override]  # a plain flag in the real one
        def wanted(self) -> bool:
            self.looks += 1
            return self._is_wanted and self.looks % 2 == 0

        @wanted.setter
        def wanted(self, wanted: bool) -> None:
            self._is_wanted = wanted

    recorder = Recorder(tmp_path, **LONG)
    recorder.trainer._control = control = Flickering()
    with before_each_unread_step(lambda step: step >= 200 and control.stop()):
        ending = recorder.run()
    assert isinstance(ending, RunStopped)
    assert ending.step == len(recorder.losses) == recorder.trainer.step
    assert read_late() > 0


def test_that_a_failure_leaves_the_losses_before_it(
    tmp_path: Path, read_late: Callable[[], int]
) -> None:
    recorder = Recorder(tmp_path, **LONG)

    def fail(step: int) -> None:
        if step >= 200:
            raise RuntimeError("the card is gone")

    with before_each_unread_step(fail), pytest.raises(RuntimeError, match="card is gone"):
        recorder.run()
    assert 199 <= len(recorder.losses) <= 205
    assert read_late() > 0


@pytest.mark.parametrize("worse", [1.0, math.inf], ids=["alone", "then no number"])
def test_that_a_leap_of_the_loss_pauses_the_run_where_it_leapt(
    tmp_path: Path, read_late: Callable[[], int], worse: float
) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 700, "on_explosion": "pause"})
    targets = recorder.experiment.dataset.train.targets
    right = targets.clone()
    step = Stepper.step

    def disturb(number: int) -> None:
        """Make targets larger in step 300, counted from 0, and worse in step 310."""
        targets.copy_(right * (1 if number < 300 else 1000 if number < 310 else worse))

    def read_step(self: Stepper, number: int, *rest: Any) -> float:
        disturb(number)
        return step(self, number, *rest)

    def stop(event: RunEvent) -> None:
        recorder.receive(event)
        if isinstance(event, RunPaused):
            recorder.control.stop()

    recorder.trainer._emit = stop
    with before_each_unread_step(disturb), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stepper, "step", read_step)
        ending = recorder.run()
    assert isinstance(ending, RunStopped)
    assert [event.step for event in recorder.of(LossExploded)] == [301]
    # one step more is done, which is recorded for the inspector
    assert [event.step for event in recorder.of(RunPaused)] == [302]
    assert len(recorder.losses) == recorder.trainer.step == 302
    assert read_late() > 200


@pytest.mark.parametrize("kind", ["full batches", "batches"])
def test_that_steps_that_come_out_otherwise_end_the_run_where_they_do(
    tmp_path: Path, read_late: Callable[[], int], kind: str
) -> None:
    """A device that does not repeat its sums may overflow a step sooner."""
    recorder = Recorder(tmp_path, is_attended=False, **DIVERGING[kind])
    do_again = unread.UnreadSteps._do_again

    def overflow_sooner(self: unread.UnreadSteps, last: int) -> None:
        recorder.experiment.dataset.train.targets.fill_(math.inf)
        do_again(self, last)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unread.UnreadSteps, "_do_again", overflow_sooner)
        ending = recorder.run()
    assert isinstance(ending, RunDiverged)
    assert ending.step == len(recorder.losses)
    assert not math.isfinite(recorder.losses[-1])
    state = recorder.of(CheckpointTaken)[-1].checkpoint
    assert state.step == recorder.trainer.step
    assert state.step < ending.step - 1  # as far as the weights are good
    loop = recorder.trainer._state().content["loop"]
    assert (
        loop["sums"]["samples"] == loop["batch"] * recorder.experiment.plan.loop.batch_size
    )
    assert read_late() > 0


def test_that_at_most_fifty_steps_are_unread(
    tmp_path: Path, read_late: Callable[[], int]
) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 400, "sample_every": 1000})
    recorder.trainer.kept_states.due = math.inf  # no other reason to read
    lengths: list[int] = []

    def count(step: int) -> None:
        lengths.append(step - len(recorder.history.steps))

    with before_each_unread_step(count), pytest.MonkeyPatch.context() as patch:
        patch.setattr(unread, "can_be_undone", lambda *_: True)
        recorder.run()
    assert max(lengths) == unread.MOST_UNREAD - 1
    assert read_late() > 300


def test_that_pictures_show_the_epoch_that_they_name(
    tmp_path: Path, read_late: Callable[[], int]
) -> None:
    recorder = run(tmp_path, LONG)
    pictures = [event.picture for event in recorder.of(PictureMeasured)]
    assert pictures
    for picture in pictures:
        error = (picture.predicted - picture.actual).tolist()
        loss = math.fsum(one * one for one in error) / len(error)
        after = [*recorder.losses[1:], math.nan][picture.epoch - 1]
        if picture.epoch < 300:  # a step's loss is that of the weights before it
            assert loss == pytest.approx(after, rel=1e-5)
    assert read_late() > 0


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param({"optimizer": {"kind": "lbfgs"}}, id="evaluates the loss itself"),
        pytest.param({"schedule": {"kind": "plateau"}}, id="its rate hangs on losses"),
    ],
)
def test_that_losses_are_read_at_once_where_they_are_needed(
    tmp_path: Path, sections: Sections
) -> None:
    experiment = Recorder(tmp_path, **sections).experiment
    assert not unread.pays_off(experiment)
