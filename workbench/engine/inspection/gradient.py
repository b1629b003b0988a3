"""Methods that follow the gradient with one rate or by its sign: SGD, ASGD, Rprop."""

from __future__ import annotations

import math

import torch

from workbench.core.inspection import Term
from workbench.engine.inspection.records import Weight
from workbench.engine.inspection.sheet import Sheet


def explain_sgd(weight: Weight) -> list[Term]:
    """Explain SGD: Δ = −η·d, d the gradient, its momentum buffer, or Nesterov's sum."""
    sheet = Sheet(weight)
    sheet.couple_decay()
    direction = "g_t" if weight.given("momentum") == 0 else _add_momentum(sheet)
    sheet.line(r"\eta_t", r"\mathrm{lr}", sheet.lr, "Step coefficient.")
    return sheet.finish(rf"-\eta_t\,{direction}")


def _add_momentum(sheet: Sheet) -> str:
    """Add the momentum buffer and return the symbol of the direction."""
    weight = sheet.weight
    momentum = sheet.setting(r"\mu", "momentum", "Momentum.")
    if weight.has("momentum_buffer"):
        sheet.setting(r"\tau", "dampening", "Dampening.")
        sheet.given("b_{t-1}", weight.old("momentum_buffer"), "Momentum before.")
        formula = r"\mu\,b_{t-1} + (1-\tau)\,g_t"
    else:
        formula = "g_t"  # the first step starts the buffer
    buffer = sheet.line("b_t", formula, weight.new("momentum_buffer"), "Momentum.")
    if not weight.step.group["nesterov"]:
        return "b_t"
    value = sheet.gradient + momentum * buffer
    return _direction(sheet, r"g_t + \mu\,b_t", value)


def _direction(sheet: Sheet, formula: str, value: float) -> str:
    sheet.line("d_t", formula, value, "Direction, looking ahead along the momentum.")
    return "d_t"


def explain_asgd(weight: Weight) -> list[Term]:
    """Explain ASGD: SGD whose rate, and with it a decay of its own, falls over steps."""
    sheet = Sheet(weight)
    sheet.couple_decay()
    share = sheet.setting(r"\lambda", "lambd", "Decay of the weights and of the rate.")
    first = torch.tensor(sheet.lr, dtype=torch.get_default_dtype()).item()
    rate = weight.old("eta", first)  # which torch keeps in its default type
    what = "Rate, which the step before computed: lr / (1 + λ·lr·(t−1))^α."
    sheet.given(r"\eta_t", rate, what)
    sheet.decay(r"\eta_t\,\lambda\,\theta_{t-1}", rate * share * weight.theta)
    return sheet.finish(r"-\eta_t\,g_t")


def explain_rprop(weight: Weight) -> list[Term]:
    """Explain Rprop: the sign of the gradient times a step size of each weight's own."""
    sheet = Sheet(weight)
    shrink, grow = weight.step.group["etas"]
    smallest, largest = weight.step.group["step_sizes"]
    past = sheet.given("p_{t-1}", weight.old("prev"), "Gradient before; 0 after a flip.")
    product = weight.gradient * past
    sheet.line("c_t", r"g_t\cdot p_{t-1}", product, "Negative where the sign flipped.")
    factor = 1.0 if product == 0 else grow if product > 0 else shrink
    what = "Factor of the step size: grows while the sign holds, shrinks where it flips."
    sheet.given("f_t", factor, what)
    sheet.given("h_{t-1}", weight.old("step_size", sheet.lr), "Step size before.")
    sheet.given(r"h_{\min}", smallest, "Smallest step size.")
    sheet.given(r"h_{\max}", largest, "Largest step size.")
    formula = r"\min(\max(f_t\,h_{t-1}, h_{\min}), h_{\max})"
    sheet.line("h_t", formula, weight.new("step_size"), "Step size.")
    if product < 0:
        sheet.line("s_t", "0", 0.0, "No step where the sign flipped.")
    else:
        sign = math.copysign(1.0, weight.gradient) if weight.gradient else 0.0
        sheet.line("s_t", r"\mathrm{sign}(g_t)", sign, "Direction.")
    return sheet.finish(r"-h_t\,s_t")
