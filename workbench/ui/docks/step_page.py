"""Where the sheet of a step scrolls, or a sentence stands that says why there is none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedWidget, QWidget
from typing_extensions import override

_WAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class StepPage(QStackedWidget):
    """Holds a sheet that is higher than the room for it; Left and Right pass through."""

    def __init__(self, sheet: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message = QLabel(self)
        self._message.setObjectName("inspector_message")
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setWordWrap(True)
        self._message.setMargin(24)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setBackgroundRole(QPalette.ColorRole.Base)
        self._message.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._message.setAutoFillBackground(True)
        self._scroll = _Scroll(sheet)
        self.addWidget(self._message)
        self.addWidget(self._scroll)

    @property
    def message(self) -> str:
        """Return the sentence in place of a sheet, or nothing."""
        return self._message.text() if self.currentWidget() is self._message else ""

    def show_sheet(self) -> None:
        """Show the sheet."""
        self.setCurrentWidget(self._scroll)

    def show_message(self, sentence: str) -> None:
        """Show a sentence in its place."""
        self._message.setText(sentence)
        self.setCurrentWidget(self._message)


class _Scroll(QScrollArea):
    def __init__(self, sheet: QWidget) -> None:
        super().__init__()
        self.setObjectName("step_scroll")
        self.setAccessibleName(self.tr("The step, term by term"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWidget(sheet)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if way_of(event):
            event.ignore()
            return
        super().keyPressEvent(event)


def way_of(event: QKeyEvent) -> int:
    """Return which way a key leads through the steps: −1, 1, or 0 for none."""
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return 0
    return _WAYS.get(Qt.Key(event.key()), 0)
