"""An axis whose numbers read like numbers: grouped thousands, true powers of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from typing_extensions import override

from workbench.ui.plots.colours import mix
from workbench.ui.plots.ranges import Range
from workbench.ui.theme import PlotTheme

LineSpec = tuple[QPen, QPointF, QPointF]
TextSpec = tuple[QRectF, int, str]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_BELOW = 1e6  # larger numbers are shown as powers of ten
_PLAIN_FROM = 1e-4
_OVERHANG = 30  # pixels that the last number may reach beyond the axis
_LABEL_HIGH = 20  # pixels that a number on a logarithmic axis needs
_PLAIN_WIDE, _POWER_WIDE = 45, 36
_DIGITS = (tuple(range(1, 10)), (1, 2, 3, 5, 7), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
_EVERY = (1, 2, 3, 5, 10, 20, 50, 100)  # which of the decades may be given
_LEAST_DECADE = 45  # pixels of a decade that has lines between
_MINOR_LABELS = {1: (2, 3, 5), 2: (2, 5)}  # digits with a label, by decades in view


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of a plot, linear or logarithmic."""

    _is_named_elsewhere = False  # the base class sets a label in its constructor

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._has_whole_numbers = False
        self._ground = QColor()
        self.enableAutoSIPrefix(False)
        self.setStyle(maxTickLevel=1, tickTextOffset=6, hideOverlappingLabels=_OVERHANG)
        self.setGrid(255)
        if orientation == "bottom":
            self.setTickDensity(0.7)  # its numbers are wide

    def paint_with(self, theme: PlotTheme, font: QFont, scale: float) -> None:
        """Take colours and fonts; `scale` is device pixels to one of ours."""
        self._ground = theme.background
        self.setPen(pg.mkPen(theme.frame, width=scale))
        self.setTickPen(pg.mkPen(theme.grid, width=scale))
        self.setTextPen(pg.mkPen(theme.muted))
        self.setTickFont(font)
        self.label.setFont(font)
        self.label.setDefaultTextColor(theme.muted)

    def use_whole_numbers(self) -> None:
        """Number no place between whole numbers: steps and elements are counted."""
        self._has_whole_numbers = True

    def name_elsewhere(self, *, elsewhere: bool) -> None:
        """Leave the name to another widget, or write it again."""
        self._is_named_elsewhere = elsewhere
        self.showLabel(bool(self.labelText))

    @override
    def showLabel(self, show: bool = True) -> None:
        super().showLabel(show and not self._is_named_elsewhere)

    @override
    def boundingRect(self) -> QRectF:
        # With a grid, pyqtgraph leaves no room for the first and the last number.
        rect: QRectF = super().boundingRect()
        if self.orientation == "bottom":
            return rect.adjusted(-_OVERHANG, 0, _OVERHANG, 0)
        return rect.adjusted(0, -_OVERHANG / 2, 0, _OVERHANG / 2)

    @override
    def tickStrings(
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        if self.logMode:
            return self._log_strings(values)
        return linear_labels([value * scale for value in values], spacing * scale)

    @override
    def tickSpacing(
        self, minVal: float, maxVal: float, size: float
    ) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        if not self._has_whole_numbers or self.logMode:
            return levels
        return [level for level in levels if level[0] >= 1] or [(1.0, 0.0)]

    @override
    def logTickValues(
        self,
        minVal: float,
        maxVal: float,
        size: float,
        stdTicks: list[tuple[float, list[float]]],
    ) -> list[tuple[float | None, list[float]]]:
        label_px = _LABEL_HIGH
        if self.orientation == "bottom":
            is_plain = self._writes_plain() or maxVal - minVal < 1  # as wide: 3·10⁻⁵
            label_px = _PLAIN_WIDE if is_plain else _POWER_WIDE
        return log_ticks((minVal, maxVal), size, label_px)

    @override
    def drawPicture(
        self,
        p: QPainter,
        axisSpec: LineSpec,
        tickSpecs: list[LineSpec],
        textSpecs: list[TextSpec],
    ) -> None:
        # As pyqtgraph does, but grid lines in one call for each level and opaque: that
        # is ten times faster, and the axes are painted with every frame.
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        levels: dict[int, list[QLineF]] = {}
        for pen, start, end in tickSpecs:
            levels.setdefault(pen.color().alpha(), []).append(QLineF(start, end))
        for alpha, lines in sorted(levels.items()):
            ink = mix(self._ground, self.tickPen().color(), alpha / 255)
            p.setPen(pg.mkPen(ink, width=self.tickPen().widthF()))
            p.drawLines(lines)
        axis_pen, start, end = axisSpec
        p.setPen(axis_pen)
        p.drawLine(start, end)
        p.setFont(self.style["tickFont"])
        p.setPen(self.textPen())
        for rect, flags, text in textSpecs:
            p.drawText(rect, int(flags), text)

    def _log_strings(self, exponents: Sequence[float]) -> list[str]:
        decades = self.range[1] - self.range[0]
        if decades < 1:
            return _within_decade(exponents)
        digits = _MINOR_LABELS.get(math.ceil(decades), ())
        plain = self._writes_plain()
        return [_log_label(exponent, digits, plain=plain) for exponent in exponents]

    def _writes_plain(self) -> bool:
        """Say whether a logarithmic axis has numbers such as 0.01, not powers of ten."""
        return bool(self.range[0] >= -3 - 1e-6 and self.range[1] < 5)


def linear_labels(values: Sequence[float], spacing: float) -> list[str]:
    """Write the values of a linear axis, all with the same number of decimals."""
    largest = max(map(abs, values), default=0.0)
    tiny = largest < _PLAIN_FROM and spacing < _PLAIN_FROM
    if largest >= _PLAIN_BELOW * 10 or tiny:
        return [_scientific(value, spacing) for value in values]
    decimals = max(0, math.ceil(-math.log10(spacing) - 1e-9))
    return [_minus(f"{value + 0.0:,.{decimals}f}") for value in values]


def log_ticks(
    span: Range, size: float, label_px: float = 45
) -> list[tuple[float | None, list[float]]]:
    """Return the ticks of a log axis, as exponents: the decades, then what is between.

    `size` is the length of the axis in pixels, of which a label takes `label_px`; where
    decades would crowd, only every n-th is given.
    """
    low, high = span
    if high - low < 1:
        return [(None, _ticks_within_decade(span, size, label_px))]
    first, last = math.floor(low), math.ceil(high)
    crowd = label_px * (high - low) / max(1.0, size)  # labels on the room of one
    every = next(n for n in _EVERY if n >= crowd or n == _EVERY[-1])
    start = -(-first // every) * every
    decades = [float(e) for e in range(start, last + 1, every) if low <= e <= high]
    if every > 1:
        return [(float(every), decades)]
    if size < _LEAST_DECADE * (high - low):
        return [(1.0, decades)]
    minor = [e + math.log10(d) for e in range(first, last) for d in range(2, 10)]
    return [(1.0, decades), (None, [value for value in minor if low <= value <= high])]


def _ticks_within_decade(span: Range, size: float, label_px: float) -> list[float]:
    """Return as many round numbers as there is room for; at least one, if there is one."""
    low, high = span
    ticks: list[float] = []
    for digits in _DIGITS:
        exponents = range(math.floor(low), math.ceil(high) + 1)
        found = [e + math.log10(d) for e in exponents for d in digits]
        inside = [value for value in found if low <= value <= high]
        ticks = inside or ticks
        gaps = [(b - a) * size / (high - low) for a, b in pairwise(inside)]
        if inside and min(gaps, default=label_px) >= label_px:
            return inside
    return ticks[:1]


def power_of_ten(exponent: int, *, plain: bool = True) -> str:
    """Write a power of ten: as 0.01 or 1,000 where `plain` and not too long, or 10⁻⁵."""
    if (plain and -3 <= exponent <= 4) or exponent in {0, 1}:
        return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:.{-exponent}f}"
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def _log_label(exponent: float, digits: Sequence[int], *, plain: bool) -> str:
    whole = math.floor(exponent + 1e-6)
    digit = round(10 ** (exponent - whole))
    if digit == 1:
        return power_of_ten(whole, plain=plain)
    return _times(digit, whole, plain=plain) if digit in digits else ""


def _within_decade(exponents: Sequence[float]) -> list[str]:
    return [
        _times(round(10 ** (e - math.floor(e + 1e-6))), math.floor(e + 1e-6))
        for e in exponents
    ]


def _times(digit: int, exponent: int, *, plain: bool = True) -> str:
    if (plain and -3 <= exponent <= 4) or exponent in {0, 1}:
        decimals = max(0, -exponent)
        return f"{digit * 10.0**exponent:,.{decimals}f}"
    power = power_of_ten(exponent, plain=plain)
    return power if digit == 1 else f"{digit}·{power}"


def _scientific(value: float, spacing: float) -> str:
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    decimals = max(0, exponent - math.floor(math.log10(spacing) + 1e-9))
    mantissa = f"{value / 10.0**exponent:.{min(decimals, 6)}f}"
    return _minus(f"{mantissa}·10{str(exponent).translate(_SUPERSCRIPT)}")


def _minus(text: str) -> str:
    """Write a true minus sign, and none before zero."""
    if text.startswith("-") and not text.strip("-0.,"):
        return text[1:]
    return text.replace("-", "−")
