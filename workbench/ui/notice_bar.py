"""A line at the top of the window for what the person should know, in place of a box."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QToolButton,
    QWidget,
)


class NoticeBar(QFrame):
    """Hidden until `show_notice`; closed by its button or by the next good news."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice_bar")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setObjectName("notice_text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._build_close_button())
        self.hide()

    def show_notice(self, text: str, *, is_problem: bool = True) -> None:
        """Show a sentence until it is closed or replaced."""
        pixmap = (
            QStyle.StandardPixmap.SP_MessageBoxWarning
            if is_problem
            else QStyle.StandardPixmap.SP_MessageBoxInformation
        )
        self._sign.setPixmap(self.style().standardIcon(pixmap).pixmap(16, 16))
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self.show()

    @Slot()
    def clear(self) -> None:
        """Take the notice away."""
        self._text.clear()
        self.hide()

    def _build_close_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("close_notice")
        button.setAutoRaise(True)
        button.setIcon(
            self.style().standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton)
        )
        button.setToolTip(self.tr("Close this notice"))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(self.clear)
        return button
