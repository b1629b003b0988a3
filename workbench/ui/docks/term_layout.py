"""Where the parts of a term go in a row of a given width."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF

from workbench.ui.docks.formula_lines import SetLine, set_lines

SIDE = 16  # pixels left free at both sides
NUMBERS_IN = 16  # pixels that the numbers start further in than their formula
WIDEST = 640  # further apart, formula and value would not be read together
WRAP = int(Qt.TextFlag.TextWordWrap)

_ABOVE, _BELOW = 8, 8
_GIVEN_COLUMN = 48  # from the symbol of what is given to the words beside it
_GAP = 16  # between formula and value
_LINE_GAP = 6
_WORDS_GAP = 3
_FORMULA_SCALE = 1.12
_NUMBERS_SCALE = 0.98

Placed = list[tuple[SetLine, float]]  # each line with its baseline


@dataclass(frozen=True)
class TermTexts:
    """What a row says; formula and numbers are LaTeX, all but the formula may be empty."""

    formula: str
    numbers: str
    value: str
    change: str
    words: str
    is_given: bool  # then the words may stand beside the symbol


@dataclass(frozen=True)
class TermFonts:
    """The fonts of a row; formulas are set beside `body`."""

    body: QFont
    value: QFont
    small: QFont


@dataclass(frozen=True)
class TermLayout:
    """The places of all parts; the value ends where `right` is."""

    formula: Placed
    numbers: Placed
    right: float
    baseline: float  # of the value
    words: QRectF
    change: QRectF
    height: int


def lay_out(texts: TermTexts, fonts: TermFonts, width: float) -> TermLayout:
    """Put the value beside numbers or formula where there is room, else beneath them."""
    return _Setter(texts, fonts, min(width, WIDEST) - 2 * SIDE).lay_out()


def write_equation(left: str, right: str) -> str:
    """Write LaTeX for left = right; a sign at the start of the right belongs to it."""
    return f"{left} = {{-}}{right[1:]}" if right.startswith("-") else f"{left} = {right}"


class _Setter:
    """Lays out one row, `room` pixels wide between its sides."""

    def __init__(self, texts: TermTexts, fonts: TermFonts, room: float) -> None:
        self._texts, self._fonts, self._room = texts, fonts, room
        self._value = QFontMetricsF(fonts.value)
        self._small = QFontMetricsF(fonts.small)
        # Where a line must end so that the value can stand beside it.
        self._beside = room - self._value.horizontalAdvance(texts.value) - _GAP

    def lay_out(self) -> TermLayout:
        formula, bottom = _stack(self._set(self._texts.formula, 0, _FORMULA_SCALE), _ABOVE)
        numbers: Placed = []
        if self._texts.numbers:
            equation = write_equation("", self._texts.numbers)
            lines = self._set(equation, NUMBERS_IN, _NUMBERS_SCALE)
            numbers, bottom = _stack(lines, bottom + _LINE_GAP)
        baseline = self._baseline_beside(formula, numbers)
        if baseline is None:
            baseline = bottom + _LINE_GAP + self._value.ascent()
        end = baseline + self._value.descent()
        is_above = bool(numbers) and baseline < numbers[-1][1]
        change = self._place_change((bottom if is_above else end) + 1)
        words = self._place_beside(formula[-1][0].width, baseline)
        if words is None:
            words = self._place_words(max(bottom, end) + _WORDS_GAP, change)
        elif words.right() + change.width() + _GAP / 2 <= SIDE + self._beside:
            change.moveTopRight(QPointF(SIDE + self._beside, words.top()))
        low = max(bottom, end, words.bottom(), change.bottom())
        right, height = SIDE + self._room, round(low + _BELOW + 0.5)
        return TermLayout(formula, numbers, right, baseline, words, change, height)

    def _set(self, latex: str, indent: float, scale: float) -> list[SetLine]:
        """Set in one line beside the value, else in as few as it takes."""
        lines = set_lines(latex, self._beside - indent, self._fonts.body, scale)
        if len(lines) > 1 or lines[0].width > self._beside - indent:
            lines = set_lines(latex, self._room - indent, self._fonts.body, scale)
        return lines

    def _baseline_beside(self, formula: Placed, numbers: Placed) -> float | None:
        """Return the lowest line that leaves room for the value."""
        if numbers and numbers[-1][0].width + NUMBERS_IN <= self._beside:
            return numbers[-1][1]
        return formula[-1][1] if formula[-1][0].width <= self._beside else None

    def _place_change(self, top: float) -> QRectF:
        """Return where the change goes: beneath the value."""
        right = SIDE + self._room
        if not self._texts.change:
            return QRectF(right, top, 0, 0)
        width = self._small.horizontalAdvance(self._texts.change) + 1
        return QRectF(right - width, top, width, self._small.height())

    def _place_beside(self, left: float, baseline: float) -> QRectF | None:
        """Return where the words for what is given go: in its line, where they fit."""
        left = max(left + _GAP / 2, _GIVEN_COLUMN)
        wide = self._small.horizontalAdvance(self._texts.words) + 1
        if not (self._texts.is_given and self._texts.words) or left + wide > self._beside:
            return None
        top = baseline - self._small.ascent()
        return QRectF(SIDE + left, top, wide, self._small.height())

    def _place_words(self, top: float, change: QRectF) -> QRectF:
        """Return where the sentence goes: beneath the formula, beside the change."""
        if not self._texts.words:
            return QRectF(SIDE, top - _WORDS_GAP, self._room, 0)
        room = self._room
        if change.bottom() > top:
            room -= change.width() + _GAP
        box = QRectF(SIDE, top, max(room, 1.0), 10_000)
        found = self._small.boundingRect(box, WRAP, self._texts.words)
        return QRectF(SIDE, top, box.width(), found.height())


def _stack(lines: list[SetLine], top: float) -> tuple[Placed, float]:
    """Put lines under one another; return them with baselines, and where they end."""
    placed = []
    for line in lines:
        placed.append((line, top + line.ascent))
        top += line.ascent + line.descent + _LINE_GAP
    return placed, top - _LINE_GAP
