"""The runs of a session in their table: renamed, deleted, used again."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QTableView

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import curves, on_disk, run_for, start_training
from workbench.ui.docks.runs_columns import Column


def test_that_a_run_is_renamed_in_the_table(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.save_as(tmp_path / "a.wbs")
    desk.click_row(0)
    desk.press(Qt.Key.Key_F2)
    table = desk.find(QTableView, "runsTable")
    desk.wait(lambda: table.findChild(QLineEdit) is not None)
    desk.type_into(table.findChild(QLineEdit), "my first run")
    desk.press(Qt.Key.Key_Return)
    desk.wait(lambda: desk.run.name == "my first run")
    assert desk.cell(0, Column.NAME) == "my first run"
    desk.wait(lambda: on_disk(desk.document.path).runs[0].name == "my first run")


def test_that_deleted_runs_are_gone_from_table_plots_and_file(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    for _ in range(3):
        run_for(desk, launcher)
    desk.click_row(1)
    desk.press(Qt.Key.Key_Delete)
    assert [run.name for run in desk.runs] == ["mlp adam 1", "mlp adam 3"]
    assert not any(name.startswith("mlp adam 2") for name in curves(desk))
    desk.save_as(tmp_path / "a.wbs")
    kept = on_disk(tmp_path / "a.wbs")
    assert [run.name for run in kept.runs] == ["mlp adam 1", "mlp adam 3"]
    for _ in range(2):
        desk.click_row(0)
        desk.press(Qt.Key.Key_Delete)
    assert desk.runs == []
    assert curves(desk) == {}
    assert desk.window.views.loss.plot.message.startswith("The loss of every step")
    assert not desk.action("export_csv").isEnabled()


def test_that_deleted_runs_come_back_to_their_places(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    for _ in range(4):
        run_for(desk, launcher)
    before, seen = list(desk.runs), curves(desk)
    desk.click_row(0)
    QTest.mouseClick(
        desk.find(QTableView, "runsTable").viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        desk.place_of(2, Column.NAME),
    )
    desk.press(Qt.Key.Key_Delete)
    assert desk.notice_of("removal") == "Deleted 2 runs."
    desk.wait(lambda: len(on_disk(desk.document.path).runs) == 2)
    desk.push("undo_delete")
    assert desk.runs == before
    assert curves(desk) == seen
    assert desk.notice_of("removal") == ""
    desk.wait(
        lambda: [r.id for r in on_disk(desk.document.path).runs] == [r.id for r in before]
    )


def test_that_a_deleted_run_is_let_go_of_once_its_notice_is_closed(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    for _ in range(2):
        run_for(desk, launcher)
    history = weakref.ref(desk.runs[0].history)
    del launcher.runs[0]  # the fake remembers what it has launched
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    assert len(desk.runs) == 1
    desk.push("close_removal")

    def is_gone() -> bool:
        gc.collect()
        return history() is None

    desk.wait(is_gone)


def test_that_nothing_speaks_of_a_deleted_run_any_more(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.click("train")
    launcher.run.start()
    launcher.run.fail("There is not enough memory.")
    desk.wait_for_end()
    assert "not enough memory" in desk.state
    assert "not enough memory" in desk.notice
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    assert "not enough memory" in desk.state, "another run was deleted"
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    assert (desk.state, desk.notice) == ("idle", "")


def test_that_what_was_deleted_is_offered_back_in_its_own_session_only(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    assert desk.notice_of("removal") == "Deleted “mlp adam 1”."
    desk.pick("file_menu", desk.action("new"))
    desk.settle()
    assert desk.notice_of("removal") == ""


def test_that_a_run_under_way_cannot_be_deleted(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    assert len(desk.runs) == 1
    assert desk.state == "training"


def test_that_the_settings_of_an_old_run_come_back_into_the_form(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "0.5")
    run_for(desk, launcher)
    desk.choose_preset("linear-adam")
    desk.click_row(0)
    desk.window.views.runs.use_action.trigger()
    assert desk.window.panel.plan() == desk.run.plan
    desk.pick("edit_menu", desk.action("undo"))
    assert desk.text("preset").startswith("Linear")
