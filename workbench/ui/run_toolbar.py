"""The toolbar: train, pause, step, stop, the device, and how far the run is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QToolBar, QToolButton, QWidget

from workbench.core.ports import DeviceFacts
from workbench.core.run import Run
from workbench.ui.run_gauge import RunGauge
from workbench.ui.window_actions import tr

_ICON = 20
_BESIDE_WORDS = 24  # pixels of an action's button that neither icon nor words take
_DEVICE_LETTERS = 14  # room for the names that are found out after the start


class RunToolbar(QToolBar):
    """Shows the actions of a run, and where the run stands."""

    device_chosen = Signal(str)  # "auto", "cpu" or "cuda", chosen by the person

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(tr("Run"), parent)
        self.setObjectName("run_toolbar")
        self._actions = actions
        self.setMovable(False)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for key in ("train", "pause", "resume", "step", "stop"):
            self.addAction(actions[key])
        self.addSeparator()
        self.addWidget(QLabel(tr("Device ")))
        self._device = self._build_device()
        self.addWidget(self._device)
        self._gauge = RunGauge()
        self._gauge_action = self.addWidget(self._gauge)
        actions["continue_run"].enabledChanged.connect(self._offer_to_continue)
        self._make_primary("train", "pause", "resume")
        self._keep_width("train", "pause", "resume")
        self._keep_width("stop", other=tr("Stopping…"))

    def set_device(self, key: str) -> None:
        """Show which device the settings name."""
        with QSignalBlocker(self._device):
            self._device.setCurrentIndex(self._device.findData(key))

    def set_devices(self, devices: Sequence[DeviceFacts]) -> None:
        """Show what each device is, and grey out those that are not there."""
        model = self._device.model()
        for facts in devices:
            index = self._device.findData(facts.key)
            self._device.setItemText(index, facts.title)
            self._device.setItemData(index, facts.reason, Qt.ItemDataRole.ToolTipRole)
            if isinstance(model, QStandardItemModel):
                model.item(index).setEnabled(facts.available)
        longest = max(len(self._device.itemText(i)) for i in range(self._device.count()))
        self._device.setMinimumContentsLength(max(_DEVICE_LETTERS, longest))

    def show_run(self, run: Run | None) -> None:
        """Show how far a run is, or that there is none."""
        self._gauge.show_run(run)

    def _build_device(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("run_device")
        box.setAccessibleName(tr("Device"))
        box.setToolTip(
            tr("Where the next run computes; automatic takes CUDA where it is there")
        )
        for key, title in (("auto", tr("Automatic")), ("cpu", "CPU"), ("cuda", "CUDA")):
            box.addItem(title, key)
        box.setMinimumContentsLength(_DEVICE_LETTERS)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._on_device_activated)
        return box

    def _make_primary(self, *keys: str) -> None:
        """Give the action that comes next the look of a button."""
        for key in keys:
            self._button(key).setAutoRaise(False)

    def _keep_width(self, *keys: str, other: str = "") -> None:
        """Let nothing move where one of these actions takes the place of another."""
        words = [other, *(self._actions[key].iconText() for key in keys)]
        least = max(map(self.fontMetrics().horizontalAdvance, words))
        for key in keys:
            width = least + self.iconSize().width() + _BESIDE_WORDS
            self._button(key).setMinimumWidth(width)

    def _button(self, key: str) -> QToolButton:
        button = self.widgetForAction(self._actions[key])
        assert isinstance(button, QToolButton)  # noqa: S101 - actions get no other
        return button

    @Slot(bool)
    def _offer_to_continue(self, can_continue: bool) -> None:
        """Show the button while the chosen run can be continued; menus have it always."""
        action = self._actions["continue_run"]
        if can_continue:
            self.insertAction(self._gauge_action, action)
        else:
            self.removeAction(action)

    @Slot(int)
    def _on_device_activated(self, index: int) -> None:
        self.device_chosen.emit(self._device.itemData(index))
