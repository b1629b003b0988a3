"""The surface that curves are drawn on, and what the mouse does there.

Dragging draws a box to zoom into, the wheel zooms, the middle button moves, a double
click shows everything again; the right button opens the plot's menu.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QHideEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget
from typing_extensions import override

from workbench.ui.plots.axis import Axis
from workbench.ui.plots.ranges import Range
from workbench.ui.theme import PlotTheme

_SMALLEST_BOX_PX = 5  # smaller drags are clicks of an unsteady hand


class _ViewBox(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """The area between the axes."""

    fit_requested = Signal()
    clicked = Signal(QPointF)  # once, with the left button, at this place of the axes

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pg.ViewBox.RectMode)
        self.disableAutoRange()

    @override
    def mouseClickEvent(self, ev: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if ev.button() != Qt.MouseButton.LeftButton:
            ev.ignore()
            return
        ev.accept()
        if ev.double():
            self.fit_requested.emit()
        else:
            self.clicked.emit(self.mapSceneToView(ev.scenePos()))

    @override
    def mouseDragEvent(
        self,
        ev: pg.GraphicsScene.mouseEvents.MouseDragEvent,
        axis: int | None = None,
    ) -> None:
        if ev.button() == Qt.MouseButton.RightButton:
            ev.ignore()
            return
        box = ev.button() == Qt.MouseButton.LeftButton and axis is None
        if box and ev.isFinish() and self._is_click(ev):
            ev.accept()
            self.rbScaleBox.hide()
            return
        self.setMouseMode(pg.ViewBox.RectMode if box else pg.ViewBox.PanMode)
        super().mouseDragEvent(ev, axis)
        self.setMouseMode(pg.ViewBox.RectMode)

    @override
    def showAxRect(self, ax: QRectF, **kwargs: object) -> None:
        super().showAxRect(ax, padding=0)  # the box that was drawn, not a larger one

    def _is_click(self, ev: pg.GraphicsScene.mouseEvents.MouseDragEvent) -> bool:
        way = ev.buttonDownScenePos() - ev.scenePos()
        return bool(min(abs(way.x()), abs(way.y())) < _SMALLEST_BOX_PX)


class Canvas(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes, grid and the area for curves. Ranges are positions on the axes."""

    fit_requested = Signal()
    zoomed = Signal()  # by hand
    resized = Signal()
    pointer_moved = Signal(QPointF)  # in the coordinates of the axes
    pointer_left = Signal()
    clicked = Signal(QPointF)  # in the coordinates of the axes

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        bottom: Axis | None = None,
        left: Axis | None = None,
    ) -> None:
        self.box = _ViewBox()
        self.bottom, self.left = bottom or Axis("bottom"), left or Axis("left")
        super().__init__(
            parent, viewBox=self.box, axisItems={"bottom": self.bottom, "left": self.left}
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        # The menu is the plot's: see QWidget::contextMenuPolicy.
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.plotItem.setMenuEnabled(False)
        self.plotItem.hideButtons()
        self.plotItem.setContentsMargins(4, 8, 28, 4)
        for axis in (self.bottom, self.left):
            axis.setZValue(-1000)  # the grid lies under the curves
        # Items move with every frame: keeping an index of them costs more than it saves.
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        # To find out which parts have changed takes longer than to paint what is between.
        self.setViewportUpdateMode(
            QGraphicsView.ViewportUpdateMode.BoundingRectViewportUpdate
        )
        self.box.fit_requested.connect(self.fit_requested)
        self.box.clicked.connect(self.clicked)
        self.box.sigRangeChangedManually.connect(self._report_zoom)
        self.scene().sigMouseMoved.connect(self._report_pointer)

    def paint_with(self, theme: PlotTheme, font: QFont, scale: float) -> None:
        """Take colours and fonts; `scale` is device pixels to one of ours."""
        self.setBackground(theme.background)
        for axis in (self.bottom, self.left):
            axis.paint_with(theme, font, scale)
        wash = QColor(theme.accent)
        wash.setAlphaF(0.15)
        self.box.rbScaleBox.setPen(pg.mkPen(theme.accent))
        self.box.rbScaleBox.setBrush(pg.mkBrush(wash))

    def set_log(self, *, x: bool, y: bool) -> None:
        """Number the axes as logarithms or plainly."""
        self.bottom.setLogMode(x=x, y=y)
        self.left.setLogMode(x=x, y=y)

    def ranges(self) -> tuple[Range, Range]:
        """Return what of the axes is in view."""
        (x_low, x_high), (y_low, y_high) = self.box.viewRange()
        return (float(x_low), float(x_high)), (float(y_low), float(y_high))

    def set_ranges(self, x: Range, y: Range) -> None:
        """Bring this part of the axes into view."""
        self.box.setRange(xRange=x, yRange=y, padding=0)

    def pixel_of(self, x: float, y: float) -> QPointF:
        """Return where a point of the axes is on this widget, in logical pixels."""
        scene: QPointF = self.box.mapViewToScene(QPointF(x, y))
        return QPointF(self.mapFromScene(scene))

    def area(self) -> QRectF:
        """Return the area between the axes on this widget."""
        return QRectF(self.mapFromScene(self.box.sceneBoundingRect()).boundingRect())

    @Slot(object)
    def _report_zoom(self, _axes: object) -> None:
        self.zoomed.emit()

    @Slot(object)
    def _report_pointer(self, scene_point: QPointF) -> None:
        if self.box.sceneBoundingRect().contains(scene_point):
            self.pointer_moved.emit(self.box.mapSceneToView(scene_point))
        else:
            self.pointer_left.emit()

    @override
    def leaveEvent(self, ev: QEvent) -> None:
        super().leaveEvent(ev)
        self.pointer_left.emit()

    @override
    def hideEvent(self, ev: QHideEvent) -> None:
        super().hideEvent(ev)
        self.pointer_left.emit()  # no leaving is told of what is hidden

    @override
    def resizeEvent(self, ev: QResizeEvent) -> None:
        super().resizeEvent(ev)
        self.resized.emit()
