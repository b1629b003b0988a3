"""What the status bar says of saving: when the disk last took something, and where."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from workbench.core.saving import Home, SaveStatus, Trouble
from workbench.ui.clock_words import clock_time
from workbench.ui.plain_text import tooltip
from workbench.ui.steady_label import SteadyLabel


class SavedLabel(SteadyLabel):
    """A few words, with the file and what is kept in it as the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where = ""
        self._status = SaveStatus()
        self.show_status(self._status)

    def show_status(self, status: SaveStatus) -> None:
        """Show how far the disk has got."""
        self._status = status
        self.setText(self._words(status))
        self._explain()

    def show_place(self, home: Home, path: Path | None, reason: str = "") -> None:
        """Show where the session lives, and of a copy why it is one."""
        places = {
            Home.NAMED: self.tr("The session is in {path}."),
            Home.UNNAMED: self.tr(
                "The session has no name yet. It is in the program's own folder: {path}"
            ),
            Home.COPY: self.tr("The session is a copy, because {reason}. It is in {path}"),
        }
        self._where = places[home].format(path=path, reason=reason) if path else ""
        self.show_status(self._status)

    def _words(self, status: SaveStatus) -> str:
        if status.trouble is not Trouble.NONE or not self._where:
            return self.tr("not saved")
        if status.is_slow:
            return self.tr("saving slowly")
        if status.saved_at is None:
            return self.tr("saved")  # as it was opened
        return self.tr("saved {0}").format(clock_time(status.saved_at))

    def _explain(self) -> None:
        kept = self.tr(
            "Everything is written while you work: settings within a second, each step of "
            "a run four times a second, its weights and the optimizer's state every 30 "
            "seconds at the latest, and when it pauses or ends."
        )
        lines = [self._status.message, self._where, kept]
        self.setToolTip(tooltip("\n\n".join(filter(None, lines))))
