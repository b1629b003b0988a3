"""Lists the keyboard shortcuts of the window, from its actions."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.ui.dialogs.plain_buttons import drop_icons


def shortcut_rows(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    """Return words and keys of the actions that have keys, in their order, each once."""
    native = QKeySequence.SequenceFormat.NativeText
    rows = {}
    for action in actions:
        keys = [key.toString(native) for key in action.shortcuts() if not key.isEmpty()]
        if keys:
            rows[_words(action)] = ", ".join(keys)
    return list(rows.items())


def _words(action: QAction) -> str:
    """Return what an action always does: its text without the marks of a menu entry.

    An action whose text says what it would do just now, such as undo, has set this apart.
    """
    return action.iconText().removesuffix("…")


class ShortcutsDialog(QDialog):
    """A table of actions and keys that can be searched."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutsDialog")
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.resize(400, 480)
        self._table = self._make_table(shortcut_rows(actions))
        search = QLineEdit(self)
        search.setObjectName("searchShortcuts")
        search.setPlaceholderText(self.tr("Search"))
        search.setAccessibleName(self.tr("Search"))
        search.setToolTip(self.tr("Show only actions and keys that contain this"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self.search)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for widget in (search, self._table, buttons):
            layout.addWidget(widget)
        drop_icons(self)

    @Slot(str)
    def search(self, text: str) -> None:
        """Show only the rows that contain a text."""
        for row in range(self._table.rowCount()):
            cells = [self._table.item(row, column) for column in range(2)]
            words = " ".join(cell.text() for cell in cells if cell is not None)
            self._table.setRowHidden(row, text.casefold() not in words.casefold())

    def _make_table(self, rows: list[tuple[str, str]]) -> QTableWidget:
        table = QTableWidget(len(rows), 2, self)
        table.setObjectName("shortcuts")
        table.setAccessibleName(self.tr("Keyboard shortcuts"))
        table.setHorizontalHeaderLabels([self.tr("Action"), self.tr("Keys")])
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                table.setItem(row, column, QTableWidgetItem(text))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        return table
