"""Words of one or more lines that change while training, and move nothing when they do.

See `steady_label`: a plain label asks for a layout of the whole window with every text.
This one asks only where its words need another height.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override


class SteadyText(QWidget):
    """Plain text that wraps; as high as it needs to be, as wide as there is room."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setObjectName(name)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def make_selectable(self) -> None:
        """Let the person mark words with the mouse, to copy them."""
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def make_muted(self) -> None:
        """Write in the colour of what matters less."""
        self._label.setForegroundRole(QPalette.ColorRole.PlaceholderText)

    def text(self) -> str:
        """Return the words."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        """Show other words."""
        if text == self.text():
            return
        self._label.setText(text)
        if self.heightForWidth(self.width()) != self.height():
            self.updateGeometry()

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._label.heightForWidth(width)

    @override
    def sizeHint(self) -> QSize:
        return self._label.sizeHint()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() if self.text() else 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # By hand, not by a layout, which would pass every new text on. Nor of a fixed
        # size, below which the label would not say any more how high it has to be.
        self._label.setGeometry(self.rect())
        if self.heightForWidth(self.width()) != self.height():
            self.updateGeometry()  # layouts remember how high other words were

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._label.setFont(self.font())
            self.updateGeometry()
