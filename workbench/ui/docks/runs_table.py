"""The table widget of the runs dock: columns, their widths, and the line of each run."""

from __future__ import annotations

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QIcon, QPainter, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from typing_extensions import override

from workbench.ui.check_delegate import CheckDelegate
from workbench.ui.docks.runs_columns import Column
from workbench.ui.docks.runs_model import GLYPH_ROLE, PEN_ROLE, RunsOrder
from workbench.ui.theme import soften_selection, tabular

_STATE_VERSION = b"1:"  # raised when the columns change
_GRID = 8  # pixels
_SWATCH_WIDTH = 28
_DASH = 0.4  # of the lengths in the plots, so that a swatch shows each style
_GLYPH_SIZE = 16
_LEAST_DIFFERS = 96
_SAMPLES = {  # the widest text that a column usually holds
    Column.NAME: "a name of 18 signs",
    Column.STATE: "preparing",
    Column.BEST: "1.234e-5",
    Column.BEST_EPOCH: "10,000",
    Column.ACCURACY: "100.0 %",
    Column.LAST: "1.234e-5",
    Column.EPOCHS: "1,000 / 1,000",
    Column.STEPS: "100,000",
    Column.TIME: "0:00:00",
}


class SwatchDelegate(CheckDelegate):
    """Draws, beside the check box, the line that stands for the run in the plots."""

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = index.data(PEN_ROLE)
        pen.setWidthF(2.5)
        if pen.dashPattern():
            pen.setDashPattern([_DASH * part for part in pen.dashPattern()])
        painter.setPen(pen)
        line = _swatch_area(option).adjusted(3, 0, -3, 0)
        painter.drawLine(line.left(), line.center().y(), line.right(), line.center().y())
        painter.restore()


class NameDelegate(QStyledItemDelegate):
    """Leaves out the middle of a long name: those of forks differ at their ends."""

    @override
    def initStyleOption(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class StateDelegate(QStyledItemDelegate):
    """Puts the state's glyph before its word, in a place of the same width for all."""

    @override
    def initStyleOption(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().initStyleOption(option, index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.decorationSize = QSize(_GLYPH_SIZE, _GLYPH_SIZE)
        option.icon = _glyph_icon(index.data(GLYPH_ROLE), option)


def _glyph_icon(glyph: str, option: QStyleOptionViewItem) -> QIcon:
    """Draw a glyph in the colours of the text, plain and selected."""
    icon = QIcon()
    for mode, role in (
        (QIcon.Mode.Normal, QPalette.ColorRole.Text),
        (QIcon.Mode.Selected, QPalette.ColorRole.HighlightedText),
    ):
        ratio = option.widget.devicePixelRatio()
        pixmap = QPixmap(QSize(_GLYPH_SIZE, _GLYPH_SIZE) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setFont(option.font)
        painter.setPen(option.palette.color(role))
        area = QRect(0, 0, _GLYPH_SIZE, _GLYPH_SIZE)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, glyph)
        painter.end()
        icon.addPixmap(pixmap, mode)
    return icon


def _swatch_area(option: QStyleOptionViewItem) -> QRect:
    area = QRect(0, 0, _SWATCH_WIDTH + 6, 12)
    area.moveCenter(option.rect.center())
    area.moveRight(option.rect.right() - _GRID // 2)
    return area


class RunsTable(QTableView):
    """A table that sorts, moves and resizes its columns; the differences fill the rest."""

    def __init__(self, model: RunsOrder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runsTable")
        self.setAccessibleName(self.tr("Runs of the session"))
        self.setModel(model)
        self.setItemDelegateForColumn(Column.SHOWN, SwatchDelegate(self))
        self.setItemDelegateForColumn(Column.NAME, NameDelegate(self))
        self.setItemDelegateForColumn(Column.STATE, StateDelegate(self))
        self.setFont(tabular(self.font()))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setTabKeyNavigation(False)  # Tab leaves the table, arrows move in it
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()
        soften_selection(self)

    def save_columns(self) -> bytes:
        """Return order, widths and sorting of the columns."""
        return _STATE_VERSION + bytes(self.horizontalHeader().saveState().data())

    def restore_columns(self, state: bytes) -> bool:
        """Take what `save_columns` gave; False where it is of another version or none."""
        if not state.startswith(_STATE_VERSION):
            return False
        kept = QByteArray(state.removeprefix(_STATE_VERSION))
        done = self.horizontalHeader().restoreState(kept)
        self._fill()
        return done

    def show_column(self, column: Column, *, shown: bool) -> None:
        """Show or hide a column."""
        if self.isColumnHidden(column) is shown:
            self.setColumnHidden(column, not shown)
            self._fill()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            soften_selection(self)

    def _set_up_headers(self) -> None:
        line = self.fontMetrics().height()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(line + _GRID)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setObjectName("runsHeader")
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setMinimumSectionSize(4 * _GRID)
        header.setSortIndicatorClearable(True)  # a third click: order of start again
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        for column in Column:
            self.setColumnWidth(column, self._usual_width(column))

    def _usual_width(self, column: Column) -> int:
        if column is Column.SHOWN:
            return self.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth) + 54
        if column is Column.DIFFERS:
            return _LEAST_DIFFERS
        title = self.horizontalHeader().sectionSizeHint(column)
        text = self.fontMetrics().horizontalAdvance(_SAMPLES[column])
        glyph = _GLYPH_SIZE + _GRID if column is Column.STATE else 0
        return max(title, glyph + text + 2 * _GRID)

    def _fill(self) -> None:
        """Give the differences what the other columns leave."""
        columns = [column for column in Column if column is not Column.DIFFERS]
        rest = self.viewport().width() - sum(map(self.columnWidth, columns))
        self.setColumnWidth(Column.DIFFERS, max(_LEAST_DIFFERS, rest))
