"""The heat map of the rates: a row for each tensor, a column for each sample."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.numbers import format_short
from workbench.core.rates import Rates, TensorFacts
from workbench.core.series import Floats
from workbench.ui.plots.canvas import Canvas
from workbench.ui.plots.colour_scale import ColourScale, log_scale, ramp_colour
from workbench.ui.plots.mesh_plot import MeshPlot
from workbench.ui.plots.place_axis import PlaceAxis
from workbench.ui.plots.readout import Reading
from workbench.ui.plots.sampling import spans
from workbench.ui.plots.tensor_model import layer_of

_LEAST_ROW_PX = 11.0  # rows lower than this are named by layer


class RateMap(MeshPlot):
    """Median of a quantity of each tensor at each sample, as colours of its log₁₀."""

    row_clicked = Signal(int)  # the place of the tensor in the model

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._tensors: tuple[TensorFacts, ...] = ()
        self._rows: np.ndarray[tuple[int], np.dtype[np.intp]] = np.empty(0, dtype=np.intp)
        self._steps: Floats = np.empty(0)
        self._lefts: Floats = np.empty(0)
        self._values: Rates = np.empty((0, 0))  # samples by all tensors
        self._logs: Rates = np.empty((0, 0))  # rows by samples
        self._selected: int | None = None
        self._state: object = None
        self.mesh.item.divides = True  # each column ends with the step that was measured
        self.canvas.setCursor(Qt.CursorShape.CrossCursor)
        self.canvas.clicked.connect(self._report_click)
        self.view_changed.connect(self._name_rows)

    def set_tensors(self, tensors: Sequence[TensorFacts], checks: Sequence[bool]) -> None:
        """Give a row to each of these tensors that is checked."""
        rows = np.flatnonzero(checks)
        if tuple(tensors) == self._tensors and np.array_equal(rows, self._rows):
            return
        self._tensors, self._rows = tuple(tensors), rows
        self._steps = np.empty(0)
        self._name_rows()
        layers = [layer_of(self._tensors[row]) for row in rows]
        pairs = enumerate(pairwise(layers), start=1)
        self.mesh.set_lines([float(at) for at, (one, next_) in pairs if one != next_])
        self._frame()

    def set_samples(self, steps: Floats, values: Rates, name: str) -> None:
        """Show samples: steps, shape (n,), values, shape (n, tensors).

        Only what is new since the last call is computed, where the samples are the
        same as then.
        """
        known = len(self._steps)
        same = (
            0 < known <= len(steps)
            and name == self._state
            and np.array_equal(self._steps, steps[:known])
        )
        new = np.take(values[known if same else 0 :], self._rows, axis=1).T
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(new)  # NaN: no value, −∞: zero, the low end of the scale
        self._logs = np.concatenate((self._logs, logs), axis=1) if same else logs
        self._state, self._values = name, values
        self._lefts, self._steps = spans(steps)
        scale = log_scale(self._logs)
        self.mesh.set_cells(scale.indices(self._logs), scale, self._lefts, self._steps)
        self._frame()
        self.bar.set_scale(scale, name)

    def select(self, place: int | None) -> None:
        """Draw a frame around the row of this tensor."""
        if place != self._selected:
            self._selected = place
            self._frame()

    @override
    def read_cell(self, place: QPointF) -> tuple[float, str, Sequence[Reading]] | None:
        column, row = self._column_at(place.x()), int(np.floor(place.y()))
        if column is None or not 0 <= row < len(self._rows):
            return None
        return self._reading(column, int(self._rows[row]))

    @override
    def read_column(self, x: float) -> tuple[float, str, Sequence[Reading]] | None:
        column = self._column_at(x)
        if column is None:
            return None
        if self._selected is None or self._selected not in self._rows:
            return float(self._steps[column]), self._read_x(self._steps[column]), ()
        return self._reading(column, self._selected)

    @property
    def scale(self) -> ColourScale:
        """Return what the colours are worth."""
        return self.mesh.scale

    @override
    def _make_canvas(self) -> Canvas:
        return Canvas(left=PlaceAxis("left"))

    def _reading(self, column: int, tensor: int) -> tuple[float, str, list[Reading]]:
        value = float(self._values[column, tensor])
        logarithm = np.log10(value) if value > 0 else -np.inf
        scale = self.scale
        share = np.clip((logarithm - scale.low) / (scale.high - scale.low), 0, 1)
        colour = ramp_colour(self.theme, float(share), diverging=False)
        text = format_short(value) if not np.isnan(value) else self.tr("no value")
        step = float(self._steps[column])
        return step, self._read_x(step), [Reading(self._tensors[tensor].name, text, colour)]

    def _column_at(self, x: float) -> int | None:
        column = int(np.searchsorted(self._steps, x))
        inside = column < len(self._steps) and self._lefts[column] <= x
        return column if inside else None

    def _frame(self) -> None:
        rows = np.flatnonzero(self._rows == self._selected)
        rect = QRectF()
        if len(rows) and self.mesh.bounds:
            left, right = self.mesh.bounds[:2]
            rect = QRectF(left, float(rows[0]), right - left, 1.0)
        self.mesh.frame(rect)

    @Slot()
    def _name_rows(self) -> None:
        """Name every row where there is room, else every layer at its first row."""
        axis = self.canvas.left
        if not isinstance(axis, PlaceAxis):
            return
        tensors = [self._tensors[row] for row in self._rows]
        if self.canvas.area().height() >= _LEAST_ROW_PX * self._rows_in_view():
            axis.set_places(
                [i + 0.5 for i in range(len(tensors))], [t.name for t in tensors]
            )
            return
        firsts = [
            (i, layer_of(tensor))
            for i, tensor in enumerate(tensors)
            if i == 0 or layer_of(tensor) != layer_of(tensors[i - 1])
        ]
        axis.set_places([i + 0.5 for i, _ in firsts], [name for _, name in firsts])

    def _rows_in_view(self) -> float:
        if self.is_following:
            return len(self._rows)
        top, bottom = self.canvas.ranges()[1]
        return min(len(self._rows), bottom - top)

    @Slot(QPointF)
    def _report_click(self, place: QPointF) -> None:
        row = int(np.floor(place.y()))
        if 0 <= row < len(self._rows):
            self.row_clicked.emit(int(self._rows[row]))
