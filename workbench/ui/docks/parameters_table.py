"""The table widget of the parameters dock: as many columns as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)
from typing_extensions import override

from workbench.core.findings import Level
from workbench.ui.docks.health_mark import MARK_SIZE, mark_icon
from workbench.ui.docks.parameters_columns import Column
from workbench.ui.docks.parameters_model import LEVEL_ROLE, FindingsFilter
from workbench.ui.theme import tabular

_GRID = 8  # pixels
_LEAST_NAME = 88
_MOST_ICONS = 32  # all lights in the colours of active and inactive windows, and more
_MOST_LAYERS_OPEN = 12  # more of them start closed, so that all can be seen at once
_SAMPLES = {  # the widest text that a column usually holds
    Column.SHAPE: "32×32×5×5",
    Column.PARAMETERS: "51,200",
    Column.RATE: "1.23e-4",
    Column.UPDATE: "1.23e-4",
    Column.GRADIENT: "1.23e-4",
    Column.HEALTH: "watch",
}
# What is left out first where the dock is narrow; it stands in the tooltips too.
_LEFT_OUT = (Column.PARAMETERS, Column.SHAPE, Column.GRADIENT, Column.RATE)


class HealthDelegate(QStyledItemDelegate):
    """Puts the light before its word; what is good stays in the background."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons: dict[tuple[Level | None, int, QPalette.ColorGroup, float], QIcon] = {}

    @override
    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        word = index.data(LEVEL_ROLE)
        level = Level(word) if word else None
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.decorationSize = QSize(MARK_SIZE, MARK_SIZE)
        option.icon = self._icon(level, option.palette, option.widget.devicePixelRatio())
        if level in {None, Level.GOOD}:
            muted = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, muted)

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return super().sizeHint(option, index) + QSize(0, _GRID // 2)  # air between rows

    def _icon(self, level: Level | None, palette: QPalette, ratio: float) -> QIcon:
        """Return a light; each is drawn once for the same colours and pixels."""
        key = (level, palette.cacheKey(), palette.currentColorGroup(), ratio)
        if key not in self._icons:
            if len(self._icons) == _MOST_ICONS:  # of palettes that have gone
                self._icons.clear()
            self._icons[key] = mark_icon(level, palette, ratio)
        return self._icons[key]


class ParametersTable(QTreeView):
    """A tree of layers and tensors."""

    def __init__(self, model: FindingsFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("parameters_table")
        self.setAccessibleName(self.tr("Layers and tensors of the network"))
        self.setModel(model)
        self.setItemDelegateForColumn(Column.HEALTH, HealthDelegate(self))
        self.setFont(tabular(self.font()))
        self.setUniformRowHeights(True)
        self.setIndentation(2 * _GRID)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._set_up_header()

    def shown_columns(self) -> list[Column]:
        """Return the columns that there is room for."""
        return [column for column in Column if not self.isColumnHidden(column)]

    def open_few(self, num_layers: int) -> None:
        """Open all layers where they are few."""
        if num_layers <= _MOST_LAYERS_OPEN:
            self.expandAll()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Show as many columns as fit, and give the names what is left."""
        widths = {column: self._usual_width(column) for column in _SAMPLES}
        room = self.viewport().width() - _LEAST_NAME
        hidden = set()
        for column in _LEFT_OUT:
            if sum(widths.values()) > room:
                widths.pop(column)
                hidden.add(column)
        for column in Column:
            self.setColumnHidden(column, column in hidden)
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        rest = self.viewport().width() - sum(widths.values())
        self.setColumnWidth(Column.NAME, max(_LEAST_NAME, rest))

    def _set_up_header(self) -> None:
        header = self.header()
        header.setObjectName("parameters_header")
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(4 * _GRID)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _usual_width(self, column: Column) -> int:
        title = self.header().sectionSizeHint(column)
        text = self.fontMetrics().horizontalAdvance(_SAMPLES[column])
        mark = MARK_SIZE + _GRID if column is Column.HEALTH else 0
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1
        return max(title, mark + text + 2 * margin + _GRID)
