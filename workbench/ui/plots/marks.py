"""Graphics of plots that pyqtgraph has no cheap ones for: filled areas and marks."""

from __future__ import annotations

import pyqtgraph as pg
from pyqtgraph.functions import arrayToQPath, arrayToQPolygonF
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QStyleOptionGraphicsItem,
    QWidget,
)
from typing_extensions import override

from workbench.core.series import Floats


class Stroke(QGraphicsObject):
    """A line along points, with a gap wherever one is NaN; with dots on them if wished.

    It does less than pyqtgraph's own: no bounds of pens, no picking, no filling.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pen = QPen()
        self._path = QPainterPath()
        self._points = QPolygonF()
        self._dot_size = 0.0
        self._rect = QRectF()

    def set_dots(self, size: float, x: Floats, y: Floats) -> None:
        """Draw a dot this large, in line widths, on each of these points; 0: none."""
        if size == self._dot_size == 0.0:
            return
        self._dot_size = size
        self._points = arrayToQPolygonF(x, y) if size and len(x) else QPolygonF()
        if self.scene() is not None:
            self.scene().update()  # dots reach beyond the line's rectangle

    def set_pen(self, pen: QPen) -> None:
        """Draw with this pen."""
        self._pen = pen
        self.update()

    def set_points(self, x: Floats, y: Floats, rect: QRectF) -> None:
        """Draw along these points, all of which lie in `rect`."""
        self.prepareGeometryChange()
        self._path = arrayToQPath(x, y, connect="finite")
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
        painter.setPen(self._pen)
        painter.drawPath(self._path)
        if not self._points.isEmpty():
            pen = QPen(self._pen.color(), self._pen.widthF() * self._dot_size)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(self._points)


class Area(QGraphicsObject):
    """A filled path."""

    def __init__(self) -> None:
        super().__init__()
        self.colour = QColor()
        self._path = QPainterPath()
        self._rect = QRectF()

    def set_path(self, path: QPainterPath) -> None:
        """Fill this path, in the coordinates of the axes."""
        self.prepareGeometryChange()
        self._path, self._rect = path, path.controlPointRect()
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
        painter.fillPath(self._path, self.colour)


class Marks(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Points drawn with a round pen: one call for all of them."""

    def __init__(self, shape: str, size: float) -> None:
        super().__init__()
        self.ink, self.ground = QColor(), QColor()
        self._shape, self._size = shape, size
        self._points = QPolygonF()
        self._rect = QRectF()
        self._pixel: tuple[float, float] | None = None  # in units of the axes
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsToShape, False)

    def set_points(self, x: Floats, y: Floats) -> None:
        """Mark these points of the axes; all are finite."""
        self.prepareGeometryChange()
        self._points = arrayToQPolygonF(x, y) if len(x) else QPolygonF()
        self._rect = self._points.boundingRect()
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        if self._points.isEmpty():
            return self._rect
        width, height = self._pixel_size()
        margin = self._size
        return self._rect.adjusted(
            -width * margin, -height * margin, width * margin, height * margin
        )

    @override
    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()
        self._pixel = None

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self._points.isEmpty():
            return
        points = painter.transform().map(self._points)
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._shape == "cross":
            self._draw_crosses(painter, points)
            return
        self._draw_discs(painter, points, self.ink, self._size)
        if self._shape == "ring":
            self._draw_discs(painter, points, self.ground, self._size - 3)

    def _pixel_size(self) -> tuple[float, float]:
        """Return the size of a pixel; Qt asks for it many times a frame."""
        if self._pixel is None:
            width, height = self.pixelVectors()
            if not (width and height):
                return 0.0, 0.0
            self._pixel = width.length(), height.length()
        return self._pixel

    @staticmethod
    def _draw_discs(
        painter: QPainter, points: QPolygonF, colour: QColor, size: float
    ) -> None:
        pen = QPen(colour, size)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(points)

    def _draw_crosses(self, painter: QPainter, points: QPolygonF) -> None:
        painter.setPen(QPen(self.ink, 2))
        half = self._size / 2
        for point in points.toList():
            x, y = point.x(), point.y()
            painter.drawLine(QLineF(x - half, y - half, x + half, y + half))
            painter.drawLine(QLineF(x - half, y + half, x + half, y - half))
