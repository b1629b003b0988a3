"""Opens session files that nobody vouches for: nothing in them is run or trusted.

Kind, size and version are read before SQLite sees the file. The original is opened for
reading only, and only where SQLite would leave nothing beside it: a file with a
write-ahead log is copied first. A rollback journal is never honoured, since it can name
other files for SQLite to delete.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.saving import SessionInUseError
from workbench.storage import faults
from workbench.storage.hardening import allow_only_reading, check_schema, harden
from workbench.storage.log_check import remark_on_log
from workbench.storage.probing import (
    DamagedError,
    Probe,
    beside,
    is_filled,
    look_at,
    regular_file,
    remarks_on,
    remarks_on_version,
    shared_file,
)

_COPY_BYTES = 4 * 2**20

_DAMAGED = (
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.InterruptError,  # it took far too long
    apsw.SQLError,
    UnicodeDecodeError,  # in the text of the schema
)
_LOG_HEAD_BYTES = 32  # with two random numbers that change when the log starts anew
_TRIES = 20  # to copy a file between two moments at which its owner writes to it


@dataclass(frozen=True)
class Opened:
    """A session file that may be read: our tables are there, and nothing else runs."""

    path: Path
    connection: apsw.Connection
    size: int  # in bytes
    user_version: int
    remarks: tuple[str, ...]  # what is wrong with the file as a whole


@contextlib.contextmanager
def open_safely(path: Path, *, even_in_use: bool = False) -> Iterator[Opened]:
    """Open a session file for reading.

    With `even_in_use` one that another window has open is read from a copy, as it was at
    its last commit.

    Raises:
        SessionInUseError: where it is in use.
        SessionError: where it is no session, of a newer version, or cannot be read;
            `DamagedError` where it is a session of which nothing is left.
    """
    with words_for(path):
        probe = look_at(regular_file(path))
        remarks = remarks_on(path, probe)
        with _connected(path, probe, even_in_use=even_in_use) as (connection, log):
            size = size_with_log(path, probe)
            harden(connection)
            allow_only_reading(connection, size)
            opened = checked(path, connection, size, remarks)
            lost = () if log is None else _lost(connection, log)
            yield replace(opened, remarks=(*opened.remarks, *lost))


def checked(
    path: Path, connection: apsw.Connection, size: int, remarks: tuple[str, ...]
) -> Opened:
    """Make sure that our tables are there, in a version that can be read.

    That of the file itself may be out of date: a newer one may stand in its log.

    Raises:
        SessionError: where it is a newer one; `DamagedError` for other tables.
        apsw.Error: where SQLite gives up.
    """
    version = int(str(connection.pragma("user_version")))
    new = [line for line in remarks_on_version(path, version) if line not in remarks]
    check_schema(path, connection, version)
    return Opened(path, connection, size, version, (*remarks, *new))


def is_hot(path: Path, probe: Probe) -> bool:
    """Say whether more than the file itself may belong to it: it was not closed."""
    return probe.has_log or any(is_filled(beside(path, s)) for s in ("-wal", "-journal"))


def size_with_log(path: Path, probe: Probe) -> int:
    """Return the bytes of a file and of what its write-ahead log adds to it."""
    log = beside(Path(os.path.realpath(path)), "-wal")
    return probe.size + (log.stat().st_size if is_filled(log) else 0)


def _lost(connection: apsw.Connection, log: Path) -> tuple[str, ...]:
    """Say what the log of a copy has lost; that copy takes it in meanwhile."""
    num_read, _ = connection.wal_checkpoint()
    remark = remark_on_log(log, max(0, num_read))
    return () if remark is None else (remark,)


@contextlib.contextmanager
def _connected(
    path: Path, probe: Probe, *, even_in_use: bool
) -> Iterator[tuple[apsw.Connection, Path | None]]:
    """Connect to the file itself where it is at rest, else to a copy of it.

    Yields also the log of that copy, if it has one that nobody was writing to.
    """
    real, log = Path(os.path.realpath(path)), None
    with contextlib.ExitStack() as stack:
        flags = apsw.SQLITE_OPEN_READONLY
        if is_hot(real, probe):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-"))
            real, in_use = _copy_quietly(real, Path(folder), even_in_use=even_in_use)
            flags = apsw.SQLITE_OPEN_READWRITE
            if is_filled(beside(real, "-wal")) and not in_use:
                log = beside(real, "-wal")
        connection = apsw.Connection(str(real), flags=flags)
        stack.callback(connection.close)
        yield connection, log


def _copy_quietly(source: Path, folder: Path, *, even_in_use: bool) -> tuple[Path, bool]:
    """Copy a file and its write-ahead log; say whether somebody had it open meanwhile.

    The owner of one in use appends to the log, which does no harm, since half a commit
    does not count; only now and then it writes to the file itself and starts the log
    anew, which shows in the time of the file and in the head of the log.
    """
    with shared_file(source) as file:
        in_use = False
        try:
            file.xLock(apsw.SQLITE_LOCK_SHARED)
        except apsw.BusyError:
            if not even_in_use:
                raise
            in_use = True
        for _ in range(_TRIES):
            before = _moment(source)
            target = _copy(source, file, folder)
            if _moment(source) == before:
                return target, in_use
    raise apsw.BusyError


def _moment(source: Path) -> tuple[int, int, bytes]:
    """Return what changes when more than the end of the log is written."""
    facts, log = source.stat(), beside(source, "-wal")
    if not is_filled(log):
        return facts.st_mtime_ns, facts.st_size, b""
    with log.open("rb") as file:
        return facts.st_mtime_ns, facts.st_size, file.read(_LOG_HEAD_BYTES)


def _copy(source: Path, file: apsw.VFSFile, folder: Path) -> Path:
    target = folder / "session.wbs"
    with target.open("wb") as copy:
        size = file.xFileSize()
        for start in range(0, size, _COPY_BYTES):
            copy.write(file.xRead(min(_COPY_BYTES, size - start), start))
    log = beside(source, "-wal")
    if is_filled(log) and log.is_file():
        shutil.copyfile(log, beside(target, "-wal"))
    return target


@contextlib.contextmanager
def words_for(path: Path) -> Iterator[None]:
    """Turn errors of the disk and of SQLite into sentences."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError):
        raise SessionInUseError(
            f"'{path}' is in use by another window or program; close it there first, or "
            "open a copy of the file."
        ) from None
    except _DAMAGED:
        raise DamagedError(_beyond_reading(path)) from None
    except UnicodeEncodeError:
        raise SessionError(
            f"{str(path)!r} has a name that is not valid text; rename the file or its "
            "folder."
        ) from None
    except PermissionError:
        raise SessionError(
            f"'{path}' cannot be read: you have no permission; ask its owner, or change "
            "its permissions."
        ) from None
    except (apsw.Error, OSError, MemoryError) as error:
        raise SessionError(f"'{path}' cannot be read: {faults.reason(error)}.") from None


def _beyond_reading(path: Path) -> str:
    return (
        f"'{path}' is damaged so badly that nothing in it can be read; the file is left "
        "as it is. Open a backup copy."
    )
