"""Reading and showing numbers: one strict grammar, the same in every locale.

Spin boxes misread typed text by a factor of a thousand when the decimal comma of the
system's locale differs from what was typed; here a comma is refused, never guessed at.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NONZERO = re.compile(r"[+-]?[0.]*[1-9]")  # a digit other than 0 before any exponent
_INT = re.compile(r"[+-]?[0-9]+")


def parse_float(text: str) -> float:
    """Read a finite number such as ``0.001`` or ``1e-3``.

    Raises:
        ValueError: with a sentence for the user.
    """
    text = text.strip()
    _refuse_comma(text)
    if not _FLOAT.fullmatch(text):
        raise ValueError(f"'{_head(text)}' is not a number; write it like 0.001 or 1e-3")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"'{_head(text)}' is too large for a number")
    if value == 0 and _NONZERO.match(text):
        raise ValueError(f"'{_head(text)}' is too small for a number; write 0 for none")
    return value


def parse_int(text: str) -> int:
    """Read a whole number such as ``64``; ``1e3`` counts as 1000.

    Raises:
        ValueError: with a sentence for the user.
    """
    text = text.strip()
    _refuse_comma(text)
    if len(text) > 30:
        raise ValueError("this whole number has too many digits")
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        value = Decimal(text)  # exact, where a float would turn 1e23 into another number
        if value.adjusted() < 30 and value == value.to_integral_value():
            return int(value)
    raise ValueError(f"'{text}' is not a whole number")


def format_number(value: float) -> str:
    """Show a number so that reading it back gives exactly the same value."""
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    if value != 0 and abs(value) < 1e-3:
        digits, exponent = f"{value:.16e}".split("e")
        short = f"{float(digits):.12g}e{int(exponent)}"
        return short if float(short) == value else text
    return text.removesuffix(".0")


def format_short(value: float | None) -> str:
    """Show a measured number in four significant digits, or a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def _refuse_comma(text: str) -> None:
    if "," in text:
        raise ValueError(
            f"'{_head(text)}' has a comma; write decimals with a point, and no "
            "thousands marks"
        )


def _head(text: str) -> str:
    """Return the start of what was typed, so that a message stays a message."""
    return text if len(text) <= 40 else f"{text[:40]}…"
