"""Offers what an earlier start of the program left: after a crash, or without a name."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.core.run import Run
from workbench.core.saving import Home, LeftSession, SessionStore
from workbench.ui.dialogs.left_sessions_dialog import LeftSessionsDialog, left_name
from workbench.ui.dialogs.questions import shown
from workbench.ui.notice_bar import Notice, NoticeAction, NoticeBar
from workbench.ui.plain_text import one_line
from workbench.ui.recent_files import RecentFiles, describe_left
from workbench.ui.resume_presenter import ResumePresenter
from workbench.ui.session_document import SessionDocument
from workbench.ui.session_presenter import SessionPresenter
from workbench.ui.tasks import TaskRunner

RECOVERY = "recovery"  # the key of its notice
_LAST_KEY = "session/last_unnamed"  # that was open when the program was closed last


class RecoveryPresenter(QObject):
    """Looks for such sessions at the start, and when one has been closed; never asks."""

    def __init__(  # noqa: PLR0913 - it is the meeting point of these objects
        self,
        store: SessionStore,
        document: SessionDocument,
        *,
        sessions: SessionPresenter,
        resuming: ResumePresenter,
        recent: RecentFiles,
        notices: NoticeBar,
        tasks: TaskRunner,
        settings: QSettings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._store, self._document = store, document
        self._sessions, self._resuming = sessions, resuming
        self._recent, self._notices, self._tasks = recent, notices, tasks
        self._settings, self._window = settings, window
        self._left: list[LeftSession] = []
        self._offered: LeftSession | None = None
        document.closed.connect(self._look_again)
        document.opened.connect(self._on_opened)
        recent.all_wanted.connect(self._show_all)

    async def look(self) -> None:
        """Find what was left, and offer it where the person may be missing it."""
        await self._find()
        crashed = [one for one in self._left if one.crashed]
        last = str(self._settings.value(_LAST_KEY, ""))
        unnamed = [one for one in self._left if str(one.path) == last]
        if crashed:
            self._offer_crashed(crashed)
        elif unnamed:
            self._offer_unnamed(unnamed[0])

    def note_end(self) -> None:
        """Remember the session that is open at the end, where it has no name."""
        document = self._document
        is_unnamed = document.home is Home.UNNAMED and document.session.runs
        self._settings.setValue(_LAST_KEY, str(document.path) if is_unnamed else "")

    async def _find(self) -> None:
        left = await asyncio.to_thread(self._store.left_behind)
        self._left = [one for one in left if one.path != self._document.path]
        self._recent.set_left(self._left)

    def _offer_crashed(self, crashed: list[LeftSession]) -> None:
        self._offered = crashed[0]
        actions = [
            NoticeAction("open_left", self.tr("Open"), self._open),
            NoticeAction("not_now", self.tr("Not now"), self._dismiss),
        ]
        if crashed[0].run:
            proceed = NoticeAction("continue_left", self.tr("Continue run"), self._continue)
            actions.insert(0, proceed)
        words = self._in_words(crashed[0])
        if len(crashed) > 1:
            words = self.tr("{0} And {1} more.").format(words, len(crashed) - 1)
            actions.append(NoticeAction("show_left", self.tr("Show all…"), self._show_all))
        self._notices.show_notice(Notice(words, actions, key=RECOVERY))

    def _in_words(self, left: LeftSession) -> str:
        name = self.tr("a session without a name")
        if left.home is not Home.UNNAMED:
            name = self.tr("“{0}”").format(left_name(left))
        words = self.tr(
            "Training Workbench ended unexpectedly while {name} was open: recovered"
        ).format(name=name)
        if not left.run:
            return f"{words}."
        return self.tr("{words} to step {step} of “{run}”.").format(
            words=words, step=f"{left.step:,}", run=one_line(left.run)
        )

    def _offer_unnamed(self, left: LeftSession) -> None:
        self._offered = left
        words = self.tr("Your last session has no name yet: {0}.").format(
            describe_left(left)
        )
        actions = (
            NoticeAction("open_left", self.tr("Open"), self._open),
            NoticeAction("not_now", self.tr("Not now"), self._dismiss),
        )
        self._notices.show_notice(Notice(words, actions, is_problem=False, key=RECOVERY))

    @Slot()
    def _dismiss(self) -> None:
        self._notices.clear(RECOVERY)

    @Slot()
    def _open(self) -> None:
        if self._offered is not None:
            self._sessions.open_file(self._offered.path)

    @Slot()
    def _continue(self) -> None:
        if self._offered is not None:
            self._tasks.start(self._open_and_continue(self._offered))

    async def _open_and_continue(self, left: LeftSession) -> None:
        if not await self._sessions.open_session(left.path):
            return
        run = self._find_run(left.run)
        if run is not None:
            self._resuming.continue_run(run)

    def _find_run(self, name: str) -> Run | None:
        runs = self._document.session.runs
        return next((run for run in reversed(runs) if run.name == name), None)

    @Slot(object)
    def _on_opened(self, path: Path) -> None:
        if self._offered is not None and path == self._offered.path:
            self._dismiss()

    @Slot()
    def _look_again(self) -> None:
        self._tasks.start(self._find())

    @Slot()
    def _show_all(self) -> None:
        dialog = LeftSessionsDialog(self._left, self._window)
        dialog.open_requested.connect(self._open_one)
        dialog.delete_requested.connect(self._delete_one)
        dialog.open()

    @Slot(object)
    def _open_one(self, left: LeftSession) -> None:
        self._sessions.open_file(left.path)

    @Slot(object)
    def _delete_one(self, left: LeftSession) -> None:
        self._tasks.start(self._agree_and_delete(left))

    async def _agree_and_delete(self, left: LeftSession) -> None:
        """Delete a session, which is the one thing here that cannot be undone."""
        dialog = self._window.findChild(LeftSessionsDialog)
        if not await self._agrees(left, dialog):
            return
        await asyncio.to_thread(self._store.forget, left)
        await self._find()
        if dialog is not None:
            dialog.set_left(self._left)

    async def _agrees(self, left: LeftSession, dialog: QWidget | None) -> bool:
        box = QMessageBox(dialog or self._window)
        box.setObjectName("ask_to_delete")
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Delete Session?"))
        box.setText(
            self.tr("Delete this session for good? {0}").format(describe_left(left))
        )
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("agree_to_delete")
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        await shown(box)
        return box.clickedButton() is delete
