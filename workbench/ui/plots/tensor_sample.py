"""The small pictures beside the names of tensors: a piece of the line, or its colour."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

SAMPLE_SIZE = QSize(16, 12)  # logical pixels
_FINENESS = 2  # pixels to one of ours, sharp on fine screens too
_BLOCK = QRectF(1, 3, 14, 6)


class Sample(Enum):
    """What is drawn."""

    SOLID = "solid"  # a line, of weights
    DASHED = "dashed"  # a line, of biases
    BLOCK = "block"  # the colour that the lines of a layer have in common


def sample_pixmap(colour: QColor, kind: Sample) -> QPixmap:
    """Draw a sample."""
    pixmap = QPixmap(SAMPLE_SIZE * _FINENESS)
    pixmap.setDevicePixelRatio(_FINENESS)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    if kind is Sample.BLOCK:
        painter.fillRect(_BLOCK, colour)
    else:
        pen = QPen(colour, 2.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if kind is Sample.DASHED:
            pen.setDashPattern([2.5, 1.5])
        painter.setPen(pen)
        painter.drawLine(0, 6, SAMPLE_SIZE.width(), 6)
    painter.end()
    return pixmap
