"""Formulas inside a text document: on the line like words, in the colour of the text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from typing_extensions import override

from workbench.core.guide import Latex
from workbench.ui.formulas import Formula, size_beside, typeset

OBJECT = "\ufffc"  # what stands for a formula in the text

_TYPE = int(QTextFormat.ObjectTypes.UserObject) + 1
_SOURCE = int(QTextFormat.Property.UserProperty) + 1
_DISPLAY = int(QTextFormat.Property.UserProperty) + 2
_SIZE = int(QTextFormat.Property.UserProperty) + 3
_TAIL = int(QTextFormat.Property.UserProperty) + 4
_SPARE = 1.15  # the descent of fonts is rounded by some platforms


class FormulaObject(QPyTextObject):
    """Draws the formulas of one document, in `colour`.

    A formula that is wider than the page is drawn smaller, so that it is never cut off.
    """

    def __init__(self, document: QTextDocument, colour: QColor) -> None:
        super().__init__(document)
        self.colour = colour
        document.documentLayout().registerHandler(_TYPE, self)

    @override
    def intrinsicSize(
        self, doc: QTextDocument, posInDocument: int, format: QTextFormat
    ) -> QSizeF:
        formula, size = _formula(format), self._size(doc, format)
        below = _depth(format, formula, size)
        tail = QFontMetricsF(doc.defaultFont()).horizontalAdvance(tail_of(format))
        return QSizeF(formula.width * size + tail, formula.ascent * size + below)

    @override
    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        posInDocument: int,
        format: QTextFormat,
    ) -> None:
        formula, size = _formula(format), self._size(doc, format)
        bottom = QRectF(rect).bottom()
        baseline = QPointF(rect.left(), bottom - _depth(format, formula, size))
        formula.draw(painter, baseline, size, self.colour)
        if tail := tail_of(format):
            painter.setFont(doc.defaultFont())
            painter.setPen(self.colour)
            painter.drawText(baseline + QPointF(formula.width * size, 0), tail)

    @staticmethod
    def _size(doc: QTextDocument, format: QTextFormat) -> float:  # noqa: A002 - Qt's word
        size = float(format.doubleProperty(_SIZE))
        if not format.boolProperty(_DISPLAY):
            return size
        room = doc.textWidth() - 2 * doc.documentMargin() - doc.indentWidth()
        return min(size, max(room, 1.0) / _formula(format).width)


def insert_formula(cursor: QTextCursor, latex: Latex, font: QFont, tail: str = "") -> None:
    """Put a formula in the place of what is selected, beside text of that font.

    The `tail` is text that must not be parted from it, such as a comma: Qt may end a
    line after any object.

    Raises:
        FormulaError: with the LaTeX that cannot be set.
    """
    size = size_beside(font)
    formula = typeset(latex.source, display=latex.display)
    look = QTextCharFormat()
    look.setObjectType(_TYPE)
    look.setProperty(_SOURCE, latex.source)
    look.setProperty(_DISPLAY, latex.display)
    look.setProperty(_SIZE, size)
    look.setProperty(_TAIL, tail)
    if not latex.display:
        # Qt puts the baseline of an object where its font would have it.
        look.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        look.setFont(_reaching_below(font, formula.descent * size))
    cursor.insertText(OBJECT, look)


def latex_of(format: QTextFormat) -> str:  # noqa: A002 - Qt's word
    """Return the LaTeX of a formula in dollar signs with its tail; else nothing."""
    source = str(format.property(_SOURCE) or "")
    sign = "$$" if format.boolProperty(_DISPLAY) else "$"
    return f"{sign}{source}{sign}{tail_of(format)}" if source else ""


def tail_of(format: QTextFormat) -> str:  # noqa: A002 - Qt's word
    """Return the text that belongs to a formula."""
    return str(format.property(_TAIL) or "")


def _formula(format: QTextFormat) -> Formula:  # noqa: A002 - Qt's word
    source = str(format.property(_SOURCE))
    return typeset(source, display=format.boolProperty(_DISPLAY))


def _depth(format: QTextFormat, formula: Formula, size: float) -> float:  # noqa: A002
    """Return how far below its baseline a formula takes up room."""
    if format.boolProperty(_DISPLAY):
        return formula.descent * size
    return QFontMetricsF(format.toCharFormat().font()).descent()


def _reaching_below(font: QFont, depth: float) -> QFont:
    """Return the font so large that it reaches at least `depth` below the baseline."""
    result = QFont(font)
    have = QFontMetricsF(font).descent()
    if depth > have:
        pixels = QFontMetricsF(font).height()  # at least its size in pixels
        result.setPixelSize(max(1, round(pixels * depth / have * _SPARE)))
    return result
