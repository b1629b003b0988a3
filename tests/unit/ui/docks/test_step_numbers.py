import math

import pytest

from workbench.ui.docks.step_numbers import say_change, six_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (-0.00123456789, "−0.00123457"),
        (1.5e-5, "1.5·10⁻⁵"),
        (1e-8, "10⁻⁸"),
        (-1e-8, "−1·10⁻⁸"),
        (123456789.0, "1.23457·10⁸"),
        (4.0, "4"),
        (0.0, "0"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
    ],
)
def test_that_numbers_have_six_digits_and_true_signs(value: float, text: str) -> None:
    assert six_digits(value) == text


@pytest.mark.parametrize(
    ("value", "before", "words"),
    [
        (1.0, 1.0, ""),
        (1.1, 1.0, "↑ 10 %"),
        (-0.5, -0.525, "↓ 4.8 %"),
        (4.0, 1.0, "↑ ×4"),
        (1.0, 4.0, "↓ ÷4"),
        (1.00001, 1.0, "↑ < 0.1 %"),
        (0.5, -0.123456, "± −0.123"),
        (0.5, 0.0, "± 0"),
        (math.nan, 1.0, ""),
        (1.0, math.inf, ""),
    ],
)
def test_that_changes_are_those_of_the_size(
    value: float, before: float, words: str
) -> None:
    assert say_change(value, before) == words
