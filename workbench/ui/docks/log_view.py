"""The log dock: what the workbench has to say, line by line, newest last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import (
    QGuiApplication,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from workbench.ui.theme import tabular

MAX_LINES = 5_000
_MAX_TEXT = 10_000  # characters of one entry
_TIME_STOPS = 3  # tab stops that the time takes up; the glyph takes up one more

LogLevel = Literal["info", "notice", "error"]
_LEVELS: tuple[LogLevel, ...] = ("info", "notice", "error")  # as much as they matter
_GLYPHS: dict[LogLevel, str] = {"info": "", "notice": "⚠", "error": "✕"}


@dataclass(frozen=True)
class LogEntry:
    """One entry; its text may have several lines."""

    time: datetime
    level: LogLevel
    text: str


class LogView(QWidget):
    """Keeps and shows the newest `MAX_LINES` entries as plain text.

    `clock` gives the local time.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self.setObjectName("logView")
        self._clock = clock
        self._entries: deque[LogEntry] = deque(maxlen=MAX_LINES)
        self._shown_levels = frozenset(_LEVELS)
        self._text = self._make_text()
        self._filter = self._make_filter()
        self._copy = self._make_button("copyLog", self.tr("Copy"))
        self._copy.setToolTip(self.tr("Copy all lines shown"))
        self._copy.clicked.connect(self.copy)
        self._clear = self._make_button("clearLog", self.tr("Clear"))
        self._clear.setToolTip(self.tr("Remove all lines"))
        self._clear.clicked.connect(self.clear)
        self._lay_out()

    def add(self, level: LogLevel, text: str) -> None:
        """Add an entry; the view follows where its end was in sight."""
        entry = LogEntry(self._clock(), level, text[:_MAX_TEXT])
        self._entries.append(entry)
        if level in self._shown_levels:
            self._append(entry)

    def entries(self) -> list[LogEntry]:
        """Return all entries kept, oldest first, whatever the filter."""
        return list(self._entries)

    def shown_text(self) -> str:
        """Return the lines that the filter lets through."""
        return self._text.toPlainText()

    @Slot(int)
    def show_from(self, level: int) -> None:
        """Show only what matters: 0 everything, 1 notices and errors, 2 errors."""
        self._shown_levels = frozenset(_LEVELS[level:])
        self._render()

    @Slot()
    def copy(self) -> None:
        """Put all lines shown on the clipboard."""
        QGuiApplication.clipboard().setText(self.shown_text())

    @Slot()
    def clear(self) -> None:
        """Forget all entries."""
        self._entries.clear()
        self._text.clear()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._render()  # the colours of the times are part of the text

    def _render(self) -> None:
        self._text.clear()
        for entry in self._entries:
            if entry.level in self._shown_levels:
                self._append(entry)

    def _append(self, entry: LogEntry) -> None:
        bar = self._text.verticalScrollBar()
        place, is_at_end = bar.value(), bar.value() >= bar.maximum()
        cursor = QTextCursor(self._text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if not self._text.document().isEmpty():
            cursor.insertBlock()
        faint, plain = QTextCharFormat(), QTextCharFormat()
        faint.setForeground(self.palette().brush(QPalette.ColorRole.PlaceholderText))
        cursor.insertText(f"{entry.time:%H:%M:%S}\t", faint)
        cursor.insertText(f"{_GLYPHS[entry.level]}\t{_indent(entry.text)}", plain)
        bar.setValue(bar.maximum() if is_at_end else place)

    def _make_text(self) -> QPlainTextEdit:
        text = QPlainTextEdit(self)
        text.setObjectName("logText")
        text.setAccessibleName(self.tr("Log"))
        text.setReadOnly(True)
        text.setUndoRedoEnabled(False)
        text.setMaximumBlockCount(MAX_LINES)
        text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        text.document().setDocumentMargin(8)
        text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        text.setFont(tabular(text.font()))
        time = text.fontMetrics().horizontalAdvance("00:00:00")
        text.setTabStopDistance((time + 8) / _TIME_STOPS)
        text.setPlaceholderText(
            self.tr("What is loaded, saved, skipped or goes wrong is noted here.")
        )
        return text

    def _make_filter(self) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName("logLevel")
        box.setAccessibleName(self.tr("Entries to show"))
        box.setToolTip(self.tr("Which entries to show"))
        box.addItems(
            [
                self.tr("Everything"),
                self.tr("Notices and errors"),
                self.tr("Errors"),
            ]
        )
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.currentIndexChanged.connect(self.show_from)
        return box

    def _make_button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setFlat(True)
        return button

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.addWidget(self._filter)
        bar.addStretch()
        bar.addWidget(self._copy)
        bar.addWidget(self._clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._text)


def _indent(text: str) -> str:
    """Put the further lines of a text under its first one, in the same block."""
    return text.replace("\n", "\u2028" + "\t" * (_TIME_STOPS + 1))
