"""The path of one run's weights in the plane of a landscape."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from workbench.core.landscape import Matrix
from workbench.core.run import Run
from workbench.ui.plots.items import LineStyle, run_ink
from workbench.ui.plots.landscape_plot import LandscapePlot, thinned
from workbench.ui.plots.loss_curves import run_dashes
from workbench.ui.plots.ranges import Range
from workbench.ui.theme import PlotTheme

_MOST_DOTS = 400  # more of them hide the line
_FAR = 5.0  # times the start's distance from the minimum: beyond, a path has left


class LandscapePath:
    """Line and points at the measured steps; a ring at the start, a disc now."""

    def __init__(self, plot: LandscapePlot, run: Run) -> None:
        self._plot, self._run = plot, run
        self._points: Matrix = np.empty((0, 2))
        self.ink = run_ink(run.colour)
        solid, _ = run_dashes(run.colour)
        self.line = plot.add_curve(LineStyle(self.ink, solid, width=1.5), z=3)
        self.dots = plot.add_dots(self.ink, "disc", 4.5, z=4)
        self.start = plot.add_dots(self.ink, "ring", 11, z=5)
        self.now = plot.add_dots(self.ink, "disc", 10, z=6)

    def take_in(self) -> None:
        """Read the points measured so far, as (along the flattest, along the steepest)."""
        self._points = self._run.history.path.points()[:, ::-1]

    def box(self) -> Matrix:
        """Return the corner of least and that of largest coordinates, shape (2, 2).

        Points farther from the minimum than five times the start are left out.
        """
        near = self._points[self._is_near()]
        if not len(near):
            return np.zeros((2, 2))
        corners: Matrix = np.stack([near.min(axis=0), near.max(axis=0)])
        return corners

    def farthest_outside(self) -> float:
        """Return how far from the minimum the path has been, where it has left; else 0."""
        away = self._points[~self._is_near()]
        if not len(away):
            return 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            distances = np.hypot(away[:, 0], away[:, 1])
        return float(np.max(np.where(np.isnan(distances), np.inf, distances)))

    def draw(self, x: Range, y: Range) -> None:
        """Draw the path for this part of the plane."""
        points = thinned(self._points, x, y)
        self.line.set_data(points[:, 0], points[:, 1])
        few = points if len(points) <= _MOST_DOTS else points[:0]
        self.dots.set_data(few[:, 0], few[:, 1])
        self.start.set_data(points[:1, 0], points[:1, 1])
        last = points[np.isfinite(points).all(axis=1)][-1:]
        self.now.set_data(last[:, 0], last[:, 1])

    def remove(self) -> None:
        """Take the path out of the plot."""
        for item in (self.line, self.dots, self.start, self.now):
            self._plot.remove(item)

    def _is_near(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        if not len(self._points):
            return np.empty(0, dtype=np.bool_)
        limit = _FAR * float(np.abs(self._points[0]).max() or 1.0)
        near: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.all(
            np.abs(self._points) <= limit, axis=1
        )
        return near


def text_ink(theme: PlotTheme) -> QColor:
    """Return the colour of text."""
    return theme.text


def muted_ink(theme: PlotTheme) -> QColor:
    """Return the colour of what stays in the background."""
    return theme.muted
