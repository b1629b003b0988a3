"""The tensors of a run by layer, each drawn or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap
from typing_extensions import override

from workbench.core.rates import TensorFacts
from workbench.ui.plain_text import tooltip
from workbench.ui.plots.items import Dash, Ink
from workbench.ui.plots.tensor_sample import Sample, sample_pixmap
from workbench.ui.theme import PlotTheme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
Check = Qt.CheckState

NAME_ROLE = Role.UserRole + 1  # the whole name, for the filter
_NO_INDEX = QModelIndex()
_LAYER = 0  # internal id of the rows of layers; those of tensors have their layer's + 1


def tensor_ink(tensor: TensorFacts, deepest: int) -> Ink:
    """Return the colour of a tensor: a ramp by the depth of its layer."""
    return _depth_ink(tensor.depth / deepest if deepest else 0.35)


@cache
def _depth_ink(fraction: float) -> Ink:
    """Return the same object each time: see `items.run_ink`."""
    return lambda theme: theme.depth(fraction)


def tensor_dash(tensor: TensorFacts) -> Dash:
    """Return the line style of a tensor: weights solid, biases dashed."""
    return Dash.DASHED if tensor.is_bias else Dash.SOLID


def describe_shape(tensor: TensorFacts) -> str:
    """Return the shape as people write it: 64×32, or 1 for a single number."""
    return "×".join(map(str, tensor.shape)) or "1"


def layer_of(tensor: TensorFacts) -> str:
    """Return the name of the layer that a tensor belongs to."""
    return tensor.name.rpartition(".")[0] or tensor.name


def leaf_of(tensor: TensorFacts) -> str:
    """Return the name of a tensor inside its layer."""
    return tensor.name.rpartition(".")[2]


class TensorModel(QAbstractItemModel):
    """Layers with their tensors, in the order of the network; each can be checked.

    A place is the position of a tensor among all tensors.
    """

    checks_changed = Signal()

    def __init__(self, theme: PlotTheme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tensors: tuple[TensorFacts, ...] = ()
        self._layers: list[tuple[str, list[int]]] = []
        self._checks: list[bool] = []
        self._before_solo: list[bool] | None = None
        self._theme = theme
        self._samples: dict[tuple[int, Sample], QPixmap] = {}  # by depth

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors in the order of the network."""
        return self._tensors

    @property
    def checks(self) -> tuple[bool, ...]:
        """Return for each tensor whether it is checked."""
        return tuple(self._checks)

    @property
    def num_layers(self) -> int:
        """Count the layers."""
        return len(self._layers)

    def set_tensors(self, tensors: Sequence[TensorFacts]) -> None:
        """Show these tensors, all of them checked."""
        self.beginResetModel()
        self._tensors = tuple(tensors)
        self._samples.clear()
        groups = groupby(range(len(tensors)), lambda place: layer_of(tensors[place]))
        self._layers = [(name, list(places)) for name, places in groups]
        self._checks = [True] * len(tensors)
        self._before_solo = None
        self.endResetModel()
        self.checks_changed.emit()

    def check(self, wanted: Callable[[TensorFacts], bool]) -> None:
        """Check exactly the tensors for which `wanted` holds."""
        self._before_solo = None
        self._take_checks([wanted(tensor) for tensor in self._tensors])

    def solo(self, places: Sequence[int]) -> None:
        """Check these places alone; the second time, what was checked before."""
        alone = [place in set(places) for place in range(len(self._tensors))]
        if alone == self._checks:
            before, self._before_solo = self._before_solo, None
            self._take_checks(before or [True] * len(self._tensors))
            return
        self._before_solo = self._before_solo or list(self._checks)
        self._take_checks(alone)

    def hide_places(self, places: Sequence[int]) -> None:
        """Uncheck these places."""
        gone = set(places)
        self._take_checks([on and i not in gone for i, on in enumerate(self._checks)])

    def recolour(self, theme: PlotTheme) -> None:
        """Take new colours."""
        self._theme = theme
        self._samples.clear()
        self._report_change([Role.DecorationRole])

    def index_of(self, place: int) -> QModelIndex:
        """Return the row of the tensor at that place."""
        for row, (_, places) in enumerate(self._layers):
            if place in places:
                return self.createIndex(places.index(place), 0, row + 1)
        return QModelIndex()

    def places_at(self, index: Index) -> list[int]:
        """Return the place of a tensor's row, or all places of a layer's row."""
        if not index.isValid():
            return []
        if index.internalId() == _LAYER:
            return list(self._layers[index.row()][1])
        return [self._layers[index.internalId() - 1][1][index.row()]]

    @override
    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    @override
    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # two of them
        if not index.isValid() or index.internalId() == _LAYER:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _LAYER)

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._layers)
        is_layer = parent.internalId() == _LAYER
        return len(self._layers[parent.row()][1]) if is_layer else 0

    @override
    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return 1

    @override
    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        places = self.places_at(index)
        if role == Role.CheckStateRole:
            return self._check_state(places)
        if index.internalId() == _LAYER:
            return self._layer_data(self._layers[index.row()][0], places, role)
        return self._tensor_data(self._tensors[places[0]], role)

    @override
    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        if role != Role.CheckStateRole:
            return False
        checks = list(self._checks)
        for place in self.places_at(index):
            checks[place] = Check(value) is Check.Checked
        self._take_checks(checks)
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def _check_state(self, places: Sequence[int]) -> Check:
        on = {self._checks[place] for place in places}
        if len(on) > 1:
            return Check.PartiallyChecked
        return Check.Checked if on == {True} else Check.Unchecked

    def _layer_data(self, name: str, places: Sequence[int], role: int) -> object:
        if role in {Role.DisplayRole, NAME_ROLE}:
            return name
        if role == Role.ToolTipRole:
            size = sum(self._tensors[place].num_elements for place in places)
            words = self.tr("{} values in {} tensors").format(f"{size:,}", len(places))
            return tooltip(f"{name}\n{words}")
        if role == Role.DecorationRole:
            return self._sample(self._tensors[places[0]], Sample.BLOCK)
        return None

    def _tensor_data(self, tensor: TensorFacts, role: int) -> object:
        match role:
            case Role.DisplayRole:
                return f"{leaf_of(tensor)}  {describe_shape(tensor)}"
            case Role.ToolTipRole:
                kind = self.tr("bias") if tensor.is_bias else self.tr("weight")
                words = self.tr("{} of shape {}, {} values").format(
                    kind, describe_shape(tensor), f"{tensor.num_elements:,}"
                )
                return tooltip(f"{tensor.name}\n{words}")
            case Role.DecorationRole:
                return self._sample(
                    tensor, Sample.DASHED if tensor.is_bias else Sample.SOLID
                )
            case role if role == NAME_ROLE:
                return tensor.name
            case _:
                return None

    def _sample(self, tensor: TensorFacts, kind: Sample) -> QPixmap:
        key = (tensor.depth, kind)
        if key not in self._samples:
            deepest = max(one.depth for one in self._tensors)
            colour = tensor_ink(tensor, deepest)(self._theme)
            self._samples[key] = sample_pixmap(colour, kind)
        return self._samples[key]

    def _take_checks(self, checks: list[bool]) -> None:
        self._checks = checks
        self._report_change([Role.CheckStateRole])
        self.checks_changed.emit()

    def _report_change(self, roles: list[int]) -> None:
        if not self._layers:
            return
        self.dataChanged.emit(self.index(0, 0), self.index(self.num_layers - 1, 0), roles)
        for row, (_, places) in enumerate(self._layers):
            layer = self.index(row, 0)
            last = self.index(len(places) - 1, 0, layer)
            self.dataChanged.emit(self.index(0, 0, layer), last, roles)
