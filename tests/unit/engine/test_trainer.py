"""The loop on small real runs: what it does, what it reports, how it ends."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    CheckpointTaken,
    PictureMeasured,
    Predictions,
    RunDiverged,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)


def plain_losses(recorder: Recorder, optimizer: torch.optim.Optimizer) -> list[float]:
    """The losses of the loop as anybody would write it, on the recorder's own model."""
    data, model = recorder.experiment.dataset.train, recorder.experiment.model
    losses = []
    for _ in range(recorder.plan.loop.epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(data.inputs), data.targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_that_the_losses_equal_those_of_the_plain_loop_digit_for_digit(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 50})
    twin = Recorder(tmp_path, loop={"epochs": 50})
    recorder.run()

    expected = plain_losses(
        twin, torch.optim.Adam(twin.experiment.model.parameters(), lr=1e-3)
    )
    assert recorder.losses == expected


def test_that_the_same_plan_gives_the_same_numbers_twice_with_dropout_and_shuffle(
    tmp_path: Path,
) -> None:
    sections: dict[str, dict[str, Any]] = {
        "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.5},
        "loop": {"full_batch": False, "batch_size": 5, "epochs": 3},
    }
    first, second = Recorder(tmp_path, **sections), Recorder(tmp_path, **sections)
    torch.manual_seed(first.plan.loop.seed)
    first.run()
    torch.manual_seed(second.plan.loop.seed)
    second.run()

    assert first.losses == second.losses
    assert len(first.losses) == 15


def test_that_a_finished_run_reports_start_epochs_checkpoint_and_end_in_order(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path)
    ending = recorder.run()

    assert isinstance(ending, RunFinished)
    assert [row.epoch for row in recorder.history.epochs] == [1, 2, 3, 4]
    (started,) = recorder.of(RunStarted)
    assert (started.total_steps, started.steps_per_epoch) == (4, 1)
    assert started.num_parameters == 4
    assert isinstance(recorder.events[-2], CheckpointTaken)
    assert recorder.events[-2].checkpoint.step == 4


def test_that_the_epoch_row_weighs_batches_by_their_samples(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        loop={"epochs": 1, "full_batch": False, "batch_size": 16, "shuffle": False},
    )
    recorder.run()

    (row,) = recorder.history.epochs
    large, small = recorder.losses
    assert row.train_loss == pytest.approx((16 * large + 8 * small) / 24, rel=1e-12)
    assert row.loss_sum == large + small


def test_that_test_loss_is_measured_when_due_and_always_at_the_end(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path, data={"test_share": 0.25}, loop={"epochs": 5, "evaluate_every": 2}
    )
    recorder.run()

    rows = list(recorder.history.epochs)
    assert [row.test_loss is not None for row in rows] == [False, True, False, True, True]
    test = recorder.experiment.dataset.test
    assert test is not None
    with torch.no_grad():
        loss = nn.functional.mse_loss(recorder.experiment.model(test.inputs), test.targets)
    assert rows[-1].test_loss == pytest.approx(loss.item(), rel=1e-6)


def test_that_the_last_picture_shows_predictions_in_the_datas_own_units(
    tmp_path: Path,
) -> None:
    recorder = Recorder(
        tmp_path,
        data={"kind": "make_regression", "samples": 40, "standardise_target": True},
    )
    recorder.run()

    picture = recorder.of(PictureMeasured)[-1].picture
    dataset = recorder.experiment.dataset
    assert isinstance(picture, Predictions)
    assert dataset.test is not None
    expected = (
        dataset.test.targets[:, 0].double() * dataset.target_std + dataset.target_mean
    )
    assert picture.actual == pytest.approx(expected.numpy())
    assert abs(picture.actual).max() > 5  # not standardised any more


def test_that_a_loss_that_is_not_finite_ends_the_run_and_names_step_and_tensor(
    tmp_path: Path,
) -> None:
    recorder = Recorder(
        tmp_path, optimizer={"kind": "sgd", "lr": 1e6}, loop={"epochs": 200}
    )
    ending = recorder.run()

    assert isinstance(ending, RunDiverged)
    assert ending.step == len(recorder.losses)
    assert not math.isfinite(recorder.losses[-1])
    assert all(math.isfinite(loss) for loss in recorder.losses[:-1])
    assert (
        ending.tensor is None
    )  # squaring a finite error overflowed: the loss alone is bad


def test_that_the_layer_that_overflowed_first_is_named(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        model={"kind": "mlp", "hidden_sizes": (8, 8)},
        optimizer={"kind": "sgd", "lr": 1e6},
        loop={"epochs": 200},
    )
    ending = recorder.run()

    assert isinstance(ending, RunDiverged)
    assert ending.tensor in {"hidden1", "hidden2", "output"}
    assert ending.where == "output"


def test_that_the_weights_before_a_bad_loss_are_what_the_checkpoint_keeps(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 3})
    inputs = recorder.experiment.dataset.train.inputs
    before = recorder.experiment.model.linear.weight.clone()
    inputs[0, 0] = float("nan")
    ending = recorder.run()

    assert isinstance(ending, RunDiverged)
    assert ending.step == 1
    assert torch.equal(recorder.experiment.model.linear.weight, before)


def test_that_a_stop_before_the_first_step_ends_with_nothing_done(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.control.stop()
    ending = recorder.run()

    assert isinstance(ending, RunStopped)
    assert ending.step == 0
    assert recorder.losses == []


class SteppingRecorder(Recorder):
    """Answers the first pause with two single steps and the third with going on."""

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunPaused):
            pauses = len(self.of(RunPaused))
            if pauses < 3:
                self.control.step_once()
            else:
                self.control.resume()


def test_that_a_paused_run_steps_singly_and_goes_on_to_the_same_losses(
    tmp_path: Path,
) -> None:
    undisturbed = Recorder(tmp_path, loop={"epochs": 9})
    undisturbed.run()
    recorder = SteppingRecorder(tmp_path, loop={"epochs": 9})
    recorder.control.pause()
    ending = recorder.run()

    assert isinstance(ending, RunFinished)
    assert [event.step for event in recorder.of(RunPaused)] == [1, 2, 3]
    assert [event.step for event in recorder.of(RunResumed)] == [3]
    assert recorder.losses == undisturbed.losses


def test_that_clipping_by_norm_limits_the_step(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        optimizer={"kind": "sgd", "lr": 1.0},
        loop={"epochs": 1, "clipping": "norm", "clip_at": 0.01},
    )
    before = [p.detach().clone() for p in recorder.experiment.model.parameters()]
    recorder.run()

    moved = [
        a.detach() - b
        for a, b in zip(recorder.experiment.model.parameters(), before, strict=True)
    ]
    length = math.sqrt(sum(float(part.square().sum()) for part in moved))
    assert length == pytest.approx(0.01, rel=1e-3)


def test_that_clipping_by_value_limits_each_element(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        optimizer={"kind": "sgd", "lr": 1.0},
        loop={"epochs": 1, "clipping": "value", "clip_at": 1e-3},
    )
    before = recorder.experiment.model.linear.weight.detach().clone()
    recorder.run()

    moved = (recorder.experiment.model.linear.weight - before).abs().max().item()
    assert moved == pytest.approx(1e-3, rel=1e-2)


def test_that_lbfgs_trains_and_each_step_keeps_the_loss_before_it(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, optimizer={"kind": "lbfgs"}, loop={"epochs": 3})
    twin = Recorder(tmp_path)
    recorder.run()

    data, model = twin.experiment.dataset.train, twin.experiment.model
    first = nn.functional.mse_loss(model(data.inputs), data.targets).item()
    assert recorder.losses[0] == first
    assert recorder.losses[-1] < recorder.losses[0]


def test_that_the_schedule_sets_the_rate_of_each_step(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        optimizer={"kind": "sgd", "lr": 0.1},
        schedule={"kind": "exponential", "gamma": 0.5},
    )
    recorder.run()

    assert recorder.history.steps.lr.values().tolist() == pytest.approx(
        [0.1, 0.05, 0.025, 0.0125]
    )


def test_that_rates_are_measured_at_the_first_and_every_nth_step(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 10, "sample_every": 4})
    recorder.run()

    assert recorder.history.rates.steps().tolist() == [1, 5, 9]


def test_that_dead_units_are_measured_where_the_rates_are(tmp_path: Path) -> None:
    recorder = Recorder(
        tmp_path,
        model={"kind": "mlp", "hidden_sizes": (6, 3)},
        loop={"epochs": 10, "sample_every": 4},
    )
    recorder.experiment.model.hidden1.bias.data.fill_(-1e6)
    recorder.run()

    activity = recorder.history.activity
    assert activity.layers == ("hidden1", "hidden2")
    assert activity.steps().tolist() == [1, 5, 9]
    assert activity.latest()["hidden1"] == 1.0
    assert activity.latest()["hidden2"] < 1.0


def test_that_models_without_rectifiers_have_no_activity(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    recorder.run()

    assert recorder.history.activity.layers == ()
    assert len(recorder.history.activity) == 0


def test_that_the_tensor_that_a_view_wants_is_shown_at_the_last_measured_step(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, loop={"epochs": 10, "sample_every": 4})
    recorder.history.elements.wanted = "linear.bias"
    recorder.run()

    latest = recorder.history.elements.latest
    assert latest is not None
    assert (latest.tensor, latest.step) == ("linear.bias", 9)


def test_that_recording_changes_no_loss(tmp_path: Path) -> None:
    plain = Recorder(tmp_path, optimizer={"kind": "lbfgs"}, loop={"epochs": 3})
    plain.run()
    recorder = SteppingRecorder(tmp_path, optimizer={"kind": "lbfgs"}, loop={"epochs": 3})
    recorder.control.pause()
    recorder.run()

    assert recorder.trainer.recorder.steps("linear.weight") == (1, 2, 3)
    assert recorder.losses == plain.losses


def test_that_training_accuracy_and_confusion_count_every_sample_once(
    tmp_path: Path,
) -> None:
    recorder = Recorder(
        tmp_path,
        model={"kind": "cnn", "channels": (4,), "hidden_size": 8},
        data={"kind": "generated", "samples": 60, "test_share": 0.0, "seed": 1},
        loss={"kind": "cross_entropy"},
        loop={"epochs": 2, "full_batch": False, "batch_size": 16},
    )
    recorder.run()

    picture = recorder.of(PictureMeasured)[-1].picture
    row = recorder.history.epochs[-1]
    assert picture.counts.sum() == 60
    assert row.train_accuracy == pytest.approx(picture.counts.trace() / 60)
