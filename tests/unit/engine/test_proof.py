"""A run that goes on proves that it took over every bit, or says what it did not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    ResumeCheck,
    ResumeReport,
    RunContinued,
    RunEvent,
    RunStarted,
)
from workbench.core.resuming import Carried, Start, describe_resume
from workbench.engine import checkpoint as checkpoints
from workbench.engine import continuing
from workbench.engine.same_bits import first_difference

Sections = dict[str, dict[str, Any]]

MLP: Sections = {
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.3},
    "data": {"kind": "random", "samples": 30, "features": 3},
    "loop": {"epochs": 6, "full_batch": False, "batch_size": 7},
}


class StoppingRecorder(Recorder):
    """Stops with the thirteenth step: after the third batch of the third epoch."""

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunStarted):
            self._stop_in_time()

    def _stop_in_time(self) -> None:
        append = self.history.steps.append

        def stop_in_time(loss: float, lr: float) -> None:
            append(loss, lr)
            if len(self.history.steps) == 13:
                self.control.stop()

        self.history.steps.append = stop_in_time  # type: ignore[method-assign]


def stored(tmp_path: Path, **sections: dict[str, Any]) -> Checkpoint:
    recorder = StoppingRecorder(tmp_path, **{**MLP, **sections})
    recorder.run()
    checkpoint: Checkpoint = recorder.of(CheckpointTaken)[-1].checkpoint
    return checkpoint


def report(
    tmp_path: Path,
    checkpoint: Checkpoint,
    carried: Carried = Carried.EVERYTHING,
    **sections: dict[str, Any],
) -> ResumeReport:
    start = Start(checkpoint, carried)
    found = Recorder(tmp_path, start=start, **{**MLP, **sections}).experiment.continued
    assert found is not None
    return found


def check(found: ResumeReport, what: str) -> ResumeCheck:
    (one,) = [each for each in found.checks if each.what == what]
    return one


def test_that_every_part_is_proved_and_counted(tmp_path: Path) -> None:
    found = report(tmp_path, stored(tmp_path))

    assert found.is_exact
    assert found.step == 13
    assert [(one.what, one.detail) for one in found.checks] == [
        ("weights and buffers", "4 tensors, 41 numbers"),
        ("optimizer state", "Adam: 12 tensors, 86 numbers"),
        ("step counter", "13 steps, 2 epochs"),
        ("schedule", "Constant: learning rate × 1 next"),
        ("random generators", "CPU"),
        ("order of the data", "batch 4 of 5 comes next"),
    ]
    assert describe_resume(found) == "resumed after step 13: exactly, bit for bit"


def test_that_it_is_told_right_after_the_start_and_with_a_checkpoint_of_its_own(
    tmp_path: Path,
) -> None:
    start = Start(stored(tmp_path))
    recorder = Recorder(tmp_path, start=start, **MLP)
    recorder.control.stop()
    recorder.run()
    kinds = [type(event) for event in recorder.events]

    begin = kinds.index(RunStarted)
    assert kinds[begin : begin + 3] == [RunStarted, RunContinued, CheckpointTaken]
    (taken,) = recorder.of(CheckpointTaken)
    assert taken.checkpoint.step == 13
    assert recorder.of(RunContinued)[0].report.is_exact


def test_that_a_run_from_the_beginning_has_nothing_to_prove(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.run()

    assert recorder.of(RunContinued) == []


def test_that_the_checkpoint_of_a_run_that_goes_on_is_the_one_it_came_from(
    tmp_path: Path,
) -> None:
    first = stored(tmp_path)
    recorder = Recorder(tmp_path, start=Start(first), **MLP)
    recorder.control.stop()
    recorder.run()
    again = recorder.of(CheckpointTaken)[-1].checkpoint

    one, other = (checkpoints.read_state(each) for each in (first, again))
    assert first_difference(one, other) is None


SPOILERS = {
    "weights and buffers": lambda state: state["model"]["output.bias"].add_(1),
    "optimizer state": lambda state: state["optimizer"]["parts"][0]["state"][0][
        "exp_avg"
    ].mul_(2),
    "random generators": lambda state: state["random"]["cpu"][100].add_(1),
    "schedule": lambda state: state["loop"].update(factor=0.5),
    "order of the data": lambda state: state["loop"].update(order="another"),
}


@pytest.mark.parametrize("what", SPOILERS)
def test_that_a_part_that_was_not_taken_over_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The state changes between being put into the run and being compared."""
    checkpoint = stored(tmp_path)
    put = continuing.Continuation.put_into

    def put_then_spoil(self: Any, *parts: Any) -> None:
        put(self, *parts)
        SPOILERS[what](self._content)

    monkeypatch.setattr(continuing.Continuation, "put_into", put_then_spoil)
    found = report(tmp_path, checkpoint)

    assert [one.what for one in found.checks if not one.is_equal] == [what]
    assert not found.is_sound
    assert "could not be restored" in check(found, what).detail
    assert f"{what} could not be restored" in describe_resume(found)


def test_that_an_optimizer_that_is_not_put_back_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = stored(tmp_path)
    monkeypatch.setattr(checkpoints, "put_optimizer", lambda *_: None)

    assert not check(report(tmp_path, checkpoint), "optimizer state").is_equal


def test_that_an_optimizer_that_starts_afresh_is_told(tmp_path: Path) -> None:
    found = report(tmp_path, stored(tmp_path), Carried.WEIGHTS, optimizer={"kind": "sgd"})

    assert not found.is_exact
    assert check(found, "weights and buffers").is_equal
    one = check(found, "optimizer state")
    assert (one.is_equal, one.detail) == (False, "starts afresh, as chosen")
    assert one.is_chosen
    assert found.differences == ("the optimizer is SGD instead of Adam",)


def test_that_other_batches_are_told(tmp_path: Path) -> None:
    loop = {**MLP["loop"], "batch_size": 10}
    found = report(tmp_path, stored(tmp_path), loop=loop)

    one = check(found, "order of the data")
    assert (one.is_equal, one.detail) == (False, "begins epoch 3 again with other batches")
    assert one.is_chosen
    assert found.differences == ("Batch size is 10 instead of 7",)


def test_that_other_batches_at_the_end_of_an_epoch_begin_the_next_one(
    tmp_path: Path,
) -> None:
    whole = Recorder(tmp_path, **{**MLP, "loop": {**MLP["loop"], "epochs": 2}})
    whole.run()
    last = whole.of(CheckpointTaken)[-1].checkpoint
    found = report(tmp_path, last, loop={**MLP["loop"], "batch_size": 10})

    assert check(found, "order of the data").detail == "begins epoch 3 with other batches"


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": {"kind": "exponential", "gamma": 0.5}},
        {"schedule": {"kind": "plateau"}},
    ],
    ids=["exponential", "plateau"],
)
def test_that_another_schedule_is_told(tmp_path: Path, changes: Sections) -> None:
    found = report(tmp_path, stored(tmp_path), **changes)

    one = check(found, "schedule")
    assert (one.is_equal, one.detail) == (False, "is another, as chosen")
    assert one.is_chosen


def test_that_a_longer_run_has_another_cosine(tmp_path: Path) -> None:
    cosine: Sections = {"schedule": {"kind": "cosine"}}
    longer: Sections = {**cosine, "loop": {**MLP["loop"], "epochs": 9}}
    found = report(tmp_path, stored(tmp_path, **cosine), **longer)

    assert check(found, "schedule").detail == "is another, as chosen"
    assert found.differences == ("Epochs is 9 instead of 6",)


def test_that_another_seed_is_told(tmp_path: Path) -> None:
    found = report(tmp_path, stored(tmp_path), loop={**MLP["loop"], "seed": 4})

    one = check(found, "random generators")
    assert (one.is_equal, one.detail) == (False, "were seeded anew with 4")
    assert one.is_chosen


def test_that_another_learning_rate_keeps_the_state_and_is_told(tmp_path: Path) -> None:
    found = report(tmp_path, stored(tmp_path), optimizer={"kind": "adam", "lr": 0.5})

    assert all(one.is_equal for one in found.checks)
    assert found.differences == ("Learning rate is 0.5 instead of 0.001",)
    assert not found.is_exact


def table(path: Path, last: float) -> Sections:
    rows = [f"{number / 7},{number % 5},{number * 0.3}" for number in range(29)]
    path.write_text("\n".join(["a,b,target", *rows, f"4,1,{last}"]), encoding="utf-8")
    return {"data": {"kind": "csv", "path": str(path), "test_share": 0.0}}


def test_that_a_file_that_has_changed_since_is_told(tmp_path: Path) -> None:
    sections = table(tmp_path / "table.csv", last=8.5)
    checkpoint = stored(tmp_path, **sections)
    assert report(tmp_path, checkpoint, **sections).is_exact
    table(tmp_path / "table.csv", last=8.6)

    assert report(tmp_path, checkpoint, **sections).differences == (
        "the data have changed",
    )


def test_that_another_number_of_threads_is_told(tmp_path: Path) -> None:
    loop = {**MLP["loop"], "threads": 2}
    try:
        found = report(tmp_path, stored(tmp_path), loop=loop)
    finally:
        torch.set_num_threads(1)

    assert found.differences == ("it computes with 2 threads instead of 1",)
    assert describe_resume(found) == (
        "resumed after step 13; last digits may differ because it computes with 2 threads "
        "instead of 1"
    )


def test_that_a_state_of_version_0_1_goes_on_and_says_what_it_does_not_know(
    tmp_path: Path,
) -> None:
    whole = Recorder(tmp_path, **MLP)
    whole.run()
    state = checkpoints.read_state(stored(tmp_path))
    kept = {key: state["loop"][key] for key in ("sums", "steps_per_epoch")}
    state["loop"] = {**kept, "optimizer": "adam", "lookahead": False}
    old = checkpoints.WholeState(13, 2, state).encode()
    recorder = Recorder(
        tmp_path, history=whole.history.copy_until(13), start=Start(old), **MLP
    )
    recorder.run()

    assert recorder.losses == whole.losses
    found = recorder.of(RunContinued)[0].report
    assert all(one.is_equal for one in found.checks)
    assert found.differences == ("what it was computed with was not stored",)
