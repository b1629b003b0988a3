"""The runs of a session as a table."""

from __future__ import annotations

import math
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.helpers.runs import (
    add_steps,
    diverged_run,
    finished_classifier,
    finished_run,
    make_plan,
    partial_run,
    start_run,
)
from tests.helpers.sessions import make_checkpoint
from workbench.core.events import (
    EpochRow,
    ResumeReport,
    RunContinued,
    RunFailed,
    RunFinished,
    RunPaused,
    RunStopped,
)
from workbench.core.resuming import Carried, Start
from workbench.core.run import Run
from workbench.ui.docks.runs_columns import Column
from workbench.ui.docks.runs_model import PEN_ROLE, RunsModel, RunsOrder

Role = Qt.ItemDataRole


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def pen_of(number: int) -> QPen:
    return QPen(Qt.PenStyle.DashLine if number else Qt.PenStyle.SolidLine)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(qapp: object, clock: Clock) -> RunsModel:
    return RunsModel(pen_of, clock=clock)


def cell(model: RunsModel, row: int, column: Column, role: int = Role.DisplayRole) -> Any:
    return model.data(model.index(row, column), role)


def texts(model: RunsModel, column: Column) -> list[str]:
    return [cell(model, row, column) for row in range(model.rowCount())]


def sorted_names(model: RunsModel, column: Column, order: Qt.SortOrder) -> list[str]:
    proxy = RunsOrder()
    proxy.setSourceModel(model)
    proxy.sort(column, order)
    return [proxy.index(row, Column.NAME).data() for row in range(proxy.rowCount())]


def test_that_qt_finds_no_fault_with_the_model(
    model: RunsModel, qtmodeltester: ModelTester
) -> None:
    model.set_runs([finished_run(), partial_run()])
    qtmodeltester.check(model)
    model.set_runs([finished_run(name="c"), finished_classifier(), diverged_run()])
    qtmodeltester.check(model)


def test_that_a_row_tells_how_the_run_went(model: RunsModel) -> None:
    run = start_run(total_steps=1000, steps_per_epoch=5)
    add_steps(run, [1.0] * 5 + [0.5] * 5 + [0.75] * 5)
    run.apply(RunFinished(15, 83.0))
    model.set_runs([run])
    shown = {column: cell(model, 0, column) for column in Column}
    assert shown == {
        Column.SHOWN: None,
        Column.NAME: "mlp adam 1",
        Column.DIFFERS: "–",
        Column.STATE: "finished",
        Column.BEST: "0.6",  # test loss is 1.2 × train loss
        Column.BEST_EPOCH: "2",
        Column.ACCURACY: "–",
        Column.LAST: "0.9",
        Column.EPOCHS: "3 / 100",
        Column.STEPS: "15",
        Column.TIME: "1:23",
    }


def test_that_only_what_differs_is_told(model: RunsModel) -> None:
    runs = [
        start_run(plan=make_plan(optimizer={"kind": "sgd", "lr": lr})) for lr in (0.1, 0.2)
    ]
    model.set_runs(runs[:1])
    assert texts(model, Column.DIFFERS) == ["–"]
    model.set_runs(runs)
    assert texts(model, Column.DIFFERS) == ["lr 0.1", "lr 0.2"]


def test_that_a_classifier_tells_its_accuracy_at_the_best_epoch(model: RunsModel) -> None:
    run = start_run(class_names=("a", "b"))
    for epoch, (loss, right) in enumerate(((0.5, 0.8), (0.4, 0.905), (0.6, 0.99)), 1):
        run.history.epochs.append(EpochRow(epoch, epoch, 1.0, 1.0, loss, None, right))
    model.set_runs([run])
    assert cell(model, 0, Column.ACCURACY) == "90.5 %"
    assert model.has_classifier()


def test_that_without_classifiers_there_is_no_accuracy(model: RunsModel) -> None:
    model.set_runs([finished_run()])
    assert not model.has_classifier()


def test_that_a_state_explains_itself(model: RunsModel) -> None:
    run = start_run()
    run.apply(RunFailed(0, 0.0, "The file '<b>a</b>.csv' is gone."))
    model.set_runs([run])
    assert cell(model, 0, Column.STATE) == "failed"
    help_text = cell(model, 0, Column.STATE, Role.ToolTipRole)
    assert "&lt;b&gt;a&lt;/b&gt;.csv" in help_text


def test_that_a_megabyte_of_name_is_shown_shortened(model: RunsModel) -> None:
    model.set_runs([start_run(name="n" * 1_000_000)])
    assert len(cell(model, 0, Column.NAME)) <= 200
    assert len(cell(model, 0, Column.NAME, Role.ToolTipRole)) < 3000


def test_that_the_pen_of_the_plots_is_used(model: RunsModel) -> None:
    model.set_runs([start_run(colour=0), start_run(colour=1)])
    styles = [cell(model, row, Column.SHOWN, PEN_ROLE).style() for row in (0, 1)]
    assert styles == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]


def test_that_a_run_is_renamed_in_place(model: RunsModel, qtbot: QtBot) -> None:
    run = start_run()
    model.set_runs([run])
    with qtbot.waitSignal(model.renamed) as signal:
        assert model.setData(model.index(0, Column.NAME), "  my\nrun ")
    assert run.name == "my run"
    assert signal.args == [run]


def test_that_an_empty_or_the_same_name_changes_nothing(
    model: RunsModel, qtbot: QtBot
) -> None:
    run = start_run(name="same")
    model.set_runs([run])
    with qtbot.assertNotEmitted(model.renamed):
        assert not model.setData(model.index(0, Column.NAME), "  ")
        model.setData(model.index(0, Column.NAME), "same")
    assert run.name == "same"


def test_that_only_the_name_can_be_edited_and_only_the_first_column_checked(
    model: RunsModel,
) -> None:
    model.set_runs([start_run()])
    flags = {column: model.flags(model.index(0, column)) for column in Column}
    flag = Qt.ItemFlag
    assert [c for c, f in flags.items() if f & flag.ItemIsEditable] == [Column.NAME]
    assert [c for c, f in flags.items() if f & flag.ItemIsUserCheckable] == [Column.SHOWN]
    assert not model.setData(model.index(0, Column.BEST), "1")


def test_that_unchecking_hides_a_run_from_the_plots(model: RunsModel, qtbot: QtBot) -> None:
    runs = [start_run(name=name) for name in "abc"]
    model.set_runs(runs)
    with qtbot.waitSignal(model.shown_changed):
        off = Qt.CheckState.Unchecked.value
        model.setData(model.index(1, Column.SHOWN), off, Role.CheckStateRole)
    assert model.visible_runs() == [runs[0], runs[2]]
    check = cell(model, 1, Column.SHOWN, Role.CheckStateRole)
    assert check == Qt.CheckState.Unchecked


def test_that_a_hidden_run_stays_hidden_and_a_new_one_is_shown(model: RunsModel) -> None:
    runs = [start_run(name=name) for name in "abc"]
    model.set_runs(runs[:2])
    model.show_only(runs[:1])
    model.set_runs(runs)
    assert model.visible_runs() == [runs[0], runs[2]]


def test_that_the_plots_hear_of_runs_that_came_and_went(
    model: RunsModel, qtbot: QtBot
) -> None:
    runs = [start_run(name=name) for name in "ab"]
    with qtbot.waitSignal(model.shown_changed):
        model.set_runs(runs)
    with qtbot.waitSignal(model.shown_changed):
        model.set_runs(runs[:1])
    with qtbot.assertNotEmitted(model.shown_changed):
        model.set_runs(runs[:1])


def test_that_refresh_tells_only_of_rows_that_changed(
    model: RunsModel, qtbot: QtBot
) -> None:
    still, moving = finished_run(name="still"), partial_run(name="moving")
    model.set_runs([still, moving])
    with qtbot.assertNotEmitted(model.dataChanged):
        model.refresh()
    add_steps(moving, [0.5])
    with qtbot.waitSignal(model.dataChanged) as signal:
        model.refresh()
    assert [index.row() for index in signal.args[:2]] == [1, 1]


def test_that_refresh_says_once_that_a_run_has_ended(model: RunsModel) -> None:
    run = partial_run()
    model.set_runs([run, finished_run()])
    assert not model.refresh()
    run.apply(RunFinished(80, 1.0))
    assert model.refresh()
    assert not model.refresh()


def test_that_a_run_under_way_is_timed_without_its_pauses(
    model: RunsModel, clock: Clock
) -> None:
    run = partial_run()
    model.set_runs([run])
    clock.now_s += 30
    model.refresh()
    assert cell(model, 0, Column.TIME) == "0:30"
    run.apply(RunPaused(80))
    model.refresh()
    clock.now_s += 1000
    model.refresh()
    assert cell(model, 0, Column.TIME) == "0:30"
    run.apply(RunFinished(80, 29.0))
    assert cell(model, 0, Column.TIME) == "0:29"


def test_that_a_run_that_goes_on_is_timed_with_what_came_before_but_once(
    model: RunsModel, clock: Clock
) -> None:
    run = partial_run()
    model.set_runs([run])
    clock.now_s += 30
    model.refresh()
    run.apply(RunStopped(80, 30.0))
    model.refresh()
    clock.now_s += 1000
    assert run.started is not None
    run.apply(run.started)
    run.apply(RunContinued(ResumeReport(80, ()), elapsed_s=30.0))
    model.refresh()
    assert cell(model, 0, Column.TIME) == "0:30"
    clock.now_s += 12
    model.refresh()
    assert cell(model, 0, Column.TIME) == "0:42"
    run.apply(RunFinished(200, 43.0))
    assert cell(model, 0, Column.TIME) == "0:43"


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Qt.SortOrder.AscendingOrder, ["best", "middle", "worst", "none", "nan"]),
        (Qt.SortOrder.DescendingOrder, ["worst", "middle", "best", "none", "nan"]),
    ],
)
def test_that_runs_sort_by_value_with_those_without_one_last(
    model: RunsModel, order: Qt.SortOrder, names: list[str]
) -> None:
    losses = {"worst": 10.0, "none": None, "best": 9e-5, "nan": math.nan, "middle": 9.0}
    runs: list[Run] = []
    for name, loss in losses.items():
        run = start_run(name=name)
        if loss is not None:
            run.history.steps.append(loss, 0.1)
            run.history.epochs.append(EpochRow(1, 1, loss, loss))
        runs.append(run)
    model.set_runs(runs)
    assert set(sorted_names(model, Column.LAST, order)[3:]) == {"none", "nan"}
    assert sorted_names(model, Column.LAST, order)[:3] == names[:3]


def test_that_numbers_sort_as_numbers_and_names_without_case(model: RunsModel) -> None:
    runs = [start_run(name=name, total_steps=200) for name in ("b", "A", "c")]
    for run, steps in zip(runs, (9, 10, 100), strict=True):
        add_steps(run, [1.0] * steps)
    model.set_runs(runs)
    rising = Qt.SortOrder.AscendingOrder
    assert sorted_names(model, Column.STEPS, rising) == ["b", "A", "c"]
    assert sorted_names(model, Column.NAME, rising) == ["A", "b", "c"]


def test_that_every_column_is_named_and_explained(model: RunsModel) -> None:
    across = Qt.Orientation.Horizontal
    for column in Column:
        assert model.headerData(column, across)
        assert model.headerData(column, across, Role.ToolTipRole)


def test_that_a_tooltip_of_a_loss_tells_the_whole_epoch(model: RunsModel) -> None:
    model.set_runs([finished_classifier()])
    text = cell(model, 0, Column.BEST, Role.ToolTipRole)
    for words in (
        "After epoch",
        "test loss",
        "train loss",
        "test accuracy",
        "train accuracy",
    ):
        assert words in text


def test_that_a_run_that_went_on_from_another_stands_below_it_in_words_and_sign(
    model: RunsModel,
) -> None:
    parent = finished_run(name="first")
    start = Start(make_checkpoint(20), Carried.WEIGHTS)
    child = parent.fork(start, parent.plan, "second", 1)
    grandchild = child.fork(Start(make_checkpoint(10)), parent.plan, "third", 2)
    model.set_runs([parent, child, grandchild])
    names = [model.index(row, Column.NAME).data() for row in range(3)]
    assert names == ["first", "↳ second", "\N{EM SPACE}↳ third"]
    tips = [
        str(model.index(row, Column.NAME).data(Qt.ItemDataRole.ToolTipRole))
        for row in range(3)
    ]
    assert "from the weights of first at step 20" in tips[1]
    assert "from second at step 10" in tips[2]
    assert model.index(1, Column.NAME).data(Qt.ItemDataRole.EditRole) == "second"


def test_that_a_run_whose_history_was_cut_is_read_anew(model: RunsModel) -> None:
    run = finished_run()
    model.set_runs([run])
    before = model.index(0, Column.BEST_EPOCH).data()
    checkpoint = make_checkpoint(3)
    run.go_back_to(checkpoint)
    model.renew(run)
    assert run.best_epoch is not None
    assert model.index(0, Column.BEST_EPOCH).data() == str(run.best_epoch.epoch) != before
    assert model.index(0, Column.STEPS).data() == "3"
