"""Formulas in a narrow column: broken before signs and at wide spaces, line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from workbench.ui.formulas import Formula, FormulaError, size_beside, typeset

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_OPENING = {"{", "(", "[", r"\left", r"\begin"}
_CLOSING = {"}", ")", "]", r"\right", r"\end"}
_BREAKS = {"=", "+", "-"}
# After one of these a sign belongs to the number that follows.
_NO_OPERAND = {*_BREAKS, r"\cdot", r"\times", r"\leftarrow", r"\to", "/", ","}
_WIDE_SPACE = re.compile(r"^\\q?quad")
_SPACES = re.compile(r"\s+|\\[,;:! ]")
_INDENT = 1.6  # em, of the lines after the first
_LEAST_SCALE = 0.6  # smaller formulas could not be read


@dataclass(frozen=True)
class SetLine:
    """One line of a formula, `size` pixels for one em.

    `formula` is None where the LaTeX cannot be set; then it is shown as it is written.
    """

    latex: str
    formula: Formula | None
    size: float
    indent: float
    font: QFont

    @property
    def width(self) -> float:
        """Return the pixels from the left edge to the end of the line."""
        if self.formula is None:
            return self.indent + QFontMetricsF(self.font).horizontalAdvance(self.latex)
        return self.indent + self.formula.width * self.size

    @property
    def ascent(self) -> float:
        """Return the pixels above the baseline."""
        if self.formula is None:
            return QFontMetricsF(self.font).ascent()
        return self.formula.ascent * self.size

    @property
    def descent(self) -> float:
        """Return the pixels below the baseline."""
        if self.formula is None:
            return QFontMetricsF(self.font).descent()
        return self.formula.descent * self.size

    def draw(self, painter: QPainter, baseline: QPointF, colour: QColor) -> None:
        """Draw from `baseline` to the right, after the indent."""
        start = baseline + QPointF(self.indent, 0)
        if self.formula is None:
            painter.setFont(self.font)
            painter.setPen(colour)
            painter.drawText(start, self.latex)
            return
        self.formula.draw(painter, start, self.size, colour)


def set_lines(latex: str, width: float, font: QFont, scale: float = 1.0) -> list[SetLine]:
    """Set a formula beside text of `font` in as few lines of `width` pixels as it takes.

    A part that is wider than that by itself is set smaller.
    """
    size = size_beside(font) * scale

    def fits(parts: str, *, first: bool) -> bool:
        line = _set(parts, size, 0.0 if first else _INDENT * size, font)
        return line.width <= width

    parts = [latex] if fits(latex, first=True) else _fill(_pieces(latex), fits)
    lines = []
    for number, part in enumerate(parts):
        indent = _INDENT * size if number else 0.0
        line = _set(part, size, indent, font)
        if line.width > width:
            room = max(width - indent, 1.0) / max(line.width - indent, 1.0)
            line = _set(part, size * max(room, _LEAST_SCALE), indent, font)
        lines.append(line)
    return lines


def _set(latex: str, size: float, indent: float, font: QFont) -> SetLine:
    try:
        formula = typeset(latex, display=True)
    except FormulaError:
        return SetLine(latex, None, size, indent, font)
    return SetLine(latex, formula, size, indent, font)


def _fill(pieces: Iterable[str], fits: Callable[..., bool]) -> list[str]:
    """Put as many pieces into each line as fit; a wide space ends the line."""
    lines: list[str] = []
    for piece in pieces:
        after_space = _WIDE_SPACE.match(piece)
        if lines and not after_space and fits(lines[-1] + piece, first=len(lines) == 1):
            lines[-1] += piece
        else:
            # The empty group makes a sign at the start one between two operands.
            lines.append(("{}" if lines else "") + _WIDE_SPACE.sub("", piece))
    return lines


def _pieces(latex: str) -> list[str]:
    """Cut outside all brackets before wide spaces and signs between two operands."""
    cuts, depth, before, place = [0], 0, "=", 0
    for token in _TOKEN.findall(latex):
        depth += (token in _OPENING) - (token in _CLOSING)
        is_sign = token in _BREAKS and before not in _NO_OPERAND
        if depth == 0 and (is_sign or _WIDE_SPACE.match(token)):
            cuts.append(place)
        if not _SPACES.fullmatch(token):
            before = token
        place += len(token)
    return [latex[start:stop] for start, stop in pairwise([*cuts, len(latex)])]
