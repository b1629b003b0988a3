"""A number's size in words, so that 4e07 typed for 4e-07 catches the eye."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

_LARGE = 1e5
_SMALL = 1e-4
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_extreme(value: float) -> bool:
    """Say whether a number is so large or so small that its zeros are hard to count."""
    return value != 0 and not _SMALL <= abs(value) < _LARGE


def say_magnitude(value: float) -> str:
    """Say a number in words, such as '= 40 million', '≈ 333.3 billionths' or '= 10²⁰'."""
    size = abs(value)
    for unit, word in _units():
        if unit <= size < unit * 1000:
            return _equation(value, size / unit, unit, f" {word}")
    power = math.floor(math.log10(size))
    unit = float(f"1e{power}")
    return _equation(
        value, size / unit, unit, f" × 10{str(power).translate(_SUPERSCRIPTS)}"
    )


def _equation(value: float, count: float, unit: float, words: str) -> str:
    digits = f"{count:.4g}"
    sign = "−" if value < 0 else ""
    exact = math.isclose(float(digits) * unit, abs(value), rel_tol=1e-14)
    return f"{'=' if exact else '≈'} {sign}{digits}{words}"


def _units() -> tuple[tuple[float, str], ...]:
    def translated(text: str) -> str:
        return QCoreApplication.translate("Magnitude", text)

    return (
        (1e12, translated("trillion")),
        (1e9, translated("billion")),
        (1e6, translated("million")),
        (1e3, translated("thousand")),
        (1e-6, translated("millionths")),
        (1e-9, translated("billionths")),
        (1e-12, translated("trillionths")),
    )
