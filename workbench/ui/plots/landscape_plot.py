"""A plot of paths over the contours of a quadratic bowl."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from workbench.core.landscape import Matrix
from workbench.ui.plots.bowl import BowlItem
from workbench.ui.plots.contours import Bowl
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Bounds
from workbench.ui.plots.ranges import Range
from workbench.ui.theme import PlotTheme

_MARGIN = 0.08  # of the paths' extent, so that contours are seen around them
_CELLS = 3000  # of the view, across: points of a path in one cell are one on screen


class LandscapePlot(CurvePlot):
    """Contours under everything else; what they fit is set by `show_box`."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        self._bowl: BowlItem | None = None  # the base paints before we are complete
        super().__init__(title, parent)
        self._bowl = BowlItem(self.canvas.box, self.theme)
        self._bowl.setZValue(-2000)  # beneath the grid
        self._box: Bounds | None = None
        self.canvas.box.addItem(self._bowl, ignoreBounds=True)
        self.equal_action = QAction(self.tr("Equal scale"), self)
        self.equal_action.setCheckable(True)
        self.equal_action.setToolTip(
            self.tr(
                "Make a unit equally long on both axes: then the gradient stands at right "
                "angles on the contours."
            )
        )
        self.equal_action.toggled.connect(self._set_equal)
        self.recolour()

    @property
    def bowl(self) -> Bowl | None:
        """Return the bowl whose contours are shown."""
        return self._bowl.bowl if self._bowl else None

    def levels(self) -> list[float]:
        """Return the heights of the contours in view, rising."""
        return self._bowl.levels() if self._bowl else []

    def set_bowl(self, bowl: Bowl) -> None:
        """Show the contours of this bowl."""
        if self._bowl is not None:
            self._bowl.set_bowl(bowl)

    def show_box(self, x: Range, y: Range, *, exactly: bool) -> None:
        """Say which part of the plane is to be in view until somebody zooms."""
        across, up = _MARGIN * (x[1] - x[0]), _MARGIN * (y[1] - y[0])
        self._box = (x[0] - across, x[1] + across, y[0] - up, y[1] + up)
        self.follow(exactly=exactly)

    @override
    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        super().paint_with(theme, font)
        if self._bowl is not None:
            self._bowl.paint_with(theme, font, self.pixel_scale)

    @override
    def fill_menu(self, menu: QMenu) -> None:
        super().fill_menu(menu)
        menu.removeAction(self.log_x_action)  # the plane has negative coordinates
        menu.removeAction(self.log_y_action)
        menu.insertAction(self.legend_action, self.equal_action)

    @override
    def _remark_on_values(self) -> None:
        """Say nothing: no axis is logarithmic."""

    @override
    def _bounds(self) -> Bounds | None:
        return self._box

    @Slot(bool)
    def _set_equal(self, equal: bool) -> None:
        self.canvas.box.setAspectLocked(equal, 1.0)
        self._followed = None
        self.fit()


def thinned(points: Matrix, x: Range, y: Range) -> Matrix:
    """Leave out points that fall on the pixel of the one before, in a view of this size.

    What is left looks the same; points, shape (n, 2), are (x, y).
    """
    if len(points) < 3:
        return points
    with np.errstate(over="ignore", invalid="ignore"):
        cell = np.array([x[1] - x[0], y[1] - y[0]]) / _CELLS
        cells = np.floor(points / cell)
        keep = np.ones(len(points), dtype=bool)
        keep[1:-1] = (cells[1:-1] != cells[:-2]).any(axis=1)
    return points[keep]
