"""Keeps the form and the line below the rates at one about how often is measured."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from workbench.ui.docks.rate_sampling import SamplingLine
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.session_document import SessionDocument

_SECTION, _FIELD = "loop", "sample_every"


class SamplingPresenter(QObject):
    """Writes a choice into the form, and tells what the form holds."""

    def __init__(
        self,
        panel: ExperimentPanel,
        document: SessionDocument,
        line: SamplingLine,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel, self._line = panel, line
        line.every_chosen.connect(self._write)
        panel.plan_changed.connect(self._tell)
        document.session_replaced.connect(self._tell)
        self._tell()

    @Slot(int)
    def _write(self, every: int) -> None:
        self._panel.set_value(_SECTION, _FIELD, every)

    @Slot()
    def _tell(self) -> None:
        every = self._panel.value(_SECTION, _FIELD)
        if isinstance(every, int):  # else it is text that says nothing yet
            self._line.set_planned(every)
