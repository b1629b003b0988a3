"""The rates as lines: median and 5–95 % band of each tensor over the steps."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, QPointF, Slot

from workbench.core.rates import Quantity, TensorFacts
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.core.tracks import StepTrack
from workbench.ui.docks.rate_legend import Drawn, accent_ink, legend_of, text_ink
from workbench.ui.docks.rate_sentences import how_sampled, how_thinned, why_undefined
from workbench.ui.plots.band import Band
from workbench.ui.plots.bundle import BundleLine
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Dash, Ink, LineStyle
from workbench.ui.plots.rate_levels import Bands, RateLevels
from workbench.ui.plots.sampling import are_apart, with_gaps
from workbench.ui.plots.tensor_list import TensorList
from workbench.ui.plots.tensor_model import tensor_dash, tensor_ink

_MOST_POINTS = 1000
_MOST_POINTS_IN_ALL = 60_000
_MOST_BANDS = 16  # more of them hide each other; then only the selected one is drawn
_MOST_WIDE = 24  # lines; more of them stay one pixel of the device wide, to be quick
_MOST_DOTS = 1500
_SYNC_PX, _SAMPLE_PX = 7, 4  # lengths of the marks
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
        self._styled: tuple[int | None, bool] | None = None  # selected, many
        self._bands: dict[int, Band] = {}  # by tensor, those that were needed so far
        self.shows_bands = True
        self.nominal = plot.add_curve(
            LineStyle(text_ink, Dash.LONG), self.tr("nominal rate"), z=30
        )
        self._bundle = plot.add_bundle()
        self.syncs = plot.add_rug(accent_ink, _SYNC_PX)
        self.samples = plot.add_rug(text_ink, _SAMPLE_PX)
        plot.canvas.clicked.connect(self._select_nearest)
        plot.set_log(y=True)

    @property
    def lines(self) -> tuple[BundleLine, ...]:
        """Return the line of each tensor, hidden ones too."""
        return self._bundle.lines

    def band_of(self, tensor: int) -> Band | None:
        """Return the band of a tensor if it is drawn."""
        band = self._bands.get(tensor)
        return band if band is not None and band.is_visible else None

    def begin(self, run: Run | None, quantity: Quantity) -> None:
        """Draw this quantity of this run from now on."""
        if run is not self._run or self._lr_track is None:
            self._lr_track = run.history.overview.rates if run else None
        self._run, self._quantity, self._levels = run, quantity, None

    def draw(self, run: Run) -> None:
        """Draw what is in view; the run has been measured at least once."""
        rates = run.history.rates
        if rates.tensors != self._facts:
            self._make_lines(rates.tensors)
        if self._levels is None:
            self._levels = RateLevels(rates, self._quantity)
        visible = self.plot.visible_x()
        bands = self._levels.read(visible, self._max_points())
        if not np.isfinite(bands.middle).any() and not visible:
            self.plot.show_message(why_undefined(run, self._quantity))
            return
        self._draw_tensors(bands)
        if not any(self._tensors.model.checks):
            self.plot.show_message(self.tr("No tensor is ticked; tick some in the list."))
            return
        self.plot.clear_message()
        self._draw_nominal()
        self._draw_syncs(run, visible)
        self._show_legend()
        steps = self._levels.measured(visible)
        notes = self._mark_samples(steps), how_thinned(len(steps), len(bands))
        self.plot.set_labels(self.tr("step"), self._quantity.label, *notes)
        self._follow(run)

    def extend(self, run: Run) -> None:
        """Draw what has come since `draw` without a measurement: steps and their rate."""
        if run.plan.lookahead.enabled:  # its pulls are marked, and told in the legend
            self.draw(run)
        elif not self.plot.message:
            self._draw_nominal()
            self._follow(run)

    def _follow(self, run: Run) -> None:
        total = run.started.total_steps if run.started else 0
        self.plot.expect_x(run.num_steps if run.state.is_over else total)
        self.plot.follow(exactly=run.state.is_over)

    def _make_lines(self, tensors: tuple[TensorFacts, ...]) -> None:
        """Make a line for each tensor; bands are made when they are needed."""
        for band in self._bands.values():
            self.plot.remove(band)
        self._facts, self._bands, self._styled = tensors, {}, None
        self._bundle.set_lines(
            [BundleLine(LineStyle(self._ink(t), tensor_dash(t)), t.name) for t in tensors]
        )

    def _ink(self, tensor: TensorFacts) -> Ink:
        return tensor_ink(tensor, max(one.depth for one in self._facts))

    def _max_points(self) -> int:
        """Return how many points each line may have, so that all together stay cheap."""
        checked = max(1, sum(self._tensors.model.checks))
        return max(100, min(_MOST_POINTS, _MOST_POINTS_IN_ALL // checked))

    def _draw_tensors(self, bands: Bands) -> None:
        checks, selected = self._tensors.model.checks, self._tensors.selected
        steps, low, middle, high = with_gaps(
            bands.steps, bands.low, bands.middle, bands.high
        )
        self._style(selected, sum(checks))
        self._bundle.set_data(steps, middle, checks, self._dots(bands.steps, selected))
        wanted = self._banded(selected)
        opacity = _opacity(len(wanted))
        for place in wanted - self._bands.keys():
            self._bands[place] = self.plot.add_band(self._ink(self._facts[place]))
        for place, band in self._bands.items():
            band.set_visible(place in wanted)
            if place in wanted:
                band.set_opacity(opacity)
                band.set_data(steps, low[:, place], high[:, place])

    def _dots(self, steps: Floats, selected: int | None) -> list[bool]:
        """Say of each line whether its samples are few enough for a dot each."""
        checks = self._tensors.model.checks
        if not self._are_apart(steps):
            return [False] * len(checks)
        few = len(steps) * sum(checks) <= _MOST_DOTS
        return [few or place == selected for place in range(len(checks))]

    def _banded(self, selected: int | None) -> set[int]:
        """Return whose bands are drawn: the selected tensor's, else all of few."""
        checked = {place for place, on in enumerate(self._tensors.model.checks) if on}
        if not self.shows_bands or not self._quantity.by_element:
            return set()
        if selected is not None:
            return checked & {selected}
        return checked if len(checked) <= _MOST_BANDS else set()

    def _draw_nominal(self) -> None:
        """Draw the scheduled rate, where it can be compared with the quantity."""
        track = self._lr_track
        self.nominal.set_visible(self._quantity in _COMPARABLE)
        if track is not None and self.nominal.is_visible:
            self.nominal.set_data(*track.read(self.plot.visible_x(), None, _MOST_POINTS))
            self.nominal.lookup = track.value_at

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

    def _mark_samples(self, steps: Floats) -> str:
        """Mark the measured steps where they can be told apart; return it in words."""
        apart = self._are_apart(steps)
        dotted = apart and all(line.is_marked for line in self.lines if line.is_visible)
        self.samples.set_data(steps if apart and not dotted else np.empty(0))
        marks = (self.tr("dots") if dotted else self.tr("marks")) if apart else ""
        return how_sampled(steps, self.plot.visible_x(), marks)

    def _are_apart(self, steps: Floats) -> bool:
        """Say whether what is in view of these steps can be told apart."""
        return are_apart(steps, self.plot.visible_x(), self.plot.canvas.area().width())

    def _style(self, selected: int | None, num_lines: int) -> None:
        """Bring the selected tensor out, and keep many lines thin."""
        state = (selected, num_lines > _MOST_WIDE)
        if state == self._styled:
            return
        self._styled = state
        width = 2.0 if num_lines > _MOST_WIDE else 1.0  # to be seen among so many
        self.nominal.set_style(LineStyle(text_ink, Dash.LONG, width=width))
        self._bundle.set_styles(
            [
                LineStyle(
                    self.lines[place].style.ink,
                    tensor_dash(tensor),
                    width=2.0 if place == selected else 1.0,
                    faint=selected not in {None, place},
                    dense=num_lines > _MOST_WIDE and place != selected,
                )
                for place, tensor in enumerate(self._facts)
            ],
            front=selected,
        )

    def _show_legend(self) -> None:
        shows = self.shows_bands and self._quantity.by_element
        drawn = Drawn(
            self._quantity,
            bands=any(band.is_visible and band.bounds for band in self._bands.values()),
            bands_left_out=shows and self._tensors.selected is None,
            nominal=self.nominal.is_visible,
            pulls=len(self.syncs.x) > 0,
        )
        self.plot.set_legend(legend_of(drawn, self._facts, self.lines))

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
