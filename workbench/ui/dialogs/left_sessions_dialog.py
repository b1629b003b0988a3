"""Lists the sessions that earlier starts left, to be opened or deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.saving import Home, LeftSession
from workbench.ui.clock_words import day_and_time
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.plain_text import one_line
from workbench.ui.theme import soft_selection

_GRID = 8  # pixels


class LeftSessionsDialog(QDialog):
    """A table of sessions; those with a file of their own cannot be deleted here."""

    open_requested = Signal(object)  # LeftSession
    delete_requested = Signal(object)  # LeftSession

    def __init__(self, left: Sequence[LeftSession], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("leftSessions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Sessions to Be Found Again"))
        self.resize(640, 320)
        self._left: list[LeftSession] = []
        self._table = self._make_table()
        self._open = QPushButton(self.tr("&Open"), self)
        self._open.setObjectName("openLeft")
        self._open.clicked.connect(self._request_open)
        self._delete = QPushButton(self.tr("&Delete"), self)
        self._delete.setObjectName("deleteLeft")
        self._delete.setAutoDefault(False)
        self._delete.clicked.connect(self._request_delete)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        box.addButton(self._open, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self._delete, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self._table)
        layout.addWidget(box)
        drop_icons(self)
        self.set_left(left)

    def set_left(self, left: Sequence[LeftSession]) -> None:
        """Show these sessions."""
        self._left = list(left)
        self._table.setRowCount(len(left))
        for row, one in enumerate(left):
            for column, text in enumerate(self._cells(one)):
                item = QTableWidgetItem(text)
                item.setToolTip(str(one.path))
                self._table.setItem(row, column, item)
        if left:
            self._table.selectRow(0)
        self._show_state()

    @property
    def selected(self) -> LeftSession | None:
        """Return the session of the chosen row."""
        row = self._table.currentRow()
        return self._left[row] if 0 <= row < len(self._left) else None

    def _cells(self, left: LeftSession) -> list[str]:
        reached = ""
        if left.run:
            reached = self.tr("step {0} of {1}").format(
                f"{left.step:,}", one_line(left.run)
            )
        state = self.tr("ended unexpectedly") if left.crashed else self.tr("closed")
        return [
            left_name(left),
            day_and_time(left.written_at),
            f"{left.num_runs:,}",
            reached or state,
        ]

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 4, self)
        table.setObjectName("leftTable")
        table.setAccessibleName(self.tr("Sessions"))
        table.setHorizontalHeaderLabels(
            [self.tr("Name"), self.tr("Last written"), self.tr("Runs"), self.tr("State")]
        )
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _GRID)
        table.setPalette(soft_selection(QApplication.palette(table)))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._show_state)
        table.cellDoubleClicked.connect(self._request_open)
        return table

    @Slot()
    def _show_state(self) -> None:
        left = self.selected
        self._open.setEnabled(left is not None)
        can_delete = left is not None and left.home is not Home.NAMED
        self._delete.setEnabled(can_delete)
        self._delete.setToolTip(
            self.tr("Remove the session and its runs for good")
            if can_delete
            else self.tr("It has a file of its own, which stays")
        )

    @Slot()
    def _request_open(self) -> None:
        if (left := self.selected) is not None:
            self.open_requested.emit(left)
            self.accept()

    @Slot()
    def _request_delete(self) -> None:
        if (left := self.selected) is not None:
            self.delete_requested.emit(left)


def left_name(left: LeftSession) -> str:
    """Name a session for people."""
    if left.home is Home.UNNAMED:
        return "Unnamed session"
    return (
        f"{one_line(left.name)} (copy)" if left.home is Home.COPY else one_line(left.name)
    )
