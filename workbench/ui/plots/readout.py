"""The box beside the crosshair that reads every curve at its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.ui.theme import PlotTheme, tabular

_MARGIN = 8
_SAMPLE = 14
_GAP = 8
_WIDEST_NAME = 220
_FROM_POINTER = 14
_LEAST_HEIGHT = 240  # pixels that it may take beside a low plot


@dataclass(frozen=True)
class Reading:
    """The value of one curve, and how the curve is drawn."""

    name: str
    value: str
    colour: QColor
    dash: tuple[float, ...] = ()


class Readout(QWidget):
    """A small table beside the pointer; the mouse goes through it.

    It lies over the whole window, since a small plot would cut it off, or vanish
    under it.
    """

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("readout")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._theme = PlotTheme.from_palette(self.palette())
        self.heading = ""
        self.readings: tuple[Reading, ...] = ()
        self.rest = ""

    def paint_with(self, theme: PlotTheme) -> None:
        """Take colours and the digits' font."""
        self._theme = theme
        self.setFont(tabular(self.font()))

    def room(self) -> int:
        """Return how many readings there is room for beside heading and rest."""
        height = max(self._canvas.height(), _LEAST_HEIGHT)
        rows = (min(height, self._canvas.window().height()) - 2 * _MARGIN) // (
            self._row_height()
        )
        return max(1, rows - 2)

    def show_at(
        self, pointer: QPoint, heading: str, readings: Sequence[Reading], rest: str = ""
    ) -> None:
        """Show the readings beside the pointer; `rest` is a remark below them.

        `pointer` is a place of the canvas.
        """
        self.heading, self.readings, self.rest = heading, tuple(readings), rest
        window = self._canvas.window()
        if self.parentWidget() is not window:  # its dock was torn off, or put back
            self.setParent(window)
        size, room = self.sizeHint(), window.size()
        pointer = self._canvas.mapTo(window, pointer)
        x = pointer.x() + _FROM_POINTER
        if x + size.width() > room.width():
            x = max(0, pointer.x() - _FROM_POINTER - size.width())
        y = min(max(0, pointer.y() - size.height() // 2), room.height() - size.height())
        self.setGeometry(QRect(QPoint(x, max(0, y)), size))
        self.show()
        self.raise_()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        rows = 1 + len(self.readings) + bool(self.rest)
        lines = [self.heading, self.rest]
        widths = [metrics.horizontalAdvance(line) for line in lines]
        if self.readings:
            widths.append(_SAMPLE + 2 * _GAP + self._name_width() + self._value_width())
        return QSize(max(widths) + 2 * _MARGIN, rows * self._row_height() + 2 * _MARGIN - 4)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._theme.background)
        ground.setAlphaF(0.94)
        painter.setPen(QPen(self._theme.frame, 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        row = QRect(_MARGIN, _MARGIN - 2, self.width() - 2 * _MARGIN, self._row_height())
        self._draw_text(painter, row, self.heading, self._theme.muted)
        for reading in self.readings:
            row.translate(0, self._row_height())
            self._draw_reading(painter, row, reading)
        if self.rest:
            row.translate(0, self._row_height())
            self._draw_text(painter, row, self.rest, self._theme.muted)

    def _draw_reading(self, painter: QPainter, row: QRect, reading: Reading) -> None:
        pen = QPen(reading.colour, 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if reading.dash:
            pen.setDashPattern([part * 0.6 for part in reading.dash])
        painter.setPen(pen)
        y = row.center().y()
        painter.drawLine(row.left(), y, row.left() + _SAMPLE, y)
        name = self._shortened(reading.name)
        text = row.adjusted(_SAMPLE + _GAP, 0, 0, 0)
        self._draw_text(painter, text, name, self._theme.text)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row, right, reading.value)

    @staticmethod
    def _draw_text(painter: QPainter, row: QRect, text: str, colour: QColor) -> None:
        painter.setPen(colour)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, text)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 2

    def _shortened(self, name: str) -> str:
        return self.fontMetrics().elidedText(
            name, Qt.TextElideMode.ElideMiddle, _WIDEST_NAME
        )

    def _name_width(self) -> int:
        advance = self.fontMetrics().horizontalAdvance
        return max(advance(self._shortened(reading.name)) for reading in self.readings)

    def _value_width(self) -> int:
        advance = self.fontMetrics().horizontalAdvance
        return max(advance(reading.value) for reading in self.readings)
