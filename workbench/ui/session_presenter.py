"""Turns wishes about session files into calls, and the session into what is shown."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.core.errors import SettingsError
from workbench.core.plan import Plan
from workbench.core.saving import Home
from workbench.core.session import Session
from workbench.ui.dialogs.stop_question import ask_to_stop
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.notice_bar import Notice, NoticeAction
from workbench.ui.recent_files import RecentFiles
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views


class SessionPresenter(QObject):
    """Connects the document with the form, the views and the file actions."""

    layout_replaced = Signal(bytes)  # of the session that was opened; empty: the default
    session_shown = Signal()  # another session is in place, and all widgets show it
    told = Signal(object)  # a Notice
    opened = Signal(str)  # what has just been opened, in words, where that is all there is
    saved = Signal(str)  # where the session has just been saved to, in words

    def __init__(  # noqa: PLR0913 - it is the meeting point of these objects
        self,
        document: SessionDocument,
        controller: RunController,
        *,
        panel: ExperimentPanel,
        views: Views,
        recent: RecentFiles,
        tasks: TaskRunner,
        actions: dict[str, QAction],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._controller = document, controller
        self._panel, self._views = panel, views
        self._recent, self._tasks = recent, tasks
        self._window = window
        self._in_use: Path | None = None  # the file that is open in another window
        self._connect(actions)
        self._panel.set_plan(document.session.plan)

    def _connect(self, actions: dict[str, QAction]) -> None:
        actions["new"].triggered.connect(self._new)
        actions["open"].triggered.connect(self._open)
        actions["save"].triggered.connect(self._save)
        actions["save_as"].triggered.connect(self._save_as)
        self._recent.file_chosen.connect(self.open_file)
        self._panel.plan_changed.connect(self._on_plan_changed)
        document = self._document
        document.session_replaced.connect(self._on_session_replaced)
        document.saved.connect(self._on_saved)
        document.opened.connect(self._on_opened)
        document.failed.connect(self._on_failed)
        document.not_opened.connect(self._on_not_opened)
        document.in_use.connect(self._on_in_use)
        runs = self._views.runs
        runs.run_renamed.connect(document.mark_modified)
        runs.plan_requested.connect(self._use_plan)

    @Slot(object)
    def open_file(self, path: Path) -> None:
        """Open a session file in place of the present session."""
        self._tasks.start(self.open_session(path))

    async def open_session(self, path: Path | None, *, as_copy: bool = False) -> bool:
        """Open a file, and ask which where none is given; a run under way ends first.

        False: the session stays, because the person wants that or it cannot be opened.
        """
        path = path or await self._document.choose()
        if path is None or not await self.end_run(self.tr("Stop and open")):
            return False
        return await self._document.open(path, as_copy=as_copy)

    async def end_run(self, stop: str) -> bool:
        """End the run under way, if there is one and the person agrees with `stop`."""
        if not self._controller.is_active:
            return True
        if not await ask_to_stop(self._window, stop):
            return False
        await self._controller.stop_and_wait()
        return True

    @Slot()
    def _new(self) -> None:
        self._tasks.start(self._end_and_begin())

    @Slot()
    def _open(self) -> None:
        self._tasks.start(self.open_session(None))

    @Slot()
    def _save(self) -> None:
        self._tasks.start(self._document.save())

    @Slot()
    def _save_as(self) -> None:
        self._tasks.start(self._document.save_as())

    @Slot()
    def _open_a_copy(self) -> None:
        self._tasks.start(self.open_session(self._in_use, as_copy=True))

    async def _end_and_begin(self) -> None:
        if await self.end_run(self.tr("Stop and begin anew")):
            await self._document.new(Session(plan=self._document.session.plan))

    @Slot()
    def _on_plan_changed(self) -> None:
        try:
            self._document.session.plan = self._panel.plan()
        except SettingsError:
            return  # the last sound plan stays; the form itself shows what is wrong
        self._document.mark_modified()

    @Slot(object)
    def _on_session_replaced(self, session: Session) -> None:
        self._panel.set_plan(session.plan)
        self._views.set_runs(session.runs)
        self.layout_replaced.emit(session.layout)
        self.session_shown.emit()

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._recent.add(path)
        self.saved.emit(self.tr("Saved: everything is in {0}").format(path.name))

    @Slot(object)
    def _on_opened(self, path: Path) -> None:
        """Say what was opened, or what to know about it."""
        home, reason = self._document.home, self._document.reason
        if home is not Home.UNNAMED:
            self._recent.add(path)
        if home is Home.COPY:
            words = self.tr("“{name}” was opened as a copy: {reason}.")
            words = words.format(name=path.name, reason=reason)
            self.told.emit(Notice(words, (self._save_as_action(),)))
        elif home is Home.UNNAMED:
            self.opened.emit(self.tr("Opened the session; it has no name yet."))
        else:
            self.opened.emit(self.tr("Opened {path}").format(path=path))

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        is_copy = self._document.home is Home.COPY
        self.told.emit(Notice(sentence, (self._save_as_action(),) if is_copy else ()))

    @Slot(str)
    def _on_not_opened(self, sentence: str) -> None:
        self.told.emit(Notice(sentence))

    @Slot(object)
    def _on_in_use(self, path: Path) -> None:
        self._in_use = path
        words = self.tr("“{0}” is open in another window.").format(path.name)
        copy = NoticeAction("open_copy", self.tr("Open a copy"), self._open_a_copy)
        self.told.emit(Notice(words, (copy,)))

    def _save_as_action(self) -> NoticeAction:
        return NoticeAction("save_copy_as", self.tr("Save as…"), self._save_as)

    @Slot(object)
    def _use_plan(self, plan: Plan) -> None:
        self._panel.set_plan(plan, undoable=True)
