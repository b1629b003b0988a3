"""The last steps before an accident: what left its usual level first, and how far."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from workbench.core.levels import medians, tensor_values
from workbench.core.postmortem import (
    LOOK_BACK,
    Accident,
    plotted_tensor,
    rates_before,
)
from workbench.core.rates import Quantity, RateSeries
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Curve, Dash, LineStyle
from workbench.ui.plots.legend import Entry
from workbench.ui.theme import PlotTheme

_LEAST_SAMPLES = 12  # where fewer fall into the last steps, earlier ones are shown too
_FURTHEST_BACK = 2000  # steps
_FEW_SAMPLES = 40  # fewer get a dot each, since nothing is known in between
_LEAST_CALM = 3  # samples before the leap; with fewer, most of all say what was usual
_GRADIENT = Quantity.GRADIENT_NORM
_RATES = (Quantity.REALISED_NORM, Quantity.UPDATE_TO_WEIGHT)
_SYMBOLS = {
    Quantity.GRADIENT_NORM: "‖g‖",
    Quantity.REALISED_NORM: "‖Δ‖ / ‖g‖",
    Quantity.UPDATE_TO_WEIGHT: "‖Δ‖ / ‖θ‖",
}


class AccidentPlot(CurvePlot):
    """Loss, gradient norm and rate of one tensor, each over its own median before.

    So all start at 1, whatever their units, and what runs away can be told by eye.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName("accident_plot")
        self._loss = self.add_curve(LineStyle(_text_ink), self.tr("loss"), z=2)
        self._gradient = self.add_curve(LineStyle(_gradient_ink, Dash.DASHED), z=1)
        self._rate = self.add_curve(LineStyle(_rate_ink, Dash.DASH_DOT), z=1)
        self._gradient_dots = self.add_dots(_gradient_ink, "disc", 5)
        self._rate_dots = self.add_dots(_rate_ink, "disc", 5)
        self._cross = self.add_dots(_bad_ink, "cross", 10, z=20)
        self._ring = self.add_dots(_text_ink, "ring", 9, z=19)
        self._losses: tuple[Floats, Floats] = (np.empty(0), np.empty(0))
        self.tensor: str | None = None
        self.set_log(y=True)

    def show_accident(
        self, run: Run, accident: Accident, tensor: str | None = None
    ) -> None:
        """Draw the steps up to an accident, of the tensor that tells most or this one."""
        rates = rates_before(run.history, accident.step)
        self.tensor = tensor or plotted_tensor(accident, rates.tensors)
        stop = int(np.searchsorted(rates.steps(), accident.step, side="right"))
        first = _first_step(rates, stop, accident.step)
        self._draw_loss(run, accident, first)
        start = int(np.searchsorted(rates.steps()[:stop], first))
        self._draw_tensor(rates, accident.onset, start, stop)
        self.set_labels(self.tr("step"), self.tr("× usual value"))
        self.expect_x(accident.step)
        self._show_legend()
        self.fit()

    def mark_step(self, step: int | None) -> None:
        """Put a ring on the loss at the step that could be gone back to."""
        steps, losses = self._losses
        wanted = -1 if step is None else step
        good = np.flatnonzero((steps == wanted) & np.isfinite(losses))
        self._ring.set_data(steps[good], losses[good])
        self._show_legend()

    def _draw_loss(self, run: Run, accident: Accident, first: int) -> None:
        losses = run.history.steps.loss.values(first - 1, accident.step)
        steps = np.arange(first, first + len(losses), dtype=np.float64)
        usual = accident.usual if accident.usual > 0 else 1.0
        self._losses = steps, losses / usual
        self._loss.set_data(*self._losses)
        finite = np.flatnonzero(np.isfinite(losses) & (losses > 0))
        height = self._losses[1][finite[-1:]]  # an infinite loss has no place of its own
        self._cross.set_data(np.full(len(height), float(accident.step)), height)
        self._ring.set_data([], [])

    def _draw_tensor(self, rates: RateSeries, onset: int, start: int, stop: int) -> None:
        steps = rates.steps()[start:stop]
        values = {one: self._read(rates, one, start, stop) for one in (_GRADIENT, *_RATES)}
        known = [one for one in _RATES if np.isfinite(values[one]).any()]
        rate = known[0] if known else _RATES[0]
        calm = int(np.count_nonzero(steps < onset))
        calm = calm if calm >= _LEAST_CALM else max(1, len(steps) * 3 // 4)
        parts = (
            (self._gradient, self._gradient_dots, _GRADIENT),
            (self._rate, self._rate_dots, rate),
        )
        for curve, dots, quantity in parts:
            relative = _relative(values[quantity], calm)
            curve.name = self.tr("{0} of {1}").format(_SYMBOLS[quantity], self.tensor)
            curve.set_visible(bool(np.isfinite(relative).any()))
            curve.set_data(steps, relative)
            sparse = curve.is_visible and len(steps) < _FEW_SAMPLES
            dots.set_data(steps if sparse else [], relative if sparse else [])

    def _read(self, rates: RateSeries, quantity: Quantity, start: int, stop: int) -> Floats:
        """Return a quantity of the tensor that is shown; NaN where there is none."""
        names = [tensor.name for tensor in rates.tensors]
        if self.tensor not in names:
            return np.full(stop - start, np.nan)
        place = names.index(self.tensor)
        column: Floats = tensor_values(rates, quantity, start, stop)[:, place]
        return column

    def _show_legend(self) -> None:
        entries = [Entry(self._loss.name, _text_ink)]
        entries += [_entry(one) for one in (self._gradient, self._rate) if one.is_visible]
        entries.append(Entry(self.tr("accident"), _bad_ink, "cross"))
        if len(self._ring.x):
            entries.append(Entry(self.tr("rewind to here"), _text_ink, "ring"))
        self.set_legend(entries)


def _relative(values: Floats, calm: int) -> Floats:
    """Return values over the median of the first `calm` of them."""
    usual = float(medians(values[:calm, np.newaxis])[0])
    return values / usual if usual > 0 else np.full(len(values), np.nan)


def _first_step(rates: RateSeries, stop: int, step: int) -> int:
    """Return where the plot begins: 200 steps back, or as far as some samples lie."""
    first = max(1, step - LOOK_BACK + 1)
    earliest = max(0, stop - _LEAST_SAMPLES)
    if stop:
        first = min(first, int(rates.steps()[earliest]))
    return max(first, step - _FURTHEST_BACK + 1, 1)


def _entry(curve: Curve) -> Entry:
    return Entry(curve.name, curve.style.ink, dash=curve.style.dash)


def _text_ink(theme: PlotTheme) -> QColor:
    return theme.text


def _gradient_ink(theme: PlotTheme) -> QColor:
    return theme.run(3)


def _rate_ink(theme: PlotTheme) -> QColor:
    return theme.run(0)


def _bad_ink(theme: PlotTheme) -> QColor:
    return theme.run(1)
