"""One step of one weight, term by term: what the step inspector shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One line of a step: a symbol, how it comes about, and its value.

    `symbol` and `formula` are LaTeX as the guide uses it; `formula` may be empty for
    what is given, such as the gradient. `help` says in a sentence what it is.
    """

    symbol: str
    formula: str
    value: float
    help: str


@dataclass(frozen=True)
class StepReport:
    """What the optimizer did to one weight in one step.

    The terms are in the order in which the optimizer computes them and end with the
    change Δ and the new weight; weight decay that is decoupled has a term of its own.
    `lookahead` tells of the pull to the slow weights, where this step made one.
    """

    step: int
    tensor: str
    index: tuple[int, ...]
    optimizer: str  # its title
    terms: tuple[Term, ...]
    lookahead: tuple[Term, ...] = ()
