"""What a plot draws: curves, bands between two curves, and dots.

Items are made once and then given new data. Coordinates are kept as they came; what is
drawn are their logarithms where an axis is logarithmic. Values that cannot be drawn
there (NaN, infinities, and on a log axis all that is not above zero) leave a gap, and
never take the rest of the curve with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from workbench.core.series import Floats
from workbench.ui.plots.marks import Area, Marks, Stroke
from workbench.ui.theme import PlotTheme

Ink = Callable[[PlotTheme], QColor]
Bounds = tuple[float, float, float, float]  # x low, x high, y low, y high, as drawn

_LARGEST = 1e300  # beyond it, arithmetic on axis ranges overflows
_DOT = 4.0  # line widths
_ABYSS = 30.0  # how many decades below its neighbours a band's zero is drawn


class Dash(Enum):
    """Line styles; the numbers are lengths of dash and gap in line widths."""

    SOLID = ()
    DASHED = (5.0, 4.0)
    DOTTED = (1.5, 3.0)
    LONG = (10.0, 5.0)
    DASH_DOT = (8.0, 3.0, 1.5, 3.0)
    DASH_DOT_DOT = (8.0, 3.0, 1.5, 3.0, 1.5, 3.0)


@dataclass(frozen=True)
class LineStyle:
    """How a line looks.

    `faint` lines are mixed with the background. `dense` lines go up and down within
    few pixels; they stay one device pixel wide on screen, since wider ones cost up to
    a hundred times as much.
    """

    ink: Ink
    dash: Dash = Dash.SOLID
    width: float = 1.0
    faint: bool = False
    dense: bool = False

    def pen(self, theme: PlotTheme, scale: float) -> QPen:
        """Return the pen for a theme; `scale` is device pixels to one of ours."""
        colour = self.ink(theme)
        pen = QPen(theme.faint(colour) if self.faint else colour, self.width * scale)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.dash.value:
            pen.setDashPattern(self.dash.value)
        return pen


@dataclass(frozen=True)
class Look:
    """What decides how items are painted: theme, pixels, and which axes are log."""

    theme: PlotTheme
    scale: float = 1.0
    exporting: bool = False
    log_x: bool = False
    log_y: bool = False

    def pen(self, style: LineStyle) -> QPen:
        """Return the pen of a line style."""
        return style.pen(self.theme, 1.0 if self._thin(style) else self.scale)

    def _thin(self, style: LineStyle) -> bool:
        return style.dense and not self.exporting


def as_drawn(values: Floats, *, log: bool) -> Floats:
    """Return positions on an axis; NaN for what has none."""
    drawn: Floats = np.where(np.abs(values) < _LARGEST, values, np.nan)
    if not log:
        return drawn
    positive = np.where(drawn > 0, drawn, np.nan)
    logarithms: Floats = np.log10(positive)
    return logarithms


def bounds_of(x: Floats, y: Floats) -> Bounds | None:
    """Return the extent of the points that can be drawn."""
    keep = np.isfinite(x) & np.isfinite(y)
    if not keep.any():
        return None
    x, y = x[keep], y[keep]
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


class Curve:
    """One line; `name` is what the crosshair calls it, empty where it stays silent."""

    def __init__(self, style: LineStyle, name: str, look: Look) -> None:
        self.name = name
        self.style = style
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self.bounds: Bounds | None = None
        self.lookup: Callable[[float], float] | None = None  # exact value at an x
        self.leads = True  # whether the height of the plot follows it
        self.item = Stroke()
        self._is_marked = False
        self._look = look
        self.restyle(look)

    @property
    def is_marked(self) -> bool:
        """Say whether each point has a dot."""
        return self._is_marked

    @property
    def is_visible(self) -> bool:
        """Say whether the curve is drawn and read."""
        return bool(self.item.isVisible())

    def set_visible(self, visible: bool) -> None:
        """Show or hide the curve."""
        if visible != self.is_visible:
            self.item.setVisible(visible)

    def set_data(self, x: Floats, y: Floats, *, marked: bool = False) -> None:
        """Show these points; `x` must not fall. `marked`: with a dot on each."""
        self.x, self.y, self._is_marked = x, y, marked
        self._draw()

    def set_style(self, style: LineStyle) -> None:
        """Change how the line looks."""
        if style != self.style:
            self.style = style
            self.item.set_pen(self._look.pen(style))

    def restyle(self, look: Look) -> None:
        """Take new colours, pixels and axes."""
        moved = (look.log_x, look.log_y) != (self._look.log_x, self._look.log_y)
        self._look = look
        self.item.set_pen(look.pen(self.style))
        if moved:
            self._draw()

    def drops_values(self) -> bool:
        """Say whether finite values at or below zero are missing on a log axis."""
        if not self._look.log_y:
            return False
        return bool((self.y[np.isfinite(self.y)] <= 0).any())

    def bad_points(self) -> tuple[Floats, Floats]:
        """Return where values are NaN or infinite: x, and the height of the last good."""
        bad = ~(np.abs(self.y) < _LARGEST)
        if not bad.any():
            return np.empty(0), np.empty(0)
        last_good = np.maximum.accumulate(np.where(bad, -1, np.arange(len(bad))))[bad]
        heights = np.where(last_good >= 0, self.y[last_good], np.nan)
        return self.x[bad], heights

    def read(self, x: float) -> tuple[float, float] | None:
        """Return the point nearest to `x`, None where the curve does not reach."""
        if not len(self.x):
            return None
        at = int(np.searchsorted(self.x, x))
        around = [i for i in (at - 1, at) if 0 <= i < len(self.x)]
        nearest = min(around, key=lambda i: abs(self.x[i] - x))
        if len(around) < 2 and abs(self.x[nearest] - x) > self._reach():
            return None
        found = float(self.x[nearest])
        return found, self.lookup(x) if self.lookup else float(self.y[nearest])

    def _reach(self) -> float:
        """Return how far beyond its ends the curve still answers: half a sample."""
        if len(self.x) < 2:
            return 0.5
        return float(self.x[-1] - self.x[0]) / (len(self.x) - 1) / 2

    def _draw(self) -> None:
        x = as_drawn(self.x, log=self._look.log_x)
        y = as_drawn(self.y, log=self._look.log_y)
        self.bounds = bounds_of(x, y)
        self.item.set_points(x, y, _rect_of(self.bounds))
        keep = np.isfinite(x) & np.isfinite(y) & self._is_marked
        self.item.set_dots(_DOT if self._is_marked else 0.0, x[keep], y[keep])


class Band:
    """The area between two curves, in the colour of a line."""

    def __init__(self, ink: Ink, look: Look, opacity: float = 0.16) -> None:
        self.bounds: Bounds | None = None
        self.leads = True  # see `Curve`
        self.item = Area()
        self._ink, self._opacity, self._look = ink, opacity, look
        self._data = (np.empty(0), np.empty(0), np.empty(0))
        self.restyle(look)

    @property
    def is_visible(self) -> bool:
        """Say whether the band is drawn."""
        return bool(self.item.isVisible())

    def set_visible(self, visible: bool) -> None:
        """Show or hide the band."""
        if visible != self.is_visible:
            self.item.setVisible(visible)

    def set_data(self, x: Floats, low: Floats, high: Floats) -> None:
        """Show the area between `low` and `high`; a gap where either is NaN."""
        self._data = (x, low, high)
        self._draw()

    def set_opacity(self, opacity: float) -> None:
        """Make the band stronger or weaker, from 0 to 1."""
        if opacity != self._opacity:
            self._opacity = opacity
            self.restyle(self._look)

    def restyle(self, look: Look) -> None:
        """Take new colours and axes."""
        self._look = look
        colour = QColor(self._ink(look.theme))
        colour.setAlphaF(self._opacity)
        self.item.colour = colour
        self._draw()

    def _draw(self) -> None:
        log_x, log_y = self._look.log_x, self._look.log_y
        x = as_drawn(self._data[0], log=log_x)
        low, high = (as_drawn(edge, log=log_y) for edge in self._data[1:])
        self.bounds = _band_bounds(x, low, high)
        if log_y and self.bounds:
            sunk = np.isnan(low) & (self._data[1] <= 0) & np.isfinite(high)
            low = np.where(sunk, self.bounds[2] - _ABYSS, low)
        self.item.set_path(_band_path(x, low, high))


class Dots:
    """Marks at single points: discs, rings or crosses, the same size at any zoom."""

    def __init__(self, ink: Ink, shape: str, size: float, look: Look) -> None:
        self.ink = ink
        self.bounds: Bounds | None = None
        self.leads = True  # see `Curve`
        self.item = Marks(shape, size)
        self.x: Floats = np.empty(0)
        self.y: Floats = np.empty(0)
        self._look = look
        self.restyle(look)

    @property
    def is_visible(self) -> bool:
        """Say whether the dots are drawn."""
        return bool(self.item.isVisible())

    def set_visible(self, visible: bool) -> None:
        """Show or hide the dots."""
        if visible != self.is_visible:
            self.item.setVisible(visible)

    def set_ink(self, ink: Ink) -> None:
        """Change the colour."""
        self.ink = ink
        self.restyle(self._look)

    def set_data(self, x: npt.ArrayLike, y: npt.ArrayLike) -> None:
        """Put a dot at each of these points."""
        self.x = np.asarray(x, dtype=np.float64)
        self.y = np.asarray(y, dtype=np.float64)
        self._draw()

    def restyle(self, look: Look) -> None:
        """Take new colours, pixels and axes."""
        self._look = look
        self.item.ink = self.ink(look.theme)
        self.item.ground = look.theme.background
        self._draw()

    def _draw(self) -> None:
        x = as_drawn(self.x, log=self._look.log_x)
        y = as_drawn(self.y, log=self._look.log_y)
        keep = np.isfinite(x) & np.isfinite(y)
        self.bounds = bounds_of(x, y)
        self.item.set_points(x[keep], y[keep])


def _band_bounds(x: Floats, low: Floats, high: Floats) -> Bounds | None:
    edges = [part for part in (bounds_of(x, low), bounds_of(x, high)) if part]
    return union(edges)


def _rect_of(bounds: Bounds | None) -> QRectF:
    if bounds is None:
        return QRectF()
    x_low, x_high, y_low, y_high = bounds
    return QRectF(x_low, y_low, x_high - x_low, y_high - y_low)


def union(parts: list[Bounds]) -> Bounds | None:
    """Return the extent of all parts together."""
    if not parts:
        return None
    x_low, x_high, y_low, y_high = zip(*parts, strict=True)
    return min(x_low), max(x_high), min(y_low), max(y_high)


def _band_path(x: Floats, low: Floats, high: Floats) -> QPainterPath:
    """Return one closed polygon for each stretch without a gap."""
    path = QPainterPath()
    good = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], good, [False]))))
    for start, stop in edges.reshape(-1, 2).tolist():
        if stop - start < 2:
            continue
        span = slice(start, stop)
        around = np.concatenate((x[span], x[span][::-1]))
        path.addPath(arrayToQPath(around, np.concatenate((low[span], high[span][::-1]))))
    return path
