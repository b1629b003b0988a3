"""The runs of a session as a table: one row a run, in the order of their start."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPen
from typing_extensions import override

from workbench.core.differences import differences
from workbench.core.run import Run
from workbench.ui.docks.runs_columns import GLYPHS, NUMBERS, Column, RunRow, RunWords
from workbench.ui.plain_text import one_line, tooltip
from workbench.ui.progress import Progress, format_duration
from workbench.ui.run_summary import RunSummary

Index = QModelIndex | QPersistentModelIndex
PenOf = Callable[[int], QPen]  # the line of a run's colour number, as the plots draw it

SORT_ROLE = int(Qt.ItemDataRole.UserRole)
PEN_ROLE = SORT_ROLE + 1
GLYPH_ROLE = SORT_ROLE + 2
_NO_PARENT = QModelIndex()


class RunsModel(QAbstractTableModel):
    """Reads the runs; changes only their names and which of them the plots show."""

    shown_changed = Signal()
    renamed = Signal(object)  # the Run

    def __init__(
        self,
        pen_of: PenOf,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._pen_of = pen_of
        self._clock = clock
        self._rows: list[RunRow] = []
        self._looks: dict[str, tuple[object, ...]] = {}  # what was last shown, by run id
        self._words = RunWords(self)

    def runs(self) -> list[Run]:
        """Return the runs in the order of their start."""
        return [row.run for row in self._rows]

    def visible_runs(self) -> list[Run]:
        """Return the runs that the plots show."""
        return [row.run for row in self._rows if not row.hidden]

    def has_classifier(self) -> bool:
        """Say whether any run has measured an accuracy."""
        return any(row.summary.best_accuracy is not None for row in self._rows)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs; those that were hidden before stay hidden."""
        before = self.visible_runs()
        known = {row.run.id: row for row in self._rows}
        self._looks = {run.id: self._looks[run.id] for run in runs if run.id in self._looks}
        rows = [self._row_of(run, known.get(run.id)) for run in runs]
        _count_ancestors(rows)
        self._replace(rows)
        self._compare()
        self.refresh()
        self._tell_shown(before)

    def renew(self, run: Run) -> None:
        """Read a run again from its beginning: its history is another one."""
        for number, row in enumerate(self._rows):
            if row.run is run:
                fresh = self._row_of(run, None)
                fresh.hidden, fresh.depth = row.hidden, row.depth
                fresh.differs = row.differs
                self._rows[number] = fresh
                self._looks.pop(run.id, None)
        self.refresh()

    def show_only(self, runs: Sequence[Run]) -> None:
        """Let the plots show exactly these runs."""
        wanted = {run.id for run in runs}
        before = self.visible_runs()
        for row in self._rows:
            row.hidden = row.run.id not in wanted
        self._tell(Column.SHOWN)
        self._tell_shown(before)

    def refresh(self) -> bool:
        """Show what changed since the last call; say whether a run ended meanwhile."""
        ended = False
        for number, row in enumerate(self._rows):
            row.update()
            look = _look(row)
            before = self._looks.get(row.run.id)
            if look != before:
                self._looks[row.run.id] = look
                ended |= before is not None and row.run.state.is_over
                self._tell(Column.SHOWN, Column.TIME, number)
        return ended

    @override
    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(Column)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = super().flags(index) | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() == Column.SHOWN:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        if index.column() == Column.NAME:
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    @override
    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words.title(column)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._words.title_help(column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case _:
                return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words.text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._words.help(row, column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.EditRole if column is Column.NAME:
                return one_line(row.run.name)
            case _ if role == SORT_ROLE:
                return row.value(column)
            case _ if role == GLYPH_ROLE:
                return GLYPHS[row.run.state]
            case _:
                return self._shown_data(row, role) if column is Column.SHOWN else None

    @override
    def setData(
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        column = Column(index.column())
        if column is Column.SHOWN and role == Qt.ItemDataRole.CheckStateRole:
            self._set_hidden(index.row(), Qt.CheckState(value) != Qt.CheckState.Checked)
            return True
        if column is Column.NAME and role == Qt.ItemDataRole.EditRole:
            return self._rename(index.row(), one_line(str(value)))
        return False

    def _shown_data(self, row: RunRow, role: int) -> Any:
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Unchecked if row.hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("hidden") if row.hidden else self.tr("shown in the plots")
        return self._pen_of(row.run.colour) if role == PEN_ROLE else None

    def _set_hidden(self, number: int, hidden: bool) -> None:
        self._rows[number].hidden = hidden
        self._tell(Column.SHOWN, row=number)
        self.shown_changed.emit()

    def _rename(self, number: int, name: str) -> bool:
        run = self._rows[number].run
        if not name:
            return False
        if name != one_line(run.name):
            run.name = name
            self._tell(Column.NAME, row=number)
            self.renamed.emit(run)
        return True

    def _row_of(self, run: Run, old: RunRow | None) -> RunRow:
        if old is not None and old.run is run:
            return old
        row = RunRow(run, RunSummary(run), watch=Progress(self._clock))
        row.hidden = old is not None and old.hidden
        row.watch.pause()
        return row

    def _replace(self, rows: list[RunRow]) -> None:
        """Take these rows; views keep their place where rows were only added at the end."""
        count = len(self._rows)
        if not _are_same([row.run for row in rows[:count]], self.runs()):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif len(rows) > count:
            self.beginInsertRows(_NO_PARENT, count, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()

    def _compare(self) -> None:
        plans = [row.run.plan for row in self._rows]
        for row, parts in zip(self._rows, differences(plans), strict=True):
            row.differs = " · ".join(parts)
        self._tell(Column.DIFFERS)

    def _tell_shown(self, before: Sequence[Run]) -> None:
        if not _are_same(self.visible_runs(), before):
            self.shown_changed.emit()

    def _tell(
        self, first: Column, last: Column | None = None, row: int | None = None
    ) -> None:
        """Say that cells from column `first` to `last` changed, in one or all rows."""
        top, bottom = (0, len(self._rows) - 1) if row is None else (row, row)
        if self._rows:
            end = self.index(bottom, first if last is None else last)
            self.dataChanged.emit(self.index(top, first), end)


class RunsOrder(QSortFilterProxyModel):
    """Sorts the runs by value; those that have none stay last in both directions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Rows that move while a run trains could not be clicked: the view sorts again
        # when a run has ended.
        self.setDynamicSortFilter(False)

    @override
    def lessThan(self, left: Index, right: Index) -> bool:
        first, second = self._value(left), self._value(right)
        if first is None or second is None:
            rises = self.sortOrder() is Qt.SortOrder.AscendingOrder
            missing = first if rises else second
            return missing is not None and first is not second
        return bool(first < second)

    def _value(self, index: Index) -> Any:
        value = self.sourceModel().data(index, SORT_ROLE)
        return None if isinstance(value, float) and math.isnan(value) else value


def _are_same(runs: Sequence[Run], others: Sequence[Run]) -> bool:
    return [id(run) for run in runs] == [id(run) for run in others]


def _count_ancestors(rows: Sequence[RunRow]) -> None:
    """Note of each row how many others it goes back to; parents come before children."""
    known: dict[str, int] = {}
    for row in rows:
        parent = row.run.parent
        row.depth = 0 if parent is None else known.get(parent.run, 0) + 1
        known[row.run.id] = row.depth


def _look(row: RunRow) -> tuple[object, ...]:
    """Return what a row's cells are made of."""
    run = row.run
    return (
        run.state,
        run.message,
        run.name,
        run.num_steps,
        len(run.epochs),
        format_duration(row.time_s),
    )


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
