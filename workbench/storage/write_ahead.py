"""The write-ahead log beside a session file that is open.

SQLite takes a log for that of the file which stands beside it, and a file whose header
tells of a log is taken for half of a session where there is none. So the log is there
before the header tells of it, goes after the header has ceased to, and never meets
another file.
"""

from __future__ import annotations

import contextlib
import ctypes
import secrets
from collections.abc import Iterator
from pathlib import Path

import apsw

from workbench.storage.atomic import UnconfirmedError, sync_folder
from workbench.storage.hardening import harden
from workbench.storage.probing import beside, is_filled

_LOG_BYTES = 16 * 2**20  # the log is cut to this length after it was taken in


def begin_log(connection: apsw.Connection, path: Path) -> None:
    """Have all that is written from here on go to a log first, synced at every commit.

    Raises:
        apsw.Error: where the disk refuses.
    """
    with contextlib.suppress(OSError):
        beside(path, "-wal").touch()
        sync_folder(path.parent)
    if connection.pragma("journal_mode") != "wal":  # else it was not closed
        connection.execute("PRAGMA journal_mode = MEMORY").fetchall()  # none is left behind
    _keep_file(connection)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    # After a check of integrity the change stays open until something else is read, and
    # SQLite 3.54 then takes the log for locked.
    connection.execute("SELECT count(*) FROM header").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}").fetchall()


def take_in_log(connection: apsw.Connection) -> None:
    """Move what is in the log into the file, and empty the log.

    Raises:
        apsw.Error: where the disk refuses; nothing is lost.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def end_log(connection: apsw.Connection, path: Path) -> None:
    """Make it one plain file again, still locked.

    Raises:
        apsw.Error: where the disk refuses; the log stays beside the file then.
    """
    mode = connection.execute("PRAGMA journal_mode = MEMORY").fetchall()
    log = beside(path, "-wal")
    if mode == [("memory",)] and not is_filled(log):
        with contextlib.suppress(OSError):
            log.unlink(missing_ok=True)


@contextlib.contextmanager
def without_log(path: Path) -> Iterator[None]:
    """Part an older file at `path` from its log, while that file is replaced.

    The file takes it in first, so that it is whole until it goes. What it cannot take in
    comes back where the exchange fails, and goes for good where it is done.

    Raises:
        OSError: where the disk refuses.
    """
    if is_filled(beside(path, "-wal")):
        with contextlib.suppress(apsw.Error):
            _finish(path)
    with _put_away(beside(path, "-wal")), _put_away(beside(path, "-journal")):
        yield


def _finish(path: Path) -> None:
    """Do what was left undone when the program ended that had the file open."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        harden(connection)
        _keep_file(connection)
        take_in_log(connection)
        end_log(connection, path)
    finally:
        connection.close()


def _keep_file(connection: apsw.Connection) -> None:
    """Let SQLite empty the log when it has done with it, but not remove it."""
    yes = ctypes.c_int(1)
    connection.file_control("main", apsw.SQLITE_FCNTL_PERSIST_WAL, ctypes.addressof(yes))


@contextlib.contextmanager
def _put_away(log: Path) -> Iterator[None]:
    if not log.exists():
        yield
        return
    aside = log.with_name(f".workbench-{secrets.token_hex(8)}.tmp")
    log.replace(aside)
    try:
        sync_folder(log.parent)
        yield
    except UnconfirmedError:  # it is done
        aside.unlink()
        raise
    except BaseException:
        aside.replace(log)
        raise
    aside.unlink()
