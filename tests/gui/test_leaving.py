"""Leaving a session for another one: what is asked, and that nothing is lost."""

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
def test_that_a_session_without_a_name_is_left_without_a_question_and_kept(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path, wish: str
) -> None:
    desk = quick_desk
    desk.clerk.file = write_session(tmp_path / "other.wbs")
    run_for(desk, launcher)
    run, path = desk.run, desk.document.path
    assert path is not None
    desk.pick("file_menu", desk.action(wish))
    desk.settle()
    assert desk.runs == [] if wish == "new" else desk.run.name == "small"
    (kept,) = SessionFiles().load(path).runs
    assert content_of_run(kept) == content_of_run(run)


def test_that_a_session_that_was_left_is_found_in_the_menu(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.pick("file_menu", desk.action("new"))
    desk.settle()
    menu = desk.open_menu("recent_menu")
    texts = [action.text() for action in menu.actions()]
    menu.close()
    assert "Unnamed sessions" in texts
    (entry,) = [text for text in texts if text.endswith(" · 1 run")]
    assert entry.startswith("today ")
    desk.pick("recent_menu", entry)
    desk.settle()
    assert [run.name for run in desk.runs] == ["mlp adam 1"]
    assert desk.title == "Untitled"


def test_that_nothing_is_changed_where_no_file_is_chosen(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.clerk.file = None
    desk.pick("file_menu", desk.action("open"))
    desk.settle()
    assert desk.clerk.asked == ["open"]
    assert not desk.is_asking()
    assert launcher.run.asked == []


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
def test_that_a_run_under_way_is_stopped_and_kept(
    desk: Desk, tmp_path: Path, wish: str
) -> None:
    write_session(tmp_path / "other.wbs")
    desk.set_field("loop", "epochs", "1000000")
    desk.click("train")
    run = desk.wait_for_steps(5)
    desk.save_as(tmp_path / "mine.wbs")
    desk.clerk.file = tmp_path / "other.wbs"
    desk.pick("file_menu", desk.action(wish))
    desk.push("stop_run", desk.question("ask_to_stop"))
    desk.settle()
    assert run.state is RunState.STOPPED
    (kept,) = SessionFiles().load(tmp_path / "mine.wbs").runs
    assert content_of_run(kept) == content_of_run(run)
    assert desk.runs == [] if wish == "new" else desk.run.name == "small"
    assert desk.state == "idle"
    assert desk.button("train").isVisible()
