"""Turns wishes about session files into calls, and the session into what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.core.errors import SettingsError
from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.ui.dialogs.questions import Answer
from workbench.ui.dialogs.stop_question import ask_to_stop
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.recent_files import RecentFiles
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views


class SessionPresenter(QObject):
    """Connects the document with the form, the views and the file actions."""

    layout_replaced = Signal(bytes)  # of the session that was opened; empty: the default
    session_shown = Signal()  # another session is in place, and all widgets show it
    told = Signal(str, bool)  # a sentence for the person, and whether it is a problem

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
        layout: Callable[[], bytes],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._controller = document, controller
        self._panel, self._views = panel, views
        self._recent, self._tasks = recent, tasks
        self._layout, self._window = layout, window
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
        document.about_to_save.connect(self._on_about_to_save)
        document.saved.connect(self._on_saved)
        document.opened.connect(self._on_opened)
        document.failed.connect(self._on_failed)
        document.notice.connect(self._on_notice)
        runs = self._views.runs
        runs.run_renamed.connect(document.mark_modified)
        runs.plan_requested.connect(self._use_plan)
        runs.delete_requested.connect(self._delete_run)

    @Slot(object)
    def open_file(self, path: Path) -> None:
        """Read a session file in place of the present session."""
        self._tasks.start(self._settle_and_open(path))

    async def settle(self) -> bool:
        """End the run and save what is not saved, as the person wishes.

        False: the person thought better of it, or saving failed; nothing has changed
        but what they agreed to.
        """
        answer = await self._end_run()
        if answer is None or answer is Answer.SAVE:
            return await self._document.settle_changes()
        return answer is Answer.DISCARD

    @Slot()
    def _new(self) -> None:
        self._tasks.start(self._settle_and_begin())

    @Slot()
    def _open(self) -> None:
        self._tasks.start(self._settle_and_open(None))

    @Slot()
    def _save(self) -> None:
        self._tasks.start(self._document.save())

    @Slot()
    def _save_as(self) -> None:
        self._tasks.start(self._document.save_as())

    async def _settle_and_begin(self) -> None:
        answer = await self._end_run()
        if answer is not Answer.CANCEL:
            session = Session(plan=self._document.session.plan)
            await self._document.new(session, discard=answer is Answer.DISCARD)

    async def _settle_and_open(self, path: Path | None) -> None:
        answer = await self._end_run()
        if answer is not Answer.CANCEL:
            await self._document.open(path, discard=answer is Answer.DISCARD)

    async def _end_run(self) -> Answer | None:
        """End the run under way, if there is one, as the person wishes.

        None: there is none. SAVE: the session has been saved. DISCARD: it need not be.
        CANCEL: everything stays, because the person wants that or saving failed.
        """
        if not self._controller.is_active:
            return None
        answer = await ask_to_stop(self._window)
        if answer is Answer.CANCEL:
            return answer
        await self._controller.stop_and_wait()
        if answer is Answer.SAVE and not await self._document.save():
            return Answer.CANCEL
        return answer

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

    @Slot()
    def _on_about_to_save(self) -> None:
        self._document.session.layout = self._layout()

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self._recent.add(path)

    @Slot(object)
    def _on_opened(self, path: Path) -> None:
        self._recent.add(path)
        self.told.emit(self.tr("Opened {path}").format(path=path), False)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.told.emit(sentence, True)

    @Slot(str)
    def _on_notice(self, sentence: str) -> None:
        self.told.emit(sentence, True)

    @Slot(object)
    def _use_plan(self, plan: Plan) -> None:
        self._panel.set_plan(plan, undoable=True)

    @Slot(object)
    def _delete_run(self, run: Run) -> None:
        session = self._document.session
        session.runs = [other for other in session.runs if other is not run]
        self._views.set_runs(session.runs)
        self._document.mark_modified()
