r"""A formula with the numbers of a step in the place of its symbols.

From `\beta_1\,m_{t-1} + (1-\beta_1)\,g_t` comes `0.9\cdot(-0.12) + (1-0.9)\cdot(-0.33)`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_NUMBER = re.compile(r"-?([0-9.]+|([0-9.]+\\cdot )?10\^\{-?[0-9]+\})")
_SPACE = re.compile(r"\s+")
_FUNCTIONS = re.compile(r"\\(?:mathrm|operatorname)\{[A-Za-z]+\}(?=\(|\\left)")
# What a formula may have besides numbers: all else would be a symbol without a value.
_STRUCTURE = {
    *(r"\frac", r"\sqrt", r"\cdot", r"\times", r"\left", r"\right", r"\max", r"\min"),
    *(r"\,", r"\;", r"\ ", r"\lVert", r"\rVert", r"\|", r"\lvert", r"\rvert"),
}
_GROUP_STARTS = {"", "{", "("}
_JUXTAPOSED = r"\,"
_DIGITS = 4


def insert_numbers(latex: str, values: Mapping[str, float]) -> str:
    """Return the formula with values by symbol; empty where it would tell nothing new.

    That is so where a symbol has no value, where one is not finite, and where nothing
    but a single number is left.
    """
    symbols = sorted(
        ((_tokens(symbol), value) for symbol, value in values.items()),
        key=lambda pair: -len(pair[0]),
    )
    tokens, result, place = _tokens(latex), "", 0
    before = ""
    while place < len(tokens):
        found = _symbol_at(tokens, place, symbols)
        if found is None:
            before = tokens[place]
            result += _spelled(before)
            place += 1
            continue
        length, value = found
        place += length
        after = tokens[place] if place < len(tokens) else ""
        bare = before in _GROUP_STARTS and after != "^"
        result += _write(value, bare=bare)
        before = "0"
    return "" if _NUMBER.fullmatch(result) or not _is_resolved(result) else result


def _tokens(latex: str) -> list[str]:
    return [token for token in _TOKEN.findall(latex) if not _SPACE.fullmatch(token)]


def _symbol_at(
    tokens: Sequence[str], place: int, symbols: Sequence[tuple[list[str], float]]
) -> tuple[int, float] | None:
    """Return how many tokens the longest symbol here takes, and its value."""
    for symbol, value in symbols:
        if tokens[place : place + len(symbol)] == symbol:
            return len(symbol), value
    return None


def _spelled(token: str) -> str:
    """Write a token; numbers side by side need a sign between them."""
    word = r"\cdot" if token == _JUXTAPOSED else token
    return f"{word} " if word.startswith("\\") else word


def _write(value: float, *, bare: bool) -> str:
    if not math.isfinite(value):
        return r"\infty "  # which is not resolved
    mantissa, _, exponent = f"{value:.{_DIGITS}g}".partition("e")
    text = mantissa
    if exponent:
        power = f"10^{{{int(exponent)}}}"
        text = power if mantissa == "1" else rf"{mantissa}\cdot {power}"
    return text if bare or (value >= 0 and not exponent) else f"({{{text}}})"


def _is_resolved(latex: str) -> bool:
    """Say whether nothing but numbers, functions and structure is left."""
    rest = _FUNCTIONS.sub("", latex.replace(" ", ""))
    tokens = _TOKEN.findall(rest)
    return all(
        token in _STRUCTURE or not (token.startswith("\\") or token.isalpha())
        for token in tokens
    )
