import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from workbench.ui.docks.formula_lines import SetLine, set_lines

LONG = r"m_t = \beta_1\,m_{t-1} + (1-\beta_1)\,g_t"


@pytest.fixture
def font(qapp: QApplication) -> QFont:
    return qapp.font()


def texts(lines: list[SetLine]) -> list[str]:
    return [line.latex for line in lines]


def test_that_a_formula_with_room_is_one_line(font: QFont) -> None:
    (line,) = set_lines(LONG, 1000, font)
    assert line.latex == LONG
    assert 0 < line.width < 1000


def test_that_lines_break_before_signs_outside_brackets_and_fit(font: QFont) -> None:
    whole = set_lines(LONG, 1000, font)[0].width
    lines = set_lines(LONG, 0.75 * whole, font)
    assert texts(lines) == [r"m_t = \beta_1\,m_{t-1} ", r"{}+ (1-\beta_1)\,g_t"]
    assert all(line.width <= 0.75 * whole for line in lines)
    assert lines[1].indent > 0


def test_that_a_sign_of_a_number_is_no_place_to_break(font: QFont) -> None:
    lines = set_lines(r"\Delta_t = -\eta_t\,\hat m_t", 20, font)
    assert texts(lines) == [r"\Delta_t ", r"{}= -\eta_t\,\hat m_t"]


def test_that_a_wide_space_ends_a_line(font: QFont) -> None:
    latex = r"a = b \qquad c = d"
    assert texts(set_lines(latex, 1000, font)) == [latex]
    width = set_lines(latex, 1000, font)[0].width
    assert texts(set_lines(latex, width - 1, font))[0] == "a = b "


def test_that_what_cannot_be_broken_is_set_smaller_but_readable(font: QFont) -> None:
    latex = r"\frac{a + b + c + d + e + f}{g}"
    whole = set_lines(latex, 1000, font)[0]
    (line,) = set_lines(latex, 0.8 * whole.width, font)
    assert line.width == pytest.approx(0.8 * whole.width)
    (least,) = set_lines(latex, 1.0, font)
    assert least.size == pytest.approx(0.6 * whole.size)


def test_that_what_cannot_be_set_is_shown_as_it_is_written(font: QFont) -> None:
    (line,) = set_lines(r"\nonsense{x}", 1000, font)
    assert line.formula is None
    assert line.latex == r"\nonsense{x}"
    assert line.width > 0
    assert line.ascent > 0
