"""Saving on disks that fail at every single write, and on full ones."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.helpers.limits import largest_file
from tests.helpers.runs import partial_run
from tests.helpers.sessions import content_of, make_checkpoint, small_session
from workbench.core.errors import SessionError
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_NAME = "failing-disk"


class _Disk(apsw.VFS):
    """A disk on which the write with number `fail_at` fails."""

    def __init__(self, fail_at: int, error: type[apsw.Error]) -> None:
        super().__init__(_NAME, "", exclude=set())
        self.fail_at, self.error, self.writes = fail_at, error, 0

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: _Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.disk = disk

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - apsw's
        if self.disk.writes == self.disk.fail_at:
            raise self.disk.error
        self.disk.writes += 1
        super().xWrite(data, offset)


@contextmanager
def _failing(fail_at: int, error: type[apsw.Error]) -> Iterator[SessionFiles]:
    disk = _Disk(fail_at, error)
    try:
        yield SessionFiles(vfs=_NAME)
    finally:
        disk.unregister()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small session on the disk, alone in its folder."""
    (tmp_path / "sessions").mkdir()
    path = tmp_path / "sessions" / "a.wbs"
    SessionFiles().save(small_session(), path)
    return path


def _assert_untouched(saved: Path, old: bytes) -> None:
    assert saved.read_bytes() == old
    assert [file.name for file in saved.parent.iterdir()] == ["a.wbs"]


@pytest.mark.parametrize(
    ("error", "words"),
    [(apsw.FullError, "the disk is full"), (apsw.IOError, "the disk reported an error")],
)
def test_that_the_old_file_survives_a_failure_at_every_write(
    saved: Path, error: type[apsw.Error], words: str
) -> None:
    old, new = saved.read_bytes(), small_session()
    for fail_at in itertools.count():
        with _failing(fail_at, error) as files:
            try:
                files.save(new, saved)
            except SessionError as failure:
                assert words in str(failure)  # noqa: PT017 - the last one succeeds
                _assert_untouched(saved, old)
            else:
                break
    assert fail_at > 10
    assert content_of(SessionFiles().load(saved)) == content_of(new)


@pytest.mark.parametrize("size", [0, 5000, 300_000])
def test_that_the_old_file_survives_a_limit_on_the_size_of_files(
    saved: Path, size: int
) -> None:
    old, run = saved.read_bytes(), partial_run()
    run.checkpoints = (make_checkpoint(1, 2**20),)
    with largest_file(size), pytest.raises(SessionError, match="free some space"):
        SessionFiles().save(Session(runs=[run]), saved)
    _assert_untouched(saved, old)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "your share of the disk"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, "the disk reported an error"),
    ],
)
def test_that_the_reason_why_the_exchange_failed_is_named(
    saved: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    old = saved.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(SessionError, match=words) as failure:
            SessionFiles().save(Session(), saved)
    assert "choose another" in str(failure.value) or "free some" in str(failure.value)
    _assert_untouched(saved, old)


def _sync_that_fails_for_folders(code: int) -> Callable[[int], None]:
    real = os.fsync

    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        real(descriptor)

    return sync


def test_that_an_exchange_which_the_disk_does_not_confirm_is_told(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session()
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _sync_that_fails_for_folders(errno.EIO))
        with pytest.raises(SessionError, match="did not confirm"):
            SessionFiles().save(session, saved)
    assert content_of(SessionFiles().load(saved)) == content_of(session)


def test_that_a_disk_without_syncing_of_folders_is_none_the_worse(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _sync_that_fails_for_folders(errno.EINVAL))
        SessionFiles().save(Session(), saved)
    assert SessionFiles().load(saved).runs == []


def test_that_the_content_is_on_the_disk_before_the_exchange(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def note_sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        calls.append("sync folder" if is_folder else "sync file")
        sync(descriptor)

    def note_replace(source: Any, target: Any) -> None:
        calls.append("replace")
        replace(source, target)

    monkeypatch.setattr("os.fsync", note_sync)
    monkeypatch.setattr("os.replace", note_replace)
    SessionFiles().save(Session(), saved)
    assert calls == ["sync file", "replace", "sync folder"]


def test_that_no_memory_is_told_in_words(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    old = saved.read_bytes()
    monkeypatch.setattr("workbench.storage.whole_file.write_session", fail)
    with pytest.raises(SessionError, match="not enough memory"):
        SessionFiles().save(Session(), saved)
    _assert_untouched(saved, old)
