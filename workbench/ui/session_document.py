"""The session that the window shows, as a document: new, open, save, save as."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QStandardPaths, Signal, Slot

from workbench.core.errors import UserError
from workbench.core.ports import SessionStore
from workbench.core.session import Session
from workbench.ui.dialogs.questions import EXTENSION, Answer, Questions

_FOLDER_KEY = "session/folder"


class SessionDocument(QObject):
    """Owns the session, its path, and whether it differs from its file.

    Files are read and written off the GUI thread, one at a time; the methods that do so
    return whether it was done. When one fails or the person cancels it, session, path
    and changes are as they were.
    """

    session_replaced = Signal(object)  # the new Session
    modified_changed = Signal(bool)
    title_changed = Signal(str)  # for setWindowTitle, with [*]
    about_to_save = Signal()  # last moment to put the layout into the session
    saved = Signal(object)  # the Path
    opened = Signal(object)  # the Path
    failed = Signal(str)  # a sentence for the person
    notice = Signal(str)  # such as what in a file was damaged

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
        self._settings = settings
        self._session = session or Session()
        self._path: Path | None = None
        self._revision = 0  # counts the changes
        self._saved_revision = 0
        self._one_at_a_time = asyncio.Lock()
        self._is_opening = False

    @property
    def session(self) -> Session:
        """Return the session."""
        return self._session

    @property
    def path(self) -> Path | None:
        """Return the file of the session; None before it was saved for the first time."""
        return self._path

    @property
    def is_modified(self) -> bool:
        """Say whether the session has changes that are in no file."""
        return self._revision != self._saved_revision

    @property
    def is_busy(self) -> bool:
        """Say whether a file is being read or written."""
        return self._one_at_a_time.locked()

    @property
    def is_opening(self) -> bool:
        """Say whether a session is being read that will take the place of this one."""
        return self._is_opening

    @property
    def name(self) -> str:
        """Return the name of the file, or a stand-in."""
        return self.tr("Untitled") if self._path is None else self._path.name

    @property
    def title(self) -> str:
        """Return the window's title; Qt puts a star for [*] where it is modified."""
        name = self.name.replace("[*]", "[*][*]")
        return self.tr("{0}[*] – Training Workbench").format(name)

    @Slot()
    def mark_modified(self) -> None:
        """Note that the session has changed."""
        was_modified = self.is_modified
        self._revision += 1
        if not was_modified:
            self.modified_changed.emit(True)

    def forget_changes(self) -> None:
        """Take the session as unchanged, such as after the person discarded changes."""
        if self.is_modified:
            self._saved_revision = self._revision
            self.modified_changed.emit(False)

    async def new(self, session: Session | None = None, *, discard: bool = False) -> bool:
        """Put an empty session, or the given one, in place of this one.

        With `discard` the person has agreed already to lose the changes of this one.
        """
        if not discard and not await self.settle_changes():
            return False
        self._replace(session or Session(), None)
        return True

    async def open(self, path: Path | None = None, *, discard: bool = False) -> bool:
        """Read a session from a file, which is asked for where none is given.

        With `discard` the person has agreed already to lose the changes of this one,
        which they keep all the same where they choose no file or it cannot be read.
        """
        if not discard and not await self.settle_changes():
            return False
        path = path or await self._questions.ask_file_to_open(self._last_folder())
        if path is None:
            return False
        revision = self._revision
        session = await self._load(path)
        if session is None:
            return False
        if self._revision != revision and not await self.settle_changes():
            return False  # there were new changes while the file was read
        self._replace(session, path)
        self._remember_folder(path)
        self.opened.emit(path)
        for damage in session.damage:
            self.notice.emit(damage)
        return True

    async def save(self) -> bool:
        """Write the session to its file, which is asked for the first time."""
        if self._path is None:
            return await self.save_as()
        return await self._save(self._path)

    async def save_as(self, path: Path | None = None) -> bool:
        """Write the session to another file, which is asked for where none is given."""
        if path is None:
            path = await self._questions.ask_file_to_save(self._suggestion())
        return path is not None and await self._save(_with_extension(path))

    async def settle_changes(self) -> bool:
        """Let the person save or discard changes; False: everything stays as it is."""
        while self.is_modified:
            revision = self._revision
            match await self._questions.ask_to_save(self.name):
                case Answer.CANCEL:
                    return False
                case Answer.DISCARD:
                    return self._revision == revision or await self.settle_changes()
                case Answer.SAVE:
                    if not await self.save():
                        return False
        return True

    async def _load(self, path: Path) -> Session | None:
        async with self._one_at_a_time:
            self._is_opening = True
            try:
                return await asyncio.to_thread(self._store.load, path)
            except UserError as error:
                self.failed.emit(str(error))
                return None
            finally:
                self._is_opening = False

    async def _save(self, path: Path) -> bool:
        async with self._one_at_a_time:
            self.about_to_save.emit()
            session, revision = self._session, self._revision
            try:
                await asyncio.to_thread(self._store.save, session.snapshot(), path)
            except UserError as error:
                self.failed.emit(str(error))
                return False
            if session is self._session:
                self._take_saved(path, revision)
        self._remember_folder(path)
        self.saved.emit(path)
        return True

    def _take_saved(self, path: Path, revision: int) -> None:
        was_modified = self.is_modified
        self._path, self._saved_revision = path, revision
        self.title_changed.emit(self.title)
        if was_modified != self.is_modified:
            self.modified_changed.emit(self.is_modified)

    def _replace(self, session: Session, path: Path | None) -> None:
        self._session, self._path = session, path
        self.session_replaced.emit(session)
        self.forget_changes()
        self.title_changed.emit(self.title)

    def _suggestion(self) -> Path:
        if self._path is not None:
            return self._path
        return self._last_folder() / f"session{EXTENSION}"

    def _last_folder(self) -> Path:
        known = self._settings.value(_FOLDER_KEY)
        if isinstance(known, str) and Path(known).is_dir():
            return Path(known)
        place = QStandardPaths.StandardLocation.DocumentsLocation
        return Path(QStandardPaths.writableLocation(place))

    def _remember_folder(self, path: Path) -> None:
        self._settings.setValue(_FOLDER_KEY, str(path.absolute().parent))


def _with_extension(path: Path) -> Path:
    return (
        path if path.suffix.lower() == EXTENSION else path.with_name(path.name + EXTENSION)
    )
