"""Closing: what is asked, what is saved, and that nothing goes on afterwards."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QGraphicsItem, QWidget

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
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


def test_that_an_untouched_window_closes_without_a_question(desk: Desk) -> None:
    desk.window.close()
    desk.wait(lambda: desk.is_closed)
    assert not desk.is_asking()
    assert not desk.window.isVisible()


def test_that_stop_and_save_joins_the_thread_and_keeps_every_step(
    desk: Desk, tmp_path: Path
) -> None:
    run = start_long_run(desk)
    assert len(training_threads()) == 1
    desk.clerk.file = tmp_path / "a.wbs"
    desk.window.close()
    desk.push("stop_and_save", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)
    assert training_threads() == []
    assert run.state is RunState.STOPPED
    (kept,) = SessionFiles().load(tmp_path / "a.wbs").runs
    assert content_of_run(kept) == content_of_run(run)
    assert kept.num_steps >= 5


def test_that_stopping_without_saving_joins_the_thread_and_writes_nothing(
    desk: Desk,
) -> None:
    start_long_run(desk)
    desk.window.close()
    desk.push("stop_and_discard", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)
    assert training_threads() == []
    assert desk.clerk.asked == []


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
    desk.push("stop_and_discard", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)


def test_that_a_paused_run_can_be_closed(desk: Desk) -> None:
    run = start_long_run(desk)
    desk.click("pause")
    desk.wait(lambda: run.state is RunState.PAUSED)
    desk.window.close()
    desk.push("stop_and_discard", desk.question("ask_to_stop"))
    desk.wait(lambda: desk.is_closed)
    assert run.state is RunState.STOPPED


def test_that_the_question_survives_a_run_that_ends_meanwhile(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([1.0])
    desk.window.close()
    box = desk.question("ask_to_stop")
    launcher.run.finish()
    desk.wait_for_end()
    desk.clerk.file = tmp_path / "a.wbs"
    desk.push("stop_and_save", box)
    desk.wait(lambda: desk.is_closed)
    (kept,) = SessionFiles().load(tmp_path / "a.wbs").runs
    assert kept.state is RunState.FINISHED


def test_that_saving_without_a_name_for_the_file_keeps_the_window(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.start()
    desk.clerk.file = None
    desk.window.close()
    desk.push("stop_and_save", desk.question("ask_to_stop"))
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.settle()
    assert desk.clerk.asked == ["save"]
    assert not desk.is_closed
    assert desk.window.isWindowModified()


def test_that_the_end_of_the_system_saves_what_has_a_file_and_asks_nothing(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.save_as(tmp_path / "a.wbs")
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([2.0, 1.0])
    desk.window.shut_down()
    desk.window.shut_down()  # a second signal changes nothing
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.wait(lambda: desk.is_closed)
    (kept,) = SessionFiles().load(tmp_path / "a.wbs").runs
    assert kept.num_steps == 2


def test_that_the_end_of_the_system_does_not_wait_for_an_open_question(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.save_as(tmp_path / "a.wbs")
    desk.set_field("loop", "epochs", "7")
    desk.window.close()
    desk.question("askToSave")
    desk.window.shut_down()
    desk.wait(lambda: desk.is_closed)
    assert SessionFiles().load(tmp_path / "a.wbs").plan.loop.epochs == 7


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
    desk.push_standard(desk.question("askToSave"), "Discard")
    desk.settle()


def test_that_pressing_close_twice_asks_once(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    desk.set_field("loop", "epochs", "7")
    desk.window.close()
    desk.window.close()
    desk.question("askToSave")
    boxes = [w for w in desk.window.findChildren(QWidget, "askToSave") if w.isVisible()]
    assert len(boxes) == 1
    desk.push_standard(desk.question("askToSave"), "Discard")
    desk.wait(lambda: desk.is_closed)
