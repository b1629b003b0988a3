"""A line at the top of the window for what the person should know, in place of a box."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from workbench.ui.forms.marks import problem_colour
from workbench.ui.icons import icon
from workbench.ui.plots.colours import mix

_STRIPE = 4
_SIGN = 16


class NoticeBar(QWidget):
    """Hidden until `show_notice`; closed by its button or by the next good news."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice_bar")
        self._is_problem = True
        self._sign = QLabel()
        self._text = QLabel()
        self._text.setObjectName("notice_text")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = self._build_close_button()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8 + _STRIPE, 4, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close)
        self._give_icons()
        self.hide()

    def show_notice(self, text: str, *, is_problem: bool = True) -> None:
        """Show a sentence until it is closed or replaced."""
        self._is_problem = is_problem
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self._give_icons()
        self.show()
        self.update()

    @Slot()
    def clear(self) -> None:
        """Take the notice away."""
        self._text.clear()
        self.hide()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._give_icons()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        colour = palette.color(QPalette.ColorRole.Accent)
        if self._is_problem:
            colour = problem_colour(palette)
        window = palette.color(QPalette.ColorRole.Window)
        painter.fillRect(self.rect(), mix(colour, window, 0.88))
        painter.fillRect(0, 0, _STRIPE, self.height(), colour)

    def _build_close_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("close_notice")
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Close this notice"))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(self.clear)
        return button

    def _give_icons(self) -> None:
        sign = icon("warning" if self._is_problem else "info", self.palette())
        self._sign.setPixmap(sign.pixmap(_SIGN, _SIGN))
        self._close.setIcon(icon("close", self.palette()))
