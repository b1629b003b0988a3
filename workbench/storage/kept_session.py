"""A session that is open: one thread brings its changes to the disk all the time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.saving import Home, SaveStatus, Trouble
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.live_file import LiveFile, NotInPlaceError
from workbench.storage.own_folder import Note, OwnFolder
from workbench.storage.places import is_remote
from workbench.storage.whole_file import guard_target, save_whole, saving_words

_TICK_S = 1.0  # between two looks at the file while nothing is offered
_IDLE_S = 5.0  # without anything new, after which the log is taken in
_TRY_AGAIN_S = 5.0  # on a full disk
_SLOW_S = 2.0
_LARGEST_BACKUP = 2 * 2**30


@dataclass(frozen=True)
class Place:
    """Where a session is kept, and of what it is a copy."""

    home: Home
    origin: Path | None = None
    reason: str = ""  # why it is a copy


class KeptSession:
    """Implements `core.saving.LiveSession` on a file that is open.

    The thread and the methods that block take turns at the file; `offer` and `status`
    never wait for them.
    """

    def __init__(self, file: LiveFile, place: Place, own: OwnFolder) -> None:
        self.session = file.session
        self.home, self.origin, self.reason = place.home, place.origin, place.reason
        self.path = file.path
        self._file = file
        self._own = own
        self._turn = threading.RLock()  # whose turn it is at the file
        self._slot = threading.Lock()
        self._offered: Session | None = None  # guarded by the slot
        self._latest = file.session  # what was offered last
        self._written = _steps(file.session)  # steps of each run that are on the disk
        self._saved_at: datetime | None = None
        self._trouble, self._message = Trouble.NONE, ""
        self._tried_at_s = self._changed_at_s = time.monotonic()
        self._began_s: float | None = None  # when the commit under way began
        self._origin_moment = _moment(place.origin)
        self._is_closing = False
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="saving")
        self._thread.start()

    def offer(self, session: Session) -> None:
        """Have this snapshot written; one that is not written yet is passed over."""
        with self._slot:
            self._offered = self._latest = session
        self._wanted.set()

    def status(self) -> SaveStatus:
        """Say how far the disk has got."""
        began_s, written = self._began_s, self._written
        now = _steps(self._latest)
        return SaveStatus(
            saved_at=self._saved_at,
            trouble=self._trouble,
            message=self._message,
            held_steps=sum(max(0, now[id_] - written.get(id_, 0)) for id_ in now),
            is_slow=began_s is not None and time.monotonic() - began_s > _SLOW_S,
            is_behind=began_s is not None or self._offered is not None,
        )

    def flush(self) -> None:
        """Return when everything that was offered is on the disk.

        Raises:
            SessionError: where it could not be written; it is still held in memory.
        """
        with self._turn:
            self._commit()
            if self._offered is not None:
                raise SessionError(self._message)

    def retry(self) -> None:
        """Try again to write what is held in memory.

        Raises:
            SessionError: where it still cannot be written.
        """
        with self._turn:
            if self._trouble is Trouble.DISK_ERROR:
                self._reopen()
            self.flush()

    def save_as(self, path: Path) -> None:
        """Write everything to another file, and go on in that one.

        Raises:
            SessionError: where it cannot be written; all is as before then.
        """
        with self._turn:
            if self._is_here(path):
                self.flush()
                return
            new = self._copy_to(path)
            old, was_ours = self._file, self.home is not Home.NAMED
            self._file, self.path = new, new.path
            self.home, self.origin, self.reason = Home.NAMED, None, ""
            self._trouble, self._message = Trouble.NONE, ""
            self._own.note(Note(new.path, Home.NAMED))
            self._leave(old, remove=was_ours)
            self.flush()

    def write_back(self) -> None:
        """Write a COPY over the file that it was made of, and stay in the copy.

        Raises:
            SessionError: where it cannot be written.
        """
        with self._turn:
            if self.origin is None:
                raise SessionError("This session is no copy of another file.")
            save_whole(self._latest.snapshot(), self.origin)
            self._origin_moment = _moment(self.origin)

    def close(self, *, discard: bool = False) -> None:
        """Write what is left and close: the file is then one plain file.

        Raises:
            SessionError: where something could not be written; it is closed then too.
        """
        self._is_closing = True
        self._wanted.set()
        self._thread.join()
        with self._turn:
            if discard and self.home is not Home.NAMED:
                self._leave(self._file, remove=True)
                return
            problem = self._write_last()
            is_spare = self.home is not Home.NAMED and not self._latest.runs
            self._leave(self._file, remove=is_spare)
            if problem:
                raise SessionError(problem)

    def _keep(self) -> None:
        """Work until the session is closed."""
        with self._turn:
            self._back_up()
        while not self._is_closing:
            self._wanted.wait(_TICK_S)
            self._wanted.clear()
            with self._turn:
                if not self._is_closing:
                    self._look_after()

    def _look_after(self) -> None:
        now_s = time.monotonic()
        is_stuck = self._trouble is Trouble.DISK_ERROR or (
            self._trouble is Trouble.DISK_FULL and now_s - self._tried_at_s < _TRY_AGAIN_S
        )
        if self._offered is not None and not is_stuck:
            self._commit()
        elif now_s - self._changed_at_s > _IDLE_S and self._trouble is Trouble.NONE:
            with contextlib.suppress(apsw.Error):
                self._file.take_in_log()
            self._changed_at_s = float("inf")
        if self._trouble is Trouble.NONE and not self._file.is_in_place:
            self._trouble = Trouble.FILE_MOVED
            self._message = (
                f"'{self.path}' was moved, replaced or removed by another program; save "
                "the session under a name with Save As."
            )

    def _commit(self) -> None:
        """Write what was offered last; after an error it is still held."""
        with self._slot:
            session, self._offered = self._offered, None
        if session is None:
            return
        steps = _steps(session)  # the file may get more: it grows meanwhile
        self._began_s = self._tried_at_s = time.monotonic()
        try:
            if self._file.commit(session):
                self._saved_at = datetime.now().astimezone()
                self._changed_at_s = time.monotonic()
        except (apsw.Error, OSError, MemoryError) as error:
            self._hold(session, error)
        else:
            self._written = steps
            if self._trouble is not Trouble.FILE_MOVED:
                self._trouble, self._message = Trouble.NONE, ""
        finally:
            self._began_s = None

    def _hold(self, session: Session, error: faults.Fault) -> None:
        with self._slot:
            self._offered = self._offered or session
        is_full = isinstance(error, apsw.FullError)
        self._trouble = Trouble.DISK_FULL if is_full else Trouble.DISK_ERROR
        self._message = f"'{self.path}' cannot be written: {faults.reason(error)}."

    def _reopen(self) -> None:
        """Read again what is really in the file, after the disk has failed.

        A commit that failed may be there all the same, and an fsync that is tried again
        after an error proves nothing.

        Raises:
            SessionError: where the file cannot be opened.
        """
        self._file.abandon()
        try:
            self._file = LiveFile.open(self.path)
        except NotInPlaceError as error:
            raise SessionError(
                f"'{self.path}' cannot be written any more: {error}. Save the session "
                "under another name."
            ) from None

    def _copy_to(self, path: Path) -> LiveFile:
        """Write everything to another file and open that."""
        self._commit()
        with saving_words(path):
            guard_target(path)
            is_whole = self._trouble in (Trouble.NONE, Trouble.FILE_MOVED)
            if is_whole and not self.session.damage:
                self._file.copy_to(path)
            else:
                save_whole(self._latest.snapshot(), path)
        try:
            new = LiveFile.open(path)
        except NotInPlaceError as error:
            raise SessionError(
                f"'{path}' was saved, but cannot be kept open there: {error}. The session "
                "stays where it was."
            ) from None
        if is_whole:
            new.take_over_marks(self._file)
        return new

    def _write_last(self) -> str:
        """Write what is left; return what could not be done, in words."""
        problem = ""
        self._commit()
        if self._offered is not None or self._trouble is Trouble.FILE_MOVED:
            problem = self._rescue()
        elif self._is_copy_to_write_back():
            with contextlib.suppress(SessionError):
                self.write_back()
                self._latest = Session()  # so that the copy, now spare, is removed
        return problem

    def _is_copy_to_write_back(self) -> bool:
        """Say whether this is a copy of a file on the network that nobody has changed."""
        origin = self.origin
        return (
            origin is not None
            and is_remote(origin)
            and _moment(origin) == self._origin_moment
        )

    def _rescue(self) -> str:
        """Put all that is in memory into the program's own folder, if that can be."""
        with contextlib.suppress(SessionError, OSError):
            path = self._own.new_name(self.path.stem)
            save_whole(self._latest.snapshot(), path)
            return f"{self._message} Everything is kept in '{path}'."
        return f"{self._message} What was not written yet is lost."

    def _leave(self, file: LiveFile, *, remove: bool) -> None:
        with contextlib.suppress(apsw.Error):  # the log stays beside it then
            file.close()
        self._own.erase_note(file.path)
        if remove:
            with contextlib.suppress(OSError):
                self._own.remove(file.path)

    def _back_up(self) -> None:
        """Copy a file once a day, before anything in it changes."""
        if self.home is not Home.NAMED or not self.session.runs:
            return
        with contextlib.suppress(apsw.Error, OSError):
            name = self._own.backup_name(self.path)
            if name is not None and self.path.stat().st_size < _LARGEST_BACKUP:
                name.parent.mkdir(parents=True, exist_ok=True)
                self._file.copy_to(name)
                self._own.thin_backups(self.path)

    def _is_here(self, path: Path) -> bool:
        with contextlib.suppress(OSError):
            return path.samefile(self.path) and self._file.is_in_place
        return False


def _steps(session: Session) -> Mapping[str, int]:
    return {run.id: run.num_steps for run in session.runs}


def _moment(path: Path | None) -> tuple[int, int] | None:
    """Return what changes when somebody writes to a file."""
    if path is None:
        return None
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size
