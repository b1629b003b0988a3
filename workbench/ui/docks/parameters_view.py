"""The parameters dock: every tensor with its rate, its update, its gradient, its health."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.findings import Diagnosis, Level
from workbench.core.health import assess
from workbench.core.rates import Quantity
from workbench.core.run import Run
from workbench.ui.docks.health_line import HealthLine
from workbench.ui.docks.parameters_columns import Readings
from workbench.ui.docks.parameters_model import FindingsFilter, ParametersModel
from workbench.ui.docks.parameters_table import ParametersTable
from workbench.ui.plots.plot import Plot

_REFRESH_EVERY_S = 0.25  # numbers that change faster cannot be read
_MOST_IN_TOOLTIP = 12
# What the column of the rate can show; the others have columns of their own.
RATES = tuple(
    quantity
    for quantity in Quantity
    if quantity not in {Quantity.UPDATE_TO_WEIGHT, Quantity.GRADIENT_NORM}
)


class ParametersView(QWidget):
    """A tree of the focused run's tensors below a line on its health."""

    tensor_chosen = Signal(str)  # by the person, the name of a tensor

    def __init__(
        self,
        parent: QWidget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("parameters_view")
        self._clock = clock
        self._run: Run | None = None
        self._seen: object = None
        self._refreshed_s = -np.inf
        self._quantity_chosen = False
        self._is_choosing = False
        self.model = ParametersModel(self)
        self._filter = FindingsFilter(self)
        self._filter.setSourceModel(self.model)
        self.table = ParametersTable(self._filter)
        self.summary = HealthLine("health_summary")
        self.detail = HealthLine("health_detail")
        self._make_controls()
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.refresh()

    @property
    def quantity(self) -> Quantity:
        """Return what the column of the rate shows."""
        return Quantity(self._quantity.currentData())

    @Slot(object)
    def set_quantity(self, quantity: Quantity) -> None:
        """Show this as the rate; what has a column of its own changes nothing."""
        if quantity in RATES:
            self._quantity.setCurrentIndex(self._quantity.findData(quantity))

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing."""
        if run is self._run:
            return
        self._run, self._seen = run, None
        if run is not None and not self._quantity_chosen:
            self._choose_quantity(run)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call, at most four times a second."""
        run = self._run
        if run is None or not len(run.history.rates):
            self._show_empty_state(run)
            return
        state = (run.id, run.state, self.quantity)
        progress = (len(run.history.rates), len(run.explosions), len(run.epochs))
        now = self._clock()
        is_early = now - self._refreshed_s < _REFRESH_EVERY_S
        if self._seen == (state, progress):
            return
        if is_early and isinstance(self._seen, tuple) and self._seen[0] == state:
            return
        self._seen, self._refreshed_s = (state, progress), now
        self._show(run)

    def plots(self) -> Mapping[str, Plot]:
        """There is no plot to be exported."""
        return {}

    @Slot(str)
    def choose_tensor(self, name: str) -> None:
        """Bring a tensor's row out, as somebody else has chosen it."""
        index = self._filter.mapFromSource(self.model.index_of(name))
        if index.isValid():
            self._is_choosing = True
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)
            self._is_choosing = False

    def _show(self, run: Run) -> None:
        rates = run.history.rates
        if rates.tensors != self.model.tensors:
            self.model.set_tensors(rates.tensors)
            self.table.open_few(self.model.num_layers)
            self.table.fit_columns()
        before, diagnosis = self.model.words.diagnosis, assess(run)
        readings = Readings.newest(rates, self.quantity)
        self.model.update_readings(readings, diagnosis, self.quantity)
        self.table.viewport().update()  # tensors too: the model speaks of layers alone
        if self._filter.only_findings and _rows(before) != _rows(diagnosis):
            self._list_only_findings(True)
        self._quantity.setToolTip(self._explain_quantity(run, readings))
        self._show_summary(diagnosis)
        self._show_detail()
        self._pages.setCurrentWidget(self._content)

    def _show_summary(self, diagnosis: Diagnosis) -> None:
        findings = diagnosis.findings
        if findings:
            worst, others = findings[0], len(findings) - 1
            more = worst.advice
            if others:
                more = self.tr("{0} And {1} more.").format(more, f"{others:,}")
            listed = [one.reason for one in findings[:_MOST_IN_TOOLTIP]]
            self.summary.show_words(worst.level, worst.reason, more, "\n".join(listed))
        elif diagnosis.missing:
            text = self.tr("Not judged yet: {} more measurements are needed.")
            self.summary.show_words(None, text.format(diagnosis.missing))
        else:
            self.summary.show_words(
                Level.GOOD,
                self.tr("All quiet"),
                help_text=self.tr("Nothing stands out in any tensor or in the loss."),
            )

    @Slot()
    def _show_detail(self) -> None:
        """Say of the current row what its tooltip says, unless the summary does."""
        index = self._filter.mapToSource(self.table.currentIndex())
        finding = self.model.finding_at(index) if index.isValid() else None
        worst = next(iter(self.model.words.diagnosis.findings), None)
        stands_out = finding is not None and finding.level is not Level.GOOD
        if finding is not None and stands_out and finding != worst:
            self.detail.show_words(finding.level, finding.reason, finding.advice)
        self.detail.setVisible(stands_out and finding != worst)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._show_detail()
        if not current.isValid() or self._is_choosing:
            return
        tensor = self.model.tensor_at(self._filter.mapToSource(current))
        if tensor is not None:
            self.tensor_chosen.emit(tensor.name)

    @Slot()
    def _on_quantity_chosen(self) -> None:
        self._quantity_chosen = True

    @Slot(bool)
    def _list_only_findings(self, only: bool) -> None:
        self._filter.set_only_findings(only)
        if only:
            self.table.expandAll()
        self._show_detail()

    def _choose_quantity(self, run: Run) -> None:
        """Until the person has chosen: what the run's optimizer has."""
        has_none = run.plan.optimizer.no_step_coefficient
        self.set_quantity(Quantity.REALISED_RATE if has_none else Quantity.STEP_COEFFICIENT)

    def _explain_quantity(self, run: Run, readings: Readings) -> str:
        reason = run.plan.optimizer.no_step_coefficient
        if self.quantity is Quantity.STEP_COEFFICIENT and reason:
            return self.tr("Not defined here: {}.").format(reason)
        if np.isnan(readings.rate).all():
            return self.tr("{} has no value in this run.").format(self.quantity.label)
        return self.quantity.help

    def _show_empty_state(self, run: Run | None) -> None:
        if run is None:
            sentence = self.tr(
                "Every tensor appears here with its rate, its update relative to its "
                "weights and a light for its health.\nPress Train (Space) to start a run."
            )
        elif run.state.is_over:
            sentence = self.tr("This run ended before anything was measured.")
        else:
            what = run.message or self.tr("Preparing")
            sentence = self.tr("{}… The tensors appear with the first step.").format(what)
        self._empty.setText(sentence)
        self._pages.setCurrentWidget(self._empty)

    def _make_controls(self) -> None:
        self._quantity = QComboBox()
        self._quantity.setObjectName("parameters_quantity")
        self._quantity.setAccessibleName(self.tr("Rate that the table shows"))
        self._quantity.setMinimumContentsLength(12)
        for quantity in RATES:
            self._quantity.addItem(quantity.label, quantity)
            row = self._quantity.count() - 1
            self._quantity.setItemData(row, quantity.help, Qt.ItemDataRole.ToolTipRole)
        self._quantity.setToolTip(self.quantity.help)
        self._quantity.activated.connect(self._on_quantity_chosen)
        self._quantity.currentIndexChanged.connect(self.refresh)
        self._only = QToolButton()
        self._only.setObjectName("only_findings")
        self._only.setText(self.tr("Only findings"))
        self._only.setToolTip(self.tr("List only tensors in which something stands out."))
        self._only.setAccessibleName(self._only.toolTip())
        self._only.setCheckable(True)
        self._only.setAutoRaise(True)
        self._only.toggled.connect(self._list_only_findings)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 8, 0)
        controls.setSpacing(8)
        controls.addWidget(self._quantity)
        controls.addStretch(1)
        controls.addWidget(self._only)
        self._content = QWidget()
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(controls)
        layout.addWidget(self.summary)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.detail)
        self.detail.hide()
        self._empty = QLabel()
        self._empty.setObjectName("parameters_empty")
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(24)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._empty.setBackgroundRole(QPalette.ColorRole.Base)
        self._empty.setAutoFillBackground(True)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._content)


def _rows(diagnosis: Diagnosis) -> set[tuple[str, str]]:
    """Return the layers and tensors in which something stands out."""
    return {(finding.subject, finding.tensor) for finding in diagnosis.findings}
