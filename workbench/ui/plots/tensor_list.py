"""The list beside the rates: which tensors are drawn, and which one is brought out."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from workbench.ui.check_delegate import CheckDelegate
from workbench.ui.plots.tensor_model import NAME_ROLE, TensorModel
from workbench.ui.plots.tensor_sample import SAMPLE_SIZE
from workbench.ui.theme import PlotTheme, soften_selection

MOST_UNFOLDED = 24  # layers up to which all are shown with their tensors


class TensorList(QWidget):
    """The tensors by layer, a filter by name, and buttons that check many at once."""

    checks_changed = Signal()
    selection_changed = Signal()
    elements_wanted = Signal()  # of the selected tensor

    def __init__(self, theme: PlotTheme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tensor_list")
        self.model = TensorModel(theme, self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterRole(NAME_ROLE)
        self._proxy.setRecursiveFilteringEnabled(True)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter = self._make_filter()
        self._only = self._make_only()
        self._view = self._make_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._filter)
        layout.addWidget(self._only)
        layout.addWidget(self._view, 1)
        layout.addLayout(self._make_buttons())
        self.model.checks_changed.connect(self.checks_changed)
        self.model.modelReset.connect(self._relist)

    @property
    def selected(self) -> int | None:
        """Return the place of the tensor that is selected, to be emphasised.

        Of a layer it is the first tensor.
        """
        places = self._selected_places()
        return places[0] if places else None

    def select(self, place: int) -> None:
        """Emphasise the tensor at that place."""
        self._view.setCurrentIndex(self._proxy.mapFromSource(self.model.index_of(place)))

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

    @Slot()
    def solo_selected(self) -> None:
        """Draw the selected tensor or layer alone; again: what was drawn before."""
        self.model.solo(self._selected_places())

    @Slot()
    def hide_selected(self) -> None:
        """Draw the selected tensor or layer no more."""
        self.model.hide_places(self._selected_places())

    @Slot()
    def solo_listed(self) -> None:
        """Draw what the filter lists alone; again: what was drawn before."""
        if listed := self._listed_places():
            self.model.solo(listed)

    def recolour(self, theme: PlotTheme) -> None:
        """Take new colours."""
        self.model.recolour(theme)
        soften_selection(self._view)

    def make_menu(self) -> QMenu:
        """Return the menu of the selected row."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._selected_places():
            menu.addAction(self.tr("Solo")).triggered.connect(self.solo_selected)
            menu.addAction(self.tr("Hide")).triggered.connect(self.hide_selected)
            elements = menu.addAction(self.tr("Show its elements"))
            elements.triggered.connect(self.elements_wanted)
            menu.addSeparator()
        menu.addAction(self.tr("Draw all")).triggered.connect(self.check_all)
        menu.addAction(self.tr("Unfold all layers")).triggered.connect(self._view.expandAll)
        menu.addAction(self.tr("Fold all layers")).triggered.connect(self._view.collapseAll)
        return menu

    def _selected_places(self) -> list[int]:
        found = self._view.selectionModel().selectedIndexes()
        return self.model.places_at(self._proxy.mapToSource(found[0])) if found else []

    def _listed_places(self) -> list[int]:
        """Return the tensors that the filter leaves in the list."""
        found: list[int] = []
        for row in range(self._proxy.rowCount()):
            layer = self._proxy.index(row, 0)
            for child in range(self._proxy.rowCount(layer)):
                index = self._proxy.index(child, 0, layer)
                found += self.model.places_at(self._proxy.mapToSource(index))
        return found

    def _make_only(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("solo_listed")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setToolTip(
            self.tr("Draw what is listed alone (Enter); again: what was drawn before.")
        )
        button.clicked.connect(self.solo_listed)
        button.hide()
        return button

    def _make_filter(self) -> QLineEdit:
        line = QLineEdit()
        line.setObjectName("tensor_filter")
        line.setClearButtonEnabled(True)
        line.setPlaceholderText(self.tr("Filter by name"))
        line.setAccessibleName(self.tr("Filter tensors by name"))
        line.setToolTip(self.tr("List only tensors whose name contains this text."))
        line.textChanged.connect(self._apply_filter)
        line.returnPressed.connect(self.solo_listed)
        return line

    def _make_view(self) -> QTreeView:
        view = QTreeView()
        view.setObjectName("tensors")
        view.setModel(self._proxy)
        view.setItemDelegate(CheckDelegate(view))
        view.setHeaderHidden(True)
        view.setUniformRowHeights(True)
        view.setIndentation(9)
        view.setExpandsOnDoubleClick(False)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setIconSize(SAMPLE_SIZE)
        soften_selection(view)
        view.setAccessibleName(self.tr("Tensors"))
        view.setToolTip(
            self.tr(
                "Tick what is drawn. Select one to bring it out; Ctrl-click lets it go. "
                "Double-click draws it alone, and once more brings the others back."
            )
        )
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.doubleClicked.connect(self._solo)
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

    @Slot(str)
    def _apply_filter(self, text: str) -> None:
        self._proxy.setFilterFixedString(text)
        self._relist()

    @Slot()
    def _relist(self) -> None:
        """Unfold what there is room for, and say how much the filter has found."""
        text = self._filter.text()
        if self.model.num_layers <= MOST_UNFOLDED or text:
            self._view.expandAll()
        listed = len(self._listed_places())
        found = self.tr("Draw only these {}").format(f"{listed:,}")
        self._only.setText(found if listed else self.tr("No such name"))
        self._only.setEnabled(listed > 0)
        self._only.setVisible(bool(text))

    @Slot(QModelIndex)
    def _solo(self, index: QModelIndex) -> None:
        self.model.solo(self.model.places_at(self._proxy.mapToSource(index)))

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        self.make_menu().popup(self._view.viewport().mapToGlobal(place))

    @Slot()
    def _report_selection(self) -> None:
        self.selection_changed.emit()
