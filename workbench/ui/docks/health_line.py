"""A line that says in words how a run does: all quiet, or the worst that was found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from workbench.core.findings import Level
from workbench.ui.docks.health_mark import MARK_SIZE, mark_pixmap
from workbench.ui.plain_text import tooltip
from workbench.ui.steady_text import SteadyText


class HealthLine(QWidget):
    """A light, a sentence beside it, and a muted one beneath."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._level: Level | None = None
        self._mark = QLabel()
        self._text = _words(f"{name}_text")
        self._more = _words(f"{name}_more")
        self._more.make_muted()
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 4, 8, 6)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._mark, 0, 0, top)
        layout.addWidget(self._text, 0, 1, top)
        layout.addWidget(self._more, 1, 1, top)
        lines = self.fontMetrics().height()
        self._mark.setContentsMargins(0, max(0, (lines - MARK_SIZE) // 2), 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def level(self) -> Level | None:
        """Return which light is on."""
        return self._level

    @property
    def text(self) -> str:
        """Return all that the line says."""
        return "\n".join(part for part in (self._text.text(), self._more.text()) if part)

    def show_words(
        self, level: Level | None, text: str, more: str = "", help_text: str = ""
    ) -> None:
        """Show a light with its words; the help is the tooltip."""
        if level is not self._level or self._mark.pixmap().isNull():
            self._level = level
            self._paint_mark()
        if (text, more) != (self._text.text(), self._more.text()):
            self._text.set_text(text)
            self._more.set_text(more)
            self._more.setVisible(bool(more))
            self.setAccessibleName(self.text)
        self.setToolTip(tooltip(help_text))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_mark()

    def _paint_mark(self) -> None:
        ratio = self.devicePixelRatioF()
        self._mark.setPixmap(mark_pixmap(self._level, self.palette(), ratio))


def _words(name: str) -> SteadyText:
    words = SteadyText(name)
    words.make_selectable()
    policy = words.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
    words.setSizePolicy(policy)
    return words
