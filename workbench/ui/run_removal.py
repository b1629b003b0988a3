"""Deletes runs at once, and puts them back where the person thinks better of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from workbench.core.run import Run
from workbench.ui.notice_bar import Notice, NoticeAction, NoticeBar
from workbench.ui.plain_text import one_line
from workbench.ui.session_document import SessionDocument
from workbench.ui.views import Views

REMOVAL = "removal"  # the key of its notice


class RunRemoval(QObject):
    """Keeps what was deleted last for as long as its notice stands.

    Then nobody holds it any more, and its memory is free.
    """

    removed = Signal(list)  # the runs

    def __init__(
        self,
        document: SessionDocument,
        views: Views,
        notices: NoticeBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._views, self._notices = document, views, notices
        self._deleted: list[tuple[int, Run]] = []  # with their places, in order
        views.runs.delete_requested.connect(self.delete)
        document.session_replaced.connect(self._forget)
        notices.closed.connect(self._forget_closed)

    @Slot(list)
    def delete(self, runs: list[Run]) -> None:
        """Take runs that are over out of the session."""
        ids = {run.id for run in runs}
        places = enumerate(self._document.session.runs)
        self._deleted = [(place, run) for place, run in places if run.id in ids]
        kept = [run for run in self._document.session.runs if run.id not in ids]
        self._show(kept)
        self.removed.emit([run for _, run in self._deleted])
        undo = NoticeAction("undo_delete", self.tr("Undo"), self._undo)
        self._notices.show_notice(
            Notice(self._words(), (undo,), is_problem=False, key=REMOVAL)
        )

    def _words(self) -> str:
        if len(self._deleted) == 1:
            return self.tr("Deleted “{0}”.").format(one_line(self._deleted[0][1].name))
        return self.tr("Deleted {0} runs.").format(len(self._deleted))

    @Slot()
    def _undo(self) -> None:
        runs = list(self._document.session.runs)
        for place, run in self._deleted:
            runs.insert(place, run)
        self._show(runs)
        self._forget()

    @Slot(str)
    def _forget_closed(self, key: str) -> None:
        if key == REMOVAL:
            self._forget()

    @Slot()
    def _forget(self) -> None:
        self._deleted = []
        self._notices.clear(REMOVAL)

    def _show(self, runs: list[Run]) -> None:
        self._document.session.runs = runs
        self._views.set_runs(runs)
        self._document.mark_modified()
