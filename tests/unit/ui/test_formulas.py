"""Formulas as outlines and pictures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from workbench.core.guide import contents, read_page
from workbench.ui.formulas import FormulaError, picture, size_beside, typeset
from workbench.ui.theme import Role, dark_palette, light_palette

BLACK = QColor("black")


def alpha(pixmap: QPixmap) -> npt.NDArray[np.uint8]:
    """Return how opaque each dot is, shape (height, width)."""
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_Alpha8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width()].copy()  # the image goes


@pytest.mark.parametrize("key", [entry.key for entry in contents()])
def test_that_all_formulas_of_the_guide_show_something_in_light_and_dark(
    qapp: QApplication, key: str
) -> None:
    for latex in read_page(key).formulas.values():
        formula = typeset(latex.source, display=latex.display)
        assert formula.path.boundingRect().isValid()
        assert formula.width > 0.1
        for palette in (light_palette(), dark_palette()):
            colour = palette.color(Role.Text)
            drawn = picture(latex.source, size=16, colour=colour, display=latex.display)
            opaque = alpha(drawn)
            assert opaque.max() > 60
            darkest = np.unravel_index(opaque.argmax(), opaque.shape)
            dot = drawn.toImage().pixelColor(int(darkest[1]), int(darkest[0]))
            assert abs(dot.lightness() - colour.lightness()) < 12


@pytest.mark.parametrize(
    "latex",
    ["\\frac{a}{", "\\sqrt{", "\\unheard x", "a & b", "", "{}", "a_{b", "\\left( a"],
)
def test_that_mistakes_are_found_rather_than_shown(qapp: QApplication, latex: str) -> None:
    with pytest.raises(FormulaError):
        typeset(latex)


def test_that_nothing_is_cut_off(qapp: QApplication) -> None:
    opaque = alpha(picture("\\frac{\\hat m_t^2}{\\sqrt{v_j}}", size=40, colour=BLACK))
    assert not opaque[0].any()
    assert not opaque[-1].any()
    assert not opaque[:, 0].any()
    assert not opaque[:, -1].any()


def test_that_twice_the_screen_means_twice_the_dots(qapp: QApplication) -> None:
    plain = picture("\\frac{a}{b}", size=20, colour=BLACK)
    fine = picture("\\frac{a}{b}", size=20, colour=BLACK, ratio=2.0)
    assert fine.devicePixelRatio() == 2.0
    assert fine.size() == plain.size() * 2
    assert fine.deviceIndependentSize() == plain.deviceIndependentSize()
    assert int(alpha(fine).sum()) == pytest.approx(4 * int(alpha(plain).sum()), rel=0.05)


def test_that_the_bars_of_a_norm_are_drawn(qapp: QApplication) -> None:
    opaque = alpha(picture("\\lVert x \\rVert", size=60, colour=BLACK))
    columns = (opaque > 120).sum(axis=0)
    bars = columns > 0.9 * (opaque.shape[0] - 4)
    assert np.count_nonzero(np.diff(bars.astype(int)) == 1) == 4


def test_that_the_line_of_a_fraction_is_solid(qapp: QApplication) -> None:
    opaque = alpha(picture("\\frac{a+b+c}{d}", size=60, colour=BLACK, display=True))
    assert (opaque > 120).sum(axis=1).max() > 0.9 * (opaque.shape[1] - 4)


def test_that_a_hat_is_no_wider_than_its_letter(qapp: QApplication) -> None:
    assert typeset("\\hat v").width == pytest.approx(typeset("v").width, abs=0.02)
    assert typeset("\\hat v").ascent > typeset("v").ascent + 0.1


def test_that_displayed_fractions_are_larger(qapp: QApplication) -> None:
    inline, display = typeset("\\frac{a}{b}"), typeset("\\frac{a}{b}", display=True)
    assert display.ascent + display.descent > 1.2 * (inline.ascent + inline.descent)


def test_that_letters_are_as_high_as_those_of_the_font(qapp: QApplication) -> None:
    font = qapp.font()
    height = typeset("x").ascent * size_beside(font)
    assert height == pytest.approx(QFontMetricsF(font).xHeight(), rel=0.06)


def test_that_indices_hang_below_the_baseline(qapp: QApplication) -> None:
    assert typeset("x").descent < 0.05
    assert typeset("x_t").descent > 0.1


def test_that_a_formula_is_set_once(qapp: QApplication) -> None:
    assert typeset("a + b") is typeset("a + b")


def test_that_nothing_is_imported_before_the_first_formula() -> None:
    code = (
        "import sys, workbench.ui.formulas, workbench.ui.docks.guide_view\n"
        "assert not {'ziamath', 'ziafont', 'latex2mathml'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
