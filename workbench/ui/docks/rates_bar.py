"""The controls above the rates: which view, which quantity, and a few switches."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from workbench.core.rates import Quantity
from workbench.ui.segments import Segments

LINES, MAP, ELEMENTS = "lines", "map", "elements"
_LEAST_LETTERS = 12


class RatesBar(QWidget):
    """One row; what means nothing to the chosen view is not shown."""

    mode_changed = Signal()
    quantity_changed = Signal()

    def __init__(
        self, kinds: QWidget, log_y: QAction, parent: QWidget | None = None
    ) -> None:
        """Take the switch of the elements and the action of the lines in."""
        super().__init__(parent)
        self._kinds = kinds
        self._is_linkable = False
        self._mode = self._make_mode()
        self._quantity = self._make_quantity()
        self._make_actions()
        self._lay_out(log_y)
        self._mode.chosen.connect(self._change_mode)
        self._quantity.currentIndexChanged.connect(self._change_quantity)
        self._show_controls()

    @property
    def mode(self) -> str:
        """Return which of the three views is chosen: LINES, MAP or ELEMENTS."""
        return self._mode.current

    @property
    def quantity(self) -> Quantity:
        """Return which quantity is chosen."""
        return Quantity(self._quantity.currentData())

    def set_mode(self, mode: str) -> None:
        """Choose LINES, MAP or ELEMENTS."""
        self._mode.choose(mode)

    def set_quantity(self, quantity: Quantity) -> None:
        """Choose a quantity."""
        self._quantity.setCurrentIndex(self._quantity.findData(quantity))

    def offer_link(self) -> None:
        """Show the switch that links x: there is something to be linked with."""
        self._is_linkable = True
        self._show_controls()

    @Slot()
    def _change_mode(self) -> None:
        self._show_controls()
        self.mode_changed.emit()

    @Slot()
    def _change_quantity(self) -> None:
        self._quantity.setToolTip(self.quantity.help)
        self.quantity_changed.emit()

    def _show_controls(self) -> None:
        by_element = self.mode == ELEMENTS
        self._quantity.setVisible(not by_element)
        self._kinds.setVisible(by_element)
        shown = {
            "band": self.mode == LINES,
            "link": self._is_linkable and not by_element,
            "log_y": self.mode == LINES,
            "fit": not by_element,
        }
        for name, button in self._buttons.items():
            button.setVisible(shown[name])

    def _make_mode(self) -> Segments:
        entries = (
            (LINES, self.tr("Lines"), self.tr("A line and a band for each tensor.")),
            (MAP, self.tr("Map"), self.tr("A row of colours for each tensor.")),
            (
                ELEMENTS,
                self.tr("Elements"),
                self.tr("The single elements of the selected tensor, now."),
            ),
        )
        mode = Segments(self.tr("View"), entries)
        mode.setObjectName("rates_mode")
        return mode

    def _make_quantity(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("rates_quantity")
        box.setAccessibleName(self.tr("Quantity"))
        for row, quantity in enumerate(Quantity):
            box.addItem(quantity.label, quantity)
            box.setItemData(row, quantity.help, Qt.ItemDataRole.ToolTipRole)
        box.setToolTip(Quantity(box.currentData()).help)
        box.setMaximumWidth(box.sizeHint().width())
        box.setMinimumContentsLength(_LEAST_LETTERS)  # where the dock is narrow
        box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        return box

    def _make_actions(self) -> None:
        self.band_action = self._make_switch(
            self.tr("Band"), self.tr("Draw where 90 % of a tensor's elements lie.")
        )
        self.link_action = self._make_switch(
            self.tr("Link x"),
            self.tr(
                "Zoom along the steps and read with the crosshair here and in the loss "
                "plot at once, while that is drawn by step."
            ),
        )
        self.fit_action = QAction(self.tr("Fit"), self)
        self.fit_action.setToolTip(self.tr("Show everything again (double-click)."))

    def _make_switch(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setToolTip(tip)
        action.setCheckable(True)
        action.setChecked(True)
        return action

    def _lay_out(self, log_y: QAction) -> None:
        actions = {
            "band": self.band_action,
            "link": self.link_action,
            "log_y": log_y,
            "fit": self.fit_action,
        }
        self._buttons = {name: _button(action) for name, action in actions.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._mode)
        row.addWidget(self._quantity, 10)
        row.addWidget(self._kinds)
        row.addStretch(1)
        for button in self._buttons.values():
            row.addWidget(button)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setDefaultAction(action)
    return button
