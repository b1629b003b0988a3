"""The elements of one tensor as cells in colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.elements import ElementArrays, ElementKind
from workbench.core.numbers import format_short
from workbench.core.series import Floats
from workbench.ui.plots.canvas import Canvas
from workbench.ui.plots.colour_scale import GAP, log_scale, signed_scale
from workbench.ui.plots.element_grid import ElementGrid, Index, grid_of
from workbench.ui.plots.items import Bounds
from workbench.ui.plots.mesh_plot import MeshPlot
from workbench.ui.plots.place_axis import PlaceAxis
from workbench.ui.plots.ranges import Range
from workbench.ui.plots.readout import Reading

_MOST_STRETCHED = 24.0  # times as high as wide, or as wide as high
_KERNELS_STRETCHED = 3.0  # the same, where the shape means something
_NAMES = 10  # along an axis


class ElementMap(MeshPlot):
    """A weight matrix, or the kernels of a convolution, by one kind of number."""

    element_clicked = Signal(tuple)  # the index of the element

    x_margin = 0.0
    right_margin = 8
    has_line = False

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._arrays: ElementArrays | None = None
        self._grid: ElementGrid | None = None
        self._layout: tuple[Index, bool] = ((), True)  # shape, and where there is room
        self._chosen: Index | None = None
        self._words: dict[ElementKind, str] = {}
        self.canvas.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hint = self.tr("click: its step, term by term")
        self.canvas.clicked.connect(self._report_click)
        self.canvas.resized.connect(self.follow)

    def set_words(self, words: dict[ElementKind, str]) -> None:
        """Say what the kinds of numbers are called."""
        self._words = words

    def set_arrays(self, arrays: ElementArrays, kind: ElementKind) -> None:
        """Show one kind of the numbers of a tensor; those of a rate by their log₁₀."""
        values = arrays.arrays[kind]
        if self._arrays is None or arrays.tensor != self._arrays.tensor:
            self._chosen = None
        self._arrays = arrays
        grid = self._grid
        area = self.canvas.area()
        layout = (values.shape, area.width() >= area.height())
        if grid is None or layout != self._layout:
            self._layout = layout
            grid = grid_of(values.shape, wide=layout[1])
            self._lay_out_cells(grid)
        drawn = grid.spread(values)
        if kind is ElementKind.RATE:
            with np.errstate(divide="ignore", invalid="ignore"):
                drawn = np.log10(drawn)
            scale = log_scale(drawn[~grid.gaps()])
        else:
            drawn = np.where(np.isinf(drawn), np.nan, drawn)
            scale = signed_scale(drawn[~grid.gaps()])
        indices = scale.indices(drawn)
        indices[grid.gaps()] = GAP
        edges: Floats = np.arange(indices.shape[1] + 1, dtype=np.float64)
        self.mesh.set_cells(indices, scale, edges[:-1], edges[1:])
        self.bar.set_scale(scale, self._words[kind])
        self._frame()
        self.follow(exactly=True)

    def choose(self, index: Index | None) -> None:
        """Draw a frame around this element."""
        self._chosen = index
        self._frame()

    @override
    def read_cell(self, place: QPointF) -> tuple[float, str, Sequence[Reading]] | None:
        index = self._index_at(place)
        if index is None or self._arrays is None:
            return None
        none = QColor(Qt.GlobalColor.transparent)
        readings = [
            Reading(self._words[kind], format_short(float(array[index])), none)
            for kind, array in self._arrays.arrays.items()
        ]
        numbers = ", ".join(map(str, index))
        return place.x(), f"{self._arrays.tensor}[{numbers}]", readings

    @override
    def read_column(self, x: float) -> tuple[float, str, Sequence[Reading]] | None:
        return None

    @override
    def _make_canvas(self) -> Canvas:
        return Canvas(bottom=PlaceAxis("bottom"), left=PlaceAxis("left"))

    @override
    def _follow_x(
        self, current: Range | None, extent: tuple[float, float], *, exactly: bool
    ) -> Range:
        room, other = self._cell_px()
        return _widened(extent, room / (self._most_stretched() * other))

    @override
    def _follow_y(self, current: Range | None, bounds: Bounds) -> Range:
        other, room = self._cell_px()
        return _widened(bounds[2:], room / (self._most_stretched() * other))

    def _most_stretched(self) -> float:
        is_matrix = self._grid is None or len(self._grid.shape) <= 2
        return _MOST_STRETCHED if is_matrix else _KERNELS_STRETCHED

    def _cell_px(self) -> tuple[float, float]:
        """Return width and height of a cell that fills the area."""
        area = self.canvas.area()
        rows, columns = self._grid.cells.shape if self._grid else (1, 1)
        return max(1.0, area.width()) / columns, max(1.0, area.height()) / rows

    def _lay_out_cells(self, grid: ElementGrid) -> None:
        self._grid = grid
        x, y = self._axis_names(grid)
        self.set_labels(x, y)
        is_row = len(grid.shape) < 2  # of which there is nothing to be counted
        for axis, side in ((self.canvas.left, 0), (self.canvas.bottom, 1)):
            if isinstance(axis, PlaceAxis):
                axis.set_places(*(([], []) if is_row and side == 0 else _ticks(grid, side)))
        self.set_remark("" if grid.is_whole else self._say_left_out(grid))

    def _axis_names(self, grid: ElementGrid) -> tuple[str, str]:
        match len(grid.shape):
            case 0 | 1:
                return self.tr("element"), ""
            case 2:
                return self.tr("column (input)"), self.tr("row (output)")
            case _:
                names = self.tr("input channel"), self.tr("output channel")
                return names[::-1] if grid.turned else names

    def _say_left_out(self, grid: ElementGrid) -> str:
        return self.tr("Too large for the screen: of the rows 1 in {} is drawn, of the "
                       "columns 1 in {}.").format(*grid.every)  # fmt: skip

    def _index_at(self, place: QPointF) -> Index | None:
        if self._grid is None:
            return None
        return self._grid.index_at(int(np.floor(place.y())), int(np.floor(place.x())))

    def _frame(self) -> None:
        cell = None
        if self._grid is not None and self._chosen is not None:
            cell = self._grid.cell_of(self._chosen)
        self.mesh.frame(QRectF(cell[1], cell[0], 1, 1) if cell else QRectF())

    @Slot(QPointF)
    def _report_click(self, place: QPointF) -> None:
        index = self._index_at(place)
        if index is not None:
            self.choose(index)
            self.element_clicked.emit(index)


def _widened(extent: tuple[float, float], factor: float) -> Range:
    """Return the extent, with room on both sides where the factor is above 1."""
    more = (extent[1] - extent[0]) * max(0.0, factor - 1) / 2
    return extent[0] - more, extent[1] + more


def _ticks(grid: ElementGrid, side: int) -> tuple[list[float], list[str]]:
    """Return the middles and the numbers of round rows or columns, or of tiles."""
    tile, every = grid.tile[side], grid.every[side]
    count = -(-grid.cells.shape[side] // tile)
    rough = max(1.0, count * every / _NAMES)
    power = 10 ** int(np.floor(np.log10(rough)))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    numbers = [n for n in range(0, count * every, step) if n % every == 0]
    inside = (tile - 1 or 1) / 2
    return [n // every * tile + inside for n in numbers], [f"{n:,}" for n in numbers]
