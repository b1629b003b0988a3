"""Opens session files that nobody vouches for: nothing in them is run or trusted.

Kind, size and version are read before SQLite sees the file. The original is opened for
reading only, and only where SQLite would leave nothing beside it: a file with a
write-ahead log is copied first. A rollback journal is never honoured, since it can name
other files for SQLite to delete.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.storage import faults, schema
from workbench.storage.probing import (
    DamagedError,
    Probe,
    beside,
    is_filled,
    is_newer,
    look_at,
    regular_file,
    remarks_on,
    shared_file,
)

_COPY_BYTES = 4 * 2**20

_SETTINGS = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0),
    (apsw.SQLITE_DBCONFIG_DQS_DDL, 0),
    (apsw.SQLITE_DBCONFIG_DQS_DML, 0),
)
_LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, schema.MAX_ROW_BYTES),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, 10_000),
    (apsw.SQLITE_LIMIT_ATTACHED, 0),
    (apsw.SQLITE_LIMIT_COLUMN, 32),
    (apsw.SQLITE_LIMIT_EXPR_DEPTH, 32),
    (apsw.SQLITE_LIMIT_COMPOUND_SELECT, 2),
    (apsw.SQLITE_LIMIT_WORKER_THREADS, 0),
)
_TABLES = {"sqlite_master", "sqlite_schema", *(table.name for table in schema.TABLES)}
_PRAGMAS = {"quick_check", "integrity_check", "application_id", "user_version"}
_READ_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
_PLAIN_TABLE = re.compile(  # no parentheses inside, so no expressions
    r"CREATE TABLE \w+ \([\w ,]+(, PRIMARY KEY \([\w ,]+\))?\) STRICT"
)
_DAMAGED = (
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.InterruptError,  # it took far too long
    apsw.SQLError,
    UnicodeDecodeError,  # in the text of the schema
)
_SECONDS, _BYTES_PER_SECOND = 20.0, 10 * 2**20  # more than a slow machine needs
_OPCODES = 10_000  # between two looks at the clock


@dataclass(frozen=True)
class Opened:
    """A session file that may be read: our tables are there, and nothing else runs."""

    path: Path
    connection: apsw.Connection
    size: int  # in bytes
    user_version: int
    remarks: tuple[str, ...]  # what is wrong with the file as a whole


@contextlib.contextmanager
def open_safely(path: Path) -> Iterator[Opened]:
    """Open a session file for reading.

    Raises:
        SessionError: where it is no session, of a newer version, in use, or cannot be
            read; `DamagedError` where it is a session of which nothing is left.
    """
    with _words_for(path):
        probe = look_at(regular_file(path))
        remarks = remarks_on(path, probe)
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(_connected(path, probe))
            _harden(connection, probe.size)
            _check_schema(path, connection, probe)
            yield Opened(path, connection, probe.size, probe.user_version, remarks)


@contextlib.contextmanager
def _connected(path: Path, probe: Probe) -> Iterator[apsw.Connection]:
    """Connect to the file itself where it is at rest, else to a copy of it."""
    real = Path(os.path.realpath(path))
    with contextlib.ExitStack() as stack:
        flags = apsw.SQLITE_OPEN_READONLY
        if probe.has_log or any(is_filled(beside(real, s)) for s in ("-wal", "-journal")):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-"))
            real = _copy(real, Path(folder))
            flags = apsw.SQLITE_OPEN_READWRITE
        connection = apsw.Connection(str(real), flags=flags)
        stack.callback(connection.close)
        yield connection


def _copy(source: Path, folder: Path) -> Path:
    """Copy a file and its write-ahead log while nobody else writes to it."""
    target = folder / "session.wbs"
    with shared_file(source) as file, target.open("wb") as copy:
        file.xLock(apsw.SQLITE_LOCK_SHARED)
        size = file.xFileSize()
        for start in range(0, size, _COPY_BYTES):
            copy.write(file.xRead(min(_COPY_BYTES, size - start), start))
        log = beside(source, "-wal")
        if is_filled(log) and log.is_file():
            shutil.copyfile(log, beside(target, "-wal"))
    return target


def _harden(connection: apsw.Connection, size: int) -> None:
    for option, value in _SETTINGS:
        connection.config(option, value)
    for limit, value in _LIMITS:
        connection.limit(limit, value)
    deadline = time.monotonic() + _SECONDS + size / _BYTES_PER_SECOND
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _OPCODES)
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # a log needs no shared memory
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorize)


def _authorize(
    operation: int, first: str | None, second: str | None, *_: str | None
) -> int:
    """Allow reading our tables and asking for checks, nothing else."""
    del second
    allowed = (
        operation == apsw.SQLITE_SELECT
        or (operation == apsw.SQLITE_READ and first in _TABLES)
        or (operation == apsw.SQLITE_PRAGMA and first in _PRAGMAS)
    )
    return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY


@contextlib.contextmanager
def _words_for(path: Path) -> Iterator[None]:
    """Turn errors of the disk and of SQLite into sentences."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError):
        raise SessionError(
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


def _check_schema(path: Path, connection: apsw.Connection, probe: Probe) -> None:
    """Compare every object of the schema with ours, before anything else is read.

    Checks of integrity would already evaluate what a foreign schema defines, so they
    come later.
    """
    found = set()
    for kind, name, table, sql in connection.execute(_READ_SCHEMA):
        found.add((kind, name, table, sql or ""))
        if len(found) > 100:
            break
    wanted = schema.schema_objects()
    extra = {row for row in found - wanted if not _is_later_addition(row, probe)}
    if extra or wanted - found:
        raise DamagedError(
            f"'{path}' has not the tables of a session: it is damaged or was changed by "
            "another program. Open a backup copy."
        )


def _is_later_addition(row: tuple[object, ...], probe: Probe) -> bool:
    """Say whether a newer minor version may have added this: a plain table, no code."""
    kind, _, _, sql = row
    is_automatic = kind == "index" and not sql
    is_plain = kind == "table" and _PLAIN_TABLE.fullmatch(str(sql)) is not None
    return is_newer(probe.user_version) and (is_automatic or is_plain)


def _beyond_reading(path: Path) -> str:
    return (
        f"'{path}' is damaged so badly that nothing in it can be read; the file is left "
        "as it is. Open a backup copy."
    )
