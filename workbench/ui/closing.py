"""How the window closes: the run ended, everything on the disk, nothing going on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from workbench.ui.notice_bar import Notice, NoticeAction
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.session_presenter import SessionPresenter
from workbench.ui.tasks import TaskRunner

CLOSING = "closing"  # the key of its notice
_RUN_MAY_TAKE_S = 2.5  # to do its last step, where the system ends the program


class Closing(QObject):
    """Settles everything and tells when nothing is left to be done."""

    settled = Signal()
    told = Signal(object)  # a Notice

    def __init__(
        self,
        document: SessionDocument,
        controller: RunController,
        sessions: SessionPresenter,
        tasks: TaskRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._controller = document, controller
        self._sessions, self._tasks = sessions, tasks
        self._is_under_way = self._is_ending = False

    @Slot()
    def close(self) -> None:
        """Close as the person wishes; only a run under way is asked about."""
        if not self._is_under_way and not self._is_ending:
            self._is_under_way = True
            self._tasks.start(self._close(), "closing")

    @Slot()
    def end(self) -> None:
        """End without a question, because the system ends the program."""
        if not self._is_ending:
            self._is_ending = True
            self._tasks.start(self._end(), "shut-down")

    async def _close(self) -> None:
        try:
            if not await self._sessions.end_run(self.tr("Stop and close")):
                return
            if await self._document.close():
                self.settled.emit()
            else:
                self._tell_what_would_be_lost()
        finally:
            self._is_under_way = False

    async def _end(self) -> None:
        await self._controller.stop_and_wait(_RUN_MAY_TAKE_S)
        await self._document.close(anyway=True)
        self.settled.emit()

    def _tell_what_would_be_lost(self) -> None:
        status = self._document.saver.status
        words = self.tr("The window stays open: not everything could be written.")
        if status.held_steps:
            words = self.tr(
                "The window stays open: {0} steps are in memory only and may be lost."
            ).format(f"{status.held_steps:,}")
        anyway = NoticeAction("close_anyway", self.tr("Close anyway"), self.end)
        self.told.emit(Notice(words, (anyway,), key=CLOSING))
