"""Lines at the top of the window for what the person should know, in place of boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from workbench.ui.forms.marks import problem_colour
from workbench.ui.icons import icon
from workbench.ui.plots.colours import mix

USUAL = "notice"  # the line in which one notice takes the place of another
_STRIPE = 4
_SIGN = 16


@dataclass(frozen=True)
class NoticeAction:
    """A button beside a notice; it leaves the notice where it is."""

    name: str  # of the widget
    text: str
    do: Callable[[], object]


@dataclass(frozen=True)
class Notice:
    """A sentence for the person, in the line of its key; see `NoticeBar`.

    One that `stays` cannot be closed by the person: it goes when what it says is over.
    """

    text: str
    actions: Sequence[NoticeAction] = ()
    is_problem: bool = True
    key: str = USUAL
    stays: bool = False


class NoticeLine(QWidget):
    """One sentence with a sign of its weight, its buttons, and one that closes it."""

    closed = Signal(str)  # by the person; its key

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setObjectName(f"{key}_line")
        self._is_problem = True
        self._buttons: list[QPushButton] = []
        self._sign = QLabel()
        self._text = self._build_text(f"{key}_text")
        self._close = self._build_close_button(f"close_{key}")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8 + _STRIPE, 4, 4, 4)
        self._row.setSpacing(8)
        self._row.addWidget(self._sign)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self.hide()

    @property
    def is_problem(self) -> bool:
        """Say whether what is shown is a problem."""
        return self._is_problem

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in place of the one before."""
        self._is_problem = notice.is_problem
        self._text.setText(notice.text)
        self._text.setAccessibleName(notice.text)
        self._close.setVisible(not notice.stays)
        self._show_actions(notice.actions)
        self._give_icons()
        self.show()
        self.update()

    @Slot()
    def clear(self) -> None:
        """Take the notice away."""
        self._text.clear()
        self._show_actions(())
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

    def _show_actions(self, actions: Sequence[NoticeAction]) -> None:
        """Show these buttons; where they are the same as before, they stay themselves."""
        if [(a.name, a.text) for a in actions] == [
            (b.objectName(), b.text()) for b in self._buttons
        ]:
            return
        for old in self._buttons:
            old.setObjectName("")  # until it is gone, nobody may take it for a new one
            old.hide()
            old.deleteLater()
        self._buttons = [self._build_button(action) for action in actions]
        for place, button in enumerate(self._buttons):
            self._row.insertWidget(2 + place, button)
        for before, after in pairwise([*self._buttons, self._close]):
            QWidget.setTabOrder(before, after)

    def _build_button(self, action: NoticeAction) -> QPushButton:
        button = QPushButton(action.text, self)
        button.setObjectName(action.name)
        button.setAutoDefault(False)
        button.clicked.connect(action.do)
        return button

    def _build_text(self, name: str) -> QLabel:
        text = QLabel()
        text.setObjectName(name)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return text

    def _build_close_button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Close this notice"))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(self._close_for_good)
        return button

    @Slot()
    def _close_for_good(self) -> None:
        self.clear()
        self.closed.emit(self._key)

    def _give_icons(self) -> None:
        sign = icon("warning" if self._is_problem else "info", self.palette())
        self._sign.setPixmap(sign.pixmap(_SIGN, _SIGN))
        self._close.setIcon(icon("close", self.palette()))


class NoticeBar(QWidget):
    """One line for each key: what matters for long is not hidden by what comes next."""

    closed = Signal(str)  # the key of a notice that the person has closed

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice_bar")
        self._lines: dict[str, NoticeLine] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)

    def show_notice(self, notice: Notice) -> None:
        """Show a notice until it is closed, or replaced by the next of the same key."""
        key = notice.key
        if key not in self._lines:
            self._lines[key] = NoticeLine(key, self)
            self._lines[key].closed.connect(self.closed)
            self._column.addWidget(self._lines[key])
        self._lines[key].show_notice(notice)

    def clear(self, key: str = USUAL) -> None:
        """Take the notice of a key away, if there is one."""
        if key in self._lines:
            self._lines[key].clear()
