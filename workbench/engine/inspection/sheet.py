r"""The lines of a report, written from top to bottom.

Formulas are LaTeX as the guide has it. Factors are separated by `\,` or `\cdot`, and
every symbol stands on a line above the one that uses it.
"""

from __future__ import annotations

from workbench.core.inspection import Term
from workbench.engine.inspection.records import Weight

GRADIENT = "g_t"
_COUPLED = r"\tilde g_t"


class Sheet:
    """Collects the terms of one weight's step; begins with what every method has.

    `symbol` and `gradient` are those of the gradient that the method works with.
    """

    def __init__(self, weight: Weight) -> None:
        self.weight = weight
        self.terms: list[Term] = []
        self.symbol = GRADIENT
        self._decay = ""
        self.lr = self.given(r"\mathrm{lr}", weight.given("lr"), "Learning rate now.")
        self.given(r"\theta_{t-1}", weight.theta, "The weight before the step.")
        self.gradient = self.given(GRADIENT, weight.gradient, "Gradient, after clipping.")

    def given(self, symbol: str, value: float, what: str) -> float:
        """Add a number that is there before the step begins; return it."""
        return self.line(symbol, "", value, what)

    def line(self, symbol: str, formula: str, value: float, what: str) -> float:
        """Add a number that the method computes; `g_t` stands for the gradient it uses."""
        if self.symbol != GRADIENT:
            formula = formula.replace(GRADIENT, self.symbol)
        self.terms.append(Term(symbol, formula, value, what))
        return value

    def setting(self, symbol: str, name: str, what: str) -> float:
        """Add a hyperparameter; return it."""
        return self.given(symbol, self.weight.given(name), what)

    def couple_decay(self) -> None:
        """Add weight decay that goes through the gradient, where there is any."""
        share = self.weight.given("weight_decay")
        if share == 0:
            return
        self._add_decay_setting()
        self.gradient = self.line(
            _COUPLED,
            r"g_t + \mathrm{wd}\cdot\theta_{t-1}",
            self.gradient + share * self.weight.theta,
            "Gradient with weight decay in it.",
        )
        self.symbol = _COUPLED

    def decouple_decay(self) -> None:
        """Add weight decay that is apart from the gradient, where there is any."""
        share = self.weight.given("weight_decay")
        if share == 0:
            return
        self._add_decay_setting()
        value = self.lr * share * self.weight.theta
        self.decay(r"\mathrm{lr}\cdot\mathrm{wd}\cdot\theta_{t-1}", value)

    def decay(self, formula: str, value: float) -> None:
        """Add a decay that is taken from the weight beside the step."""
        what = "Weight decay, apart from the gradient."
        self._decay = r"\mathrm{decay}_t"
        self.line(self._decay, formula, value, what)

    def finish(self, formula: str) -> list[Term]:
        """Add the change, decay included, and the new weight, both as they are stored."""
        whole = f"{formula} - {self._decay}" if self._decay else formula
        change = self.weight.fast - self.weight.theta
        self.line(r"\Delta_t", whole, change, "Change of the weight.")
        new = "The weight after the step."
        self.line(r"\theta_t", r"\theta_{t-1} + \Delta_t", self.weight.fast, new)
        return self.terms

    def _add_decay_setting(self) -> None:
        self.setting(r"\mathrm{wd}", "weight_decay", "Weight decay.")
