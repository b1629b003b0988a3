from __future__ import annotations

import pytest

from workbench.ui.forms.magnitude import is_extreme, say_magnitude


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (4e7, "= 40 million"),
        (1e6, "= 1 million"),
        (123456.0, "≈ 123.5 thousand"),
        (-2.5e9, "= −2.5 billion"),
        (4e-7, "= 400 billionths"),
        (5e-5, "= 50 millionths"),
        (1 / 3e6, "≈ 333.3 billionths"),
        (1e-12, "= 1 trillionths"),
        (4e20, "= 4 × 10²⁰"),
        (3e-15, "= 3 × 10⁻¹⁵"),
        (5e-324, "= 5 × 10⁻³²⁴"),
        (999_999.9999, "≈ 1000 thousand"),
    ],
)
def test_that_a_size_is_said_in_words(value: float, words: str) -> None:
    assert say_magnitude(value) == words


def test_that_numbers_of_everyday_size_are_not_extreme() -> None:
    assert not any(map(is_extreme, (0.0, 1e-4, -0.5, 1.0, 99_999.0)))
    assert all(map(is_extreme, (9e-5, -1e-8, 1e5, 4e7)))
