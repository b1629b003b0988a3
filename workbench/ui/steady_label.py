"""Labels of numbers that change many times a second, and move nothing when they do.

A plain label asks for a new layout with every text, and that of the whole window
follows: every dock is asked for its size. Qt spares a widget whose size is fixed.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel
from typing_extensions import override

_SPARE = 8  # pixels beside the widest text


class SteadyLabel(QLabel):
    """A label on one line that grows for a longer text, and never shrinks."""

    @override
    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self.keep_room_for(text)

    def keep_room_for(self, text: str) -> None:
        """Be as wide as this text needs at least."""
        metrics, beside = self.fontMetrics(), 2 * self.margin()
        width = metrics.horizontalAdvance(text) + beside + _SPARE
        if width > self.minimumWidth():
            self.setFixedSize(width, metrics.height() + beside)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.setMinimumWidth(0)
            self.keep_room_for(self.text())
