"""The effective learning rates of one run: a line and a band for each tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.rates import Quantity, TensorFacts
from workbench.core.run import Run
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Band, Curve, Dash, LineStyle
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.plot import Plot
from workbench.ui.plots.rate_levels import Bands, RateLevels
from workbench.ui.plots.tensor_list import TensorList, tensor_dash, tensor_ink
from workbench.ui.plots.tracks import StepTrack
from workbench.ui.theme import PlotTheme

_MOST_POINTS = 1000
_MOST_POINTS_IN_ALL = 80_000
_MOST_BANDS = 16  # more of them hide each other; then only the selected one is drawn
_MOST_IN_LEGEND = 24


class RatesView(QWidget):
    """Median and 5–95 % band of a quantity over the steps, on a log axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rates_view")
        self._run: Run | None = None
        self._levels: RateLevels | None = None
        self._lr_track: StepTrack | None = None
        self._lines: list[Curve] = []
        self._bands: list[Band] = []
        self._seen: object = None
        self.plot = CurvePlot(self.tr("Effective learning rate"))
        self.plot.view_changed.connect(self.refresh)
        self._nominal = self.plot.add_curve(
            LineStyle(_text_ink, Dash.LONG), self.tr("nominal rate"), z=30
        )
        self.tensors = TensorList(self.plot.theme)
        self.tensors.checks_changed.connect(self._redraw)
        self.tensors.selection_changed.connect(self._redraw)
        self.plot.theme_changed.connect(self._recolour_list)
        self._make_quantity()
        self._lay_out()
        self.plot.set_log(y=True)
        self.refresh()

    @property
    def quantity(self) -> Quantity:
        """Return what is drawn."""
        return Quantity(self._quantity.currentData())

    def set_quantity(self, quantity: Quantity) -> None:
        """Draw another quantity."""
        self._quantity.setCurrentIndex(self._quantity.findData(quantity))

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing."""
        if run is self._run:
            return
        self._run = run
        self._lr_track = StepTrack(run.history.steps.lr) if run else None
        self._levels = None
        self._seen = None
        self.plot.fit()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        run = self._run
        if run is None or not len(run.history.rates):
            self._show_empty_state(run)
            return
        if run.history.rates.tensors != self.tensors.model.tensors:
            self._make_curves(run.history.rates.tensors)
        if self._levels is None:
            self._levels = RateLevels(run.history.rates, self.quantity)
        visible = self.plot.visible_x()
        state = (len(run.history.rates), run.num_steps, run.state, visible)
        if state != self._seen:
            self._seen = state
            self._draw(run, self._levels.read(visible, self._max_points()))

    def plots(self) -> Mapping[str, Plot]:
        """Return the plot of the rates."""
        return {"effective_lr": self.plot}

    def _make_curves(self, tensors: tuple[TensorFacts, ...]) -> None:
        """Make a line and a band for each tensor."""
        for line in self._lines:
            self.plot.remove(line)
        for band in self._bands:
            self.plot.remove(band)
        deepest = max((tensor.depth for tensor in tensors), default=0)
        inks = [tensor_ink(tensor, deepest) for tensor in tensors]
        self._lines = [
            self.plot.add_curve(LineStyle(ink, tensor_dash(tensor)), tensor.name)
            for ink, tensor in zip(inks, tensors, strict=True)
        ]
        self._bands = [self.plot.add_band(ink) for ink in inks]
        self.tensors.model.set_tensors(tensors)
        self.tensors.show()

    def _max_points(self) -> int:
        """Return how many points each line may have, so that all together stay cheap."""
        checked = max(1, sum(self.tensors.model.checks))
        return max(100, min(_MOST_POINTS, _MOST_POINTS_IN_ALL // checked))

    def _draw(self, run: Run, bands: Bands) -> None:
        checks = self.tensors.model.checks
        if not np.isfinite(bands.middle).any() and not self.plot.visible_x():
            self.plot.show_message(self._why_undefined(run))
            return
        for place, checked in enumerate(checks):
            self._draw_tensor(place, bands, checked=checked)
        if not any(checks):
            self.plot.show_message(self.tr("No tensor is ticked; tick some in the list."))
            return
        self.plot.clear_message()
        self._draw_nominal()
        self._show_legend()
        self.plot.set_labels(self.tr("step"), self.quantity.label)
        total = run.started.total_steps if run.started else 0
        self.plot.expect_x(run.num_steps if run.state.is_over else total)
        self.plot.follow(exactly=run.state.is_over)

    def _draw_tensor(self, place: int, bands: Bands, *, checked: bool) -> None:
        line, band = self._lines[place], self._bands[place]
        line.set_visible(checked)
        band.set_visible(checked and self._has_band(place))
        if line.is_visible:
            line.set_data(bands.steps, bands.middle[:, place])
        if band.is_visible:
            band.set_opacity(_opacity(sum(self.tensors.model.checks)))
            band.set_data(bands.steps, bands.low[:, place], bands.high[:, place])

    def _has_band(self, place: int) -> bool:
        """Say whether a tensor's band is drawn: the selected one's, else all of few."""
        if self.tensors.selected is not None:
            return place == self.tensors.selected
        return sum(self.tensors.model.checks) <= _MOST_BANDS

    def _draw_nominal(self) -> None:
        """Draw the scheduled rate, where it can be compared with the quantity."""
        track = self._lr_track
        self._nominal.set_visible(self.quantity is not Quantity.UPDATE_TO_WEIGHT)
        if track is not None and self._nominal.is_visible:
            self._nominal.set_data(*track.read(self.plot.visible_x(), 1, _MOST_POINTS))
            self._nominal.lookup = lambda x: track.value_at(x, 1)

    @Slot()
    def _change_quantity(self) -> None:
        self._levels = None
        self._quantity.setToolTip(self.quantity.help)
        self._seen = None
        self.plot.fit()

    @Slot()
    def _redraw(self) -> None:
        """Draw the checked tensors, the selected one before the others."""
        self._seen = None
        selected = self.tensors.selected
        facts = zip(self._lines, self.tensors.model.tensors, strict=True)
        for place, (line, tensor) in enumerate(facts):
            line.set_style(
                LineStyle(
                    line.style.ink,
                    tensor_dash(tensor),
                    width=2.0 if place == selected else 1.0,
                    faint=selected not in {None, place},
                )
            )
            line.item.setZValue(5 if place == selected else 0)
        self.refresh()

    @Slot()
    def _recolour_list(self) -> None:
        self.tensors.model.recolour(self.plot.theme)

    def _show_empty_state(self, run: Run | None) -> None:
        if run is None:
            sentence = self.tr(
                "The effective learning rate of every tensor appears here, measured "
                "while a run trains.\nPress Train (Space) to start one."
            )
        elif run.state.is_over:
            sentence = self.tr("This run ended before anything was measured.")
        else:
            what = run.message or self.tr("Preparing")
            sentence = self.tr("{}… The rates appear with the first step.").format(what)
        if sentence != self.plot.message:
            self.plot.show_message(sentence)

    def _why_undefined(self, run: Run) -> str:
        optimizer = run.plan.optimizer
        if self.quantity is Quantity.STEP_COEFFICIENT and optimizer.no_step_coefficient:
            return self.tr(
                "{} is not defined for {}: {}.\nChoose “{}”, which every optimizer has."
            ).format(
                self.quantity.label,
                optimizer.title,
                optimizer.no_step_coefficient,
                Quantity.REALISED_RATE.label,
            )
        return self.tr(
            "{} has no value here: every gradient measured so far was zero."
        ).format(self.quantity.label)

    def _show_legend(self) -> None:
        entries = [Entry(self.tr("median"), _text_ink)]
        if not self.quantity.by_element:
            entries = [Entry(self.tr("tensor"), _text_ink)]
        if any(band.is_visible and band.bounds for band in self._bands):
            entries.append(Entry(self.tr("5–95 % of the elements"), _text_ink, "band"))
        tensors = self.tensors.model.tensors
        if any(tensor.is_bias for tensor in tensors):
            entries.append(Entry(self.tr("bias"), _text_ink, dash=Dash.DASHED))
        if self._nominal.is_visible:
            entries.append(Entry(self._nominal.name, _text_ink, dash=Dash.LONG))
        shown = zip(tensors, self._lines, self.tensors.model.checks, strict=True)
        named = [
            Entry(tensor.name, line.style.ink, dash=line.style.dash, only_exported=True)
            for tensor, line, checked in shown
            if checked
        ]
        self.plot.set_legend(entries + named[:_MOST_IN_LEGEND])

    def _make_quantity(self) -> None:
        self._quantity = QComboBox()
        self._quantity.setObjectName("rates_quantity")
        self._quantity.setAccessibleName(self.tr("Quantity"))
        for quantity in Quantity:
            self._quantity.addItem(quantity.label, quantity)
            row = self._quantity.count() - 1
            self._quantity.setItemData(row, quantity.help, Qt.ItemDataRole.ToolTipRole)
        self._quantity.setToolTip(self.quantity.help)
        self._quantity.currentIndexChanged.connect(self._change_quantity)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 8, 4)
        controls.setSpacing(8)
        controls.addWidget(self._quantity)
        controls.addStretch(1)
        for action in (
            self.plot.log_x_action,
            self.plot.log_y_action,
            self.plot.fit_action,
        ):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setDefaultAction(action)
            controls.addWidget(button)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("rates_splitter")
        splitter.addWidget(self.plot)
        splitter.addWidget(self.tensors)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([496, 200])
        self.tensors.hide()  # until there are tensors to choose from
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(controls)
        layout.addWidget(splitter, 1)


def _opacity(num_bands: int) -> float:
    """Return how strong bands may be so that many of them do not turn to mud."""
    return max(0.07, min(0.2, 0.7 / max(1, num_bands)))


def _text_ink(theme: PlotTheme) -> QColor:
    return theme.text
