"""The curves of one run in the loss view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.core.epoch_scale import EpochScale
from workbench.core.overview import Measure
from workbench.core.run import Run, RunState
from workbench.core.series import Column, Floats
from workbench.core.smoothing import SmoothedColumn
from workbench.core.tracks import EpochTrack, StepTrack
from workbench.ui.plots.colours import NUM_RUN_COLOURS
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Curve, Dash, LineStyle, run_ink
from workbench.ui.plots.ranges import Range

_NOTHING = (np.empty(0), np.empty(0))  # x and y of an empty curve
_MOST_DOTS = 120  # epochs in view up to which each gets a dot


@dataclass(frozen=True)
class LossOptions:
    """How the curves of all runs are to be drawn.

    `window` is the number of steps to smooth over, 0 for none; `visible` the part of
    x in view, None for all.
    """

    measure: Measure = Measure.LOSS
    by_epoch: bool = False
    window: int = 0
    visible: Range | None = None
    max_points: int = 4000


class _Smoothing:
    """The losses smoothed over a number of steps.

    It is the exponential mean whose weights have the same centre as those of a plain
    mean over `window` steps.
    """

    def __init__(self, losses: Column, window: int) -> None:
        self.window = window
        self.column = SmoothedColumn(losses, 1 - 2 / (window + 1))
        self.track = StepTrack(self.column.column)


class LossCurves:
    """Losses of the steps faint and smoothed; of the epochs, train solid, test dashed.

    Where an epoch is a single step, the steps' curve is the train curve.
    """

    def __init__(self, plot: CurvePlot, run: Run) -> None:
        self.run = run
        self._plot = plot
        self._overview = run.history.overview
        self._scale = EpochScale()
        self._smoothing: _Smoothing | None = None
        self._seen: object = None
        self.ink = run_ink(run.colour)
        solid, dashed = run_dashes(run.colour)
        below = _depth(run)
        self.raw = plot.add_curve(self._raw_style(faint=True), z=0 - below)
        self.smooth = plot.add_curve(LineStyle(self.ink, solid), z=3 - below)
        self.train = plot.add_curve(LineStyle(self.ink, solid), z=4 - below)
        self.test = plot.add_curve(LineStyle(self.ink, dashed), z=5 - below)
        self.epoch_dots = plot.add_dots(self.ink, "disc", 4.5, z=6 - below)
        self.best = plot.add_dots(self.ink, "ring", 9, z=7)
        self.bad = plot.add_dots(self.ink, "cross", 9, z=8)

    @property
    def steps_per_epoch(self) -> int:
        """Return how many steps make up an epoch, 1 while that is not known."""
        return max(1, self.run.started.steps_per_epoch) if self.run.started else 1

    def x_of(self, step: int, *, by_epoch: bool) -> float:
        """Return where a step lies on the x axis."""
        return float(self._scale.epochs_of(np.array([step]))[0]) if by_epoch else step

    @property
    def has_points(self) -> bool:
        """Say whether there is anything to see."""
        curves = (self.raw, self.smooth, self.train, self.test)
        return any(curve.is_visible and len(curve.x) for curve in curves)

    def set_names(self, prefix: str, words: Callable[[str], str]) -> None:
        """Name the curves for the crosshair; `words` translates."""
        full_batch = self.steps_per_epoch == 1
        names = {
            self.raw: "train" if full_batch else "batch",
            self.smooth: "smoothed",
            self.train: "train",
            self.test: "test",
        }
        for curve, name in names.items():
            curve.name = prefix + words(name)

    def update(self, options: LossOptions) -> bool:
        """Take in what is new; say whether anything has changed."""
        state = (self.run.num_steps, len(self.run.epochs), self.run.state, options)
        if state == self._seen:
            return False
        self._seen = state
        if options.by_epoch:
            self._scale.update(self.run.epochs, self.steps_per_epoch)
        self._update_steps(options)
        self._update_epochs(options)
        self._mark(options)
        self._lead(self.run.state is not RunState.DIVERGED)
        return True

    def remove(self) -> None:
        """Take the curves out of the plot."""
        for curve in (self.raw, self.smooth, self.train, self.test):
            self._plot.remove(curve)
        for dots in (self.epoch_dots, self.best, self.bad):
            self._plot.remove(dots)

    def _update_steps(self, options: LossOptions) -> None:
        shown = options.measure is Measure.LOSS
        smooth = shown and options.window > 1
        self.raw.set_visible(shown)
        self.smooth.set_visible(smooth)
        if not shown:
            return
        self.raw.set_style(self._raw_style(faint=smooth or self.steps_per_epoch > 1))
        self._read_into(self.raw, self._overview.losses, options)
        if smooth:
            track = self._smooth_over(options.window)
            self._read_into(self.smooth, track, options)

    def _read_into(self, curve: Curve, track: StepTrack, options: LossOptions) -> None:
        scale = self._scale if options.by_epoch else None
        curve.set_data(*track.read(options.visible, scale, options.max_points))
        curve.lookup = lambda x: track.value_at(x, scale)

    def _smooth_over(self, window: int) -> StepTrack:
        """Return the smoothed losses, up to date."""
        if self._smoothing is None or window != self._smoothing.window:
            self._smoothing = _Smoothing(self.run.history.steps.loss, window)
        self._smoothing.column.update()
        return self._smoothing.track

    def _update_epochs(self, options: LossOptions) -> None:
        single = options.measure is Measure.LOSS and self.steps_per_epoch == 1
        self.train.set_visible(not single)
        train = None if single else self._overview.train(options.measure)
        test = self._overview.test(options.measure)
        for curve, track in ((self.train, train), (self.test, test)):
            curve.set_data(*_NOTHING if track is None else self._read(track, options))
        few = self.train.is_visible and 0 < len(self.train.x) <= _MOST_DOTS
        self.epoch_dots.set_visible(few)
        if few:
            self.epoch_dots.set_data(self.train.x, self.train.y)

    def _read(self, track: EpochTrack, options: LossOptions) -> tuple[Floats, Floats]:
        return track.read(options.visible, options.max_points, by_epoch=options.by_epoch)

    def _mark(self, options: LossOptions) -> None:
        """Mark the best epoch, and where numbers were not finite."""
        best = self._overview.best_point(options.measure, by_epoch=options.by_epoch)
        self.best.set_data(*([part] for part in best)) if best else self.best.set_data(
            [], []
        )
        points = [c.bad_points() for c in (self.train, self.test) if c.is_visible]
        if options.measure is Measure.LOSS and self.run.state is RunState.DIVERGED:
            points.append(self._divergence(options))
        self.bad.set_data(*(np.concatenate(part) for part in zip(*points, strict=True)))

    def _divergence(self, options: LossOptions) -> tuple[Floats, Floats]:
        """Return where the run diverged: its last step, at the height before it."""
        losses = self.run.history.steps.loss.values(max(0, self.run.num_steps - 1000))
        finite = losses[np.isfinite(losses)]
        if not len(finite):
            return _NOTHING
        x = self.x_of(self.run.num_steps, by_epoch=options.by_epoch)
        return np.array([x]), finite[-1:]

    def _lead(self, leads: bool) -> None:
        """Let the height of the plot follow this run, unless other runs lead it."""
        items = (self.raw, self.smooth, self.train, self.test)
        for item in (*items, self.epoch_dots, self.best, self.bad):
            item.leads = leads

    def _raw_style(self, *, faint: bool) -> LineStyle:
        solid, _ = run_dashes(self.run.colour)
        return LineStyle(self.ink, Dash.SOLID if faint else solid, faint=faint, dense=True)


def _depth(run: Run) -> float:
    """Return how far beneath others a run lies, from 0 to 1.

    Beneath the run that it went on from, which is older: what both share is drawn in
    the colour of the first.
    """
    return 0.0 if run.parent is None else 1 - 1 / (2 + run.colour)


def run_dashes(colour: int) -> tuple[Dash, Dash]:
    """Return the line styles of train and test: others once the colours repeat."""
    if colour < NUM_RUN_COLOURS:
        return Dash.SOLID, Dash.DASHED
    return Dash.DASH_DOT, Dash.DASH_DOT_DOT
