"""The numbers of the step inspector: six digits to read, and what changed in words."""

from __future__ import annotations

import math

_DIGITS = 6
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROUNDING = 5e-4  # relative changes below this are told as such
_FACTOR = 2.0  # from here on a change is a factor, below it a percentage


def six_digits(value: float) -> str:
    """Show a number in six significant digits, such as 0.00123457 or −1.5·10⁻⁵."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, _, exponent = f"{value:.{_DIGITS}g}".partition("e")
    if not exponent:
        return mantissa.replace("-", "−")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    text = power if mantissa == "1" else f"{mantissa}·{power}"
    return text.replace("-", "−")


def say_change(value: float, before: float) -> str:
    """Say how the size of a number changed: ↑ 2.3 %, ↓ ÷4.1, ± for its sign; or nothing.

    Numbers that are equal, or not finite, have nothing to tell.
    """
    if value == before or not (math.isfinite(value) and math.isfinite(before)):
        return ""
    if before == 0 or value == 0 or (value < 0) is not (before < 0):
        return f"± {six_digits(float(f'{before:.3g}'))}"
    return _say_ratio(abs(value) / abs(before))


def _say_ratio(ratio: float) -> str:
    arrow = "↑" if ratio > 1 else "↓"
    if ratio >= _FACTOR:
        return f"{arrow} ×{ratio:.3g}"
    if ratio <= 1 / _FACTOR:
        return f"{arrow} ÷{1 / ratio:.3g}"
    share = abs(ratio - 1)
    return f"{arrow} {100 * share:.2g} %" if share >= _ROUNDING else f"{arrow} < 0.1 %"
