"""The area between two curves: what most of many values lie in."""

from __future__ import annotations

import math

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtGui import QColor, QPainterPath

from workbench.core.series import Floats
from workbench.ui.plots.items import LARGEST, Bounds, Ink, Look, as_drawn, bounds_of, union
from workbench.ui.plots.marks import Area
from workbench.ui.plots.sampling import stretches

_ABYSS = 30.0  # how many decades below its neighbours a band's zero is drawn


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
        if not self._draw_whole():
            self._draw_pieces()

    def _draw_whole(self) -> bool:
        """Draw a band without a gap, as most are, in a third of the time."""
        x, low, high = self._data
        least = 0.0 if self._look.log_y else -LARGEST
        if self._look.log_x or len(x) < 2:
            return False
        edge = np.concatenate((low, high[::-1]))
        bottom, top = float(edge.min()), float(edge.max())  # NaN where there is one
        if not (least < bottom and top < LARGEST and -LARGEST < x[0] <= x[-1] < LARGEST):
            return False
        if self._look.log_y:
            edge = np.log10(edge)
            bottom, top = math.log10(bottom), math.log10(top)
        self.bounds = (float(x[0]), float(x[-1]), bottom, top)
        self.item.set_path(arrayToQPath(np.concatenate((x, x[::-1])), edge))
        return True

    def _draw_pieces(self) -> None:
        log_x, log_y = self._look.log_x, self._look.log_y
        x = as_drawn(self._data[0], log=log_x)
        low, high = (as_drawn(edge, log=log_y) for edge in self._data[1:])
        self.bounds = _band_bounds(x, low, high)
        if log_y and self.bounds:
            sunk = np.isnan(low) & (self._data[1] <= 0) & np.isfinite(high)
            low = np.where(sunk, self.bounds[2] - _ABYSS, low)
        self.item.set_path(_band_path(x, low, high))


def _band_bounds(x: Floats, low: Floats, high: Floats) -> Bounds | None:
    edges = [part for part in (bounds_of(x, low), bounds_of(x, high)) if part]
    return union(edges)


def _band_path(x: Floats, low: Floats, high: Floats) -> QPainterPath:
    """Return one closed polygon for each stretch without a gap."""
    path = QPainterPath()
    good = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    for start, stop in stretches(good):
        if stop - start < 2:
            continue
        span = slice(start, stop)
        around = np.concatenate((x[span], x[span][::-1]))
        path.addPath(arrayToQPath(around, np.concatenate((low[span], high[span][::-1]))))
    return path
