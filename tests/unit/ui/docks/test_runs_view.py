"""The runs dock."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPalette, QPen
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from tests.helpers.runs import (
    finished_classifier,
    finished_run,
    make_plan,
    partial_run,
    start_run,
)
from workbench.core.events import EpochRow, RunFinished
from workbench.core.run import Run
from workbench.ui.docks.runs_columns import Column
from workbench.ui.docks.runs_view import RunsView
from workbench.ui.theme import dark_palette, light_palette

Key = Qt.Key
Role = QPalette.ColorRole


def pen_of(number: int) -> QPen:
    return QPen(QColor.fromHsv(40 * number % 360, 255, 200))


@pytest.fixture
def view(qtbot: QtBot) -> RunsView:
    view = RunsView(pen_of)
    qtbot.addWidget(view)
    view.resize(1000, 300)
    return view


def names(view: RunsView) -> list[str]:
    model = view.table.model()
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def test_that_an_empty_session_says_how_runs_come_about(view: RunsView) -> None:
    empty = view.findChild(QLabel, "runsEmpty")
    assert not empty.isHidden()
    assert view.table.isHidden()
    assert "Train" in empty.text()
    view.set_runs([start_run()])
    assert empty.isHidden()
    assert not view.table.isHidden()
    view.set_runs([])
    assert view.table.isHidden()


def test_that_the_newest_run_is_focused(view: RunsView, qtbot: QtBot) -> None:
    first, second = finished_run(name="a"), partial_run(name="b")
    with qtbot.waitSignal(view.run_focused) as signal:
        view.set_runs([first])
    assert signal.args == [first]
    view.set_runs([first, second])
    assert view.focused_run() is second


def test_that_the_focus_stays_where_it_was_when_another_run_goes(view: RunsView) -> None:
    runs = [finished_run(name=name) for name in "abc"]
    view.set_runs(runs)
    view.focus_run(runs[1])
    view.set_runs(runs[1:])
    assert view.focused_run() is runs[1]


def test_that_another_run_is_focused_when_the_focused_one_goes(view: RunsView) -> None:
    runs = [finished_run(name=name) for name in "abc"]
    view.set_runs(runs)
    view.set_runs(runs[:2])
    assert view.focused_run() is runs[1]
    view.set_runs([])
    assert view.focused_run() is None


def test_that_visible_runs_are_told_when_a_box_is_clicked(
    view: RunsView, qtbot: QtBot
) -> None:
    runs = [finished_run(name=name) for name in "ab"]
    view.set_runs(runs)
    view.show()
    rect = view.table.visualRect(view.table.model().index(0, Column.SHOWN))
    with qtbot.waitSignal(view.visible_runs_changed) as signal:
        qtbot.mouseClick(
            view.table.viewport(),
            Qt.MouseButton.LeftButton,
            pos=QPoint(rect.left() + 10, rect.center().y()),
        )
    assert signal.args == [[runs[1]]]
    assert view.visible_runs() == [runs[1]]


def test_that_one_run_can_be_shown_alone_and_all_again(view: RunsView) -> None:
    runs = [finished_run(name=name) for name in "abc"]
    view.set_runs(runs)
    view.focus_run(runs[1])
    view.solo_action.trigger()
    assert view.visible_runs() == [runs[1]]
    view.all_action.trigger()
    assert view.visible_runs() == runs


def test_that_f2_edits_the_name_in_its_row(view: RunsView, qtbot: QtBot) -> None:
    run = finished_run(name="old")
    view.set_runs([run])
    view.show()
    view.rename_action.trigger()
    editor = view.table.findChild(QLineEdit)
    editor.setText("new")
    with qtbot.waitSignal(view.run_renamed):
        qtbot.keyClick(editor, Key.Key_Return)
    assert run.name == "new"
    assert view.rename_action.shortcut().toString() == "F2"


def test_that_the_settings_of_a_run_can_be_asked_for(view: RunsView, qtbot: QtBot) -> None:
    run = start_run(plan=make_plan(optimizer={"kind": "sgd", "lr": 0.5}))
    view.set_runs([run])
    with qtbot.waitSignal(view.plan_requested) as signal:
        view.use_action.trigger()
    assert signal.args == [run.plan]


def test_that_exports_are_asked_for_by_run(view: RunsView, qtbot: QtBot) -> None:
    runs = [finished_run(name=name) for name in "ab"]
    view.set_runs(runs)
    view.focus_run(runs[0])
    for signal, action in (
        (view.csv_requested, view.csv_action),
        (view.png_requested, view.png_action),
    ):
        with qtbot.waitSignal(signal) as caught:
            action.trigger()
        assert caught.args == [runs[0]]


def test_that_every_selected_run_that_is_over_is_asked_to_be_deleted(
    view: RunsView,
) -> None:
    runs = [finished_run(name="a"), partial_run(name="b"), finished_run(name="c")]
    view.set_runs(runs)
    asked: list[list[Run]] = []
    view.delete_requested.connect(asked.append)
    view.table.selectAll()
    view.delete_action.trigger()
    assert asked == [[runs[0], runs[2]]]


def test_that_a_run_under_way_cannot_be_deleted_until_it_is_over(view: RunsView) -> None:
    run = partial_run()
    view.set_runs([run])
    assert not view.delete_action.isEnabled()
    run.apply(RunFinished(80, 1.0))
    view.refresh()
    assert view.delete_action.isEnabled()


def test_that_actions_need_a_run(view: RunsView) -> None:
    actions = [a for a in view.table.actions() if not a.isSeparator()]
    assert not any(action.isEnabled() for action in actions)
    view.set_runs([finished_run()])
    assert all(action.isEnabled() for action in actions)


def test_that_the_menu_offers_every_action(view: RunsView) -> None:
    view.set_runs([finished_run()])
    view.show()
    view.table.customContextMenuRequested.emit(QPoint(5, 5))
    menu = view.findChild(QMenu, "runsMenu")
    assert menu.actions() == view.table.actions()
    menu.close()


def test_that_rows_sort_again_only_when_a_run_has_ended(view: RunsView) -> None:
    good, running = finished_run(name="good"), partial_run(name="running")
    view.set_runs([good, running])
    view.table.sortByColumn(Column.BEST, Qt.SortOrder.AscendingOrder)
    assert names(view) == ["good", "running"]
    running.history.epochs.append(EpochRow(81, 81, 1e-9, 1e-9, 1e-9))
    view.refresh()
    assert names(view) == ["good", "running"]
    running.apply(RunFinished(81, 1.0))
    view.refresh()
    assert names(view) == ["running", "good"]


def test_that_the_focused_run_is_right_in_a_sorted_table(view: RunsView) -> None:
    runs = [finished_run(name=name) for name in "bca"]
    view.set_runs(runs)
    view.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    view.table.selectRow(0)
    assert view.focused_run() is runs[2]


def test_that_accuracy_is_a_column_only_where_there_is_one(view: RunsView) -> None:
    view.set_runs([finished_run()])
    assert view.table.isColumnHidden(Column.ACCURACY)
    view.set_runs([finished_run(), finished_classifier()])
    assert not view.table.isColumnHidden(Column.ACCURACY)


def test_that_widths_and_order_of_columns_come_back(view: RunsView, qtbot: QtBot) -> None:
    view.table.setColumnWidth(Column.NAME, 333)
    view.table.horizontalHeader().moveSection(Column.STATE, 0)
    other = RunsView(pen_of)
    qtbot.addWidget(other)
    assert other.table.restore_columns(view.table.save_columns())
    assert other.table.columnWidth(Column.NAME) == 333
    assert other.table.horizontalHeader().visualIndex(Column.STATE) == 0


@pytest.mark.parametrize("state", [b"", b"0:abc", b"1:", b"1:rubbish", b"\xff" * 100])
def test_that_rubbish_is_no_state_of_columns(view: RunsView, state: bytes) -> None:
    width = view.table.columnWidth(Column.NAME)
    assert not view.table.restore_columns(state)
    assert view.table.columnWidth(Column.NAME) == width


def test_that_the_differences_take_the_room_that_is_left(view: RunsView) -> None:
    view.set_runs([finished_run()])
    view.show()
    total = sum(view.table.columnWidth(column) for column in Column)
    assert total == view.table.viewport().width()


def test_that_each_row_shows_the_line_of_its_run(view: RunsView) -> None:
    view.set_runs([finished_run(name="a", colour=0), finished_run(name="b", colour=3)])
    view.show()
    for row, colour in ((0, 0), (1, 3)):
        rect = view.table.visualRect(view.table.model().index(row, Column.SHOWN))
        image = view.table.viewport().grab(rect).toImage()
        places = itertools.product(range(image.width()), range(image.height()))
        colours = {image.pixel(x, y) for x, y in places}
        assert pen_of(colour).color().rgb() in colours


def test_that_the_table_follows_the_theme(
    view: RunsView, qtbot: QtBot, qapp: QApplication
) -> None:
    view.set_runs([finished_run()])
    before = QPalette(qapp.palette())
    for palette, is_light in ((light_palette(), True), (dark_palette(), False)):
        qapp.setPalette(palette)
        base = palette.color(Role.Base)
        qtbot.wait_until(lambda base=base: view.table.palette().color(Role.Base) == base)
        mark = view.table.palette().color(Role.Highlight)
        assert (mark.lightness() > 128) is is_light
    qapp.setPalette(before)


def test_that_long_names_can_be_told_apart_by_their_ends(view: RunsView) -> None:
    long = "a long name that no column holds, from step"
    view.set_runs([finished_run(name=f"{long} 10"), finished_run(name=f"{long} 20")])
    view.show()
    view.table.clearSelection()
    view.table.setCurrentIndex(view.table.model().index(0, Column.STATE))
    view.table.clearSelection()
    index = view.table.model().index
    first, second = (
        view.table.viewport().grab(view.table.visualRect(index(row, Column.NAME))).toImage()
        for row in range(2)
    )
    assert first != second
