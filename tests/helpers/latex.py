r"""Computes the formulas of the step inspector from their LaTeX, as a reader would.

Understands numbers, symbols that have a value, `+`, `-`, products by `\,` and `\cdot`,
powers, brackets, `|x|`, `\frac`, `\sqrt`, `\max`, `\min` and `\mathrm{sign}`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

_NUMBER = re.compile(r"\d+(\.\d+)?")
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    r"\max": max,
    r"\min": min,
    r"\mathrm{sign}": lambda x: math.copysign(1.0, x) if x else 0.0,
}


def evaluate(formula: str, values: Mapping[str, float]) -> float:
    """Return the value of a formula, given those of its symbols.

    Raises:
        ValueError: where something in it is not understood or has no value.
    """
    reader = _Reader(formula, values)
    result = reader.sum()
    if reader.rest:
        raise ValueError(f"'{reader.rest}' in '{formula}' is not understood")
    return result


class _Reader:
    def __init__(self, formula: str, values: Mapping[str, float]) -> None:
        self.rest = formula.strip()
        self._values = values
        self._symbols = sorted(values, key=len, reverse=True)

    def sum(self) -> float:
        total = -self._product() if self._take("-") else self._product()
        while True:
            if self._take("+"):
                total += self._product()
            elif self._take("-"):
                total -= self._product()
            else:
                return total

    def _product(self) -> float:
        value = self._power()
        while self._take(r"\,") or self._take(r"\cdot"):
            value *= self._power()
        return value

    def _power(self) -> float:
        base = self._atom()
        return float(base ** self._braced()) if self._take("^") else base

    def _atom(self) -> float:
        if self._take("("):
            return self._until(")")
        if self._take("|"):
            return abs(self._until("|"))
        if self._take(r"\frac"):
            numerator = self._braced()
            return numerator / self._braced()
        if self._take(r"\sqrt"):
            return math.sqrt(self._braced())
        return self._call() if self._starts_call() else self._leaf()

    def _starts_call(self) -> bool:
        return any(self.rest.startswith(name) for name in _FUNCTIONS)

    def _call(self) -> float:
        name = next(name for name in _FUNCTIONS if self._take(name))
        if not self._take("("):
            raise ValueError(f"'{name}' needs brackets: '{self.rest}'")
        arguments = [self.sum()]
        while self._take(","):
            arguments.append(self.sum())
        if not self._take(")"):
            raise ValueError(f"a bracket is missing before '{self.rest}'")
        return _FUNCTIONS[name](*arguments)

    def _leaf(self) -> float:
        for symbol in self._symbols:
            if self._take(symbol):
                return self._values[symbol]
        if number := _NUMBER.match(self.rest):
            self._take(number.group())
            return float(number.group())
        raise ValueError(f"'{self.rest}' begins with no known symbol")

    def _braced(self) -> float:
        if not self._take("{"):
            raise ValueError(f"braces are missing at '{self.rest}'")
        return self._until("}")

    def _until(self, sign: str) -> float:
        value = self.sum()
        if not self._take(sign):
            raise ValueError(f"'{sign}' is missing before '{self.rest}'")
        return value

    def _take(self, text: str) -> bool:
        if not self.rest.startswith(text):
            return False
        self.rest = self.rest[len(text) :].lstrip()
        return True
