import math

import pytest

from workbench.ui.docks.live_numbers import insert_numbers

VALUES = {
    r"\beta_1": 0.9,
    "m_{t-1}": -0.123456,
    "m_t": -0.25,
    r"\hat m_t": 0.5,
    "g_t": 2e-5,
    "t": 4.0,
    r"\varepsilon": 1e-8,
    r"\mathrm{lr}": 0.01,
}


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (
            r"\beta_1\,m_{t-1} + (1-\beta_1)\,g_t",
            r"0.9\cdot ({-0.1235})+(1-0.9)\cdot ({2\cdot 10^{-5}})",
        ),
        (r"\frac{m_t}{1-\beta_1^{t}}", r"\frac {-0.25}{1-0.9^{4}}"),
        (r"-\mathrm{lr}\,\hat m_t", r"-0.01\cdot 0.5"),
        (r"\sqrt{m_t^2} + \varepsilon", r"\sqrt {({-0.25})^2}+({10^{-8}})"),
    ],
)
def test_that_symbols_are_replaced_by_their_values(latex: str, expected: str) -> None:
    assert insert_numbers(latex, VALUES) == expected


def test_that_the_longest_symbol_is_the_one_that_is_meant() -> None:
    assert insert_numbers(r"1 - \hat m_t", VALUES) == "1-0.5"


@pytest.mark.parametrize(
    "latex", ["", r"\mathrm{lr}", "0", "g_t", r"\beta_2\,m_t", r"\mathrm{wd}\,m_t", "1 - x"]
)
def test_that_formulas_that_tell_nothing_or_too_little_are_left_out(latex: str) -> None:
    assert insert_numbers(latex, VALUES) == ""


def test_that_numbers_that_are_not_finite_are_left_out() -> None:
    assert insert_numbers("1 - m_t", {"m_t": math.nan}) == ""


def test_that_functions_keep_their_names() -> None:
    latex = r"\operatorname{sign}(m_t)\,\mathrm{lr}"
    assert insert_numbers(latex, VALUES) == (r"\operatorname {sign}(-0.25)\cdot 0.01")
