"""The line under a guide page that finds words in it and shows all places at once."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPalette, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QTextEdit,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from workbench.ui.icons import icon
from workbench.ui.plots.colours import mix
from workbench.ui.theme import tabular

_MAX_PLACES = 1000


class GuideFindBar(QWidget):
    """Finds text in a browser; hidden until `open` is called."""

    closed = Signal()

    def __init__(self, browser: QTextBrowser, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guideFindBar")
        self._browser = browser
        self._places: list[QTextCursor] = []
        self._current = 0
        self._line = self._make_line()
        self._count = QLabel(self)
        self._count.setObjectName("guideFindCount")
        self._count.setTextFormat(Qt.TextFormat.PlainText)
        self._count.setFont(tabular(self._count.font()))
        self._buttons: list[tuple[QToolButton, str]] = []
        self._lay_out()
        self.hide()

    def words(self) -> str:
        """Return what is looked for; empty while the bar is closed."""
        return self._line.text() if not self.isHidden() else ""

    @Slot()
    def open(self) -> None:
        """Show the bar, ready for typing."""
        self.show()
        self._line.setFocus()
        self._line.selectAll()
        self.search()

    @Slot()
    def close_bar(self) -> None:
        """Hide the bar and its marks."""
        self.hide()
        self._browser.setExtraSelections([])
        self.closed.emit()

    @Slot()
    def search(self) -> None:
        """Find all places of the words in the page that is shown."""
        self._places = self._find_all(self.words())
        self._current = 0
        self._show_places()

    @Slot()
    def go_on(self) -> None:
        """Go to the next place; after the last comes the first."""
        self._go(1)

    @Slot()
    def go_back(self) -> None:
        """Go to the place before."""
        self._go(-1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._go(-1 if is_shifted else 1)
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._give_icons()

    def _find_all(self, words: str) -> list[QTextCursor]:
        document = self._browser.document()
        places: list[QTextCursor] = []
        cursor = document.find(words) if words else QTextCursor()
        while not cursor.isNull() and len(places) < _MAX_PLACES:
            places.append(cursor)
            cursor = document.find(words, cursor)
        return places

    def _go(self, distance: int) -> None:
        if self._places:
            self._current = (self._current + distance) % len(self._places)
            self._show_places()

    def _show_places(self) -> None:
        self._browser.setExtraSelections(
            [self._mark(place, index) for index, place in enumerate(self._places)]
        )
        if self._places:
            start = QTextCursor(self._places[self._current])
            start.setPosition(start.selectionStart())
            self._browser.setTextCursor(start)
            self._browser.ensureCursorVisible()
        self._count.setText(self._say_count())

    def _say_count(self) -> str:
        if not self.words():
            return ""
        if not self._places:
            return self.tr("not found")
        return self.tr("{0} of {1}").format(self._current + 1, len(self._places))

    def _mark(self, place: QTextCursor, index: int) -> QTextEdit.ExtraSelection:
        palette = self.palette()
        highlight = palette.color(QPalette.ColorRole.Highlight)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = place
        look = place.charFormat()
        if index == self._current:
            look.setBackground(highlight)
            look.setForeground(palette.color(QPalette.ColorRole.HighlightedText))
        else:
            base = palette.color(QPalette.ColorRole.Base)
            look.setBackground(mix(highlight, base, 0.7))
        mark.format = look
        return mark

    def _make_line(self) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName("guideFindLine")
        line.setAccessibleName(self.tr("Find on this page"))
        line.setToolTip(self.tr("Find on this page; Enter goes to the next place"))
        line.setPlaceholderText(self.tr("Find on this page"))
        line.setClearButtonEnabled(True)
        line.textChanged.connect(self.search)
        return line

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self._line, 1)
        row.addWidget(self._count)
        for name, tip, drawn, slot in (
            ("guideFindBack", self.tr("Previous place (Shift+Enter)"), "up", self.go_back),
            ("guideFindOn", self.tr("Next place (Enter)"), "expand", self.go_on),
            ("guideFindClose", self.tr("Close (Esc)"), "close", self.close_bar),
        ):
            button = QToolButton(self)
            button.setObjectName(name)
            button.setAutoRaise(True)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(slot)
            row.addWidget(button)
            self._buttons.append((button, drawn))
        self._give_icons()

    def _give_icons(self) -> None:
        for button, drawn in self._buttons:
            button.setIcon(icon(drawn, self.palette()))
