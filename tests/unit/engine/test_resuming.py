"""Going on from a state, in the middle of an epoch too, equals never having stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.recorder import Recorder
from tests.helpers.stopping import MLP, PER_EPOCH, Sections, Stopping, rows
from workbench.core.events import CheckpointTaken
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.resuming import Start
from workbench.engine.runner import ThreadLauncher


def go_on(tmp_path: Path, step: int, sections: Sections) -> tuple[Recorder, Recorder]:
    """Return an undisturbed run, and one that was stopped after a step and went on."""
    whole = Recorder(tmp_path, **sections)
    whole.run()
    first = Stopping(tmp_path, **sections)
    checkpoint = first.run_until(step)
    torch.manual_seed(12345)  # whatever happened in between
    history = first.history.copy_until(step)
    second = Recorder(tmp_path, history=history, start=Start(checkpoint), **sections)
    second.run()
    return whole, second


def assert_equal(whole: Recorder, resumed: Recorder) -> None:
    assert resumed.losses == whole.losses
    assert np.array_equal(
        resumed.history.steps.lr.values(), whole.history.steps.lr.values()
    )
    assert rows(resumed) == rows(whole)
    ours, theirs = (
        each.experiment.model.state_dict().values() for each in (whole, resumed)
    )
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert resumed.history.rates.steps().tolist() == whole.history.rates.steps().tolist()
    assert np.array_equal(
        resumed.history.rates.values(), whole.history.rates.values(), equal_nan=True
    )


@pytest.mark.parametrize("lookahead", [False, True])
@pytest.mark.parametrize("kind", OPTIMIZERS.keys())
def test_that_every_optimizer_goes_on_in_the_middle_of_an_epoch(
    tmp_path: Path, kind: str, lookahead: bool
) -> None:
    # the full step of L-BFGS leaves this noisy loss
    optimizer = {"kind": kind, **({"lr": 0.01} if kind == "lbfgs" else {})}
    sections = {
        **MLP,
        "optimizer": optimizer,
        "lookahead": {"enabled": lookahead, "k": 3},
    }
    assert_equal(*go_on(tmp_path, 2 * PER_EPOCH + 3, sections))


@pytest.mark.parametrize("step", [1, PER_EPOCH - 1, PER_EPOCH, PER_EPOCH + 1, 29])
def test_that_a_run_goes_on_from_any_place(tmp_path: Path, step: int) -> None:
    assert_equal(*go_on(tmp_path, step, MLP))


@pytest.mark.parametrize(
    "schedule",
    [
        {"kind": "plateau", "patience": 0, "factor": 0.5},
        {"kind": "one_cycle"},
        {"kind": "cosine"},
        {"kind": "warmup", "warmup_steps": 20},
    ],
    ids=lambda schedule: schedule["kind"],
)
def test_that_schedules_go_on(tmp_path: Path, schedule: dict[str, Any]) -> None:
    sections = {**MLP, "schedule": schedule, "optimizer": {"kind": "sgd", "lr": 0.1}}
    assert_equal(*go_on(tmp_path, 3 * PER_EPOCH + 2, sections))


def test_that_the_interrupted_epochs_accuracy_counts_all_of_its_samples(
    tmp_path: Path,
) -> None:
    sections: Sections = {
        "model": {"kind": "cnn", "channels": (4,), "hidden_size": 8, "dropout": 0.2},
        "data": {"kind": "generated", "samples": 60, "test_share": 0.2},
        "loss": {"kind": "cross_entropy"},
        "loop": {"epochs": 2, "full_batch": False, "batch_size": 10},
    }
    whole, resumed = go_on(tmp_path, 3, sections)

    assert_equal(whole, resumed)
    assert all(row.train_accuracy is not None for row in rows(resumed))


def test_that_the_path_in_the_bowl_goes_on(tmp_path: Path) -> None:
    whole, resumed = go_on(tmp_path, 5, {"loop": {"epochs": 9}})

    assert resumed.history.path.steps().tolist() == list(range(10))
    assert np.array_equal(resumed.history.path.points(), whole.history.path.points())


def test_that_the_hyperparameters_are_those_of_the_new_plan(tmp_path: Path) -> None:
    first = Stopping(tmp_path, optimizer={"kind": "adam", "lr": 0.1})
    start = first.run_until(2)
    second = Recorder(
        tmp_path,
        history=first.history.copy_until(2),
        start=Start(start),
        optimizer={"kind": "adam", "lr": 0.01},
    )
    second.run()

    assert second.history.steps.lr.values().tolist() == [0.1, 0.1, 0.01, 0.01]


def test_that_more_epochs_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    short = Recorder(tmp_path, loop={"epochs": 3})
    short.run()
    start = short.of(CheckpointTaken)[-1].checkpoint
    whole = Recorder(tmp_path, loop={"epochs": 8})
    whole.run()
    longer = Recorder(
        tmp_path,
        history=short.history.copy_until(3),
        start=Start(start),
        loop={"epochs": 8},
    )
    longer.run()

    assert longer.losses == whole.losses


def test_that_a_history_that_does_not_end_with_the_state_is_refused(
    tmp_path: Path,
) -> None:
    first = Stopping(tmp_path)
    start = first.run_until(2)
    launcher = ThreadLauncher(tmp_path)

    with pytest.raises(ValueError, match="1 steps, the run starts after 2"):
        launcher.launch(first.plan, first.history.copy_until(1), Start(start))
    with pytest.raises(ValueError, match="2 steps, the run starts after 0"):
        launcher.launch(first.plan, first.history)
