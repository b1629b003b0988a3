"""A disk without room: what is not written is held, counted, and written when it can be."""

from __future__ import annotations

import contextlib
import errno
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from tests.faults.growing import GrowingSession, check_growth
from tests.helpers.limits import largest_file
from workbench.core.errors import SessionError
from workbench.core.saving import Home, Trouble
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_WEIGHTS_BYTES = 100_000
_BALLAST_BYTES = 3 * 2**20
_PATIENCE_S = 60.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB of which half is taken up by a file."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    (folder / "ballast").write_bytes(bytes(_BALLAST_BYTES))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    """Keep the program's own sessions on another disk."""
    return SessionFiles(tmp_path / "own")


@dataclass
class _Filler:
    """Grows a session until the disk has no more room."""

    kept: KeptSession
    growing: GrowingSession
    acknowledged: int = 0

    @classmethod
    def begin(cls, files: SessionFiles, path: Path | None = None) -> _Filler:
        growing = GrowingSession(_WEIGHTS_BYTES)
        return cls(files.begin(growing.session, path), growing)

    def fill(self, steps: int = 1000) -> None:
        for _ in range(0, steps, 5):
            self.kept.offer(self.growing.grow(5))
            try:
                self.kept.flush()
            except SessionError:
                return
            self.acknowledged = self.growing.step
        pytest.fail("the disk never filled up")

    def check(self, session: Session, at_least: int) -> None:
        assert check_growth(session, _WEIGHTS_BYTES) >= at_least


def _fill_up(path: Path) -> None:
    """Take all the room that is left, to the last page."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


def _until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_that_a_full_disk_is_told_and_what_is_held_is_counted(
    disk: Path, files: SessionFiles
) -> None:
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.fill()
    status = filler.kept.status()
    assert status.trouble is Trouble.DISK_FULL
    assert status.message.startswith(f"'{disk}/a.wbs' cannot be written: the disk is full")
    assert status.is_behind
    assert status.held_steps == 5
    filler.kept.offer(filler.growing.grow(7))
    assert filler.kept.status().held_steps == 12
    (disk / "ballast").unlink()
    filler.kept.retry()
    status = filler.kept.status()
    assert (status.trouble, status.message) == (Trouble.NONE, "")
    assert (status.held_steps, status.is_behind) == (0, False)
    filler.kept.close()
    filler.check(files.load(disk / "a.wbs"), filler.growing.step)


def test_that_a_retry_on_a_disk_that_is_still_full_says_so_and_loses_nothing(
    disk: Path, files: SessionFiles
) -> None:
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.fill()
    for _ in range(3):
        with pytest.raises(SessionError, match="the disk is full"):
            filler.kept.retry()
        assert filler.kept.status().trouble is Trouble.DISK_FULL
    (disk / "ballast").unlink()
    filler.kept.retry()
    filler.kept.close()
    filler.check(files.load(disk / "a.wbs"), filler.growing.step)


def test_that_it_goes_on_by_itself_when_there_is_room_again(
    disk: Path, files: SessionFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.storage.kept_session._TRY_AGAIN_S", 0.0)
    monkeypatch.setattr("workbench.storage.kept_session._TICK_S", 0.01)
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.fill()
    (disk / "ballast").unlink()
    _until(lambda: not filler.kept.status().is_behind)
    assert filler.kept.status().trouble is Trouble.NONE
    filler.kept.close()
    filler.check(files.load(disk / "a.wbs"), filler.growing.step)


def test_that_closing_on_a_full_disk_keeps_everything_where_there_is_room(
    disk: Path, files: SessionFiles
) -> None:
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.fill()
    with pytest.raises(SessionError, match=r"disk is full.*Everything is kept in") as told:
        filler.kept.close()
    path = Path(str(told.value).split("'")[-2])
    filler.check(files.load(path), filler.growing.step)
    filler.check(files.load(disk / "a.wbs"), filler.acknowledged)
    assert [left.path for left in files.left_behind()] == [path]
    again = files.open(disk / "a.wbs")
    assert again.home is Home.NAMED
    filler.check(again.session, filler.acknowledged)
    (disk / "ballast").unlink()
    again.close()


def test_that_a_log_which_finds_no_room_in_its_file_is_named_and_not_lost(
    disk: Path, files: SessionFiles
) -> None:
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.kept.offer(filler.growing.grow(60))
    filler.kept.flush()
    _fill_up(disk / "rest")
    with pytest.raises(SessionError, match=r"'a.wbs-wal' beside it is a part of it"):
        filler.kept.close()
    filler.check(files.load(disk / "a.wbs"), 60)
    (disk / "rest").unlink()
    again = files.open(disk / "a.wbs")
    assert again.home is Home.NAMED
    again.close()
    assert not (disk / "a.wbs-wal").exists()
    filler.check(files.load(disk / "a.wbs"), 60)


def test_that_closing_says_what_is_lost_where_there_is_no_room_anywhere(disk: Path) -> None:
    files = SessionFiles(disk / "own")
    filler = _Filler.begin(files)
    filler.fill()
    with pytest.raises(SessionError, match="What was not written yet is lost"):
        filler.kept.close()
    (left,) = files.left_behind()
    filler.check(files.load(left.path), filler.acknowledged)


def test_that_another_name_on_another_disk_saves_everything(
    disk: Path, files: SessionFiles, tmp_path: Path
) -> None:
    filler = _Filler.begin(files, disk / "a.wbs")
    filler.fill()
    filler.kept.save_as(tmp_path / "b.wbs")
    assert filler.kept.status().trouble is Trouble.NONE
    filler.kept.offer(filler.growing.grow(50))
    filler.kept.close()
    filler.check(files.load(tmp_path / "b.wbs"), filler.growing.step)
    filler.check(files.load(disk / "a.wbs"), filler.acknowledged)


def test_that_a_name_on_a_full_disk_is_refused_and_all_is_as_before(
    disk: Path, files: SessionFiles
) -> None:
    (disk / "more").write_bytes(bytes(2_900_000))
    filler = _Filler.begin(files)
    filler.kept.offer(filler.growing.grow(100))
    before = sorted(disk.iterdir())
    for _ in range(2):
        with pytest.raises(SessionError, match="the disk is full"):
            filler.kept.save_as(disk / "a.wbs")
    assert sorted(disk.iterdir()) == before
    assert filler.kept.home is Home.UNNAMED
    filler.kept.offer(filler.growing.grow(10))
    filler.kept.close()
    filler.check(files.load(filler.kept.path), filler.growing.step)


def test_that_nothing_begins_on_a_full_disk_and_that_is_told(disk: Path) -> None:
    (disk / "more").write_bytes(bytes(3 * 2**20 - 30_000))
    with pytest.raises(SessionError, match="the disk is full"):
        SessionFiles(disk / "own").begin(GrowingSession().grow(200), disk / "a.wbs")
    assert not (disk / "a.wbs").exists()


def test_that_a_session_opens_and_closes_on_a_full_disk(
    disk: Path, files: SessionFiles
) -> None:
    growing = GrowingSession(_WEIGHTS_BYTES)
    files.save(growing.grow(200), disk / "a.wbs")
    _fill_up(disk / "rest")
    kept = files.open(disk / "a.wbs")
    assert kept.home is Home.NAMED
    kept.offer(kept.session.snapshot())
    kept.close()
    assert check_growth(files.load(disk / "a.wbs"), _WEIGHTS_BYTES) == 200


def test_that_a_limit_on_the_size_of_files_counts_as_a_full_disk(
    files: SessionFiles, tmp_path: Path
) -> None:
    filler = _Filler.begin(files, tmp_path / "a.wbs")
    with largest_file(2 * 2**20):
        filler.fill()
        status = filler.kept.status()
        assert status.trouble is Trouble.DISK_FULL
        assert "larger than files may be there" in status.message
        assert status.held_steps == 5
    filler.kept.retry()
    assert filler.kept.status().trouble is Trouble.NONE
    filler.kept.close()
    filler.check(files.load(tmp_path / "a.wbs"), filler.growing.step)


class _Connection:
    def __init__(self, code: int) -> None:
        self.system_errno = code


@pytest.mark.parametrize(
    ("code", "is_full", "words"),
    [
        (errno.EDQUOT, True, "your share of the disk is used up"),
        (errno.EFBIG, True, "larger than files may be"),
        (errno.ENOSPC, True, "the disk is full"),
        (errno.EIO, False, "the disk reported an error"),
        (0, False, "the disk reported an error"),
    ],
)
def test_that_a_quota_counts_as_a_full_disk(code: int, is_full: bool, words: str) -> None:
    error = faults.in_full(apsw.IOError(), _Connection(code))  # type: ignore[arg-type]
    assert faults.is_full(error) is is_full
    assert words in faults.reason(error)
