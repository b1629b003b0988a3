"""How the elements of one tensor are spread over the orders of magnitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.numbers import format_short
from workbench.core.series import Floats
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Dash, LineStyle
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.ranges import Range, fit_range
from workbench.ui.theme import PlotTheme

_BINS_IN_A_DECADE = 10
_MOST_BINS = 120
_MOST_COUNTED = 2_000_000  # of larger tensors every n-th element is counted


@dataclass(frozen=True, eq=False)
class Spread:
    """Counts of sizes in bins that are equally wide in log₁₀, and what has no place.

    `edges` are exponents, one more than `counts`; the quantiles are of what is counted.
    """

    edges: Floats
    counts: npt.NDArray[np.int64]
    quantiles: tuple[float, float, float]  # 5, 50 and 95 %
    num_elements: int
    num_zero: int
    num_bad: int  # NaN or infinite
    every: int = 1


def spread_of(values: npt.NDArray[np.floating]) -> Spread:
    """Count the sizes of elements, |x|, on a logarithmic axis."""
    flat = values.reshape(-1)
    every = max(1, -(-flat.size // _MOST_COUNTED))
    sizes = np.abs(flat[::every]).astype(np.float64)
    finite = sizes[np.isfinite(sizes)]
    positive = finite[finite > 0]
    bad, zero = sizes.size - finite.size, finite.size - positive.size
    if not positive.size:
        none = np.empty(0), np.empty(0, dtype=np.int64), (np.nan, np.nan, np.nan)
        return Spread(*none, flat.size, zero, bad, every)
    exponents = np.log10(positive)
    edges = _edges(float(exponents.min()), float(exponents.max()))
    counts, _ = np.histogram(exponents, edges)
    low, middle, high = np.quantile(positive, (0.05, 0.5, 0.95)).tolist()
    return Spread(edges, counts, (low, middle, high), flat.size, zero, bad, every)


class ElementHistogram(CurvePlot):
    """Bars of counts over a logarithmic axis, and the nominal rate where it belongs."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.spread: Spread | None = None
        self._bars = self.add_band(_bar_ink)
        self._bars.set_opacity(0.45)
        self._outline = self.add_curve(LineStyle(_bar_ink), self.tr("elements"))
        self._outline.lookup = self._count_at
        self.nominal = self.add_curve(LineStyle(_text_ink, Dash.LONG), z=2)
        self.set_log(x=True)
        self.canvas.left.use_whole_numbers()

    def set_values(
        self, values: npt.NDArray[np.floating], name: str, nominal: float | None
    ) -> None:
        """Show the sizes of these elements; `nominal` is the rate to mark among them."""
        spread = self.spread = spread_of(values)
        x = 10.0 ** np.repeat(spread.edges, 2)
        inner = np.repeat(spread.counts.astype(np.float64), 2)
        heights = np.concatenate(([0.0], inner, [0.0])) if len(x) else inner
        self._bars.set_data(x, np.zeros_like(heights), heights)
        self._outline.set_data(x, heights)
        marked = nominal is not None and nominal > 0 and len(x) > 0
        self.nominal.set_visible(marked)
        if nominal is not None and marked:
            self.nominal.set_data(np.full(2, nominal), np.array([0.0, heights.max()]))
        entries = [Entry(self.tr("nominal rate"), _text_ink, dash=Dash.LONG)]
        self.set_legend(entries if marked else [])
        self.set_labels(name, self.tr("elements"))
        self.follow(exactly=True)

    def describe(self) -> str:
        """Say in words what the bars show and what has no place among them."""
        spread = self.spread
        if spread is None:
            return ""
        parts = [self._say_number(spread)]
        if len(spread.counts):
            low, middle, high = map(format_short, spread.quantiles)
            parts.append(
                self.tr("median {}, 90 % between {} and {}").format(middle, low, high)
            )
        parts.append(self._say(spread.num_zero, self.tr("exactly 0")))
        if spread.num_bad:
            parts.append(self._say(spread.num_bad, self.tr("without a finite value")))
        return " · ".join(parts)

    @override
    def _follow_x(
        self, current: Range | None, extent: tuple[float, float], *, exactly: bool
    ) -> Range:
        return fit_range(*extent)  # off the edge, where the nominal rate may stand

    @override
    def _prepare_export(self, *, active: bool) -> None:
        super()._prepare_export(active=active)
        is_shown = active and not self.message
        self.set_summary(self.describe() if is_shown else "")  # on screen it stands above

    def _say_number(self, spread: Spread) -> str:
        text = self.tr("{} elements").format(f"{spread.num_elements:,}")
        if spread.every > 1:
            text += self.tr(", 1 of {} counted").format(spread.every)
        return text

    def _say(self, count: int, what: str) -> str:
        number = f"{count:,}" if count else self.tr("none")
        return f"{number} {what}"

    def _count_at(self, x: float) -> float:
        spread = self.spread
        if spread is None or x <= 0:
            return 0.0
        place = int(np.searchsorted(spread.edges, np.log10(x), side="right")) - 1
        return float(spread.counts[place]) if 0 <= place < len(spread.counts) else 0.0


def _edges(low: float, high: float) -> Floats:
    """Return edges at round fractions of a decade around all exponents."""
    width = 1.0 / _BINS_IN_A_DECADE
    while (high - low) / width > _MOST_BINS:
        width *= 2
    first, last = np.floor(low / width), np.floor(high / width) + 1
    edges: Floats = np.arange(first, last + 1) * width
    return edges


def _bar_ink(theme: PlotTheme) -> QColor:
    return theme.accent


def _text_ink(theme: PlotTheme) -> QColor:
    return theme.text
