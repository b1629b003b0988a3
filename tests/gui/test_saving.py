"""Saving: by itself, on a disk that is slow or full, and of files not to be written."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.fake_store import FakeStore
from tests.helpers.journeys import on_disk, run_for, start_training, write_session
from workbench.core.errors import SessionError
from workbench.core.run import RunState
from workbench.core.saving import Trouble
from workbench.core.session import Session

CONTROL = Qt.KeyboardModifier.ControlModifier
OTHER = Path("/x/other.wbs")


def test_that_every_change_is_on_the_disk_without_being_saved(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    path = desk.document.path
    desk.set_field("loop", "epochs", "7")
    desk.wait(lambda: on_disk(path).plan.loop.epochs == 7)
    start_training(desk, launcher)
    desk.wait(lambda: [run.num_steps for run in on_disk(path).runs] == [3])
    before = on_disk(path).layout
    desk.pick("docks_menu", toggle(desk, "picture"))
    desk.wait(lambda: on_disk(path).layout != before)
    assert desk.text("statusSaved").startswith("saved ")
    assert not desk.window.isWindowModified()


def toggle(desk: Desk, key: str) -> QAction:
    return desk.find(QDockWidget, f"{key}_dock").toggleViewAction()


def test_that_invalid_settings_stay_in_the_form_and_the_last_sound_ones_on_the_disk(
    quick_desk: Desk, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.set_field("optimizer", "lr", "0.5")
    desk.wait(lambda: on_disk(desk.document.path).plan.optimizer.lr == 0.5)
    desk.set_field("optimizer", "lr", "-1")
    desk.set_field("loop", "epochs", "9")
    desk.save_as(tmp_path / "a.wbs")
    assert desk.field("optimizer", "lr").text() == "-1"
    assert on_disk(desk.document.path).plan.optimizer.lr == 0.5


def test_that_saving_names_the_session_once_and_then_says_so(
    quick_desk: Desk, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.clerk.file = tmp_path / "a.wbs"
    for _ in range(2):
        desk.press(Qt.Key.Key_S, CONTROL)
        desk.settle()
    assert desk.clerk.asked == ["save"]
    assert desk.title == "a.wbs"
    assert desk.window.status.currentMessage() == "Saved: everything is in a.wbs"
    assert str(tmp_path / "a.wbs") in desk.find(QLabel, "statusSaved").toolTip()


def test_that_a_star_and_words_show_only_what_the_disk_is_slow_to_take(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.is_holding = store.disk.is_slow = True
    desk.set_field("loop", "epochs", "7")
    assert not desk.window.isWindowModified()
    desk.wait(desk.window.isWindowModified)
    assert desk.text("statusSaved") == "saving slowly"
    store.disk.is_holding = store.disk.is_slow = False
    desk.wait(lambda: not desk.window.isWindowModified())
    assert desk.text("statusSaved").startswith("saved ")


def test_that_a_full_disk_pauses_the_run_and_counts_what_is_held_until_a_retry(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    start_training(desk, launcher)
    desk.wait(lambda: store.live.written_steps == 3)
    store.disk.trouble = Trouble.DISK_FULL
    launcher.run.advance([1.0] * 2)
    desk.wait(lambda: desk.run.state is RunState.PAUSED)
    full = (
        "The disk is full: training is paused, {} held in memory. "
        "Free some space and retry, or save elsewhere."
    )
    desk.wait(lambda: desk.notice_of("trouble") == full.format("2 steps are"))
    assert launcher.run.asked == ["pause"]
    assert desk.window.isWindowModified()
    assert desk.text("statusSaved") == "not saved"
    desk.click("step")
    desk.wait(lambda: desk.notice_of("trouble") == full.format("3 steps are"))

    desk.push("retry_saving")
    desk.wait(lambda: "Tried again at" in desk.notice_of("trouble"))
    store.disk.trouble = Trouble.NONE
    desk.push("retry_saving")
    back = "Everything is on the disk again. Training can go on."
    desk.wait(lambda: desk.notice_of("trouble") == back)
    assert not desk.window.isWindowModified()
    desk.push("resume_training")
    desk.wait(lambda: desk.state == "training")
    assert desk.notice_of("trouble") == ""


def test_that_what_a_full_disk_does_not_take_can_be_saved_elsewhere(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    run_for(desk, launcher)
    desk.wait(lambda: not desk.document.saver.is_at_work)
    store.disk.trouble = Trouble.FILE_MOVED
    desk.set_field("loop", "epochs", "7")
    desk.wait(lambda: desk.notice_of("trouble").startswith("Nothing can be written"))
    assert "your changes are held in memory" in desk.notice_of("trouble").lower()
    store.disk.trouble = Trouble.NONE
    desk.clerk.file = OTHER
    desk.push("save_elsewhere")
    desk.settle()
    desk.wait(lambda: desk.notice_of("trouble") == "")
    assert desk.title == "other.wbs"
    assert store.disk.files[OTHER].plan.loop.epochs == 7


def test_that_the_window_stays_open_where_something_would_be_lost(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.trouble = Trouble.DISK_FULL
    run_for(desk, launcher)
    desk.window.close()
    desk.settle()
    assert not desk.is_closed
    words = "The window stays open: 5 steps are in memory only and may be lost."
    assert desk.notice_of("closing") == words
    desk.push("close_anyway")
    desk.wait(lambda: desk.is_closed)
    assert store.live.is_closed


def test_that_a_folder_that_takes_nothing_is_told_at_the_start(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.error = SessionError("The folder for sessions cannot be made.")
    desk.document._live = None
    desk.window.begin()
    desk.wait(lambda: "cannot be made" in desk.notice_of("trouble"))
    store.disk.error = None
    desk.push("retry_saving")
    desk.wait(lambda: desk.notice_of("trouble") == "")
    desk.settle()


def test_that_a_file_that_is_open_elsewhere_opens_as_a_copy_when_asked(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.files[OTHER] = Session()
    store.disk.locked.add(OTHER)
    desk.open(OTHER)
    assert desk.notice == "“other.wbs” is open in another window."
    assert desk.title == "Untitled"
    desk.push("open_copy")
    desk.settle()
    assert desk.title == "other.wbs (copy)"
    assert "copy" in desk.notice


def test_that_a_copy_is_not_offered_to_be_saved_where_another_file_does_not_open(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.files[OTHER] = Session()
    store.disk.protected[OTHER] = "it is read-only"
    desk.open(OTHER)
    assert desk.window.findChildren(QAbstractButton, "save_copy_as")
    desk.open(Path("/x/missing.wbs"))
    assert "missing.wbs" in desk.notice
    assert desk.title == "other.wbs (copy)"
    assert not desk.window.findChildren(QAbstractButton, "save_copy_as")


def test_that_a_copy_is_written_back_where_its_file_can_be_written_again(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    store.disk.files[OTHER] = Session()
    store.disk.protected[OTHER] = "it is read-only"
    desk.open(OTHER)
    assert desk.notice == "“other.wbs” was opened as a copy: it is read-only."
    assert "read-only" in desk.find(QLabel, "statusSaved").toolTip()
    desk.set_field("loop", "epochs", "7")
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.settle()
    assert desk.notice == "other.wbs cannot be written to."
    store.disk.protected.clear()
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.settle()
    assert store.disk.files[OTHER].plan.loop.epochs == 7
    assert desk.notice == ""


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 2 MB of its own."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a disk of its own")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write a file until there is no room left on its disk."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_that_a_disk_that_is_really_full_loses_nothing(
    quick_desk: Desk, launcher: FakeLauncher, tiny_disk: Path
) -> None:
    desk = quick_desk
    desk.save_as(tiny_disk / "a.wbs")
    start_training(desk, launcher)
    desk.wait(lambda: [r.num_steps for r in on_disk(desk.document.path).runs] == [3])
    filler = tiny_disk / "filler"
    fill(filler)
    launcher.run.advance([1.0] * 20_000)
    desk.wait(lambda: desk.notice_of("trouble").startswith("The disk is full"))
    desk.wait(lambda: desk.run.state is RunState.PAUSED)
    filler.unlink()
    desk.push("retry_saving")
    desk.wait(lambda: desk.notice_of("trouble").startswith("Everything is on the disk"))
    assert on_disk(tiny_disk / "a.wbs").runs[0].num_steps == 20_003


def test_that_a_second_window_opens_what_is_open_in_the_first_as_a_copy(
    quick_desk: Desk, tmp_path: Path
) -> None:
    desk = quick_desk
    path = write_session(tmp_path / "a.wbs")
    desk.open(path)
    desk.open(path)
    assert desk.notice == "a.wbs is open already."
