"""The list beside the rates: which tensors are drawn, and in which colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from workbench.core.rates import TensorFacts
from workbench.ui.check_delegate import CheckDelegate
from workbench.ui.plots.items import Dash, Ink
from workbench.ui.theme import PlotTheme

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
Checked = Qt.CheckState.Checked
Unchecked = Qt.CheckState.Unchecked

_NO_INDEX = QModelIndex()


def tensor_ink(tensor: TensorFacts, deepest: int) -> Ink:
    """Return the colour of a tensor: a ramp by the depth of its layer."""
    fraction = tensor.depth / deepest if deepest else 0.35
    return lambda theme: theme.depth(fraction)


def tensor_dash(tensor: TensorFacts) -> Dash:
    """Return the line style of a tensor: weights solid, biases dashed."""
    return Dash.DASHED if tensor.is_bias else Dash.SOLID


def describe_shape(tensor: TensorFacts) -> str:
    """Return the shape as people write it: 64×32, or 1 for a single number."""
    return "×".join(map(str, tensor.shape)) or "1"


class TensorModel(QAbstractListModel):
    """The tensors of a run, each checked or not."""

    checks_changed = Signal()

    def __init__(self, theme: PlotTheme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensors: tuple[TensorFacts, ...] = ()
        self._checks: list[bool] = []
        self._theme = theme

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors in the order of the network."""
        return self._tensors

    @property
    def checks(self) -> tuple[bool, ...]:
        """Return for each tensor whether it is checked."""
        return tuple(self._checks)

    def set_tensors(self, tensors: Sequence[TensorFacts]) -> None:
        """Show these tensors, all of them checked."""
        self.beginResetModel()
        self._tensors = tuple(tensors)
        self._checks = [True] * len(tensors)
        self.endResetModel()
        self.checks_changed.emit()

    def check(self, wanted: Callable[[TensorFacts], bool]) -> None:
        """Check exactly the tensors for which `wanted` holds."""
        self._checks = [wanted(tensor) for tensor in self._tensors]
        self._report_change(0, len(self._tensors) - 1)

    def recolour(self, theme: PlotTheme) -> None:
        """Take new colours."""
        self._theme = theme
        if self._tensors:
            last = self.index(len(self._tensors) - 1)
            self.dataChanged.emit(self.index(0), last, [Role.DecorationRole])

    @override
    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._tensors)

    @override
    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        tensor = self._tensors[index.row()]
        match role:
            case Role.DisplayRole:
                return f"{tensor.name}   {describe_shape(tensor)}"
            case Role.ToolTipRole:
                kind = self.tr("bias") if tensor.is_bias else self.tr("weight")
                shape, size = describe_shape(tensor), f"{tensor.num_elements:,}"
                words = self.tr("{}: {} of shape {}, {} values")
                return words.format(tensor.name, kind, shape, size)
            case Role.CheckStateRole:
                return Checked if self._checks[index.row()] else Unchecked
            case Role.DecorationRole:
                return self._sample(tensor)
            case _:
                return None

    @override
    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        if role != Role.CheckStateRole:
            return False
        self._checks[index.row()] = Qt.CheckState(value) is Checked
        self._report_change(index.row(), index.row())
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def _report_change(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(
                self.index(first), self.index(last), [Role.CheckStateRole]
            )
        self.checks_changed.emit()

    def _sample(self, tensor: TensorFacts) -> QPixmap:
        """Draw a piece of the tensor's line."""
        deepest = max(one.depth for one in self._tensors)
        pixmap = QPixmap(40, 24)
        pixmap.setDevicePixelRatio(2)
        pixmap.fill(QColor(0, 0, 0, 0))
        pen = QPen(tensor_ink(tensor, deepest)(self._theme), 2.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if tensor.is_bias:
            pen.setDashPattern([2.5, 1.5])
        painter = QPainter(pixmap)
        painter.setPen(pen)
        painter.drawLine(0, 6, 20, 6)
        painter.end()
        return pixmap


class TensorList(QWidget):
    """The list, a filter by name, and buttons that check many at once."""

    checks_changed = Signal()
    selection_changed = Signal()

    def __init__(self, theme: PlotTheme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tensor_list")
        self.model = TensorModel(theme, self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter = self._make_filter()
        self._view = self._make_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._filter)
        layout.addWidget(self._view, 1)
        layout.addLayout(self._make_buttons())
        self.model.checks_changed.connect(self.checks_changed)

    @property
    def selected(self) -> int | None:
        """Return the row of the tensor that is selected, to be emphasised."""
        index = self._view.selectionModel().selectedIndexes()
        return self._proxy.mapToSource(index[0]).row() if index else None

    def select(self, row: int) -> None:
        """Emphasise the tensor of that row."""
        self._view.setCurrentIndex(self._proxy.mapFromSource(self.model.index(row)))

    @Slot()
    def check_all(self) -> None:
        """Draw every tensor."""
        self.model.check(lambda _tensor: True)

    @Slot()
    def check_none(self) -> None:
        """Draw no tensor."""
        self.model.check(lambda _tensor: False)

    @Slot()
    def check_weights(self) -> None:
        """Draw the weights alone."""
        self.model.check(lambda tensor: not tensor.is_bias)

    @Slot()
    def check_biases(self) -> None:
        """Draw the biases alone."""
        self.model.check(lambda tensor: tensor.is_bias)

    def _make_filter(self) -> QLineEdit:
        line = QLineEdit()
        line.setObjectName("tensor_filter")
        line.setClearButtonEnabled(True)
        line.setPlaceholderText(self.tr("Filter by name"))
        line.setAccessibleName(self.tr("Filter tensors by name"))
        line.setToolTip(self.tr("List only tensors whose name contains this text."))
        line.textChanged.connect(self._proxy.setFilterFixedString)
        return line

    def _make_view(self) -> QListView:
        view = QListView()
        view.setObjectName("tensors")
        view.setModel(self._proxy)
        view.setItemDelegate(CheckDelegate(view))
        view.setUniformItemSizes(True)
        view.setTextElideMode(Qt.TextElideMode.ElideRight)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setIconSize(QSize(20, 12))
        view.setAccessibleName(self.tr("Tensors"))
        view.setToolTip(
            self.tr(
                "Tick what is drawn. Select one to bring it out; Ctrl-click lets it go."
            )
        )
        view.selectionModel().selectionChanged.connect(self._report_selection)
        return view

    def _make_buttons(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        wanted = (
            (self.tr("All"), self.tr("Draw every tensor."), self.check_all),
            (self.tr("None"), self.tr("Draw no tensor."), self.check_none),
            (self.tr("Weights"), self.tr("Draw the weights alone."), self.check_weights),
            (self.tr("Biases"), self.tr("Draw the biases alone."), self.check_biases),
        )
        for text, tip, slot in wanted:
            button = QToolButton()
            button.setObjectName(f"check_{slot.__name__.removeprefix('check_')}")
            button.setAutoRaise(True)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(slot)
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    @Slot()
    def _report_selection(self) -> None:
        self.selection_changed.emit()
