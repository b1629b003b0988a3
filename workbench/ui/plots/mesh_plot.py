"""A plot of coloured cells with a colour bar beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from typing_extensions import override

from workbench.ui.plots.colour_bar import ColourBar
from workbench.ui.plots.crosshair import Crosshair
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Bounds, Look
from workbench.ui.plots.mesh import Mesh
from workbench.ui.plots.plot import Plot
from workbench.ui.plots.ranges import Range
from workbench.ui.plots.readout import Reading
from workbench.ui.theme import PlotTheme


class MeshPlot(CurvePlot):
    """Rows from top to bottom; subclasses say what a place of it is worth."""

    has_line = True  # through the column that is read
    hint = ""  # what can be done with a cell, below its readings
    right_margin = 28  # pixels between cells and colour bar: room for half a number

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        self.bar = ColourBar()
        super().__init__(title, parent)
        self.mesh = self._add(Mesh(self._look), -5)
        self.canvas.box.invertY(True)
        self.canvas.plotItem.setContentsMargins(4, 8, self.right_margin, 4)
        self.canvas.resized.connect(self._align_bar)

    def read_cell(self, place: QPointF) -> tuple[float, str, Sequence[Reading]] | None:
        """Return x, heading and readings of a place of the axes, None where none is."""
        raise NotImplementedError

    def read_column(self, x: float) -> tuple[float, str, Sequence[Reading]] | None:
        """Return the same for a whole column, or for what is selected in it."""
        raise NotImplementedError

    @override
    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        super().paint_with(theme, font)
        self.bar.paint_with(theme, font)
        self._align_bar()

    @override
    def fill_menu(self, menu: QMenu) -> None:
        menu.addAction(self.fit_action)
        menu.addSeparator()
        Plot.fill_menu(self, menu)

    @override
    def _make_crosshair(self) -> Crosshair:
        return _MeshCrosshair(self, self._look)

    @override
    def _make_content(self) -> QWidget:
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(0)
        row.addWidget(self.canvas, 1)
        row.addWidget(self.bar)
        return content

    @override
    def _follow_y(self, current: Range | None, bounds: Bounds) -> Range:
        return bounds[2], bounds[3]

    def _align_bar(self) -> None:
        """Let the bar end where the cells do."""
        area = self.canvas.area()
        self.bar.set_foot(max(0, round(self.canvas.height() - area.bottom()) - 14))


class _MeshCrosshair(Crosshair):
    """Reads one cell under the pointer, and a column where another plot is read."""

    def __init__(self, plot: MeshPlot, look: Look) -> None:
        super().__init__(plot.canvas, plot.curves, lambda _x: "", look)
        self._plot = plot

    @override
    def read(self, place: QPointF) -> float | None:
        return self._show(self._plot.read_cell(place), place)

    @override
    def show_at(self, x: float) -> None:
        (low, high), (one, other) = self._canvas.ranges()
        found = self._plot.read_column(x) if low <= x <= high else None
        self._show(found, QPointF(x, (one + other) / 2))

    def _show(
        self, found: tuple[float, str, Sequence[Reading]] | None, place: QPointF
    ) -> float | None:
        if found is None:
            self.hide()
            return None
        x, heading, readings = found
        if self._plot.has_line:
            self.put_line(x)
        pixel = self._canvas.pixel_of(place.x(), place.y()).toPoint()
        self.readout.show_at(pixel, heading, readings, self._plot.hint)
        return x
