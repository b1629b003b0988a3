"""Closing: what is asked, that all is kept, and that nothing goes on afterwards."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QGraphicsItem, QMessageBox, QWidget

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import run_for, start_training
from tests.helpers.sessions import content_of_run
from workbench.core.run import Run, RunState
from workbench.storage.session_file import SessionFiles

_OF_QT = (QObject, QGraphicsItem)


def training_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "training"]


def start_long_run(desk: Desk) -> Run:
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    return desk.wait_for_steps(5)


def test_that_an_untouched_window_closes_and_leaves_nothing(desk: Desk) -> None:
    path = desk.document.path
    assert path is not None
    desk.window.close()
    desk.wait(lambda: desk.is_closed)
    assert not desk.is_asking()
    assert not desk.window.isVisible()
    assert not path.exists()


def test_that_a_session_without_a_name_is_kept_without_a_question(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    path = desk.document.path
    assert path is not None
    desk.window.close()
    desk.wait(lambda: desk.is_closed)
    assert desk.clerk.asked == []
    (kept,) = SessionFiles().load(path).runs
    assert content_of_run(kept) == content_of_run(desk.session.runs[0])


def test_that_closing_in_the_middle_of_a_run_joins_the_thread_and_keeps_every_step(
    desk: Desk, tmp_path: Path
) -> None:
    desk.save_as(tmp_path / "a.wbs")
    run = start_long_run(desk)
    assert len(training_threads()) == 1
    desk.window.close()
    desk.push("stop_run", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)
    assert training_threads() == []
    assert run.state is RunState.STOPPED
    (kept,) = SessionFiles().load(tmp_path / "a.wbs").runs
    assert content_of_run(kept) == content_of_run(run)
    assert kept.num_steps >= 5
    assert kept.can_continue


def test_that_the_question_is_one_line_with_two_answers(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.window.close()
    box = desk.question("ask_to_stop")
    assert isinstance(box, QMessageBox)
    assert box.text() == "A run is under way. Once stopped, it can be continued later."
    assert box.informativeText() == ""
    assert [b.text() for b in box.buttons()] == ["Stop and close", "Keep training"]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    desk.settle()
    assert launcher.run.asked == []


def test_that_a_cancelled_closing_keeps_training(desk: Desk) -> None:
    run = start_long_run(desk)
    desk.window.close()
    box = desk.question("ask_to_stop")
    seen = run.num_steps
    desk.wait(lambda: run.num_steps > seen)  # while the question is open
    desk.push("keep_training", box)
    desk.settle()
    seen = run.num_steps
    desk.wait(lambda: run.num_steps > seen)
    assert desk.window.isVisible()
    assert desk.state == "training"
    desk.window.close()  # and it can be asked again
    desk.push("stop_run", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)


def test_that_a_paused_run_can_be_closed(desk: Desk) -> None:
    run = start_long_run(desk)
    desk.click("pause")
    desk.wait(lambda: run.state is RunState.PAUSED)
    desk.window.close()
    desk.push("stop_run", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)
    assert run.state is RunState.STOPPED


def test_that_the_question_survives_a_run_that_ends_meanwhile(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.save_as(tmp_path / "a.wbs")
    start_training(desk, launcher)
    desk.window.close()
    box = desk.question("ask_to_stop")
    launcher.run.finish()
    desk.wait_for_end()
    desk.push("stop_run", box)
    desk.wait(lambda: desk.is_closed)
    (kept,) = SessionFiles().load(tmp_path / "a.wbs").runs
    assert kept.state is RunState.FINISHED


@pytest.mark.parametrize("is_named", [True, False])
def test_that_the_end_of_the_system_keeps_everything_and_asks_nothing(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path, *, is_named: bool
) -> None:
    desk = quick_desk
    if is_named:
        desk.save_as(tmp_path / "a.wbs")
    path = desk.document.path
    assert path is not None
    start_training(desk, launcher)
    desk.window.shut_down()
    desk.window.shut_down()  # a second signal changes nothing
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.wait(lambda: desk.is_closed)
    (kept,) = SessionFiles().load(path).runs
    assert kept.num_steps == 3
    assert kept.state is RunState.STOPPED


def test_that_the_end_of_the_system_does_not_wait_for_an_open_question(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.save_as(tmp_path / "a.wbs")
    desk.set_field("loop", "epochs", "7")
    start_training(desk, launcher)
    desk.window.close()
    desk.question("ask_to_stop")
    desk.window.shut_down()
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.wait(lambda: desk.is_closed)
    assert SessionFiles().load(tmp_path / "a.wbs").plan.loop.epochs == 7


def test_that_the_end_of_the_system_does_not_wait_for_a_step_that_hangs(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.save_as(tmp_path / "a.wbs")
    start_training(desk, launcher)
    desk.window.shut_down()
    desk.wait(lambda: desk.is_closed)  # though the run never obeys
    assert SessionFiles().load(tmp_path / "a.wbs").runs[0].num_steps == 3


def test_that_no_object_of_qt_is_left_to_the_collector_of_python(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    """It may run on the training thread, and nothing of Qt may be deleted there."""
    desk = quick_desk
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        do_a_bit_of_everything(desk, launcher)
        gc.collect()
        left = [type(o).__name__ for o in gc.garbage if isinstance(o, _OF_QT)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def do_a_bit_of_everything(desk: Desk, launcher: FakeLauncher) -> None:
    """Open and close dialogs, delete a run, change settings, replace the session."""
    for _ in range(2):
        desk.click("train")
        launcher.run.start()
        launcher.run.advance([3.0, 2.0])
        launcher.run.finish()
        desk.wait_for_end()
    desk.click_row(0)
    desk.press(Qt.Key.Key_Delete)
    desk.choose_preset("quickstart-cnn")
    desk.pick("edit_menu", desk.action("undo"))
    for menu, entry in (("help_menu", "about"), ("pictures_menu", "export_loss")):
        desk.pick(menu, entry)
        desk.wait(desk.is_asking)
        (dialog,) = [d for d in desk.window.findChildren(QDialog) if d.isVisible()]
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        del dialog
        desk.wait(lambda: not desk.is_asking())
    desk.pick("file_menu", desk.action("new"))
    desk.settle()


def test_that_pressing_close_twice_asks_once(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.window.close()
    desk.window.close()
    desk.question("ask_to_stop")
    boxes = [w for w in desk.window.findChildren(QWidget, "ask_to_stop") if w.isVisible()]
    assert len(boxes) == 1
    desk.push("keep_training", boxes[0])
