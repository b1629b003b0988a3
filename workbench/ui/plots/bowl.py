"""A quadratic bowl seen from above: filled contours, painted as the ellipses they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from workbench.core.numbers import format_short
from workbench.ui.plots.colours import mix
from workbench.ui.plots.contours import Bowl, levels_in
from workbench.ui.theme import PlotTheme

_DEEPEST = 0.26  # how much of the text's colour the ground has at the bottom
_LINE = 0.12  # how much more of it the lines have
_LABEL_GAP_PX = 40
_LABEL_ANGLES = (60, 120, -60, -120)  # degrees on the ellipse, in order of preference
_FARTHEST = 1e4  # times the view: ellipses so large are not painted exactly


class BowlItem(QGraphicsObject):
    """Paints the contours of what a view box shows, with the height on some of them."""

    def __init__(self, box: pg.ViewBox, theme: PlotTheme) -> None:
        super().__init__()
        self._box = box
        self._bowl = Bowl(1.0, 1.0)
        self._theme, self._font, self._scale = theme, QFont(), 1.0
        box.sigRangeChanged.connect(self._follow_view)

    @property
    def bowl(self) -> Bowl:
        """Return the bowl that is shown."""
        return self._bowl

    def set_bowl(self, bowl: Bowl) -> None:
        """Show a bowl."""
        if bowl != self._bowl:
            self._bowl = bowl
            self.update()

    def paint_with(self, theme: PlotTheme, font: QFont, scale: float) -> None:
        """Take colours and the labels' font; `scale` is device pixels to one of ours."""
        self._theme, self._font, self._scale = theme, font, scale
        self.update()

    def levels(self) -> list[float]:
        """Return the heights of the contours in view, rising."""
        view = self.boundingRect()
        x, y = (view.left(), view.right()), (view.top(), view.bottom())
        return levels_in(self._bowl, x, y)

    @override
    def boundingRect(self) -> QRectF:
        return QRectF(self._box.viewRect())

    @Slot()
    def _follow_view(self) -> None:
        self.prepareGeometryChange()
        self.update()

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        view, levels = self.boundingRect(), self.levels()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, level in enumerate(reversed(levels), start=1):
            self._draw_contour(painter, view, level, place / len(levels))
        self._draw_labels(painter, view, levels)

    def _draw_contour(
        self, painter: QPainter, view: QRectF, level: float, depth: float
    ) -> None:
        """Fill all that is at most as high as the level; `depth` is 1 at the bottom."""
        theme, share = self._theme, _DEEPEST * depth
        pen = QPen(mix(theme.background, theme.text, share + _LINE), self._scale)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(mix(theme.background, theme.text, share))
        width, height = self._bowl.half_axes(level)
        if max(width / view.width(), height / view.height()) > _FARTHEST:
            painter.drawRect(_stripe(view, width, height))
            return
        painter.drawEllipse(QPointF(0, 0), width, height)

    def _draw_labels(
        self, painter: QPainter, view: QRectF, levels: Sequence[float]
    ) -> None:
        """Write the height at contours that are far enough from one another."""
        transform, metrics = painter.transform(), QFontMetricsF(self._font)
        painter.resetTransform()
        painter.setFont(self._font)
        taken = [transform.map(QPointF(0, 0))]  # the minimum has a mark of its own
        for place, level in enumerate(reversed(levels), start=1):
            at = self._label_place(level, view)
            if at is None:
                continue
            pixel = transform.map(at)
            gap = min(_distance(pixel, other) for other in taken)
            if gap >= _LABEL_GAP_PX * self._scale:
                taken.append(pixel)
                share = _DEEPEST * place / len(levels)
                self._draw_label(painter, metrics, pixel, level, share)

    def _draw_label(
        self,
        painter: QPainter,
        metrics: QFontMetricsF,
        at: QPointF,
        level: float,
        share: float,
    ) -> None:
        """Write a height over its contour, which is interrupted there."""
        text = format_short(float(f"{level:.2g}"))
        box = metrics.boundingRect(text)
        box.moveCenter(at)
        ground = QColor(mix(self._theme.background, self._theme.text, share))
        painter.fillRect(box.adjusted(-2, 1, 2, -1), ground)
        painter.setPen(self._theme.muted)
        painter.drawText(QPointF(box.left(), box.bottom() - metrics.descent()), text)

    def _label_place(self, level: float, view: QRectF) -> QPointF | None:
        """Return a point of the contour well inside the view, if there is one."""
        width, height = self._bowl.half_axes(level)
        if math.isinf(width) or math.isinf(height):
            return None
        inner = _shrunk(view)
        points = (
            QPointF(width * math.cos(angle), height * math.sin(angle))
            for angle in map(math.radians, _LABEL_ANGLES)
        )
        return next((point for point in points if inner.contains(point)), None)


def _stripe(view: QRectF, width: float, height: float) -> QRectF:
    """Return the part of the view between two lines so far apart, where one is flat."""
    far = 2 * (abs(view.left()) + abs(view.right()) + abs(view.top()) + abs(view.bottom()))
    wide, high = min(width, far), min(height, far)
    return QRectF(-wide, -high, 2 * wide, 2 * high)


def _shrunk(view: QRectF) -> QRectF:
    across, up = 0.06 * view.width(), 0.06 * view.height()
    return view.adjusted(across, up, -across, -up)


def _distance(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
