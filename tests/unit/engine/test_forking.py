"""Going on from a state with another plan: what is carried, refused, begun again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.helpers.recorder import Recorder
from tests.helpers.stopping import MLP, PER_EPOCH, Sections, Stopping, rows
from workbench.core.errors import SettingsError
from workbench.core.events import CheckpointTaken
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.resuming import Carried, Start
from workbench.core.settings import FieldKind, FieldSpec, describe


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


def other_values(spec: FieldSpec) -> tuple[Any, ...]:
    """Return values of a setting that might ask for another state than its default."""
    match spec.kind:
        case FieldKind.BOOL:
            return (not spec.default,)
        case FieldKind.CHOICE:
            return tuple(value for value in spec.choices if value != spec.default)
        case FieldKind.INT:
            return (spec.default + 3 if spec.default else 3, 1)
        case FieldKind.FLOAT:
            return (0.0, 0.5) if spec.default != 0.5 else (0.0,)
        case _:
            return ()


def changes_of_optimizers() -> list[tuple[str, str, Any]]:
    """Name every optimizer's settings with other values, as far as they are valid."""
    found = []
    for entry in OPTIMIZERS:
        for spec in describe(entry):
            for value in other_values(spec):
                try:
                    OPTIMIZERS.build({"kind": entry.key(), spec.name: value}, path="o")
                except SettingsError:
                    continue
                found.append((entry.key(), spec.name, value))
    return found


@pytest.mark.parametrize(("kind", "name", "value"), changes_of_optimizers())
def test_that_another_setting_goes_on_with_the_state_or_is_refused_by_its_name(
    tmp_path: Path, kind: str, name: str, value: Any
) -> None:
    first = Stopping(tmp_path, optimizer={"kind": kind}, loop={"epochs": 30})
    start = Start(first.run_until(12))
    history = first.history.copy_until(12)
    changed: Sections = {"optimizer": {"kind": kind, name: value}, "loop": {"epochs": 20}}
    before = getattr(OPTIMIZERS[kind](), name)
    counts = isinstance(value, int) and not isinstance(value, bool)
    stays = before == value if counts else bool(before) == bool(value)

    if name in OPTIMIZERS[kind].shapes_state and not stays:
        with pytest.raises(
            SettingsError, match=f"optimizer.{name}: .* start the optimizer"
        ):
            Recorder(tmp_path, history=history, start=start, **changed)
    else:
        second = Recorder(tmp_path, history=history, start=start, **changed)
        second.run()
        assert len(second.losses) >= 13
