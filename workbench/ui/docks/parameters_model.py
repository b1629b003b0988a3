"""The tensors of a network as a tree: layers, and in each its tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from typing_extensions import override

from workbench.core.findings import Diagnosis, Finding, Level
from workbench.core.rates import Quantity, TensorFacts
from workbench.ui.docks.parameters_columns import (
    NUMBERS,
    Column,
    Layer,
    ParameterWords,
    Readings,
    layers_of,
)
from workbench.ui.plain_text import one_line, tooltip

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

LEVEL_ROLE = int(Role.UserRole)  # the word of a Level, since Qt keeps no enums, or None
_ANSWERED = frozenset(
    int(role)
    for role in (
        Role.DisplayRole,
        Role.ToolTipRole,
        Role.TextAlignmentRole,
        Role.AccessibleTextRole,
        LEVEL_ROLE,
    )
)
_NUM_COLUMNS = len(Column)
_ALIGNMENTS = {
    column: Qt.AlignmentFlag.AlignVCenter
    | (Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft)
    for column in Column
}
_NO_INDEX = QModelIndex()
_IS_LAYER = 0  # internal id of layers; that of tensors is their layer's row + 1


class ParametersModel(QAbstractItemModel):
    """Shows what `update_readings` was given last."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = ParameterWords(self)
        self._layers: tuple[Layer, ...] = ()

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors in the order of the network."""
        return self.words.tensors

    @property
    def num_layers(self) -> int:
        """Count the layers."""
        return len(self._layers)

    def set_tensors(self, tensors: Sequence[TensorFacts]) -> None:
        """Show these tensors, of which nothing is known yet."""
        self.beginResetModel()
        self.words.tensors = tuple(tensors)
        self.words.readings, self.words.diagnosis = None, Diagnosis()
        self._layers = layers_of(tensors)
        self.endResetModel()

    def update_readings(
        self, readings: Readings, diagnosis: Diagnosis, quantity: Quantity
    ) -> None:
        """Show new numbers; `quantity` is what the readings give as the rate."""
        retitled = quantity is not self.words.quantity
        self.words.readings, self.words.diagnosis = readings, diagnosis
        self.words.quantity = quantity
        # The rows of layers stand for those of their tensors too: a signal for each of
        # a hundred layers would take 10 ms, four times a second.
        first, last = Column.RATE, Column.HEALTH
        end = len(self._layers) - 1
        self.dataChanged.emit(self.index(0, first), self.index(end, last))
        if retitled:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, first, first)

    def tensor_at(self, index: Index) -> TensorFacts | None:
        """Return the tensor of a row, None for a layer's."""
        place = self._place(index)
        return None if place is None else self.tensors[place]

    def finding_at(self, index: Index) -> Finding | None:
        """Return the verdict of a row."""
        place = self._place(index)
        if place is not None:
            return self.words.tensor_finding(place)
        return self.words.layer_finding(self._layers[index.row()])

    def index_of(self, tensor: str) -> QModelIndex:
        """Return the row of a tensor by its name; invalid where there is none."""
        for row, layer in enumerate(self._layers):
            for child, place in enumerate(layer.places):
                if self.tensors[place].name == tensor:
                    return self.index(child, 0, self.index(row, 0))
        return QModelIndex()

    @override
    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        # Not `hasIndex`, which comes back here for both numbers: painting asks a lot.
        if not (0 <= row < self.rowCount(parent) and 0 <= column < _NUM_COLUMNS):
            return QModelIndex()
        identity = parent.row() + 1 if parent.isValid() else _IS_LAYER
        return self.createIndex(row, column, identity)

    @override
    def parent(self, child: Index = _NO_INDEX) -> Any:
        if not child.isValid() or child.internalId() == _IS_LAYER:
            return QModelIndex()
        return self.createIndex(child.internalId() - 1, 0, _IS_LAYER)

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._layers)
        if parent.internalId() != _IS_LAYER or parent.column() != 0:
            return 0
        return len(self._layers[parent.row()].places)

    @override
    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return _NUM_COLUMNS

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        match role:
            case Role.DisplayRole:
                return self.words.title(column)
            case Role.ToolTipRole:
                return tooltip(self.words.title_help(column))
            case Role.TextAlignmentRole:
                return _ALIGNMENTS[column]
            case _:
                return None

    @override
    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role not in _ANSWERED:  # painting asks for all that there might be
            return None
        column = Column(index.column())
        match role:
            case Role.DisplayRole:
                return self._text(index, column)
            case Role.ToolTipRole:
                return tooltip(self._help(index))
            case Role.TextAlignmentRole:
                return _ALIGNMENTS[column]
            case Role.AccessibleTextRole if column is Column.HEALTH:
                return " ".join(self.words.explain(self.finding_at(index)))
            case _ if role == LEVEL_ROLE:
                finding = self.finding_at(index)
                return finding.level if finding else None
            case _:
                return None

    def _text(self, index: Index, column: Column) -> str:
        place = self._place(index)
        if place is None:
            text = self.words.layer_text(self._layers[index.row()], column)
        else:
            text = self.words.tensor_text(place, column)
        return one_line(text)

    def _help(self, index: Index) -> str:
        place = self._place(index)
        if place is None:
            return self.words.layer_help(self._layers[index.row()])
        return self.words.tensor_help(place)

    def _place(self, index: Index) -> int | None:
        """Return where a row's tensor stands in the network, None for a layer's row."""
        if index.internalId() == _IS_LAYER:
            return None
        return self._layers[index.internalId() - 1].places[index.row()]


class FindingsFilter(QSortFilterProxyModel):
    """Lists all rows, or only those with a finding and the layers that they are in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._only_findings = False
        self.setRecursiveFilteringEnabled(True)

    def set_only_findings(self, only: bool) -> None:
        """List only what stands out, or everything."""
        self._only_findings = only
        self.invalidate()

    @property
    def only_findings(self) -> bool:
        """Say whether only what stands out is listed."""
        return self._only_findings

    @override
    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if not self._only_findings:
            return True
        index = self.sourceModel().index(source_row, 0, source_parent)
        return index.data(LEVEL_ROLE) in {Level.WATCH, Level.BAD}
