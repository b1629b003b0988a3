"""The session that the window shows, as a document that is on the disk all the time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSettings, Signal, Slot

from workbench.core.errors import SessionError
from workbench.core.saving import (
    Home,
    LiveSession,
    SessionInUseError,
    SessionStore,
    Trouble,
)
from workbench.core.session import Session
from workbench.ui.dialogs.questions import EXTENSION, Questions, with_extension
from workbench.ui.last_folder import LastFolder
from workbench.ui.session_saver import SessionSaver

T = TypeVar("T")


class SessionDocument(QObject):
    """Owns the session that is open and the file that it is written to.

    Calls that reach the disk are made off the GUI thread, one at a time; the methods
    that do so return whether it was done. When one fails or the person cancels it, all
    is as it was.
    """

    session_replaced = Signal(object)  # the new Session
    title_changed = Signal(str)  # for setWindowTitle, with [*]
    saved = Signal(object)  # the Path of the file that the person saved to
    opened = Signal(object)  # the Path
    in_use = Signal(object)  # the Path of a file that is open elsewhere
    closed = Signal()  # the session before this one: its file is at rest
    failed = Signal(str)  # to save this session: a sentence for the person
    not_opened = Signal(str)  # another one; this one stays: a sentence for the person

    def __init__(
        self,
        store: SessionStore,
        questions: Questions,
        settings: QSettings,
        session: Session | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._questions = questions
        self._folder = LastFolder(settings)
        self._session = session or Session()
        self._live: LiveSession | None = None
        self._one_at_a_time = asyncio.Lock()
        self._is_opening = self._is_closed = False
        self._is_changed = False  # since the file was opened, or saved on purpose
        self.saver = SessionSaver(self)

    @property
    def session(self) -> Session:
        """Return the session."""
        return self._session

    @property
    def home(self) -> Home:
        """Say where the session lives."""
        return Home.UNNAMED if self._live is None else self._live.home

    @property
    def path(self) -> Path | None:
        """Return the file that is written; None while there is none."""
        return None if self._live is None else self._live.path

    @property
    def reason(self) -> str:
        """Say why the session is a copy; empty where it is none."""
        return "" if self._live is None else self._live.reason

    @property
    def is_opening(self) -> bool:
        """Say whether a session is being read that will take the place of this one."""
        return self._is_opening

    @property
    def name(self) -> str:
        """Return the name of the file, or a stand-in."""
        live = self._live
        if live is None or live.home is Home.UNNAMED:
            return self.tr("Untitled")
        if live.home is Home.COPY:
            return self.tr("{0} (copy)").format((live.origin or live.path).name)
        return live.path.name

    @property
    def title(self) -> str:
        """Return the window's title; Qt puts a star for [*] where the disk is behind."""
        name = self.name.replace("[*]", "[*][*]")
        return self.tr("{0}[*] – Training Workbench").format(name)

    @Slot()
    def mark_modified(self) -> None:
        """Note that the session has changed: it is written within a second."""
        self._is_changed = True
        self.saver.note_change()

    async def begin(self) -> bool:
        """Put the session that is there from the start on the disk, without a name."""
        return await self._begin(None)

    async def new(self, session: Session) -> bool:
        """Put a session without a name in place of this one, which is kept."""
        return await self._change_to(partial(self._store.begin, session))

    async def choose(self) -> Path | None:
        """Ask which file to open."""
        return await self._questions.ask_file_to_open(self._folder.path())

    async def open(self, path: Path, *, as_copy: bool = False) -> bool:
        """Open a file in place of this session, which is kept."""
        if self._is_mine(path) and not as_copy:
            self.not_opened.emit(self.tr("{0} is open already.").format(path.name))
            return False
        try:
            done = await self._change_to(partial(self._store.open, path, as_copy=as_copy))
        except SessionInUseError:
            self.in_use.emit(path)
            return False
        if done:
            self.opened.emit(path)
        return done

    async def save(self) -> bool:
        """Have everything on the disk, under a name that is asked for the first time."""
        live = await self._begun()
        if live is None or live.home is Home.UNNAMED:
            return await self.save_as()
        if not await self.flush():
            return False
        if live.home is Home.COPY and not await self._try(live.write_back):
            return False
        self._tell_saved(live.origin or live.path)
        return True

    async def save_as(self, path: Path | None = None) -> bool:
        """Write to another file, which is asked for where none is given, and stay there."""
        path = path or await self._questions.ask_file_to_save(self._suggestion())
        if path is None:
            return False
        path, live = with_extension(path), await self._begun()
        if live is None:
            done = await self._begin(path)
        else:
            self.saver.offer()
            done = await self._try(partial(live.save_as, path))
        if done:
            self._folder.note(path)
            self._tell_saved(path)
        return done

    async def flush(self) -> bool:
        """Have everything on the disk, wherever the session lives."""
        live = await self._begun()
        if live is None:
            self.failed.emit(self.saver.status.message)
            return False
        self.saver.offer()
        done = await self._try(live.flush)
        self.saver.look()
        return done

    async def retry(self) -> bool:
        """Try again to write what is in memory only; the saver says where that fails."""
        live = await self._begun()
        if live is None:
            return await self._begin(None)
        with contextlib.suppress(SessionError):
            await self._in_thread(live.retry)
        self.saver.look()
        return self.saver.status.trouble is Trouble.NONE

    async def close(self, *, anyway: bool = False) -> bool:
        """Close the file; False, and it stays open, where not all of it can be written.

        With `anyway` it is closed all the same, and what is in memory only is lost.
        """
        if self._is_worth_keeping and not anyway:
            is_kept = await self.flush()
            if not is_kept or self.saver.status.trouble is not Trouble.NONE:
                return False
        self.saver.offer()
        self.saver.release()
        if self._live is not None and not self._is_closed:
            self._is_closed = True
            await self._close(self._live, was_changed=self._is_changed)
        return True

    @property
    def _is_worth_keeping(self) -> bool:
        """Say whether anything would be lost with the session."""
        return self.home is not Home.UNNAMED or bool(self._session.runs)

    async def _begun(self) -> LiveSession | None:
        """Return the live session, once the one that is being begun is there."""
        if self._live is None:
            async with self._one_at_a_time:
                pass
        return self._live

    async def _begin(self, path: Path | None) -> bool:
        try:
            begin = partial(self._store.begin, self._session.snapshot(), path)
            live = await self._in_thread(begin)
        except SessionError as error:
            self.saver.hold(self._session, str(error))
            return False
        self._live = live
        self.saver.follow(self._session, live)
        self.saver.note_change()  # what was changed while it was begun
        self.title_changed.emit(self.title)
        return True

    async def _change_to(self, get_live: Callable[[], LiveSession]) -> bool:
        """Put another session in place of this one, once this one is on the disk."""
        if self._is_worth_keeping and not await self.flush():
            return False
        self._is_opening = True
        try:
            live = await self._in_thread(partial(_get_ready, get_live))
        except SessionInUseError:
            raise
        except SessionError as error:
            self.not_opened.emit(str(error))
            return False
        finally:
            self._is_opening = False
        self.saver.offer()  # what was changed meanwhile
        old, was_changed = self._live, self._is_changed
        self._put(live)
        if old is not None:
            await self._close(old, was_changed=was_changed)
            self.closed.emit()
        return True

    def _put(self, live: LiveSession) -> None:
        self._live, self._session = live, live.session
        self.session_replaced.emit(live.session)
        self.saver.follow(live.session, live)  # what views changed just now is no change
        self._is_changed = False
        self.title_changed.emit(self.title)

    async def _close(self, live: LiveSession, *, was_changed: bool) -> None:
        """Close a session; a copy in which nothing was changed is not kept."""
        discard = live.home is Home.COPY and not was_changed
        await self._try(partial(live.close, discard=discard))

    async def _try(self, call: Callable[[], object]) -> bool:
        try:
            await self._in_thread(call)
        except SessionError as error:
            self.failed.emit(str(error))
            return False
        return True

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """Make a call that must not hold this object: the thread may be the last to.

        Qt's objects are deleted with their last reference, and only this thread may.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(call)

    def _tell_saved(self, path: Path) -> None:
        self._is_changed = False
        self.title_changed.emit(self.title)
        self.saver.look()
        self.saved.emit(path)

    def _is_mine(self, path: Path) -> bool:
        try:
            return self.path is not None and path.samefile(self.path)
        except OSError:  # one of them is gone
            return False

    def _suggestion(self) -> Path:
        live = self._live
        if live is not None and live.home is Home.NAMED:
            return live.path
        if live is not None and live.origin is not None:
            return live.origin
        return self._folder.path() / f"session{EXTENSION}"


def _get_ready(get_live: Callable[[], LiveSession]) -> LiveSession:
    """Get a session, and have its long runs ready to be drawn."""
    live = get_live()
    with contextlib.suppress(MemoryError):  # the views will ask for it themselves
        for run in live.session.runs:
            run.history.overview.prepare()
    return live
