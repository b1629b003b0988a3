"""The Adam family: Adam and AdamW, RAdam, NAdam, Adamax."""

from __future__ import annotations

import math

from workbench.core.inspection import Term
from workbench.engine.inspection.records import Weight
from workbench.engine.inspection.sheet import Sheet

_ETA = r"\frac{\mathrm{lr}}{\sqrt{\hat v_t} + \varepsilon}"


def explain_adam(weight: Weight) -> list[Term]:
    """Explain Adam and AdamW: the mean gradient over the root of the mean square."""
    sheet = _begin(weight)
    _add_first_moment(sheet)
    _add_second_moment(sheet)
    symbol, square = "v_t", weight.new("exp_avg_sq")
    if weight.step.group["amsgrad"]:
        past = weight.old("max_exp_avg_sq")
        sheet.given("V_{t-1}", past, "Largest mean square before.")
        symbol, square = "V_t", weight.new("max_exp_avg_sq")
        formula = r"\max(V_{t-1}, v_t)"
        sheet.line(symbol, formula, square, "Largest mean square so far.")
    _add_corrected_mean(sheet)
    _add_rate(sheet, symbol, square)
    return sheet.finish(r"-\eta_t\,\hat m_t")


def explain_nadam(weight: Weight) -> list[Term]:
    """Explain NAdam: Adam whose direction looks ahead along the momentum."""
    sheet = _begin(weight)
    _add_first_moment(sheet)
    _add_second_moment(sheet)
    _add_rate(sheet, "v_t", weight.new("exp_avg_sq"))
    fall = sheet.setting(r"\psi", "momentum_decay", "Momentum decay.")
    beta, steps = weight.step.group["betas"][0], weight.new("step")
    now, ahead = (beta * (1 - 0.5 * 0.96 ** (n * fall)) for n in (steps, steps + 1))
    formula = r"\beta_1\,(1 - 0.5\cdot 0.96^{t\,\psi})"
    sheet.line(r"\mu_t", formula, now, "Momentum of this step.")
    formula = r"\beta_1\,(1 - 0.5\cdot 0.96^{(t+1)\,\psi})"
    sheet.line(r"\mu_{t+1}", formula, ahead, "Momentum of the next step.")
    past = weight.old("mu_product", 1.0)
    sheet.given(r"\Pi_{t-1}", past, "Product of all momenta before.")
    product = weight.new("mu_product")
    formula = r"\Pi_{t-1}\,\mu_t"
    sheet.line(r"\Pi_t", formula, product, "Product of all momenta.")
    fresh = (1 - now) / (1 - product) * sheet.gradient
    carried = ahead / (1 - product * ahead) * weight.new("exp_avg")
    formula = r"\frac{1-\mu_t}{1-\Pi_t}\,g_t + \frac{\mu_{t+1}}{1-\Pi_t\,\mu_{t+1}}\,m_t"
    what = "Mean gradient, looking one step ahead."
    sheet.line("d_t", formula, fresh + carried, what)
    return sheet.finish(r"-\eta_t\,d_t")


def explain_radam(weight: Weight) -> list[Term]:
    """Explain RAdam: plain momentum until the second moment can be trusted."""
    sheet = _begin(weight)
    _add_first_moment(sheet)
    _add_second_moment(sheet)
    _add_corrected_mean(sheet)
    beta, steps = weight.step.group["betas"][1], weight.new("step")
    longest = 2 / (1 - beta) - 1
    formula = r"\frac{2}{1-\beta_2} - 1"
    sheet.line(r"\rho_\infty", formula, longest, "Longest memory of the mean square.")
    correction = 1 - beta**steps
    length = longest - 2 * steps * beta**steps / correction
    formula = r"\rho_\infty - \frac{2\,t\,\beta_2^{t}}{1-\beta_2^{t}}"
    sheet.line(r"\rho_t", formula, length, "Its memory so far.")
    if length <= 5:
        what = "Step coefficient: plain lr, as the mean square is too young (ρ ≤ 5)."
        sheet.line(r"\eta_t", r"\mathrm{lr}", sheet.lr, what)
        return sheet.finish(r"-\eta_t\,\hat m_t")
    factor = (length - 4) * (length - 2) * longest
    factor = math.sqrt(factor / ((longest - 4) * (longest - 2) * length))
    formula = (
        r"\sqrt{\frac{(\rho_t - 4)\,(\rho_t - 2)\,\rho_\infty}"
        r"{(\rho_\infty - 4)\,(\rho_\infty - 2)\,\rho_t}}"
    )
    sheet.line("r_t", formula, factor, "Rectification: how far the mean square is trusted.")
    root = math.sqrt(weight.new("exp_avg_sq")) + weight.given("eps")
    rate = _over(sheet.lr * factor * math.sqrt(correction), root)
    formula = r"\frac{\mathrm{lr}\,r_t\,\sqrt{1-\beta_2^{t}}}{\sqrt{v_t} + \varepsilon}"
    sheet.line(r"\eta_t", formula, rate, "Step coefficient.")
    return sheet.finish(r"-\eta_t\,\hat m_t")


def explain_adamax(weight: Weight) -> list[Term]:
    """Explain Adamax: Adam with a fading maximum in the place of the mean square."""
    sheet = _begin(weight)
    _add_first_moment(sheet)
    _add_corrected_mean(sheet)
    sheet.given("u_{t-1}", weight.old("exp_inf"), "Fading maximum before.")
    formula = r"\max(\beta_2\,u_{t-1}, |g_t| + \varepsilon)"
    largest = sheet.line("u_t", formula, weight.new("exp_inf"), "Fading maximum.")
    rate = _over(sheet.lr, largest)
    sheet.line(r"\eta_t", r"\frac{\mathrm{lr}}{u_t}", rate, "Step coefficient.")
    return sheet.finish(r"-\eta_t\,\hat m_t")


def _begin(weight: Weight) -> Sheet:
    """Add what all of the family start with: settings, step and weight decay."""
    sheet = Sheet(weight)
    if weight.step.group.get("decoupled_weight_decay", False):
        sheet.decouple_decay()
    else:
        sheet.couple_decay()
    first, second = weight.step.group["betas"]
    sheet.given(r"\beta_1", first, "Share of the mean gradient that is kept.")
    sheet.given(r"\beta_2", second, "Share of the mean square that is kept.")
    sheet.setting(r"\varepsilon", "eps", "Keeps the denominator away from 0.")
    sheet.given("t", weight.new("step"), "Step of the optimizer.")
    return sheet


def _add_first_moment(sheet: Sheet) -> None:
    sheet.given("m_{t-1}", sheet.weight.old("exp_avg"), "Mean gradient before.")
    formula = r"\beta_1\,m_{t-1} + (1-\beta_1)\,g_t"
    sheet.line("m_t", formula, sheet.weight.new("exp_avg"), "Mean gradient.")


def _add_second_moment(sheet: Sheet) -> None:
    sheet.given("v_{t-1}", sheet.weight.old("exp_avg_sq"), "Mean square before.")
    formula = r"\beta_2\,v_{t-1} + (1-\beta_2)\,g_t^{2}"
    sheet.line("v_t", formula, sheet.weight.new("exp_avg_sq"), "Mean squared gradient.")


def _add_corrected_mean(sheet: Sheet) -> None:
    beta, steps = sheet.weight.step.group["betas"][0], sheet.weight.new("step")
    value = sheet.weight.new("exp_avg") / (1 - beta**steps)
    what = "Mean gradient, corrected for its start at 0."
    sheet.line(r"\hat m_t", r"\frac{m_t}{1-\beta_1^{t}}", value, what)


def _add_rate(sheet: Sheet, symbol: str, square: float) -> None:
    beta, steps = sheet.weight.step.group["betas"][1], sheet.weight.new("step")
    corrected = square / (1 - beta**steps)
    formula = rf"\frac{{{symbol}}}{{1-\beta_2^{{t}}}}"
    what = "Mean square, corrected for its start at 0."
    sheet.line(r"\hat v_t", formula, corrected, what)
    rate = _over(sheet.lr, math.sqrt(corrected) + sheet.weight.given("eps"))
    sheet.line(r"\eta_t", _ETA, rate, "Step coefficient.")


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.inf
