"""Going on from a state, in the middle of an epoch too, equals never having stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.recorder import Recorder
from workbench.core.errors import SessionError, SettingsError
from workbench.core.events import Checkpoint, CheckpointTaken, EpochRow
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.resuming import Carried, Start
from workbench.engine.checkpoint import WholeState, read_state
from workbench.engine.runner import ThreadLauncher

Sections = dict[str, dict[str, Any]]

MLP: Sections = {
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.3},
    "data": {
        "kind": "make_regression",
        "samples": 40,
        "features": 3,
        "test_share": 0.25,
        "standardise_target": True,
    },
    "loop": {"epochs": 6, "full_batch": False, "batch_size": 7},
}
PER_EPOCH = 5  # of 30 training samples, the last one smaller


class Stopping(Recorder):
    """Stops after a number of steps, of which the last checkpoint tells."""

    def run_until(self, step: int) -> Checkpoint:
        steps = self.history.steps
        append = steps.append

        def stop_in_time(loss: float, lr: float) -> None:
            append(loss, lr)
            if len(steps) == step:
                self.control.stop()

        steps.append = stop_in_time  # type: ignore[method-assign]  # counts for the test
        self.run()
        checkpoint: Checkpoint = self.of(CheckpointTaken)[-1].checkpoint
        assert checkpoint.step == step
        return checkpoint


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


def rows(recorder: Recorder) -> list[EpochRow]:
    return list(recorder.history.epochs)


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


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"optimizer": {"kind": "sgd"}}, "optimizer.kind"),
        ({"lookahead": {"enabled": True}}, "lookahead.enabled"),
        ({"optimizer": {"kind": "adam", "amsgrad": True}}, "optimizer.amsgrad"),
        ({"model": {"kind": "linear", "bias": False}}, "model.bias"),
        ({"model": {"kind": "mlp", "hidden_sizes": (3,)}}, "model.kind"),
        ({"data": {"kind": "random", "features": 5}}, "data.kind"),
        ({"loop": {"epochs": 1}}, "loop.epochs"),
    ],
)
def test_that_a_plan_that_does_not_fit_the_state_is_refused_by_its_setting(
    tmp_path: Path, changes: Sections, path: str
) -> None:
    start = Stopping(tmp_path).run_until(2)

    with pytest.raises(SettingsError) as raised:
        Recorder(tmp_path, start=Start(start), **changes)
    assert [problem.path for problem in raised.value.problems] == [path]


def fork(tmp_path: Path, step: int, carried: Carried, changes: Sections) -> Recorder:
    """Return the run that went on from a step of another one, with changes of its plan."""
    first = Stopping(tmp_path, **MLP)
    start = Start(first.run_until(step), carried)
    sections = {name: {**MLP.get(name, {}), **part} for name, part in changes.items()}
    forked = Recorder(
        tmp_path,
        history=first.history.copy_until(step),
        start=start,
        **{**MLP, **sections},
    )
    forked.run()
    return forked


def test_that_only_weights_are_carried_to_another_optimizer(tmp_path: Path) -> None:
    forked = fork(tmp_path, 8, Carried.WEIGHTS, {"optimizer": {"kind": "sgd", "lr": 0.01}})
    whole = Recorder(tmp_path, **MLP)
    whole.run()

    assert forked.losses[:9] == whole.losses[:9]  # the ninth is that of the carried weights
    assert forked.losses[9:] != whole.losses[9:]
    assert len(forked.losses) == len(whole.losses)
    assert forked.experiment.span.total_steps == len(whole.losses)


def test_that_weights_alone_begin_an_optimizer_of_the_same_kind_afresh(
    tmp_path: Path,
) -> None:
    start = Stopping(tmp_path).run_until(3)
    weights = Recorder(tmp_path, start=Start(start, Carried.WEIGHTS))
    everything = Recorder(tmp_path, start=Start(start))

    assert states(weights) == [{}, {}]
    assert [float(state["step"]) for state in states(everything)] == [3, 3]
    assert torch.equal(
        weights.experiment.model.linear.weight, everything.experiment.model.linear.weight
    )


def states(recorder: Recorder) -> list[Any]:
    """Return what the optimizer keeps of each tensor."""
    stack = recorder.experiment.stack
    named = recorder.experiment.model.parameters()
    return [stack.parts[0].state.get(parameter, {}) for parameter in named]


def test_that_other_batches_begin_the_epoch_under_way_again(tmp_path: Path) -> None:
    step = 2 * PER_EPOCH + 3
    forked = fork(tmp_path, step, Carried.EVERYTHING, {"loop": {"batch_size": 10}})

    assert [row.epoch for row in rows(forked)] == [1, 2, 3, 4, 5, 6]
    assert [row.step for row in rows(forked)] == [5, 10, 16, 19, 22, 25]
    assert forked.experiment.span.total_steps == 25 == len(forked.losses)


@pytest.mark.parametrize(
    "changes",
    [{"loop": {"seed": 7}}, {"loop": {"shuffle": False}}, {"loss": {"kind": "l1"}}],
)
def test_that_another_order_or_loss_begins_the_epoch_under_way_again(
    tmp_path: Path, changes: Sections
) -> None:
    forked = fork(tmp_path, 2 * PER_EPOCH + 3, Carried.EVERYTHING, changes)

    assert [row.step for row in rows(forked)] == [5, 10, 18, 23, 28, 33]


def test_that_a_fork_of_a_fork_goes_on_in_the_middle_of_its_own_epochs(
    tmp_path: Path,
) -> None:
    changes: Sections = {"loop": {"batch_size": 10}}
    whole = fork(tmp_path, 8, Carried.EVERYTHING, changes)
    first = Stopping(tmp_path, **MLP)
    start = Start(first.run_until(8))
    sections = {**MLP, "loop": {**MLP["loop"], "batch_size": 10}}
    second = Stopping(
        tmp_path, history=first.history.copy_until(8), start=start, **sections
    )
    middle = second.run_until(8 + 4)
    third = Recorder(
        tmp_path, history=second.history.copy_until(12), start=Start(middle), **sections
    )
    third.run()

    assert third.experiment.start.batch == 1
    assert third.losses == whole.losses
    assert rows(third) == rows(whole)[-len(rows(third)) :]


def test_that_a_schedule_begins_where_the_optimizer_was_started_afresh(
    tmp_path: Path,
) -> None:
    changes: Sections = {"schedule": {"kind": "warmup", "warmup_steps": 4}}
    afresh = fork(tmp_path, 13, Carried.WEIGHTS, changes)
    carried = fork(tmp_path, 13, Carried.EVERYTHING, changes)

    lr = afresh.history.steps.lr.values()
    assert lr[13] == pytest.approx(0.01 * 1e-3)
    assert (lr[17:] == 1e-3).all()
    assert (carried.history.steps.lr.values()[13:] == 1e-3).all()


def test_that_a_plateau_begins_where_there_was_none_before(tmp_path: Path) -> None:
    changes: Sections = {"schedule": {"kind": "plateau", "patience": 0}}
    forked = fork(tmp_path, 13, Carried.EVERYTHING, changes)

    assert forked.history.steps.lr.values()[13] == 1e-3


def test_that_an_optimizer_cannot_start_afresh_where_no_epoch_is_left(
    tmp_path: Path,
) -> None:
    whole = Recorder(tmp_path)
    whole.run()
    start = Start(whole.of(CheckpointTaken)[-1].checkpoint, Carried.WEIGHTS)

    with pytest.raises(SettingsError, match=r"loop\.epochs: .* 4 epochs behind it"):
        Recorder(tmp_path, start=start)


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


NONSENSE: dict[str, Callable[[dict[str, Any]], object]] = {
    "no generators": lambda state: state.pop("random"),
    "no optimizer": lambda state: state.pop("optimizer"),
    "a list of weights": lambda state: state.update(model=[]),
    "settings as a number": lambda state: state["loop"].update(settings=7),
    "a list as a kind": lambda state: state["loop"].update(
        settings={"optimizer": {"kind": [1]}}
    ),
    "words for numbers": lambda state: state["loop"].update(epochs_from=(3, "x")),
    "epochs from beyond": lambda state: state["loop"].update(epochs_from=(10**9, 0)),
    "no facts": lambda state: state["loop"].update(environment=None),
    "no digest": lambda state: state["loop"].pop("data"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_that_a_state_with_nonsense_in_it_is_refused_in_words(
    tmp_path: Path, what: str
) -> None:
    start = Stopping(tmp_path).run_until(2)
    state = read_state(start)
    NONSENSE[what](state)
    spoilt = WholeState(2, start.epoch, state).encode()

    with pytest.raises((SessionError, SettingsError)):
        Recorder(tmp_path, start=Start(spoilt))
