"""Methods that divide by past gradients: Adagrad, RMSprop, Adadelta."""

from __future__ import annotations

import math

from workbench.core.inspection import Term
from workbench.engine.inspection.records import Weight
from workbench.engine.inspection.sheet import Sheet

_EPS = "Keeps the denominator away from 0."


def explain_adagrad(weight: Weight) -> list[Term]:
    """Explain Adagrad: divides by the root of the sum of all squared gradients."""
    sheet = Sheet(weight)
    sheet.couple_decay()
    steps = sheet.given("t", weight.new("step"), "Step of the optimizer.")
    fall = sheet.setting(r"\gamma", "lr_decay", "Rate decay.")
    eps = sheet.setting(r"\varepsilon", "eps", _EPS)
    sheet.given("G_{t-1}", weight.old("sum"), "Sum of squares before.")
    formula = r"G_{t-1} + g_t^{2}"
    total = sheet.line("G_t", formula, weight.new("sum"), "Sum of squared gradients.")
    rate = sheet.lr / (1 + (steps - 1) * fall) / (math.sqrt(total) + eps)
    formula = r"\frac{\mathrm{lr}}{(1 + (t-1)\,\gamma)\,(\sqrt{G_t} + \varepsilon)}"
    sheet.line(r"\eta_t", formula, rate, "Step coefficient.")
    return sheet.finish(r"-\eta_t\,g_t")


def explain_rmsprop(weight: Weight) -> list[Term]:
    """Explain RMSprop: divides by the root of a mean of squares, or of a variance."""
    sheet = Sheet(weight)
    sheet.couple_decay()
    sheet.setting(r"\alpha", "alpha", "Share of the means that is kept.")
    eps = sheet.setting(r"\varepsilon", "eps", _EPS)
    sheet.given("v_{t-1}", weight.old("square_avg"), "Mean square before.")
    formula = r"\alpha\,v_{t-1} + (1-\alpha)\,g_t^{2}"
    square = sheet.line("v_t", formula, weight.new("square_avg"), "Mean square.")
    under = "v_t"
    if weight.step.group["centered"]:
        sheet.given("a_{t-1}", weight.old("grad_avg"), "Mean gradient before.")
        formula = r"\alpha\,a_{t-1} + (1-\alpha)\,g_t"
        mean = sheet.line("a_t", formula, weight.new("grad_avg"), "Mean gradient.")
        under, square = "v_t - a_t^{2}", square - mean**2
    rate = _over(sheet.lr, _root(square) + eps)
    formula = rf"\frac{{\mathrm{{lr}}}}{{\sqrt{{{under}}} + \varepsilon}}"
    sheet.line(r"\eta_t", formula, rate, "Step coefficient.")
    if weight.given("momentum") == 0:
        return sheet.finish(r"-\eta_t\,g_t")
    sheet.setting(r"\mu", "momentum", "Momentum.")
    sheet.given("b_{t-1}", weight.old("momentum_buffer"), "Momentum before.")
    formula = r"\mu\,b_{t-1} + \frac{\eta_t}{\mathrm{lr}}\,g_t"
    sheet.line("b_t", formula, weight.new("momentum_buffer"), "Momentum.")
    return sheet.finish(r"-\mathrm{lr}\,b_t")


def explain_adadelta(weight: Weight) -> list[Term]:
    """Explain Adadelta: scales by past steps over past gradients."""
    sheet = Sheet(weight)
    sheet.couple_decay()
    sheet.setting(r"\rho", "rho", "Share of the means that is kept.")
    eps = sheet.setting(r"\varepsilon", "eps", "Starts the first steps.")
    sheet.given("v_{t-1}", weight.old("square_avg"), "Mean square of gradients before.")
    formula = r"\rho\,v_{t-1} + (1-\rho)\,g_t^{2}"
    what = "Mean square of gradients."
    square = sheet.line("v_t", formula, weight.new("square_avg"), what)
    what = "Mean square of steps, before this one."
    steps = sheet.given("u_{t-1}", weight.old("acc_delta"), what)
    ratio = _over(math.sqrt(steps + eps), math.sqrt(square + eps))
    formula = r"\frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}}"
    sheet.line("r_t", formula, ratio, "Past steps over past gradients.")
    formula = r"\rho\,u_{t-1} + (1-\rho)\,(r_t\,g_t)^{2}"
    sheet.line("u_t", formula, weight.new("acc_delta"), "Mean square of steps.")
    sheet.line(r"\eta_t", r"\mathrm{lr}\,r_t", sheet.lr * ratio, "Step coefficient.")
    return sheet.finish(r"-\eta_t\,g_t")


def _root(square: float) -> float:
    return math.sqrt(square) if square >= 0 else math.nan


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.inf
