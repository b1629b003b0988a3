"""A number's size in words, so that 4e07 typed for 4e-07 catches the eye."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QCoreApplication

_LARGE = 1e5
_SMALL = 1e-4
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_extreme(value: float) -> bool:
    """Say whether a number is so large or so small that its zeros are hard to count."""
    return value != 0 and not _SMALL <= abs(value) < _LARGE


def say_magnitude(value: float) -> str:
    """Say a number in words: '= 40 million', '≈ 333.3 billionths', '= 1 × 10²⁰'."""
    size = abs(value)
    for power, word in _units():
        if float(f"1e{power}") <= size < float(f"1e{power + 3}"):
            return _equation(value, power, f" {word}")
    power = int(f"{size:e}".split("e")[1])
    return _equation(value, power, f" × 10{str(power).translate(_SUPERSCRIPTS)}")


def _equation(value: float, power: int, words: str) -> str:
    """Write the value as a count of 10 to the power, in four significant digits."""
    count = f"{Decimal(repr(abs(value))).scaleb(-power):.4g}"
    digits = f"{float(count):.4g}"
    is_exact = float(f"{digits}e{power}") == abs(value)
    return f"{'=' if is_exact else '≈'} {'−' if value < 0 else ''}{digits}{words}"


def _units() -> tuple[tuple[int, str], ...]:
    def translated(text: str) -> str:
        return QCoreApplication.translate("Magnitude", text)

    return (
        (12, translated("trillion")),
        (9, translated("billion")),
        (6, translated("million")),
        (3, translated("thousand")),
        (-6, translated("millionths")),
        (-9, translated("billionths")),
        (-12, translated("trillionths")),
    )
