"""Shows how far the disk has got; where it takes nothing any more, training pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from workbench.core.run import RunState
from workbench.core.saving import SaveStatus, Trouble
from workbench.ui.clock_words import clock_time
from workbench.ui.notice_bar import Notice, NoticeAction, NoticeBar
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.status_line import StatusLine
from workbench.ui.tasks import TaskRunner

TROUBLE = "trouble"  # the key of its notice


class SavePresenter(QObject):
    """Connects the document's saver with the runs, the title and the status bar."""

    def __init__(  # noqa: PLR0913 - it is the meeting point of these objects
        self,
        document: SessionDocument,
        controller: RunController,
        *,
        status: StatusLine,
        notices: NoticeBar,
        tasks: TaskRunner,
        layout: Callable[[], bytes],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._controller = document, controller
        self._label, self._notices, self._tasks = status.saved, notices, tasks
        self._layout, self._window = layout, window
        self._is_in_trouble = self._is_retrying = False
        self._tried = ""  # when the last retry failed, in words
        self._connect()

    def _connect(self) -> None:
        document, controller, saver = self._document, self._controller, self._document.saver
        saver.about_to_offer.connect(self._note_layout)
        saver.status_changed.connect(self._show_status)
        saver.behind_changed.connect(self._window.setWindowModified)
        document.title_changed.connect(self._show_title)
        controller.run_launched.connect(self._on_launched)
        controller.run_ended.connect(self._on_ended)
        controller.state_changed.connect(self._on_run_changed)
        self._show_title(document.title)

    @Slot()
    def _note_layout(self) -> None:
        self._document.session.layout = self._layout()

    @Slot()
    def _on_launched(self) -> None:
        self._document.saver.set_run_active(True)

    @Slot()
    def _on_ended(self) -> None:
        self._document.saver.set_run_active(False)

    @Slot(str)
    def _show_title(self, title: str) -> None:
        document = self._document
        self._window.setWindowTitle(title)
        self._label.show_place(document.home, document.path, document.reason)

    @Slot(object)
    def _show_status(self, status: SaveStatus) -> None:
        self._label.show_status(status)
        was_in_trouble = self._is_in_trouble
        self._is_in_trouble = status.trouble is not Trouble.NONE
        if self._is_in_trouble:
            if not was_in_trouble:
                self._controller.pause()
            self._show_trouble()
        elif was_in_trouble:
            self._tell_end_of_trouble()

    @Slot()
    def _on_run_changed(self) -> None:
        if self._is_in_trouble:
            self._show_trouble()
        elif not self._is_paused():
            self._notices.clear(TROUBLE)  # nothing is left to be resumed

    def _show_trouble(self) -> None:
        words = [self._in_words(self._document.saver.status), self._tried]
        actions = (
            NoticeAction("retry_saving", self.tr("Retry"), self._retry),
            NoticeAction("save_elsewhere", self.tr("Save as…"), self._save_as),
        )
        self._notices.show_notice(
            Notice(" ".join(filter(None, words)), actions, key=TROUBLE, stays=True)
        )

    def _tell_end_of_trouble(self) -> None:
        self._tried = ""
        self._notices.clear(TROUBLE)
        words = self.tr("Everything is on the disk again.")
        if not self._is_paused():
            self._notices.show_notice(Notice(words, is_problem=False))
            return
        words = f"{words} {self.tr('Training can go on.')}"
        proceed = self._controller.resume
        go_on = NoticeAction("resume_training", self.tr("Continue"), proceed)  # as above it
        self._notices.show_notice(Notice(words, (go_on,), is_problem=False, key=TROUBLE))

    def _in_words(self, status: SaveStatus) -> str:
        held = self.tr("{0} are held in memory").format(_count(status.held_steps))
        if not status.held_steps:
            held = self.tr("your changes are held in memory")
        if self._controller.is_active:
            held = self.tr("training is paused, {0}").format(held)
        if status.trouble is Trouble.DISK_FULL:
            return self.tr(
                "The disk is full: {0}. Free some space and retry, or save elsewhere."
            ).format(held)
        return f"{status.message} {held[:1].upper()}{held[1:]}."

    def _is_paused(self) -> bool:
        run = self._controller.run
        return run is not None and run.state is RunState.PAUSED

    @Slot()
    def _retry(self) -> None:
        if not self._is_retrying:
            self._tasks.start(self._retry_and_tell())

    async def _retry_and_tell(self) -> None:
        self._is_retrying = True
        try:
            done = await self._document.retry()
        finally:
            self._is_retrying = False
        if not done:
            now = datetime.now().astimezone()
            self._tried = self.tr("Tried again at {0}.").format(clock_time(now))
            self._show_trouble()

    @Slot()
    def _save_as(self) -> None:
        self._tasks.start(self._document.save_as())


def _count(steps: int) -> str:
    return f"{steps:,} step{'s' * (steps != 1)}"
