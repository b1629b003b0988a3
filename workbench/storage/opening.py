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
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.storage import faults, schema
from workbench.storage.kinds import describe_kind

MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MAX_BYTES = 64 * 2**30
_WAL_FORMAT = 2
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
_SECONDS, _BYTES_PER_SECOND = 20.0, 10 * 2**20  # more than a slow machine needs
_OPCODES = 10_000  # between two looks at the clock


class DamagedError(SessionError):
    """The file is, or was, a session, but nothing in it can be read any more."""


@dataclass(frozen=True)
class Opened:
    """A session file that may be read: our tables are there, and nothing else runs."""

    path: Path
    connection: apsw.Connection
    size: int  # in bytes
    user_version: int
    remarks: tuple[str, ...]  # what is wrong with the file as a whole


@dataclass(frozen=True)
class _Probe:
    """What was seen of a file before SQLite."""

    size: int
    header: bytes

    @property
    def user_version(self) -> int:
        return int.from_bytes(self.header[60:64], "big")

    @property
    def application_id(self) -> int:
        return int.from_bytes(self.header[68:72], "big")

    @property
    def has_log(self) -> bool:
        return _WAL_FORMAT in self.header[18:20]


@contextlib.contextmanager
def open_safely(path: Path) -> Iterator[Opened]:
    """Open a session file for reading.

    Raises:
        SessionError: where it is no session, of a newer version, in use, or cannot be
            read; `DamagedError` where it is a session of which nothing is left.
    """
    with _words_for(path):
        probe = _probe(_regular(path))
        remarks = _remarks(path, probe) + _journal_remarks(path)
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(_connected(path, probe))
            _harden(connection, probe.size)
            _check_schema(path, connection, probe)
            yield Opened(path, connection, probe.size, probe.user_version, remarks)


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
    except (apsw.CorruptError, apsw.NotADBError, apsw.InterruptError, apsw.SQLError):
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


def version_of(path: Path) -> int | None:
    """Return the user_version of the session file at `path`, None where there is none.

    Raises:
        OSError, apsw.Error: where the file is there but cannot be read.
    """
    if not path.is_file():
        return None
    probe = _probe(path)
    is_ours = probe.header.startswith(MAGIC) and (
        probe.application_id == schema.APPLICATION_ID
    )
    return probe.user_version if is_ours else None


def is_newer(user_version: int) -> bool:
    """Say whether this program would lose something of a file of that version."""
    major, minor = user_version & 0xFFFF, user_version >> 16
    return (major, minor) > (schema.MAJOR, schema.MINOR)


def _regular(path: Path) -> Path:
    """Return where the file really is, if it is one that can be a session."""
    try:
        real = Path(os.path.realpath(path))
        facts = real.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise SessionError(
            f"There is no file {str(path)!r}; check its name and folder."
        ) from None
    if stat.S_ISDIR(facts.st_mode):
        raise SessionError(f"'{path}' is a folder; choose a session file (.wbs) in it.")
    if not stat.S_ISREG(facts.st_mode):
        raise SessionError(f"'{path}' is a device or pipe; choose a session file (.wbs).")
    if facts.st_size > _MAX_BYTES:
        raise SessionError(f"'{path}' is too large for a session (more than 64 GB).")
    str(real).encode()
    return real


def _probe(path: Path) -> _Probe:
    """Read the header through SQLite's own layer, which shares locks in this process.

    Opening and closing the file in any other way would drop the locks that a connection
    of this process may hold on it.
    """
    with _file(path) as file:
        size = file.xFileSize()
        return _Probe(size, file.xRead(min(_HEADER_BYTES, size), 0) if size else b"")


@contextlib.contextmanager
def _file(path: Path) -> Iterator[apsw.VFSFile]:
    if not os.access(path, os.R_OK):
        raise PermissionError
    flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
    file = apsw.VFSFile("", os.path.realpath(path), flags)
    try:
        yield file
    finally:
        file.xClose()


def _remarks(path: Path, probe: _Probe) -> tuple[str, ...]:
    """Refuse what is no session of this version; return what is odd about the rest."""
    if not probe.size:
        raise SessionError(f"'{path}' is empty, so it is no session; choose another file.")
    if not probe.header.startswith(MAGIC):
        raise SessionError(
            f"'{path}' is no session of Training Workbench: it is "
            f"{describe_kind(probe.header)}. Choose a session file (.wbs)."
        )
    if probe.application_id != schema.APPLICATION_ID:
        raise SessionError(
            f"'{path}' is a database of another program, not a session of Training "
            "Workbench. Choose a session file (.wbs)."
        )
    return _version_remarks(path, probe.user_version) + _length_remarks(probe)


def _version_remarks(path: Path, version: int) -> tuple[str, ...]:
    major = version & 0xFFFF
    if major > schema.MAJOR:
        raise SessionError(
            f"'{path}' was made by a newer version of Training Workbench (format {major}, "
            f"this one reads {schema.MAJOR}); update the program to open it."
        )
    if major < schema.MAJOR:
        raise DamagedError(
            f"'{path}' says that its format is {major}, which never was; it is damaged. "
            "Open a backup copy."
        )
    if is_newer(version):
        return ("made by a newer version, which may have stored more than is shown here",)
    return ()


def _length_remarks(probe: _Probe) -> tuple[str, ...]:
    page = int.from_bytes(probe.header[16:18], "big")
    page = 65536 if page == 1 else page
    claimed = page * int.from_bytes(probe.header[28:32], "big")
    if probe.size < claimed and not probe.has_log:
        return (f"the file is cut short: {probe.size:,} of {claimed:,} bytes are there",)
    return ()


def _journal_remarks(path: Path) -> tuple[str, ...]:
    journal = _beside(Path(os.path.realpath(path)), "-journal")
    if not _is_filled(journal):
        return ()
    return (f"an unfinished change lies beside it in '{journal.name}' and was left out",)


@contextlib.contextmanager
def _connected(path: Path, probe: _Probe) -> Iterator[apsw.Connection]:
    """Connect to the file itself where it is at rest, else to a copy of it."""
    real = Path(os.path.realpath(path))
    with contextlib.ExitStack() as stack:
        flags = apsw.SQLITE_OPEN_READONLY
        if probe.has_log or any(_is_filled(_beside(real, s)) for s in ("-wal", "-journal")):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-"))
            real = _copy(real, Path(folder))
            flags = apsw.SQLITE_OPEN_READWRITE
        connection = apsw.Connection(str(real), flags=flags)
        stack.callback(connection.close)
        yield connection


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _is_filled(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _copy(source: Path, folder: Path) -> Path:
    """Copy a file and its write-ahead log while nobody else writes to it."""
    target = folder / "session.wbs"
    with _file(source) as file, target.open("wb") as copy:
        file.xLock(apsw.SQLITE_LOCK_SHARED)
        size = file.xFileSize()
        for start in range(0, size, _COPY_BYTES):
            copy.write(file.xRead(min(_COPY_BYTES, size - start), start))
        log = _beside(source, "-wal")
        if _is_filled(log) and log.is_file():
            shutil.copyfile(log, _beside(target, "-wal"))
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


def _check_schema(path: Path, connection: apsw.Connection, probe: _Probe) -> None:
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


def _is_later_addition(row: tuple[object, ...], probe: _Probe) -> bool:
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
