"""The toolbar: train, pause, step, stop, the device, and how far the run is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from workbench.core.ports import DeviceFacts
from workbench.core.run import Run
from workbench.ui.window_actions import tr


class RunToolbar(QToolBar):
    """Shows the actions of a run, and where the run stands."""

    device_chosen = Signal(str)  # "auto", "cpu" or "cuda", chosen by the person

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(tr("Run"), parent)
        self.setObjectName("run_toolbar")
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for key in ("train", "pause", "resume", "step", "stop"):
            self.addAction(actions[key])
        self.addSeparator()
        self.addWidget(QLabel(tr("Device ")))
        self._device = self._build_device()
        self.addWidget(self._device)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._progress = self._build_progress()
        self.addWidget(self._progress)

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
        self._device.setMinimumContentsLength(longest)

    def show_run(self, run: Run | None) -> None:
        """Show how far a run is, or that there is none."""
        if run is None or run.started is None:
            preparing = run is not None and not run.state.is_over
            self._progress.setRange(0, 0 if preparing else 1)
            self._progress.setValue(0)
            self._progress.setFormat(run.message if run is not None and preparing else "")
            return
        self._progress.setRange(0, run.started.total_steps)
        self._progress.setValue(run.num_steps)
        self._progress.setFormat(
            tr("epoch {done} of {all}").format(
                done=len(run.epochs), all=run.plan.loop.epochs
            )
        )

    def _build_device(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("device")
        box.setAccessibleName(tr("Device"))
        box.setToolTip(
            tr("Where the next run computes; automatic takes CUDA where it is there")
        )
        for key, title in (("auto", tr("Automatic")), ("cpu", "CPU"), ("cuda", "CUDA")):
            box.addItem(title, key)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._on_device_activated)
        return box

    def _build_progress(self) -> QProgressBar:
        bar = QProgressBar()
        bar.setObjectName("progress")
        bar.setAccessibleName(tr("Progress of the run"))
        bar.setToolTip(tr("Steps done of all steps of the run"))
        bar.setFixedWidth(260)
        bar.setRange(0, 1)
        bar.setFormat("")
        return bar

    @Slot(int)
    def _on_device_activated(self, index: int) -> None:
        self.device_chosen.emit(self._device.itemData(index))
