"""What is asked before a session is left for another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import run_for, start_training, write_session
from tests.helpers.sessions import content_of_run
from workbench.core.run import RunState
from workbench.storage.session_file import SessionFiles


@pytest.mark.parametrize("wish", ["new", "open"])
def test_that_changes_are_asked_about_once_and_may_be_discarded(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path, wish: str
) -> None:
    desk = quick_desk
    desk.clerk.file = write_session(tmp_path / "other.wbs")
    run_for(desk, launcher)
    desk.pick("file_menu", desk.action(wish))
    box = desk.question("askToSave")
    desk.push_standard(box, "Discard")
    desk.settle()
    assert desk.runs == [] if wish == "new" else desk.run.name == "small"
    assert not desk.window.isWindowModified()


def test_that_nothing_is_lost_where_the_opening_is_cancelled_after_all(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.clerk.file = None
    desk.pick("file_menu", desk.action("open"))
    desk.push_standard(desk.question("askToSave"), "Discard")
    desk.settle()
    assert desk.clerk.asked == ["open"]
    assert len(desk.runs) == 1
    assert desk.window.isWindowModified()


def test_that_cancelling_the_question_keeps_the_session(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.pick("file_menu", desk.action("new"))
    desk.push_standard(desk.question("askToSave"), "Cancel")
    desk.settle()
    assert len(desk.runs) == 1
    assert desk.window.isWindowModified()


@pytest.mark.parametrize("wish", ["new", "open"])
def test_that_a_run_under_way_may_be_kept_training(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path, wish: str
) -> None:
    desk = quick_desk
    desk.clerk.file = write_session(tmp_path / "other.wbs")
    start_training(desk, launcher)
    desk.pick("file_menu", desk.action(wish))
    desk.push("keep_training", desk.question("ask_to_stop"))
    desk.settle()
    assert launcher.run.asked == []
    launcher.run.advance([0.5])
    desk.wait(lambda: desk.run.num_steps == 4)
    assert desk.state == "training"


@pytest.mark.parametrize("wish", ["new", "open"])
def test_that_a_run_under_way_may_be_stopped_and_saved_first(
    desk: Desk, tmp_path: Path, wish: str
) -> None:
    write_session(tmp_path / "other.wbs")
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    run = desk.wait_for_steps(5)
    desk.save_as(tmp_path / "mine.wbs")
    desk.clerk.file = tmp_path / "other.wbs"
    desk.pick("file_menu", desk.action(wish))
    desk.push("stop_and_save", desk.question("ask_to_stop"))
    desk.settle()
    assert run.state is RunState.STOPPED
    (kept,) = SessionFiles().load(tmp_path / "mine.wbs").runs
    assert content_of_run(kept) == content_of_run(run)
    assert desk.runs == [] if wish == "new" else desk.run.name == "small"
    assert desk.state == "idle"
    assert desk.button("train").isVisible()
    assert not desk.window.isWindowModified()


@pytest.mark.parametrize("wish", ["new", "open"])
def test_that_a_run_under_way_may_be_stopped_without_saving(
    desk: Desk, tmp_path: Path, wish: str
) -> None:
    desk.clerk.file = write_session(tmp_path / "other.wbs")
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    run = desk.wait_for_steps(5)
    desk.pick("file_menu", desk.action(wish))
    desk.push("stop_and_discard", desk.question("ask_to_stop"))
    desk.settle()
    assert run.state is RunState.STOPPED
    assert desk.runs == [] if wish == "new" else desk.run.name == "small"
    assert not desk.window.isWindowModified()


def test_that_stopping_without_saving_loses_nothing_where_no_file_is_chosen_then(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.clerk.file = None
    desk.pick("file_menu", desk.action("open"))
    desk.push("stop_and_discard", desk.question("ask_to_stop"))
    desk.wait(lambda: "stop" in launcher.run.asked)
    launcher.run.obey()
    desk.settle()
    assert desk.run.state is RunState.STOPPED
    assert desk.window.isWindowModified()
    desk.window.close()
    desk.push_standard(desk.question("askToSave"), "Cancel")
    desk.settle()
    assert not desk.is_closed
