"""Sessions on a network drive: kept in a local copy, written back when that is safe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.growing import GrowingSession, check_growth, grown
from workbench.core.errors import SessionError
from workbench.core.saving import Home
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_OLD_STEP = 200


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def path(tmp_path: Path, files: SessionFiles, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished session on a drive that counts as a network one."""
    drive = tmp_path / "drive"
    drive.mkdir()
    files.save(grown(_OLD_STEP), drive / "a.wbs")

    def is_remote(path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(drive)

    for module in ("live_file", "kept_session"):
        monkeypatch.setattr(f"workbench.storage.{module}.is_remote", is_remote)
    return drive / "a.wbs"


def _change(kept: KeptSession) -> int:
    """Let the session grow, and return the step that it got to."""
    growing = GrowingSession()
    growing.grow(_OLD_STEP)
    kept.offer(growing.grow(50))
    kept.flush()
    return growing.step


def test_that_it_is_a_copy_until_it_is_closed_and_then_written_back(
    files: SessionFiles, path: Path
) -> None:
    before = path.read_bytes()
    kept = files.open(path)
    assert (kept.home, kept.origin) == (Home.COPY, path)
    assert "network drive" in kept.reason
    step = _change(kept)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["a.wbs"]
    kept.close()
    assert check_growth(files.load(path)) == step
    assert not kept.path.exists()
    assert files.left_behind() == []


def test_that_nothing_is_written_back_where_nothing_was_changed(
    files: SessionFiles, path: Path
) -> None:
    before = path.stat()
    kept = files.open(path)
    kept.offer(kept.session.snapshot())
    kept.close()
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert not kept.path.exists()


def test_that_it_can_be_written_back_in_between(files: SessionFiles, path: Path) -> None:
    kept = files.open(path)
    step = _change(kept)
    kept.write_back()
    assert check_growth(files.load(path)) == step
    assert kept.home is Home.COPY
    kept.close()
    assert not kept.path.exists()


def _by_somebody_else(path: Path) -> None:
    SessionFiles(path.parent / "other").save(grown(30), path)


def _away(path: Path) -> None:
    path.unlink()


def _the_drive(path: Path) -> None:
    shutil.rmtree(path.parent)


@pytest.mark.parametrize("change", [_by_somebody_else, _away, _the_drive])
def test_that_a_file_which_was_changed_meanwhile_is_left_alone_and_the_copy_kept(
    files: SessionFiles, path: Path, change: Callable[[Path], None]
) -> None:
    kept = files.open(path)
    step = _change(kept)
    change(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(SessionError, match=r"changed by another.*Everything is kept in"):
        kept.close()
    assert (path.read_bytes() if path.exists() else None) == before
    (left,) = files.left_behind()
    assert left.path == kept.path
    assert check_growth(files.load(kept.path)) == step


def test_that_a_drive_which_refuses_to_be_written_to_is_told_and_the_copy_kept(
    files: SessionFiles, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = files.open(path)
    step = _change(kept)
    replace = os.replace

    def fail(source: str, target: str) -> None:
        if str(target) == str(path):
            raise OSError(5, "Input/output error")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(SessionError, match=r"disk reported.*Everything is kept in"):
            kept.close()
    assert check_growth(files.load(path)) == _OLD_STEP
    assert check_growth(files.load(kept.path)) == step


def _crash(kept: KeptSession) -> None:
    """Leave all as a program does that is killed."""
    kept._is_closing = True
    kept._wanted.set()
    kept._thread.join()
    kept._file.abandon()


def test_that_a_copy_of_a_program_that_crashed_is_still_written_back(
    files: SessionFiles, path: Path
) -> None:
    kept = files.open(path)
    step = _change(kept)
    _crash(kept)
    (left,) = files.left_behind()
    assert (left.home, left.name, left.crashed) == (Home.COPY, "a.wbs", True)
    again = files.open(left.path)
    assert (again.home, again.origin) == (Home.COPY, path)
    again.offer(again.session.snapshot())  # its last run is under way no more
    again.close()
    assert check_growth(files.load(path)) == step
    assert not left.path.exists()


def test_that_a_copy_of_a_program_that_crashed_is_not_written_over_newer_work(
    files: SessionFiles, path: Path
) -> None:
    kept = files.open(path)
    _change(kept)
    _crash(kept)
    _by_somebody_else(path)
    before = path.read_bytes()
    again = files.open(kept.path)
    again.offer(again.session.snapshot())
    with pytest.raises(SessionError, match="changed by another program"):
        again.close()
    assert path.read_bytes() == before


def test_that_a_new_name_on_the_drive_is_saved_there_and_told(
    files: SessionFiles, path: Path
) -> None:
    kept = files.begin(grown(30))
    kept.offer(grown(30))
    target = path.with_name("b.wbs")
    with pytest.raises(SessionError, match=r"was saved, but cannot be kept open there"):
        kept.save_as(target)
    assert check_growth(files.load(target)) == 30
    assert kept.home is Home.UNNAMED
    kept.close()
