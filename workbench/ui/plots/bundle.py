"""Many lines over the same x as one item of a plot: 200 cost little more than ten.

An item of its own for each line costs more than its pixels: a call from Qt into Python
in every frame, and arrays that are computed line by line instead of all at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from workbench.core.series import Floats
from workbench.ui.plots.items import (
    Bounds,
    Line,
    LineStyle,
    Look,
    as_drawn,
    has_nonpositive,
    rect_of,
)
from workbench.ui.plots.sampling import stretches

_LARGER = 3.0  # pixels that a dot is wider than its line
Good = npt.NDArray[np.bool_]


class BundleLine(Line):
    """One of the lines; its bundle draws it."""

    def __init__(self, style: LineStyle, name: str) -> None:
        super().__init__(style, name)
        self.is_visible = True
        self.pen = self.dot_pen = QPen()
        self.pieces: list[QPolygonF] = []  # as drawn, one for each stretch without a gap


class BundleItem(QGraphicsObject):
    """Paints the lines in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[BundleLine] = []
        self._rect = QRectF()

    def set_lines(self, lines: list[BundleLine], rect: QRectF) -> None:
        """Paint these lines, all of which lie in `rect`."""
        self._lines = lines
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        return self._rect

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self._lines:
            painter.setPen(line.pen)
            for piece in line.pieces:
                painter.drawPolyline(piece)
            if line.is_marked:
                painter.setPen(line.dot_pen)
                for piece in line.pieces:
                    painter.drawPoints(piece)


class Bundle:
    """The lines; `front` is the place of the one that lies on top of all others."""

    def __init__(self, look: Look) -> None:
        self.lines: tuple[BundleLine, ...] = ()
        self.bounds: Bounds | None = None
        self.leads = True  # whether the height of the plot follows it
        self.item = BundleItem()
        self._front: int | None = None
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty((0, 0))
        self._look = look

    @property
    def is_visible(self) -> bool:
        """Say whether any of the lines is drawn."""
        return any(line.is_visible for line in self.lines)

    def set_lines(self, lines: Sequence[BundleLine]) -> None:
        """Draw other lines, which have no points yet."""
        self.lines, self._front = tuple(lines), None
        self.set_data(np.empty(0), np.empty((0, len(lines))), [True] * len(lines))
        self.set_styles([line.style for line in lines])

    def set_data(
        self, x: Floats, y: Floats, shown: Sequence[bool], marked: Sequence[bool] = ()
    ) -> None:
        """Show points: x, shape (n,), never falling; y, shape (n, lines).

        `shown` says which lines are drawn, `marked` which of them with dots.
        """
        self._x, self._y = x, y
        for place, (line, is_shown) in enumerate(zip(self.lines, shown, strict=True)):
            line.is_visible = is_shown
            line.is_marked = bool(marked) and marked[place]
            line.x, line.y = x, y[:, place]
        self._draw()

    def set_styles(self, styles: Sequence[LineStyle], front: int | None = None) -> None:
        """Change how the lines look, and which one lies on top."""
        for line, style in zip(self.lines, styles, strict=True):
            line.style, line.pen = style, self._look.pen(style)
            line.dot_pen = _dot_pen(line.pen, self._look.scale)
        self._front = front
        self._show()

    def restyle(self, look: Look) -> None:
        """Take new colours, pixels and axes."""
        moved = (look.log_x, look.log_y) != (self._look.log_x, self._look.log_y)
        self._look = look
        if moved:
            self._draw()
        self.set_styles([line.style for line in self.lines], self._front)

    def drops_values(self) -> bool:
        """Say whether finite values at or below zero are missing on a log axis."""
        return self._look.log_y and has_nonpositive(self._y[:, self._shown()])

    def _shown(self) -> list[int]:
        return [place for place, line in enumerate(self.lines) if line.is_visible]

    def _draw(self) -> None:
        places = self._shown()
        x = as_drawn(self._x, log=self._look.log_x)
        y = as_drawn(self._y[:, places], log=self._look.log_y)
        good: Good = np.isfinite(y) & np.isfinite(x[:, None])
        whole = np.atleast_1d(good.all(axis=0)) & (len(x) > 0)
        for column, place in enumerate(places):
            spans = [(0, len(x))] if whole[column] else stretches(good[:, column])
            self.lines[place].pieces = [
                arrayToQPolygonF(x[start:stop], y[start:stop, column])
                for start, stop in spans
            ]
        self.bounds = _bounds(x, y, good)
        self._show()

    def _show(self) -> None:
        places = sorted(self._shown(), key=lambda place: place == self._front)
        self.item.set_lines([self.lines[place] for place in places], rect_of(self.bounds))


def _bounds(x: Floats, y: Floats, good: Good) -> Bounds | None:
    rows = good.any(axis=1)
    if not rows.any():
        return None
    across, up = x[rows], y[good]
    return float(across.min()), float(across.max()), float(up.min()), float(up.max())


def _dot_pen(pen: QPen, scale: float) -> QPen:
    dot = QPen(pen.color(), pen.widthF() + _LARGER * scale)
    dot.setCosmetic(True)
    dot.setCapStyle(Qt.PenCapStyle.RoundCap)
    return dot
