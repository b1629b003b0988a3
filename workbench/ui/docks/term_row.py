"""One term of a step: its formula, its value at the right, a sentence beneath."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from typing_extensions import override

from workbench.core.inspection import Term
from workbench.ui.docks.formula_lines import SetLine, set_lines
from workbench.ui.docks.step_numbers import say_change, six_digits
from workbench.ui.plain_text import tooltip
from workbench.ui.plots.colours import mix
from workbench.ui.theme import PlotTheme, scaled, tabular

_SIDE = 16
_BAR = 3
_ABOVE, _BELOW = 8, 8
_GIVEN_COLUMN = 56  # from the symbol of what is given to the words beside it
_GAP = 16  # between formula and value
_LINE_GAP = 6
_WORDS_GAP = 3
_FORMULA_SCALE = 1.12
_SMALL = 0.9
_NARROWEST = 200
_WIDEST = 640  # further apart, formula and value would not be read together
_WRAP = Qt.TextFlag.TextWordWrap
_RIGHT = Qt.AlignmentFlag.AlignRight


class Emphasis(Enum):
    """How much a row stands out."""

    NONE = "none"
    APART = "apart"  # decoupled decay
    RESULT = "result"  # the new weight


@dataclass(frozen=True)
class _Layout:
    lines: tuple[tuple[SetLine, float], ...]  # each with its baseline
    value_baseline: float
    words: QRectF
    change: QRectF
    height: int


class TermRow(QWidget):
    """Shows a `Term`; the tooltip has its value with all digits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("term_row")
        self._term = Term("", "", 0.0, "")
        self._before: float | None = None
        self._emphasis = Emphasis.NONE
        self._is_explained = True
        self._is_first = False
        self._layouts: dict[int, _Layout] = {}
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def term(self) -> Term:
        """Return what is shown."""
        return self._term

    @property
    def emphasis(self) -> Emphasis:
        """Return how much the row stands out."""
        return self._emphasis

    @property
    def value_text(self) -> str:
        """Return the value as it is written."""
        return six_digits(self._term.value)

    @property
    def change_text(self) -> str:
        """Say how the value differs from that of the step before, where it does."""
        return "" if self._before is None else say_change(self._term.value, self._before)

    def show_term(
        self, term: Term, before: float | None, emphasis: Emphasis, *, first: bool
    ) -> None:
        """Show a term; `before` is its value in the recorded step before."""
        self._term, self._before = term, before
        self._emphasis, self._is_first = emphasis, first
        self.setAccessibleName(f"{term.symbol} = {term.value!r}")
        self.setAccessibleDescription(term.help)
        self._lay_out_again()

    def set_explained(self, explained: bool) -> None:
        """Show the sentence beneath, or leave it to the tooltip."""
        if explained is not self._is_explained:
            self._is_explained = explained
            self._lay_out_again()

    def exact_text(self) -> str:
        """Say the value with all its digits, and that of the step before."""
        text = f"{self._term.value!r}"
        if self._before is not None:
            text += self.tr("\nin the recorded step before: {}").format(f"{self._before!r}")
        return text

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._layout_in(width).height

    @override
    def sizeHint(self) -> QSize:
        return QSize(_NARROWEST, self.heightForWidth(max(self.width(), _NARROWEST)))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, 24)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out_again()

    @override
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.exact_text()
            if not self._is_explained:
                text = f"{self._term.help}\n{text}"
            QToolTip.showText(event.globalPos(), tooltip(text), self)
            return True
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = PlotTheme.from_palette(self.palette())
        layout = self._layout_in(self.width())
        right = min(self.width(), _WIDEST) - _SIDE
        self._draw_ground(painter, theme, right)
        for line, baseline in layout.lines:
            line.draw(painter, QPointF(_SIDE, baseline), theme.text)
        painter.setFont(self._value_font())
        painter.setPen(theme.text)
        left = right - self._value_width()
        painter.drawText(QPointF(left, layout.value_baseline), self.value_text)
        painter.setFont(self._small_font())
        painter.setPen(theme.muted)
        if self._is_explained:
            painter.drawText(layout.words, int(_WRAP), self._term.help)
        painter.drawText(layout.change, int(_RIGHT), self.change_text)

    def _draw_ground(self, painter: QPainter, theme: PlotTheme, right: float) -> None:
        """Draw a hairline above, the ground of the result, or the bar of what is apart."""
        colour, bar = theme.background, theme.background
        if self._emphasis is Emphasis.RESULT:
            colour, bar = mix(theme.accent, theme.background, 0.88), theme.accent
        elif self._emphasis is Emphasis.APART:
            colour, bar = mix(theme.text, theme.background, 0.96), theme.frame
        painter.fillRect(self.rect(), colour)
        painter.fillRect(0, 0, _BAR, self.height(), bar)
        if not self._is_first and self._emphasis is Emphasis.NONE:
            painter.fillRect(QRectF(_SIDE, 0, right - _SIDE, 1), theme.grid)

    def _lay_out_again(self) -> None:
        self._layouts.clear()
        self.updateGeometry()
        self.update()

    def _layout_in(self, width: int) -> _Layout:
        if width not in self._layouts:
            self._layouts = {width: self._lay_out(float(width))}
        return self._layouts[width]

    def _lay_out(self, width: float) -> _Layout:
        """Put the value beside the formula where there is room, else beneath it."""
        room = min(width, _WIDEST) - 2 * _SIDE
        value = self._value_width() + _GAP
        lines = self._set(room - value)
        if len(lines) > 1 or lines[0].width > room - value:
            lines = self._set(room)
        placed, bottom = _stack(lines)
        metrics = QFontMetricsF(self._value_font())
        baseline = placed[-1][1]
        if lines[-1].width > room - value:
            baseline = bottom + _LINE_GAP + metrics.ascent()
        end = baseline + metrics.descent()
        change = self._place_change(_SIDE + room, end + 1)
        words = self._place_beside(lines[-1].width, room - value, baseline)
        if not words:
            words = self._place_words(room, max(bottom, end) + _WORDS_GAP, change)
        height = max(bottom, end, words.bottom(), change.bottom()) + _BELOW
        return _Layout(tuple(placed), baseline, words, change, round(height + 0.5))

    def _set(self, room: float) -> list[SetLine]:
        term = self._term
        latex = f"{term.symbol} = {term.formula}" if term.formula else term.symbol
        return set_lines(latex, room, self.font(), _FORMULA_SCALE)

    def _place_change(self, right: float, top: float) -> QRectF:
        """Return where the change goes: beneath the value."""
        metrics = QFontMetricsF(self._small_font())
        width = metrics.horizontalAdvance(self.change_text) + 1
        if not self.change_text:
            return QRectF(right, top, 0, 0)
        return QRectF(right - width, top, width, metrics.height())

    def _place_beside(self, left: float, right: float, baseline: float) -> QRectF:
        """Return where the words for what is given go: in its line, where they fit."""
        metrics = QFontMetricsF(self._small_font())
        left = max(left + _GAP / 2, _GIVEN_COLUMN)
        wide = metrics.horizontalAdvance(self._term.help) + 1
        if self._term.formula or not self._is_explained or left + wide > right:
            return QRectF()
        top = baseline - metrics.ascent()
        return QRectF(_SIDE + left, top, wide, metrics.height())

    def _place_words(self, room: float, top: float, change: QRectF) -> QRectF:
        """Return where the sentence goes: beneath the formula, beside the change."""
        if not self._is_explained or not self._term.help:
            return QRectF(_SIDE, top - _WORDS_GAP, room, 0)
        if change.bottom() > top:
            room -= change.width() + _GAP
        box = QRectF(_SIDE, top, max(room, 1.0), 10_000)
        metrics = QFontMetricsF(self._small_font())
        return metrics.boundingRect(box, int(_WRAP), self._term.help)

    def _value_width(self) -> float:
        metrics = QFontMetricsF(self._value_font())
        return metrics.horizontalAdvance(self.value_text)

    def _value_font(self) -> QFont:
        font = tabular(scaled(self.font(), 1.08))
        font.setBold(self._emphasis is Emphasis.RESULT)
        return font

    def _small_font(self) -> QFont:
        return tabular(scaled(self.font(), _SMALL))


def _stack(lines: list[SetLine]) -> tuple[list[tuple[SetLine, float]], float]:
    """Put lines under one another; return them with baselines, and where they end."""
    placed, top = [], float(_ABOVE)
    for line in lines:
        placed.append((line, top + line.ascent))
        top += line.ascent + line.descent + _LINE_GAP
    return placed, top - _LINE_GAP
