"""Writes a whole session into a new, empty database."""

from __future__ import annotations

from pathlib import Path

import apsw

from workbench.core.session import Session
from workbench.storage import schema
from workbench.storage.recorder import SessionRecorder


def write_session(session: Session, path: Path, *, vfs: str | None = None) -> None:
    """Write a session to a file that is not there yet; not synced to the disk.

    Safe while a run trains: the length of every series is taken once, and what is
    appended later is left out. A file that could not be written in full is of no use.

    Raises:
        apsw.Error, OSError: where the disk refuses.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
    try:
        _forgo_recovery(connection)
        with connection:
            schema.create(connection)
            SessionRecorder(connection).write(session)
    finally:
        connection.close()


def _forgo_recovery(connection: apsw.Connection) -> None:
    """Write straight to the file: should that fail, the file is thrown away."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, schema.MAX_ROW_BYTES)
