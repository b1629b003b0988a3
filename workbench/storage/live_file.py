"""A session file that is open for writing: alone, with a write-ahead log beside it.

While it is open every commit is synced to the disk before it counts. When it is closed
the log is gone and it is one plain file again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.hardening import (
    allow_all,
    allow_only_reading,
    harden,
)
from workbench.storage.homes import Identity, identity_of
from workbench.storage.migrations import migrate
from workbench.storage.opening import (
    checked,
    is_hot,
    open_safely,
    size_with_log,
    words_for,
)
from workbench.storage.places import is_remote, is_writable
from workbench.storage.probing import (
    DamagedError,
    beside,
    is_filled,
    is_older,
    look_at,
    refuse_in_use,
    regular_file,
)
from workbench.storage.probing import remarks_on as remarks_of
from workbench.storage.reader import ReadSession, read_opened
from workbench.storage.recorder import SessionRecorder
from workbench.storage.whole_file import replacing_session, saving_words
from workbench.storage.write_ahead import begin_log, end_log, take_in_log

_WASTE = 0.25  # the share of unused pages above which a file is packed when it is closed
_LEAST_WASTED_PAGES = 256
_MOST_REMARKS = 8  # in one sentence


class NotInPlaceError(Exception):
    """A session can be read, but its file cannot be kept open for writing; says why."""


class LiveFile:
    """Writes one session to one file, again and again; one caller at a time."""

    def __init__(self, path: Path, connection: apsw.Connection, read: ReadSession) -> None:
        self.path = path
        self.session = read.session
        self._connection = connection
        self._recorder = SessionRecorder(connection, read.marks)
        self._identity = identity_of(path)
        self._log_identity: Identity | None = None
        self._is_closed = False

    @classmethod
    def open(
        cls, path: Path, backup_folder: Path | None = None, *, vfs: str | None = None
    ) -> LiveFile:
        """Open a file to change it, after a check that leaves it untouched.

        A file of an older version is migrated, after a copy of it was put into
        `backup_folder`.

        Raises:
            NotInPlaceError: where it should be left as it is, and a copy be opened.
            SessionInUseError: where it is open elsewhere.
            SessionError: where it cannot be read or is no session.
        """
        with words_for(path):
            real = regular_file(path)
            probe = look_at(real)
            refuse_in_use(real)
            remarks = remarks_of(path, probe)
            _refuse_place(real)
            _refuse_remarks(remarks)
            if is_hot(real, probe):  # taking in its log would change a damaged file
                with open_safely(path) as opened:
                    _refuse_remarks(read_opened(opened).session.damage)
            connection = apsw.Connection(
                str(real), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs
            )
            with _closing_on_error(connection):
                size = size_with_log(path, probe)
                read, version = _lock_and_read(path, connection, size)
                file = cls(real, connection, read)
                if is_older(version) and backup_folder is not None:
                    file._back_up(backup_folder, version)
                with _ending_log_on_error(connection, real):
                    begin_log(connection, real)
                    migrate(connection, version, read.marks)
                file._log_identity = identity_of(beside(real, "-wal"))
                return file

    @classmethod
    def open_saved(cls, path: Path, *, vfs: str | None = None) -> LiveFile:
        """Open a file that was written a moment ago.

        Raises:
            SessionError: where it cannot be kept open.
        """
        try:
            return cls.open(path, vfs=vfs)
        except NotInPlaceError as error:
            raise SessionError(
                f"'{path}' was saved, but cannot be kept open there: {error}."
            ) from None

    @property
    def is_in_place(self) -> bool:
        """Say whether the path still leads to the file that is open."""
        return identity_of(self.path) == self._identity

    def commit(self, session: Session) -> bool:
        """Write what is new of a session, synced; False where nothing was.

        Raises:
            apsw.Error, OSError, MemoryError: where the disk refuses; the file is as
                before.
        """
        try:
            return self._recorder.write(session)
        except apsw.IOError as error:
            raise faults.in_full(error, self._connection) from None

    def take_over_marks(self, source: LiveFile) -> None:
        """Take this file for an exact copy of another one, so as not to write it anew."""
        self._recorder = SessionRecorder(self._connection, source._recorder.marks)

    def take_in_log(self) -> None:
        """Move what is in the log into the file, and empty the log.

        Raises:
            apsw.Error: where the disk refuses; nothing is lost.
        """
        take_in_log(self._connection)

    def copy_to(self, path: Path) -> None:
        """Write all commits so far to another file, which appears as a whole.

        Raises:
            OSError, apsw.Error: where the disk refuses.
        """
        with replacing_session(path) as draft:
            self._connection.execute("VACUUM INTO ?", (str(draft),))

    def close(self) -> None:
        """Close; the file is then one plain file, unless the disk refuses even that.

        Raises:
            apsw.Error: where the log could not be taken in; it stays beside the file,
                and nothing that was committed is lost.
        """
        try:
            self.take_in_log()
            self._pack()
            end_log(self._connection, self.path)
        finally:
            self._is_closed = True
            self._connection.close()
            self._forsake_log()

    def close_quietly(self) -> str:
        """Close; return what is not as it should be, in words."""
        log = beside(self.path, "-wal")
        try:
            self.close()
        except apsw.Error as error:
            if is_filled(log):
                return (
                    f"'{self.path}' could not be finished: {faults.reason(error)}. "
                    f"'{log.name}' beside it is a part of it; leave it there, and open the "
                    "session again."
                )
        return ""

    def abandon(self) -> None:
        """Close and leave file and log as they are."""
        self._is_closed = True
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self._connection.close(force=True)

    def reopen(self) -> LiveFile:
        """Close, and read again what is really in the file, after the disk has failed.

        What counts in the log is brought into the file first. A commit that failed may
        stand behind it, perhaps in memory only, where a sync has left it that failed:
        it would count again if it were read.

        Raises:
            SessionError: where the file cannot be opened or written to.
        """
        with saving_words(self.path):
            if not self._is_closed:
                self.take_in_log()
                self.abandon()
        try:
            return LiveFile.open(self.path)
        except NotInPlaceError as error:
            raise SessionError(
                f"'{self.path}' cannot be written any more: {error}. Save the session "
                "under another name."
            ) from None

    def _forsake_log(self) -> None:
        """Remove the log of a file that was moved: it would count for the next one."""
        log = beside(self.path, "-wal")
        if not self.is_in_place and identity_of(log) == self._log_identity:
            with contextlib.suppress(OSError):
                log.unlink(missing_ok=True)

    def _back_up(self, folder: Path, version: int) -> None:
        """Keep the file as it is before its migration."""
        words = f"{version & 0xFFFF}.{version >> 16}"
        folder.mkdir(parents=True, exist_ok=True)
        self.copy_to(folder / f"{self.path.stem}-version-{words}.wbs")

    def _pack(self) -> None:
        """Give unused pages back, where there are many."""
        unused, pages = self._number("freelist_count"), self._number("page_count")
        if unused > max(_LEAST_WASTED_PAGES, _WASTE * pages):
            with contextlib.suppress(apsw.FullError):  # it needs room to do so
                self._connection.execute("VACUUM")

    def _number(self, pragma: str) -> int:
        return int(str(self._connection.pragma(pragma)))


def _refuse_place(real: Path) -> None:
    if is_remote(real):
        raise NotInPlaceError("it is on a network drive, where files cannot be locked")
    if not is_writable(real):
        raise NotInPlaceError("it is read-only")


def _refuse_remarks(remarks: tuple[str, ...] | list[str]) -> None:
    if not remarks:
        return
    told, more = remarks[:_MOST_REMARKS], len(remarks) - _MOST_REMARKS
    rest = [f"and {more:,} more, which workbench check lists"] if more > 0 else []
    raise NotInPlaceError("; ".join([*told, *rest]))


def _lock_and_read(
    path: Path, connection: apsw.Connection, size: int
) -> tuple[ReadSession, int]:
    """Take the file for this program alone, and read it as if nobody vouched for it.

    Returns the session and the version of the file.
    """
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # should it be damaged
    harden(connection)
    connection.execute("BEGIN EXCLUSIVE")  # the lock stays: see `harden`
    connection.execute("COMMIT")
    allow_only_reading(connection, size)
    opened = checked(path, connection, size, ())
    try:
        read = read_opened(opened)
    except DamagedError as error:
        raise NotInPlaceError(str(error)) from None
    _refuse_remarks(read.session.damage)
    allow_all(connection)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    return read, opened.user_version


@contextlib.contextmanager
def _closing_on_error(connection: apsw.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close(force=True)
        raise


@contextlib.contextmanager
def _ending_log_on_error(connection: apsw.Connection, path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(apsw.Error):
            end_log(connection, path)
        raise
