"""Computes a report of a step as a reader would, line by line."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.helpers.latex import evaluate
from workbench.core.inspection import Term

# torch keeps the product of momenta in float32, whatever the weights are.
COARSE = {r"\Pi_t": 1e-6}


def check(terms: tuple[Term, ...], known: Mapping[str, float] | None = None) -> int:
    """Compute each formula from the terms above it; return how many there were."""
    values: dict[str, float] = dict(known or {})
    count = 0
    for term in terms:
        assert term.symbol not in values, f"{term.symbol} stands there twice"
        assert term.help.endswith(".")
        if term.formula:
            expected = evaluate(term.formula, values)
            rounding = 1e-15 if term.symbol == r"\Delta_t" else 1e-18
            assert term.value == pytest.approx(
                expected, rel=COARSE.get(term.symbol, 1e-9), abs=rounding
            ), f"{term.symbol} = {term.formula}"
            count += 1
        values[term.symbol] = term.value
    return count
