"""A session that is open: one thread brings its changes to the disk all the time."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

import apsw

from workbench.core.errors import SessionError
from workbench.core.saving import Home, SaveStatus, Trouble
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.backlog import Backlog
from workbench.storage.homes import Place, moment_of
from workbench.storage.live_file import LiveFile
from workbench.storage.own_folder import Note, OwnFolder
from workbench.storage.places import is_remote
from workbench.storage.rescue import rescue
from workbench.storage.whole_file import guard_target, save_whole, saving_words

_TICK_S = 1.0  # between two looks at the file while nothing is offered
_IDLE_S = 5.0  # without anything new, after which the log is taken in
_TRY_AGAIN_S = 5.0  # on a full disk


class KeptSession:
    """Implements `core.saving.LiveSession` on a file that is open.

    The thread and the methods that block take turns at the file; `offer` and `status`
    never wait for them.
    """

    def __init__(self, file: LiveFile, place: Place, own: OwnFolder) -> None:
        self.session = file.session
        self.path = file.path
        self._file = file
        self._own = own
        self._settle(place)
        self._backlog = Backlog(file.session)
        self._turn = threading.RLock()  # whose turn it is at the file
        self._tried_at_s = self._changed_at_s = time.monotonic()
        self._is_closing = self._is_closed = False
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="saving")
        self._thread.start()

    def offer(self, session: Session) -> None:
        """Have this snapshot written; one that is not written yet is passed over."""
        self._backlog.offer(session)
        self._wanted.set()

    def status(self) -> SaveStatus:
        """Say how far the disk has got."""
        return self._backlog.status()

    def flush(self) -> None:
        """Return when everything that was offered is on the disk.

        Raises:
            SessionError: where it could not be written; it is still held in memory.
        """
        with self._turn:
            self._refuse_closed()
            if self._is_broken or not self._commit():
                raise SessionError(self._backlog.message)

    def retry(self) -> None:
        """Try again to write what is held in memory.

        Raises:
            SessionError: where it still cannot be written.
        """
        with self._turn:
            self._refuse_closed()
            self._catch_up()

    def save_as(self, path: Path) -> None:
        """Write everything to another file, and go on in that one.

        Raises:
            SessionError: where it cannot be written; all is as before then.
        """
        with self._turn:
            self._refuse_closed()
            if self._is_here(path):
                self._catch_up()
                return
            new = self._copy_to(path)
            old, was_ours = self._file, self.home is not Home.NAMED
            self._file, self.path = new, new.path
            self._settle(Place(Home.NAMED))  # before the old one goes
            self._leave(old, remove=was_ours)
            self._backlog.recover()
            self._commit()

    def write_back(self) -> None:
        """Write a COPY over the file that it was made of, and stay in the copy.

        Raises:
            SessionError: where it cannot be written.
        """
        with self._turn:
            self._refuse_closed()
            self._write_back()

    def close(self, *, discard: bool = False) -> None:
        """Write what is left and close: the file is then one plain file.

        Raises:
            SessionError: where something could not be written; it is closed then too.
        """
        self._is_closing = True
        self._wanted.set()
        self._thread.join()
        with self._turn:
            if self._is_closed:
                return
            self._is_closed = True
            is_ours, problem = self.home is not Home.NAMED, ""
            try:
                if not (discard and is_ours):
                    problem = self._write_last()
            finally:
                is_spare = discard or self._is_spare or not self._backlog.latest.runs
                is_spare = is_spare and is_ours and not problem
                left = self._leave(self._file, remove=is_spare)
            if problem or left:
                raise SessionError(problem or left)

    def _keep(self) -> None:
        """Work until the session is closed."""
        with self._turn:
            if self.home is Home.NAMED and self.session.runs:
                self._own.back_up(self.path, self._file.copy_to)
        while not self._is_closing:
            self._wanted.wait(_TICK_S)
            self._wanted.clear()
            with self._turn:
                if not self._is_closing:
                    self._look_after()

    def _look_after(self) -> None:
        now_s, trouble = time.monotonic(), self._backlog.trouble
        is_waiting = (
            trouble is Trouble.DISK_FULL and now_s - self._tried_at_s < _TRY_AGAIN_S
        )
        if not (self._backlog.is_empty or self._is_broken or is_waiting):
            self._commit()
        elif now_s - self._changed_at_s > _IDLE_S and trouble is Trouble.NONE:
            self._take_in_log()
        if self._backlog.trouble is Trouble.NONE and not self._file.is_in_place:
            self._note_that_it_moved()

    def _commit(self) -> bool:
        """Write what was offered last; False where it could not be, and is still held."""
        session = self._backlog.begin()
        if session is None:
            return True
        self._tried_at_s = time.monotonic()
        try:
            has_changed = self._file.commit(session)
        except (apsw.Error, OSError, MemoryError) as error:
            trouble = Trouble.DISK_FULL if faults.is_full(error) else Trouble.DISK_ERROR
            self._hold(session, trouble, faults.reason(error))
        except Exception as error:  # noqa: BLE001 - what comes later can be written
            _report()
            reason = f"there is a defect in the program ({error!r})"
            self._hold(session, Trouble.DISK_ERROR, reason)
        else:
            self._backlog.done(has_changed=has_changed)
            if has_changed:
                self._changed_at_s, self._is_spare = time.monotonic(), False
            if self._backlog.trouble is Trouble.FILE_MOVED:
                self._take_in_log()  # which does not move with its file
            return True
        return False

    def _hold(self, session: Session, trouble: Trouble, reason: str) -> None:
        message = f"'{self.path}' cannot be written: {reason}."
        self._backlog.hold(session, trouble, message)

    def _take_in_log(self) -> None:
        with contextlib.suppress(apsw.Error):
            self._file.take_in_log()
        self._changed_at_s = float("inf")

    def _catch_up(self) -> None:
        """Write what is held, after a look at what has become of the file.

        Raises:
            SessionError: where it cannot be written.
        """
        if not self._file.is_in_place:
            self._note_that_it_moved()
            raise SessionError(self._backlog.message)
        if self._is_broken:
            self._file = self._file.reopen()
        if not self._commit():
            raise SessionError(self._backlog.message)
        self._backlog.recover()

    @property
    def _is_broken(self) -> bool:
        """Say whether the file has to be read again before anything more is written."""
        return self._backlog.trouble is Trouble.DISK_ERROR

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise SessionError(f"'{self.path}' is closed; open it again to change it.")

    def _note_that_it_moved(self) -> None:
        self._backlog.suffer(
            Trouble.FILE_MOVED,
            f"'{self.path}' was moved, replaced or removed by another program; save the "
            "session under a name with Save as.",
        )
        self._take_in_log()

    def _copy_to(self, path: Path) -> LiveFile:
        """Write everything to another file and open that."""
        takes_old_place = Path(os.path.realpath(path)) == self._file.path
        if takes_old_place:  # of a file that was moved, whose log must not stay there
            self._file.close_quietly()
        is_exact = not (takes_old_place or self._is_broken or self.session.damage)
        is_exact = is_exact and self._commit()
        with saving_words(path):
            guard_target(path)
            if is_exact:
                self._file.copy_to(path)
            else:
                save_whole(self._backlog.latest.snapshot(), path)
        new = LiveFile.open_saved(path)
        if is_exact:
            new.take_over_marks(self._file)
        return new

    def _settle(self, place: Place) -> None:
        """Take a place, and leave a note of it."""
        self.home, self.origin, self.reason = place.home, place.origin, place.reason
        self._origin_moment = place.moment
        self._is_spare = place.is_fresh  # nothing is lost without it
        note = Note(self.path, place.home, place.origin, place.moment)
        with contextlib.suppress(OSError):  # without a note it is just not offered later
            self._own.note(note)

    def _write_back(self) -> None:
        if self.origin is None:
            raise SessionError("This session is no copy of another file.")
        self._commit()
        save_whole(self._backlog.latest.snapshot(), self.origin)
        moment = moment_of(self.origin)
        self._settle(Place(self.home, self.origin, moment, self.reason, is_fresh=True))

    def _write_last(self) -> str:
        """Write what is left; return what could not be done, in words."""
        try:
            self._catch_up()
        except SessionError as error:
            latest = self._backlog.latest.snapshot()
            return f"{error} {rescue(latest, self._own, self.path)}"
        if self.origin is None or self._is_spare or not is_remote(self.origin):
            return ""
        problem = f"'{self.origin}' was changed by another program and is left as it is."
        try:
            if moment_of(self.origin) == self._origin_moment:
                self._write_back()
                return ""
        except SessionError as error:
            problem = str(error)
        return f"{problem} Everything is kept in '{self.path}'."

    def _leave(self, file: LiveFile, *, remove: bool) -> str:
        """Close a file; return what is not as it should be, in words."""
        problem = file.close_quietly()
        if file is self._file or file.path != self.path:
            self._own.erase_note(file.path)
        if not remove:
            return problem
        with contextlib.suppress(OSError):
            self._own.remove(file.path)
        return ""

    def _is_here(self, path: Path) -> bool:
        with contextlib.suppress(OSError):
            return path.samefile(self.path) and self._file.is_in_place
        return False


def _report() -> None:
    """Report the exception that is being handled as one that nobody handles."""
    given = (*sys.exc_info(), threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(given))
