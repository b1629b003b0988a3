r"""Formulas: from LaTeX to outlines that are filled in whatever colour the text has.

Outlines are sharp at every scale and know no colour, so one serves light and dark and
all screens. ziamath sets them with the STIX Two Math font and its table of mathematical
spacing, as TeX would; it is imported with the first formula.

A small part of LaTeX is understood: letters, Greek, `\frac`, `\sqrt`, accents, indices,
sums, products, norms, `\begin{cases}`, `\text`, `\mathrm`, `\operatorname`.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree as ET

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPixmap,
)

# Outlines are kept this many units for one em: Qt drops the thin bars of a norm where
# they are less than a unit wide.
_UNITS = 1000.0
_X_HEIGHT = 0.472  # of STIX Two Math, in em
_ACCENTS = {"\u0302": "ˆ", "\u0303": "˜"}  # combining, which stretches: a single one
_TOKEN = re.compile(r"[A-Za-z]|-?[0-9.]+(?:e-?[0-9]+)?")
_ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}


class FormulaError(ValueError):
    """The LaTeX has a mistake or uses what is not understood."""


@dataclass(frozen=True)
class Formula:
    """A formula for a font of size 1, except for its outlines, which are `_UNITS` larger.

    The baseline starts at the origin.
    """

    path: QPainterPath
    width: float
    ascent: float  # above the baseline
    descent: float  # below it

    def draw(
        self, painter: QPainter, baseline: QPointF, size: float, colour: QColor
    ) -> None:
        """Fill the outlines, `size` pixels for one em, from `baseline` to the right."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(baseline)
        painter.scale(size / _UNITS, size / _UNITS)
        painter.fillPath(self.path, colour)
        painter.restore()


@lru_cache(maxsize=1024)
def typeset(latex: str, *, display: bool = False) -> Formula:
    """Set a formula; `display` gives fractions and sums their full size.

    Raises:
        FormulaError: with the LaTeX that cannot be set.
    """
    svg = _svg(_mathml(latex, display=display))
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for element in svg.iter():
        _add(element, path)
    if path.isEmpty():
        raise FormulaError(f"the formula '{latex}' shows nothing")
    left, _, width, _ = map(float, svg.attrib["viewBox"].split())
    path.translate(-left, 0)
    ink = path.boundingRect()
    ascent, descent = max(-ink.top(), 0.0), max(ink.bottom(), 0.0)
    return Formula(path, width / _UNITS, ascent / _UNITS, descent / _UNITS)


def size_beside(font: QFont) -> float:
    """Return the pixels for one em at which letters are as high as those of the font."""
    return QFontMetricsF(font).xHeight() / _X_HEIGHT


def picture(
    latex: str, *, size: float, colour: QColor, ratio: float = 1.0, display: bool = False
) -> QPixmap:
    """Draw a formula on a transparent ground, for a screen of `ratio` dots a pixel.

    Raises:
        FormulaError: with the LaTeX that cannot be set.
    """
    formula = typeset(latex, display=display)
    width, height = formula.width * size, (formula.ascent + formula.descent) * size
    area = QSize(math.ceil(width) + 2, math.ceil(height) + 2)  # a free edge all round
    pixmap = QPixmap(area * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    formula.draw(painter, QPointF(1, formula.ascent * size + 1), size, colour)
    painter.end()
    return pixmap


def _svg(mathml: ET.Element) -> ET.Element:
    """Set MathML in glyphs; the baseline is at 0, y grows downwards."""
    from ziafont.config import config
    from ziamath.zmath import Math

    config.svg2 = False  # outlines in place rather than references to symbols
    return Math(mathml, size=_UNITS, margin=0).svgxml()


def _mathml(latex: str, *, display: bool) -> ET.Element:
    with warnings.catch_warnings():
        # It finds its font in a way that only Python 3.11 and 3.12 call outdated.
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.tex import tex2mml

    if latex.count("{") != latex.count("}"):
        raise FormulaError(f"the braces in '{latex}' do not match")
    try:
        mathml = ET.fromstring(tex2mml(latex, inline=not display))  # noqa: S314 - ours
    except Exception as error:
        raise FormulaError(f"the formula '{latex}' has a mistake") from error
    for element in mathml.iter():
        _tidy(element)
        # What is not understood passes through as if it were the text to show.
        if element.text and any(sign in element.text for sign in "\\&$"):
            raise FormulaError(f"'{element.text}' in '{latex}' is not understood")
    return mathml


def _tidy(element: ET.Element) -> None:
    """Do as LaTeX does: narrow hats, norms that do not stretch, no space in 'max(…)'."""
    text = element.text or ""
    if text in _ACCENTS:
        element.text = _ACCENTS[text]
    if text in _ACCENTS or text == "‖":
        element.set("stretchy", "false")
    if len(text) > 1 and text.isalpha() and element.tag.endswith("mo"):
        element.set("rspace", "0.05em")


def _add(element: ET.Element, path: QPainterPath) -> None:
    """Add a glyph, or the line of a fraction or root."""
    if element.tag == "rect":
        sides = (float(element.attrib[side]) for side in ("x", "y", "width", "height"))
        path.addRect(QRectF(*sides))
    elif element.tag == "path":
        for command, numbers in _commands(element.attrib["d"]):
            _draw(path, command, [QPointF(*pair) for pair in _pairs(numbers)])


def _draw(path: QPainterPath, command: str, points: list[QPointF]) -> None:
    match command:
        case "M":
            path.moveTo(points[0])
        case "L":
            path.lineTo(points[0])
        case "Q":
            path.quadTo(points[0], points[1])
        case "C":
            path.cubicTo(points[0], points[1], points[2])
        case _:  # Z
            path.closeSubpath()


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    tokens = iter(_TOKEN.findall(data))
    for command in tokens:
        yield command, [float(next(tokens)) for _ in range(_ARGUMENTS[command])]


def _pairs(numbers: list[float]) -> Iterator[tuple[float, float]]:
    return zip(numbers[::2], numbers[1::2], strict=True)
