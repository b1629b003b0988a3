"""Sessions: saved, closed, opened again; and files that are none."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.journeys import curves, on_disk, run_for, start_training, write_session
from tests.helpers.sessions import content_of
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles
from workbench.ui.docks.runs_columns import Column

OpenDesk = Callable[[], Desk]
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_that_a_session_comes_back_in_a_new_window_as_it_was(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk()
    train_two_runs_and_save(desk, tmp_path / "mine")
    assert (tmp_path / "mine.wbs").is_file()
    seen, plan = curves(desk), desk.window.panel.plan()
    kept = content_of(desk.session)
    desk.close()

    again = open_desk()
    again.pick("view_menu", again.action("reset_layout"))
    assert again.runs == []
    assert again.find(QDockWidget, "picture_dock").isVisible()
    again.open(tmp_path / "mine.wbs")
    assert content_of(again.session) == kept
    assert curves(again) == seen
    assert again.window.panel.plan() == plan
    assert again.field("optimizer", "lr").text() == "0.03"
    assert [again.cell(row, Column.EPOCHS) for row in (0, 1)] == ["40 / 40"] * 2
    assert not again.find(QDockWidget, "picture_dock").isVisible()
    assert is_shown_as_saved(again, "mine.wbs")
    assert again.said == f"Opened {tmp_path / 'mine.wbs'}"
    again.train()
    assert (again.run.name, again.run.colour) == ("mlp adam 3", 2)


def train_two_runs_and_save(desk: Desk, path: Path) -> None:
    desk.set_field("loop", "epochs", "40")
    desk.train()
    desk.set_field("optimizer", "lr", "0.02")
    desk.train()
    desk.set_field("optimizer", "lr", "0.03")
    desk.find(QDockWidget, "picture_dock").close()
    desk.save_as(path)
    assert is_shown_as_saved(desk, f"{path.name}.wbs")


def is_shown_as_saved(desk: Desk, name: str) -> bool:
    title = desk.window.windowTitle() == f"{name}[*] – Training Workbench"
    said = desk.text("statusSaved").startswith("saved")
    return title and said and not desk.window.isWindowModified()


def test_that_a_run_under_way_can_be_saved_and_goes_on(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    start_training(desk, launcher)
    desk.save_as(tmp_path / "a.wbs")
    assert desk.state == "training"
    (kept,) = on_disk(tmp_path / "a.wbs").runs
    assert kept.num_steps == 3
    assert kept.state.is_over
    launcher.run.advance([0.5])
    launcher.run.finish()
    desk.wait_for_end()
    desk.wait(lambda: on_disk(tmp_path / "a.wbs").runs[0].num_steps == 4)
    assert not desk.window.isWindowModified()


def test_that_the_device_box_shows_what_an_opened_session_names(
    quick_desk: Desk, tmp_path: Path
) -> None:
    desk = quick_desk
    values = Session().plan.values()
    values["loop"]["device"] = "cpu"
    plan = Session().plan.from_values(values)
    SessionFiles().save(Session(plan=plan), tmp_path / "a.wbs")
    desk.open(tmp_path / "a.wbs")
    assert desk.text("run_device") == "CPU"
    assert "cpu" in desk.window.panel.plan().loop.device
    desk.choose_preset("quickstart-mlp")
    assert desk.text("run_device") == "Automatic"


def test_that_the_last_files_are_offered_again_after_a_restart(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    write_session(tmp_path / "a.wbs")
    write_session(tmp_path / "b.wbs")
    desk = open_desk()
    desk.open(tmp_path / "a.wbs")
    desk.open(tmp_path / "b.wbs")
    desk.close()
    again = open_desk()
    menu = again.open_menu("recent_menu")
    texts = [action.text() for action in menu.actions()]
    assert texts[:2] == ["&1 b.wbs", "&2 a.wbs"]
    menu.close()
    again.pick("recent_menu", "&2 a.wbs")
    again.settle()
    assert again.window.windowTitle().startswith("a.wbs")


def test_that_a_new_session_keeps_the_settings_and_forgets_the_rest(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "0.5")
    run_for(desk, launcher)
    desk.save_as(tmp_path / "a.wbs")
    desk.pick("file_menu", desk.action("new"))
    desk.settle()
    assert desk.runs == []
    assert curves(desk) == {}
    assert desk.field("optimizer", "lr").text() == "0.5"
    assert desk.window.windowTitle().startswith("Untitled[*]")
    assert desk.state == "idle"
    assert not desk.action("undo").isEnabled()
    assert not desk.action("export_csv").isEnabled()
    assert desk.notice == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"no session", b"SQLite format 3\0" + bytes(84), None],
    ids=["empty", "text", "header only", "missing"],
)
def test_that_a_file_that_is_no_session_is_refused_and_the_session_stays(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path, content: bytes | None
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.save_as(tmp_path / "mine.wbs")
    seen = curves(desk)
    other = tmp_path / "other.wbs"
    if content is not None:
        other.write_bytes(content)
    desk.open(other)
    assert "other.wbs" in desk.notice
    assert "Traceback" not in desk.notice
    assert desk.notice in desk.window.log.shown_text()
    assert desk.window.windowTitle().startswith("mine.wbs")
    assert curves(desk) == seen
    assert not desk.window.isWindowModified()


def test_that_a_damaged_file_opens_as_a_copy_and_says_what_is_lost(
    quick_desk: Desk, tmp_path: Path
) -> None:
    path = write_session(tmp_path / "a.wbs")
    content = bytearray(path.read_bytes())
    place = content.index(b"a notice")
    content[place : place + 8] = b"A NOTICE"
    path.write_bytes(bytes(content))
    desk = quick_desk
    desk.open(path)
    assert [run.name for run in desk.runs] == ["small"]
    assert desk.title == "a.wbs (copy)"
    assert desk.notice.startswith("“a.wbs” was opened as a copy: ")
    assert desk.session.damage[0] in desk.notice
    desk.clerk.file = tmp_path / "mended.wbs"
    desk.push("save_copy_as")
    desk.settle()
    assert desk.title == "mended.wbs"
    assert path.read_bytes() == bytes(content)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no folders to read only")
def test_that_a_save_that_fails_says_so_and_loses_nothing(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.save_as(tmp_path / "none" / "mine.wbs")
    assert "mine.wbs' could not be saved" in desk.notice
    assert desk.title == "Untitled"
    desk.wait(lambda: len(on_disk(desk.document.path).runs) == 1)
    (tmp_path / "none").mkdir()
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.settle()
    assert desk.title == "mine.wbs"
    assert desk.notice == ""


def test_that_a_run_cannot_be_started_in_a_session_that_is_about_to_go(
    quick_desk: Desk,
    launcher: FakeLauncher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = quick_desk
    may_read = threading.Event()

    really_open = SessionFiles.open

    def open_when_allowed(
        files: SessionFiles, path: Path, *, as_copy: bool = False
    ) -> object:
        assert may_read.wait(30)
        return really_open(files, path, as_copy=as_copy)

    monkeypatch.setattr(SessionFiles, "open", open_when_allowed)
    desk.clerk.file = write_session(tmp_path / "other.wbs")
    desk.pick("file_menu", desk.action("open"))
    desk.wait(lambda: desk.document.is_opening)
    desk.click("train")
    may_read.set()
    assert launcher.runs == []
    assert desk.notice == "Train when the file has been opened."
    desk.settle()
    assert desk.run.name == "small"
