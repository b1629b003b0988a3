"""What a plot draws: lines and dots, and how they look.

Items are made once and then given new data. Coordinates are kept as they came; what is
drawn are their logarithms where an axis is logarithmic. Values that cannot be drawn
there (NaN, infinities, and on a log axis all that is not above zero) leave a gap, and
never take the rest of the curve with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from workbench.core.series import Floats
from workbench.ui.plots.marks import Marks, Stroke
from workbench.ui.theme import PlotTheme

Ink = Callable[[PlotTheme], QColor]
Bounds = tuple[float, float, float, float]  # x low, x high, y low, y high, as drawn

LARGEST = 1e300  # beyond it, arithmetic on axis ranges overflows
_DOT = 4.0  # line widths


@cache
def run_ink(colour: int) -> Ink:
    """Return the ink of a run by the number of its colour: always the same object.

    So that a style or an entry that is made anew equals the one before, and nothing has
    to be drawn or laid out again.
    """
    return lambda theme: theme.run(colour)


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
    drawn: Floats = np.where(np.abs(values) < LARGEST, values, np.nan)
    if not log:
        return drawn
    positive = np.where(drawn > 0, drawn, np.nan)
    logarithms: Floats = np.log10(positive)
    return logarithms


def has_nonpositive(values: Floats) -> bool:
    """Say whether there are finite values at or below zero."""
    return bool((np.isfinite(values) & (values <= 0)).any())


def bounds_of(x: Floats, y: Floats) -> Bounds | None:
    """Return the extent of the points that can be drawn."""
    keep = np.isfinite(x) & np.isfinite(y)
    if not keep.any():
        return None
    x, y = x[keep], y[keep]
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


class Line:
    """Points that can be read at any x; what draws them is a `Curve` or a `Bundle`.

    `name` is what the crosshair calls the line, empty where it stays silent.
    """

    def __init__(self, style: LineStyle, name: str = "") -> None:
        self.name = name
        self.style = style
        self.x: Floats = np.empty(0)  # never falling
        self.y: Floats = np.empty(0)
        self.is_marked = False  # with a dot on each point
        self.lookup: Callable[[float], float] | None = None  # exact value at an x

    def bad_points(self) -> tuple[Floats, Floats]:
        """Return where values are NaN or infinite: x, and the height of the last good."""
        bad = ~(np.abs(self.y) < LARGEST)
        if not bad.any():
            return np.empty(0), np.empty(0)
        last_good = np.maximum.accumulate(np.where(bad, -1, np.arange(len(bad))))[bad]
        heights = np.where(last_good >= 0, self.y[last_good], np.nan)
        return self.x[bad], heights

    def read(self, x: float) -> tuple[float, float] | None:
        """Return the point nearest to `x`, None where the line does not reach."""
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
        """Return how far beyond its ends the line still answers: half a sample."""
        if len(self.x) < 2:
            return 0.5
        return float(self.x[-1] - self.x[0]) / (len(self.x) - 1) / 2


class Curve(Line):
    """One line as an item of its own."""

    def __init__(self, style: LineStyle, name: str, look: Look) -> None:
        super().__init__(style, name)
        self.bounds: Bounds | None = None
        self.leads = True  # whether the height of the plot follows it
        self.item = Stroke()
        self._look = look
        self.restyle(look)

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
        self.x, self.y, self.is_marked = x, y, marked
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
        return self._look.log_y and has_nonpositive(self.y)

    def _draw(self) -> None:
        x = as_drawn(self.x, log=self._look.log_x)
        y = as_drawn(self.y, log=self._look.log_y)
        self.bounds = bounds_of(x, y)
        self.item.set_points(x, y, rect_of(self.bounds))
        keep = np.isfinite(x) & np.isfinite(y) & self.is_marked
        self.item.set_dots(_DOT if self.is_marked else 0.0, x[keep], y[keep])


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
        if ink is not self.ink:
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


def rect_of(bounds: Bounds | None) -> QRectF:
    """Return an extent as a rectangle, a null one where there is none."""
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
