"""Looks at a file before SQLite does: its kind, its size and its version."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.storage import schema
from workbench.storage.kinds import describe_kind

MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MAX_BYTES = 64 * 2**30
_WAL_FORMAT = 2


class DamagedError(SessionError):
    """The file is, or was, a session, but nothing in it can be read any more."""


@dataclass(frozen=True)
class Probe:
    """What was seen of a file before SQLite."""

    size: int
    header: bytes

    @property
    def user_version(self) -> int:
        """Return the version of the format, minor × 65,536 + major."""
        return int.from_bytes(self.header[60:64], "big")

    @property
    def application_id(self) -> int:
        """Return the number that marks files of one program."""
        return int.from_bytes(self.header[68:72], "big")

    @property
    def has_log(self) -> bool:
        """Say whether a write-ahead log belongs to the file."""
        return _WAL_FORMAT in self.header[18:20]


def regular_file(path: Path) -> Path:
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


def look_at(path: Path) -> Probe:
    """Read the header through SQLite's own layer, which shares locks in this process.

    Opening and closing the file in any other way would drop the locks that a connection
    of this process may hold on it.
    """
    with shared_file(path) as file:
        size = path.stat().st_size  # SQLite takes a file of one byte for an empty one
        return Probe(size, file.xRead(min(_HEADER_BYTES, size), 0) if size else b"")


@contextlib.contextmanager
def shared_file(path: Path) -> Iterator[apsw.VFSFile]:
    """Open a file as SQLite does, with locks that count for this process as a whole.

    Raises:
        PermissionError: where it may not be read.
    """
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, "may not be read", str(path))
    flags = [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0]
    file = apsw.VFSFile("", os.path.realpath(path), flags)
    try:
        yield file
    finally:
        file.xClose()


def refuse_in_use(path: Path) -> None:
    """Raise where another connection, of this or another program, has the file locked.

    Raises:
        apsw.BusyError: where it is in use.
    """
    with shared_file(path) as file:
        file.xLock(apsw.SQLITE_LOCK_SHARED)
        file.xUnlock(apsw.SQLITE_LOCK_NONE)


def remarks_on(path: Path, probe: Probe) -> tuple[str, ...]:
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
    return (
        *remarks_on_version(path, probe.user_version),
        *_length_remarks(probe),
        *_journal_remarks(path),
        *_log_remarks(path, probe),
    )


def remarks_on_version(path: Path, version: int) -> tuple[str, ...]:
    """Refuse what is of another major version; return a remark on a newer minor one."""
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


def _length_remarks(probe: Probe) -> tuple[str, ...]:
    page = int.from_bytes(probe.header[16:18], "big")
    page = 65536 if page == 1 else page
    claimed = page * int.from_bytes(probe.header[28:32], "big")
    if probe.size < claimed and not probe.has_log:
        return (f"the file is cut short: {probe.size:,} of {claimed:,} bytes are there",)
    return ()


def _journal_remarks(path: Path) -> tuple[str, ...]:
    journal = beside(Path(os.path.realpath(path)), "-journal")
    if not is_filled(journal):
        return ()
    return (f"an unfinished change lies beside it in '{journal.name}' and was left out",)


def _log_remarks(path: Path, probe: Probe) -> tuple[str, ...]:
    log = beside(Path(os.path.realpath(path)), "-wal")
    if not probe.has_log or log.exists():
        return ()
    remark = (
        f"it was copied while a window had it open: what stood in '{log.name}' at that "
        "time is not in it"
    )
    return (remark,)


def version_of(path: Path) -> int | None:
    """Return the user_version of the session file at `path`, None where there is none.

    Raises:
        OSError, apsw.Error: where the file is there but cannot be read.
    """
    if not path.is_file():
        return None
    probe = look_at(path)
    is_ours = probe.header.startswith(MAGIC) and (
        probe.application_id == schema.APPLICATION_ID
    )
    return probe.user_version if is_ours else None


def is_newer(user_version: int) -> bool:
    """Say whether this program would lose something of a file of that version."""
    major, minor = user_version & 0xFFFF, user_version >> 16
    return (major, minor) > (schema.MAJOR, schema.MINOR)


def is_older(user_version: int) -> bool:
    """Say whether a file of that version has to be migrated before it is written to."""
    major, minor = user_version & 0xFFFF, user_version >> 16
    return (major, minor) < (schema.MAJOR, schema.MINOR)


def beside(path: Path, suffix: str) -> Path:
    """Return the name of a file that SQLite keeps beside a database."""
    return path.with_name(path.name + suffix)


def is_filled(path: Path) -> bool:
    """Say whether a file is there and has content."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
