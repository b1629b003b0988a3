"""A file that is moved, replaced or removed while it is open: told at once, all saved."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.growing import GrowingSession, check_growth, grown
from workbench.core.errors import SessionError
from workbench.core.saving import Home, Trouble
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def _watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the file a hundred times a second, not once."""
    monkeypatch.setattr("workbench.storage.kept_session._TICK_S", 0.01)


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture
def growing() -> GrowingSession:
    return GrowingSession()


@pytest.fixture
def kept(
    files: SessionFiles, folder: Path, growing: GrowingSession
) -> Iterator[KeptSession]:
    """A session with 50 steps in the file `a.wbs`."""
    live = files.begin(growing.session, folder / "a.wbs")
    live.offer(growing.grow(50))
    live.flush()
    yield live
    if not live._is_closed:
        live.close()


def _move(path: Path) -> None:
    path.rename(path.with_name("moved.wbs"))


def _remove(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    """Put the session of somebody else there."""
    other = path.with_name("other.wbs")
    SessionFiles(path.parent / "own").save(grown(20), other)
    other.replace(path)


def _move_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


_TAKE_AWAY = [_move, _remove, _replace, _move_folder]


def _until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.001)


def _wait_for_trouble(kept: KeptSession) -> None:
    _until(lambda: kept.status().trouble is Trouble.FILE_MOVED)
    assert "moved, replaced or removed" in kept.status().message
    assert "Save as" in kept.status().message


@pytest.mark.parametrize("take_away", _TAKE_AWAY)
def test_that_it_is_told_and_save_as_saves_everything(
    kept: KeptSession,
    files: SessionFiles,
    tmp_path: Path,
    growing: GrowingSession,
    take_away: Callable[[Path], None],
) -> None:
    take_away(kept.path)
    _wait_for_trouble(kept)
    kept.offer(growing.grow(50))
    kept.save_as(tmp_path / "b.wbs")
    assert kept.status().trouble is Trouble.NONE
    kept.offer(growing.grow(50))
    kept.close()
    assert check_growth(files.load(tmp_path / "b.wbs")) == 150


@pytest.mark.parametrize("take_away", _TAKE_AWAY)
def test_that_closing_rescues_everything_and_says_where(
    kept: KeptSession,
    files: SessionFiles,
    growing: GrowingSession,
    take_away: Callable[[Path], None],
) -> None:
    kept.offer(growing.grow(50))
    take_away(kept.path)  # and close before anybody has noticed
    with pytest.raises(SessionError, match=r"removed by.*Everything is kept in") as told:
        kept.close()
    assert check_growth(files.load(Path(str(told.value).split("'")[-2]))) == 100


@pytest.mark.parametrize("take_away", [_move, _remove, _replace])
def test_that_the_same_name_can_be_taken_again_and_survives_a_kill(
    kept: KeptSession,
    files: SessionFiles,
    folder: Path,
    growing: GrowingSession,
    take_away: Callable[[Path], None],
) -> None:
    take_away(kept.path)
    _wait_for_trouble(kept)
    kept.save_as(folder / "a.wbs")
    kept.offer(growing.grow(50))
    kept.flush()
    copy = folder.with_name("killed")
    shutil.copytree(folder, copy)  # as a kill would leave it
    again = files.open(copy / "a.wbs")
    assert again.home is Home.NAMED, again.reason
    assert check_growth(again.session) == 100
    again.close()


def test_that_a_file_which_was_moved_has_every_commit_even_after_a_kill(
    kept: KeptSession, files: SessionFiles, folder: Path, growing: GrowingSession
) -> None:
    _move(kept.path)
    _wait_for_trouble(kept)
    kept.offer(growing.grow(50))
    kept.flush()
    alone = folder.with_name("alone.wbs")
    shutil.copy(folder / "moved.wbs", alone)  # which is parted from its log
    found = files.load(alone)
    found.damage.clear()
    assert check_growth(found) == 100
    with pytest.raises(SessionError):
        kept.close()
    assert check_growth(files.load(folder / "moved.wbs")) == 100


def test_that_a_file_which_is_moved_back_is_written_to_again(
    kept: KeptSession, files: SessionFiles, growing: GrowingSession
) -> None:
    away = kept.path.with_name("away.wbs")
    kept.path.rename(away)
    _wait_for_trouble(kept)
    with pytest.raises(SessionError, match="moved, replaced or removed"):
        kept.retry()
    away.rename(kept.path)
    kept.offer(growing.grow(50))
    kept.retry()
    assert kept.status().trouble is Trouble.NONE
    kept.close()
    assert check_growth(files.load(kept.path)) == 100


def test_that_a_session_at_the_same_place_is_never_written_into(
    kept: KeptSession, files: SessionFiles, growing: GrowingSession
) -> None:
    """Neither when the disk fails as well, and the file has to be read again."""
    _replace(kept.path)
    before = kept.path.read_bytes()
    kept._file._connection.close(force=True)  # so that the next commit fails
    kept.offer(growing.grow(50))
    with pytest.raises(SessionError):
        kept.flush()
    for call in (kept.retry, kept.close):
        with pytest.raises(SessionError, match="moved, replaced or removed"):
            call()
    assert kept.path.read_bytes() == before
    assert check_growth(files.load(kept.path)) == 20


@pytest.fixture
def read_only(tmp_path: Path, files: SessionFiles) -> Iterator[Path]:
    """A finished session in a folder that nobody may write to."""
    source, place = tmp_path / "source", tmp_path / "read-only"
    source.mkdir()
    place.mkdir()
    files.save(grown(200), source / "a.wbs")
    mount = ["mount", "--bind", "-o", "ro", str(source), str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a folder")
    remount = ["mount", "-o", "remount,ro,bind", str(place)]
    subprocess.run(remount, capture_output=True, check=False)
    yield place / "a.wbs"
    subprocess.run(["umount", str(place)], check=True)


def test_that_a_session_in_a_read_only_folder_is_opened_as_a_copy(
    files: SessionFiles, read_only: Path, tmp_path: Path
) -> None:
    before = read_only.read_bytes()
    kept = files.open(read_only)
    assert (kept.home, kept.origin) == (Home.COPY, read_only)
    assert kept.reason == "it is read-only"
    assert check_growth(kept.session) == 200
    kept.session.layout = b"changed"
    kept.offer(kept.session.snapshot())
    kept.flush()
    with pytest.raises(SessionError, match="read-only"):
        kept.write_back()
    kept.save_as(tmp_path / "b.wbs")
    assert (kept.home, kept.origin, kept.reason) == (Home.NAMED, None, "")
    kept.close()
    assert files.load(tmp_path / "b.wbs").layout == b"changed"
    assert read_only.read_bytes() == before


def test_that_a_copy_in_which_nothing_was_changed_leaves_nothing_behind(
    files: SessionFiles, read_only: Path
) -> None:
    kept = files.open(read_only)
    kept.offer(kept.session.snapshot())
    kept.close()
    assert not kept.path.exists()
    assert files.left_behind() == []


def test_that_a_copy_in_which_something_was_changed_is_offered_again(
    files: SessionFiles, read_only: Path
) -> None:
    kept = files.open(read_only)
    kept.session.layout = b"changed"
    kept.offer(kept.session.snapshot())
    kept.close()
    (left,) = files.left_behind()
    assert (left.path, left.home) == (kept.path, Home.UNNAMED)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_that_a_read_only_file_is_opened_as_a_copy(
    files: SessionFiles, folder: Path
) -> None:
    path = folder / "a.wbs"
    files.save(grown(200), path)
    path.chmod(0o444)
    kept = files.open(path)
    assert (kept.home, kept.reason) == (Home.COPY, "it is read-only")
    kept.close()
