"""The bar beside a heat map that says what its colours are worth."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.ui.plots.axis import linear_labels, log_ticks, power_of_ten
from workbench.ui.plots.colour_scale import (
    LEVELS,
    ColourScale,
    Indices,
    colour_table,
    indexed_image,
)
from workbench.ui.theme import PlotTheme

_BAR = 12
_TICK = 4
_GAP = 4
_TOP = 14  # room for half a number and for the key of hatched cells
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class ColourBar(QWidget):
    """A vertical ramp with its numbers and its name, as high as the map beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("colour_bar")
        self.scale = ColourScale()
        self.name = ""
        self._theme = PlotTheme.from_palette(self.palette())
        self._foot = 0

    def set_scale(self, scale: ColourScale, name: str) -> None:
        """Show this scale."""
        if (scale, name) != (self.scale, self.name):
            self.scale, self.name = scale, name
            self.setAccessibleName(f"{name}: {' … '.join(t for _, t in self.ticks())}")
            self.updateGeometry()
            self.update()

    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        """Take colours and the font of numbers."""
        self._theme = theme
        self.setFont(font)
        self.updateGeometry()

    def set_foot(self, height: int) -> None:
        """Leave room below, as high as the axis under the map."""
        if height != self._foot:
            self._foot = height
            self.update()

    def ticks(self) -> list[tuple[float, str]]:
        """Return where numbers stand, from 0 (bottom) to 1, and the numbers."""
        scale = self.scale
        span = scale.high - scale.low
        values = self._log_values() if scale.log else self._linear_values()
        places = [((value - scale.low) / span, text) for value, text in values]
        return [(place, self._clipped(place, text)) for place, text in places]

    @override
    def sizeHint(self) -> QSize:
        widest = max((self._advance(text) for _, text in self.ticks()), default=0)
        line = self.fontMetrics().height()
        return QSize(_GAP + _BAR + _TICK + _GAP + widest + _GAP + line + _GAP, 80)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width(), 40)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        bar = self._bar()
        ramp: Indices = np.arange(LEVELS - 1, -1, -1, dtype=np.uint8)[:, None]
        table = colour_table(self._theme, diverging=self.scale.diverging)
        painter.drawImage(bar, indexed_image(ramp, table))
        painter.setPen(self._theme.frame)
        painter.drawRect(bar)
        self._draw_numbers(painter, bar)
        self._draw_name(painter, bar)

    def _bar(self) -> QRectF:
        return QRectF(_GAP, _TOP, _BAR, max(10, self.height() - 2 * _TOP - self._foot))

    def _draw_numbers(self, painter: QPainter, bar: QRectF) -> None:
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for place, text in self.ticks():
            y = bar.bottom() - place * bar.height()
            painter.setPen(self._theme.frame)
            painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + _TICK, y))
            painter.setPen(self._theme.muted)
            box = QRectF(bar.right() + _TICK + _GAP, y - 10, self.width(), 20)
            painter.drawText(box, left, text)

    def _draw_name(self, painter: QPainter, bar: QRectF) -> None:
        painter.setPen(self._theme.muted)
        line = self.fontMetrics().height()
        painter.save()
        painter.translate(self.width() - _GAP - line / 2, bar.center().y())
        painter.rotate(-90)
        text = self.fontMetrics().elidedText(
            self.name, Qt.TextElideMode.ElideRight, int(bar.height() + 2 * _TOP)
        )
        box = QRectF(-bar.height(), -line, 2 * bar.height(), 2 * line)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _log_values(self) -> list[tuple[float, str]]:
        scale = self.scale
        room = self._bar().height()
        if scale.high - scale.low > 2:
            levels = log_ticks((scale.low, scale.high), room)
            decades = levels[0][1]
            return [(value, power_of_ten(round(value), plain=False)) for value in decades]
        exponents = range(math.floor(scale.low), math.ceil(scale.high) + 1)
        round_ones = [
            (value, _times(digit, exponent))
            for exponent in exponents
            for digit in (1, 2, 5)
            if scale.low <= (value := exponent + math.log10(digit)) <= scale.high
        ]
        if len(round_ones) > 1:
            return round_ones
        ends = (scale.low, (scale.low + scale.high) / 2, scale.high)
        return [(value, _two_digits(value)) for value in ends]

    def _linear_values(self) -> list[tuple[float, str]]:
        scale = self.scale
        rough = (scale.high - scale.low) / max(2.0, min(6.0, self._bar().height() / 40))
        power = 10.0 ** math.floor(math.log10(rough))
        steps = [factor * power for factor in _STEPS]
        step = next(step for step in steps if step >= rough)
        if step > scale.high:  # else 0 would stand there alone
            step = max(step for step in steps if step <= scale.high)
        count = math.floor(scale.high / step + 1e-9)
        values = [step * place for place in range(-count, count + 1)]
        return list(zip(values, linear_labels(values, step), strict=True))

    def _clipped(self, place: float, text: str) -> str:
        """Mark a number at an end beyond which there are values."""
        if self.scale.clips_low and place < 1e-6:
            return f"≤ {text}"
        return f"≥ {text}" if self.scale.clips_high and place > 1 - 1e-6 else text

    def _advance(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)


def _times(digit: int, exponent: int) -> str:
    """Write a digit times a power of ten, as a decimal where that is short."""
    if -3 <= exponent <= 3:
        return f"{digit * 10.0**exponent:.{max(0, -exponent)}f}"
    power = power_of_ten(exponent, plain=False)
    return power if digit == 1 else f"{digit}·{power}"


def _two_digits(value: float) -> str:
    """Write the power of ten of any exponent with two digits."""
    number = 10.0**value
    if 1e-3 <= number < 100:
        return f"{number:#.2g}".rstrip(".")
    exponent = math.floor(value + 1e-9)
    return f"{10.0 ** (value - exponent):.1f}·{power_of_ten(exponent, plain=False)}"


def hatch(theme: PlotTheme) -> QBrush:
    """Return the brush of cells that have no value."""
    return QBrush(QPen(theme.frame).color(), Qt.BrushStyle.BDiagPattern)
