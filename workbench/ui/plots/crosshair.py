"""A vertical line under the pointer, and what every curve is worth there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Signal, Slot

from workbench.core.numbers import format_short
from workbench.ui.plots.canvas import Canvas
from workbench.ui.plots.items import Dots, Line, Look, as_drawn
from workbench.ui.plots.readout import Reading, Readout

_MOST_READINGS = 12


class Crosshair(QObject):
    """Follows the pointer over a canvas and reads the curves."""

    moved = Signal(float)  # by the pointer, to this x of the data
    left = Signal()  # the pointer has gone

    def __init__(
        self,
        canvas: Canvas,
        curves: Callable[[], Sequence[Line]],
        heading: Callable[[float], str],
        look: Look,
    ) -> None:
        super().__init__(canvas)
        self._canvas, self._curves, self._heading = canvas, curves, heading
        self._look = look
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setVisible(False)
        self._line.setZValue(20)
        self._dots = Dots(lambda theme: theme.text, "disc", 5.0, look)
        self._dots.item.setZValue(21)
        canvas.addItem(self._line, ignoreBounds=True)
        canvas.addItem(self._dots.item, ignoreBounds=True)
        self.readout = Readout(canvas)
        canvas.pointer_moved.connect(self.move_to)
        canvas.pointer_left.connect(self._leave)

    def restyle(self, look: Look) -> None:
        """Take new colours and axes."""
        self._look = look
        self._line.setPen(pg.mkPen(look.theme.frame, width=look.scale))
        self._dots.restyle(look)
        self.readout.paint_with(look.theme)

    @Slot(QPointF)
    def move_to(self, place: QPointF) -> None:
        """Read the curves at this place of the axes."""
        at = self.read(place)
        if at is None:
            self.left.emit()
        else:
            self.moved.emit(at)

    def show_at(self, x: float) -> None:
        """Read the curves at x, in the middle of the axes: the pointer is elsewhere."""
        (low, high), (bottom, top) = self._canvas.ranges()
        at = as_drawn_one(x, log=self._look.log_x)
        if low <= at <= high:
            self.read(QPointF(at, (bottom + top) / 2))
        else:
            self.hide()

    def read(self, place: QPointF) -> float | None:
        """Show what there is at this place; return its x, None where nothing is."""
        x = 10 ** place.x() if self._look.log_x else place.x()
        found = self._read(x)
        if not found:
            self.hide()
            return None
        nearest = self._nearest(found, place)
        at = min((point for _, point in found), key=lambda point: abs(point[0] - x))[0]
        self.put_line(at)
        self._dots.set_data(*zip(*(point for _, point in nearest), strict=True))
        self._dots.set_visible(True)
        left_out = len(found) - len(nearest)
        self.readout.show_at(
            self._canvas.pixel_of(place.x(), place.y()).toPoint(),
            self._heading(at),
            [self._reading(curve, point[1]) for curve, point in nearest],
            self.tr("and {} more").format(left_out) if left_out else "",
        )
        return at

    def put_line(self, x: float) -> None:
        """Draw the line at x of the data."""
        self._line.setValue(as_drawn_one(x, log=self._look.log_x))
        self._line.setVisible(True)

    @Slot()
    def _leave(self) -> None:
        self.hide()
        self.left.emit()

    def hide(self) -> None:
        """Take line and readout away."""
        self._line.setVisible(False)
        self._dots.set_visible(False)
        self.readout.hide()

    def _read(self, x: float) -> list[tuple[Line, tuple[float, float]]]:
        pairs = [(curve, curve.read(x)) for curve in self._curves()]
        return [(curve, point) for curve, point in pairs if point is not None]

    def _nearest(
        self, found: list[tuple[Line, tuple[float, float]]], place: QPointF
    ) -> list[tuple[Line, tuple[float, float]]]:
        """Return the readings nearest to the pointer, in the order of the curves."""
        most = min(_MOST_READINGS, self.readout.room())
        if len(found) <= most:
            return found

        def distance(pair: tuple[Line, tuple[float, float]]) -> float:
            height = as_drawn_one(pair[1][1], log=self._look.log_y)
            return abs(height - place.y()) if math.isfinite(height) else math.inf

        chosen = sorted(found, key=distance)[:most]
        return sorted(chosen, key=lambda pair: -pair[1][1])

    def _reading(self, curve: Line, value: float) -> Reading:
        style = curve.style
        colour = style.ink(self._look.theme)
        colour = self._look.theme.faint(colour) if style.faint else colour
        return Reading(curve.name, format_short(value), colour, style.dash.value)


def as_drawn_one(value: float, *, log: bool) -> float:
    """Return the position of one value on an axis."""
    return float(as_drawn(np.array([value]), log=log)[0])
