"""The rates as lines: median and 5–95 % band of each tensor over the steps."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QPointF, Slot
from PySide6.QtGui import QColor

from workbench.core.rates import Quantity, TensorFacts
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.ui.docks.rate_sentences import how_sampled, why_undefined
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Band, Curve, Dash, LineStyle
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.rate_levels import Bands, RateLevels
from workbench.ui.plots.sampling import with_gaps
from workbench.ui.plots.tensor_list import TensorList
from workbench.ui.plots.tensor_model import tensor_dash, tensor_ink
from workbench.ui.plots.tracks import StepTrack
from workbench.ui.theme import PlotTheme

_MOST_POINTS = 1000
_MOST_POINTS_IN_ALL = 80_000
_MOST_BANDS = 16  # more of them hide each other; then only the selected one is drawn
_MOST_IN_LEGEND = 24
_LEAST_DOT_PX = 8  # samples nearer than this are too many to get a dot each
_MOST_DOTS = 1500
_LEAST_MARK_PX = 5  # Lookahead's marks nearer than this cannot be told apart
_CLICK_PX = 14
_COMPARABLE = {
    Quantity.STEP_COEFFICIENT,
    Quantity.REALISED_RATE,
    Quantity.REALISED_NORM,
}


class RateLines(QObject):
    """Draws the checked tensors of a list into a plot."""

    def __init__(self, tensors: TensorList, plot: CurvePlot) -> None:
        super().__init__(plot)
        self.plot = plot
        self._tensors = tensors
        self._run: Run | None = None
        self._facts: tuple[TensorFacts, ...] = ()
        self._quantity = Quantity.STEP_COEFFICIENT
        self._levels: RateLevels | None = None
        self._lr_track: StepTrack | None = None
        self.lines: list[Curve] = []
        self.bands: list[Band] = []
        self.shows_bands = True
        self._brought_out: int | None = None
        self.nominal = plot.add_curve(
            LineStyle(_text_ink, Dash.LONG), self.tr("nominal rate"), z=30
        )
        self.syncs = plot.add_rug(_accent_ink)
        plot.canvas.clicked.connect(self._select_nearest)
        plot.set_log(y=True)

    def begin(self, run: Run | None, quantity: Quantity) -> None:
        """Draw this quantity of this run from now on."""
        if run is not self._run or self._lr_track is None:
            self._lr_track = StepTrack(run.history.steps.lr) if run else None
        self._run, self._quantity, self._levels = run, quantity, None

    def draw(self, run: Run) -> None:
        """Draw what is in view; the run has been measured at least once."""
        rates = run.history.rates
        if rates.tensors != self._facts:
            self._make_curves(rates.tensors)
        if self._levels is None:
            self._levels = RateLevels(rates, self._quantity)
        visible = self.plot.visible_x()
        bands = self._levels.read(visible, self._max_points())
        if not np.isfinite(bands.middle).any() and not visible:
            self.plot.show_message(why_undefined(run, self._quantity))
            return
        self._style()
        self._draw_tensors(bands)
        if not any(self._tensors.model.checks):
            self.plot.show_message(self.tr("No tensor is ticked; tick some in the list."))
            return
        self.plot.clear_message()
        self._draw_nominal()
        self._draw_syncs(run, visible)
        self._show_legend()
        note = how_sampled(self._levels.measured(visible), len(bands))
        self.plot.set_labels(self.tr("step"), self._quantity.label, note)
        self._follow(run)

    def _follow(self, run: Run) -> None:
        total = run.started.total_steps if run.started else 0
        self.plot.expect_x(run.num_steps if run.state.is_over else total)
        self.plot.follow(exactly=run.state.is_over)

    def _make_curves(self, tensors: tuple[TensorFacts, ...]) -> None:
        """Make a line and a band for each tensor."""
        for line in self.lines:
            self.plot.remove(line)
        for band in self.bands:
            self.plot.remove(band)
        self._facts, self._brought_out = tensors, None
        deepest = max((tensor.depth for tensor in tensors), default=0)
        inks = [tensor_ink(tensor, deepest) for tensor in tensors]
        self.lines = [
            self.plot.add_curve(LineStyle(ink, tensor_dash(tensor)), tensor.name)
            for ink, tensor in zip(inks, tensors, strict=True)
        ]
        self.bands = [self.plot.add_band(ink) for ink in inks]

    def _max_points(self) -> int:
        """Return how many points each line may have, so that all together stay cheap."""
        checked = max(1, sum(self._tensors.model.checks))
        return max(100, min(_MOST_POINTS, _MOST_POINTS_IN_ALL // checked))

    def _draw_tensors(self, bands: Bands) -> None:
        checks = self._tensors.model.checks
        steps, low, middle, high = with_gaps(
            bands.steps, bands.low, bands.middle, bands.high
        )
        marked = self._has_dots(bands.steps, sum(checks))
        opacity = _opacity(1 if self._tensors.selected is not None else sum(checks))
        for place, checked in enumerate(checks):
            line, band = self.lines[place], self.bands[place]
            line.set_visible(checked)
            band.set_visible(checked and self._has_band(place))
            if line.is_visible:
                line.set_data(steps, middle[:, place], marked=marked)
            if band.is_visible:
                band.set_opacity(opacity)
                band.set_data(steps, low[:, place], high[:, place])

    def _has_dots(self, steps: Floats, num_lines: int) -> bool:
        """Say whether samples are few enough for a dot each."""
        if len(steps) * num_lines > _MOST_DOTS or not len(steps):
            return False
        visible = self.plot.visible_x() or (0.0, float(steps[-1]))
        inside = np.count_nonzero((steps >= visible[0]) & (steps <= visible[1]))
        return bool(inside * _LEAST_DOT_PX <= self.plot.canvas.area().width())

    def _has_band(self, place: int) -> bool:
        """Say whether a tensor's band is drawn: the selected one's, else all of few."""
        if not self.shows_bands:
            return False
        if self._tensors.selected is not None:
            return place == self._tensors.selected
        return sum(self._tensors.model.checks) <= _MOST_BANDS

    def _draw_nominal(self) -> None:
        """Draw the scheduled rate, where it can be compared with the quantity."""
        track = self._lr_track
        self.nominal.set_visible(self._quantity in _COMPARABLE)
        if track is not None and self.nominal.is_visible:
            self.nominal.set_data(*track.read(self.plot.visible_x(), 1, _MOST_POINTS))
            self.nominal.lookup = lambda x: track.value_at(x, 1)

    def _draw_syncs(self, run: Run, visible: tuple[float, float] | None) -> None:
        """Mark the steps at which Lookahead pulled, where marks can be told apart."""
        lookahead, marks = run.plan.lookahead, np.empty(0)
        if lookahead.enabled:
            low, high = visible or (0.0, float(run.num_steps))
            span = high - low if visible else max(high, self.plot.canvas.ranges()[0][1])
            width = self.plot.canvas.area().width()
            if lookahead.k * width >= _LEAST_MARK_PX * span:
                first = max(1, math.ceil(low / lookahead.k))
                last = min(math.floor(high), run.num_steps) // lookahead.k
                marks = np.arange(first, last + 1, dtype=np.float64) * lookahead.k
        self.syncs.set_data(marks)

    def _style(self) -> None:
        """Bring the selected tensor out."""
        selected = self._tensors.selected
        if selected == self._brought_out:
            return
        self._brought_out = selected
        for place, (line, tensor) in enumerate(zip(self.lines, self._facts, strict=True)):
            line.set_style(
                LineStyle(
                    line.style.ink,
                    tensor_dash(tensor),
                    width=2.0 if place == selected else 1.0,
                    faint=selected not in {None, place},
                )
            )
            line.item.setZValue(5 if place == selected else 0)

    def _show_legend(self) -> None:
        entries = [Entry(self.tr("median"), _text_ink)]
        if not self._quantity.by_element:
            entries = [Entry(self.tr("tensor"), _text_ink)]
        if any(band.is_visible and band.bounds for band in self.bands):
            entries.append(Entry(self.tr("5–95 % band"), _text_ink, "band"))
        if any(tensor.is_bias for tensor in self._facts):
            entries.append(Entry(self.tr("bias"), _text_ink, dash=Dash.DASHED))
        if self.nominal.is_visible:
            entries.append(Entry(self.nominal.name, _text_ink, dash=Dash.LONG))
        if len(self.syncs.x):
            entries.append(Entry(self.tr("Lookahead's pull"), _accent_ink, "tick"))
        shown = zip(self._facts, self.lines, self._tensors.model.checks, strict=True)
        named = [
            Entry(tensor.name, line.style.ink, dash=line.style.dash, only_exported=True)
            for tensor, line, checked in shown
            if checked
        ]
        self.plot.set_legend(entries + named[:_MOST_IN_LEGEND])

    @Slot(QPointF)
    def _select_nearest(self, place: QPointF) -> None:
        """Select the tensor whose line was clicked."""
        canvas = self.plot.canvas
        x = 10 ** place.x() if self.plot.log_x else place.x()
        at = canvas.pixel_of(place.x(), place.y()).y()
        distances: dict[int, float] = {}
        for number, line in enumerate(self.lines):
            point = line.read(x) if line.is_visible else None
            if point is not None and point[1] > 0:
                height = math.log10(point[1]) if self.plot.log_y else point[1]
                distances[number] = abs(canvas.pixel_of(place.x(), height).y() - at)
        nearest = min(distances, key=lambda number: distances[number], default=None)
        if nearest is not None and distances[nearest] <= _CLICK_PX:
            self._tensors.select(nearest)


def _opacity(num_bands: int) -> float:
    """Return how strong bands may be so that many of them do not turn to mud."""
    return max(0.07, min(0.2, 0.7 / max(1, num_bands)))


def _text_ink(theme: PlotTheme) -> QColor:
    return theme.text


def _accent_ink(theme: PlotTheme) -> QColor:
    return theme.accent
