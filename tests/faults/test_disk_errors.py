"""An error at any single operation of the disk is told, and spoils nothing."""

from __future__ import annotations

import errno
import faulthandler
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import apsw
import pytest

from tests.faults.conftest import Note
from tests.faults.disks import Operation, listening
from tests.faults.growing import GrowingSession, check_growth
from workbench.core.errors import SessionError
from workbench.core.saving import Home, Trouble
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_HANG_S = 120.0
_CODES = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "truncate": apsw.SQLITE_IOERR_TRUNCATE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
    "size": apsw.SQLITE_IOERR_FSTAT,
    "lock": apsw.SQLITE_IOERR_LOCK,
    "delete": apsw.SQLITE_IOERR_DELETE,
    "access": apsw.SQLITE_IOERR_ACCESS,
    "open": apsw.SQLITE_CANTOPEN,
}
_OF_PYTHON = {"make", "fsync", "replace", "unlink"}
_NEED_ROOM = {"write", "sync", "make", "fsync"}


class _Fault(Enum):
    """What goes wrong from an operation on."""

    ONCE = "an error once"
    LASTING = "errors until the disk is well again"
    FULL = "no room until some is made"


@dataclass
class _BadDisk:
    """Counts the operations that may fail, and lets that with number `at` fail."""

    fault: _Fault
    at: int = -1  # never
    count: int = 0
    is_well: bool = False  # again

    def __call__(self, operation: Operation) -> None:
        if operation.kind not in self._fragile:
            return
        number, self.count = self.count, self.count + 1
        if self.is_well or self.at < 0 or number < self.at:
            return
        self.is_well = self.fault is _Fault.ONCE
        raise self._error(operation)

    @property
    def _fragile(self) -> set[str]:
        return _NEED_ROOM if self.fault is _Fault.FULL else {*_CODES, *_OF_PYTHON}

    def _error(self, operation: Operation) -> Exception:
        if operation.kind in _OF_PYTHON:
            code = errno.ENOSPC if self.fault is _Fault.FULL else errno.EIO
            return OSError(code, os.strerror(code))
        if self.fault is _Fault.FULL:
            return apsw.FullError("the test's disk is full")
        error = apsw.exception_for(_CODES[operation.kind])
        assert isinstance(error, apsw.Error)
        return error


class _Person:
    """Lives with a bad disk: does it all again when something was refused."""

    def __init__(self, folder: Path, disk: _BadDisk) -> None:
        self.files = SessionFiles(folder / "own")
        self.folder = folder
        self.disk = disk
        self.growing = GrowingSession()
        self.marks: list[int] = []  # counts of operations between phases
        self.told: list[str] = []
        self.kept: KeptSession

    def live(self, commits: int) -> None:
        self._insist(self._begin)
        self._commit(commits // 2)
        self._insist(lambda: self.kept.save_as(self.folder / "first.wbs"))
        self._commit(commits - commits // 2)
        self._insist(lambda: self.kept.save_as(self.folder / "second.wbs"))
        self._commit(1)
        self._close()

    def _begin(self) -> None:
        self.kept = self.files.begin(self.growing.session)

    def _insist(self, do: Callable[[], object]) -> None:
        self.marks.append(self.disk.count)
        try:
            do()
        except SessionError as error:
            self.told.append(str(error))
            self.disk.is_well = True
            do()
        self.marks.append(self.disk.count)

    def _commit(self, count: int) -> None:
        for _ in range(count):
            self.kept.offer(self.growing.grow(3))
            try:
                self.kept.flush()
            except SessionError as error:
                self._look_at_trouble(str(error))
                self.disk.is_well = True
                self.kept.retry()
            status = self.kept.status()
            assert (status.trouble, status.message) == (Trouble.NONE, "")
            assert (status.held_steps, status.is_behind) == (0, False)

    def _look_at_trouble(self, told: str) -> None:
        self.told.append(told)
        status = self.kept.status()
        is_full = self.disk.fault is _Fault.FULL
        assert status.trouble is (Trouble.DISK_FULL if is_full else Trouble.DISK_ERROR)
        assert status.message == told
        assert status.is_behind
        assert 0 < status.held_steps <= 3

    def _close(self) -> None:
        self.marks.append(self.disk.count)
        path = self.kept.path
        try:
            self.kept.close()
        except SessionError as error:
            self.told.append(str(error))
        self.disk.is_well = True
        assert check_growth(self.files.load(path)) == self.growing.step
        again = self.files.open(path)
        assert again.home is Home.NAMED, again.reason
        assert check_growth(again.session) == self.growing.step
        again.close()
        self.files.left_behind()


@contextmanager
def _watched() -> Iterator[None]:
    """End the whole test run where this hangs, and show where."""
    faulthandler.dump_traceback_later(_HANG_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _live(folder: Path, fault: _Fault, at: int, commits: int) -> _Person:
    folder.mkdir()
    person = _Person(folder, _BadDisk(fault, at))
    with _watched(), listening(person.disk):
        person.live(commits)
    shutil.rmtree(folder)
    return person


def _chosen(person: _Person, *, is_long: bool) -> list[int]:
    """Choose all operations, or some: the more where more than commits is going on."""
    if is_long:
        return list(range(person.disk.count))
    ends = [*person.marks, person.disk.count]
    spans = zip([0, *person.marks], ends, itertools.cycle((41, 19)), strict=False)
    return [at for first, end, stride in spans for at in range(first, end, stride)]


@pytest.mark.parametrize("fault", _Fault)
def test_that_an_error_at_any_operation_is_told_and_spoils_nothing(
    tmp_path: Path, note_figure: Note, fault: _Fault, *, is_long: bool
) -> None:
    commits = 100 if is_long else 10
    well = _live(tmp_path / "well", fault, -1, commits)
    assert not well.told
    chosen = _chosen(well, is_long=is_long)
    lives = (_live(tmp_path / f"at-{at}", fault, at, commits) for at in chosen)
    told = sum(bool(life.told) for life in lives)
    assert told > len(chosen) / 3
    note_figure(
        f"{fault.value}: at {len(chosen):,} of {well.disk.count:,} operations of "
        f"{commits} commits; {told:,} times told, 0 commits lost, 0 wrong values"
    )
