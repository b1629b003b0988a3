"""Short marks that stand on the x axis, where something happened at single steps."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from workbench.core.series import Floats
from workbench.ui.plots.items import Bounds, Ink, Look, as_drawn


class RugItem(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """Paints the marks, as long at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.pen = QPen()
        self.length_px = 0.0
        self.x: Floats = np.empty(0)

    @override
    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF() if view is None else QRectF(view.viewRect())

    @override
    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        transform, bottom = painter.transform(), self.boundingRect().top()
        feet = [transform.map(QPointF(x, bottom)) for x in self.x.tolist()]
        up = QPointF(0, self.length_px * self.pen.widthF())
        painter.resetTransform()
        painter.setPen(self.pen)
        painter.drawLines([QLineF(foot, foot - up) for foot in feet])


class Rug:
    """The marks, as one of the items of a plot; they take no part in its range."""

    def __init__(self, ink: Ink, length_px: float, look: Look) -> None:
        self.bounds: Bounds | None = None
        self.leads = False
        self.item = RugItem()
        self.item.length_px = length_px
        self.x: Floats = np.empty(0)
        self._ink = ink
        self.restyle(look)

    @property
    def is_visible(self) -> bool:
        """Say whether the marks are drawn."""
        return bool(self.item.isVisible())

    def set_data(self, x: Floats) -> None:
        """Put a mark at each of these x; few enough to be told apart."""
        if not np.array_equal(x, self.x):
            self.x = x
            self._draw()

    def restyle(self, look: Look) -> None:
        """Take new colours, pixels and axes."""
        self._look = look
        self.item.pen = QPen(self._ink(look.theme), look.scale)
        self._draw()

    def _draw(self) -> None:
        drawn = as_drawn(self.x, log=self._look.log_x)
        self.item.x = drawn[np.isfinite(drawn)]
        self.item.prepareGeometryChange()
        self.item.update()
