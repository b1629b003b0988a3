"""Methods that divide by past gradients: Adagrad, RMSprop, Adadelta, Adafactor."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from workbench.core.inspection import Term
from workbench.engine.inspection.records import TensorStep, Value, Weight
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


def explain_adafactor(weight: Weight) -> list[Term]:
    """Explain Adafactor: a step relative to the tensor, its squares kept as factors."""
    sheet = Sheet(weight)
    sheet.decouple_decay()
    length = _add_length(sheet)
    size = _add_update(sheet)
    limit = sheet.setting("d", "d", "Largest root mean square of the update.")
    clip = max(1.0, size / limit)
    formula = r"\max(1, \frac{\mathrm{RMS}_u}{d})"
    sheet.line("c_t", formula, clip, "Divides an update that is too large.")
    formula = r"\frac{\alpha_t}{c_t}"
    sheet.line(r"\eta_t", formula, length / clip, "Rate of the whole tensor.")
    return sheet.finish(r"-\eta_t\,u_t")


def _add_length(sheet: Sheet) -> float:
    """Add how far the tensor as a whole may go; return it."""
    weight = sheet.weight
    steps = sheet.given("t", weight.new("step"), "Step of the optimizer.")
    rho = min(sheet.lr, 1 / math.sqrt(steps))
    formula = r"\min(\mathrm{lr}, \frac{1}{\sqrt{t}})"
    sheet.line(r"\rho_t", formula, rho, "Relative step size.")
    least = float(weight.step.group["eps"][1])
    sheet.given(r"\varepsilon_2", least, "Smallest scale of the weights.")
    size = _rms(weight.step.weight)
    sheet.given(r"\mathrm{RMS}_\theta", size, "Root mean square of the tensor's weights.")
    formula = r"\max(\varepsilon_2, \mathrm{RMS}_\theta)\,\rho_t"
    return sheet.line(r"\alpha_t", formula, max(least, size) * rho, "Absolute step size.")


def _add_update(sheet: Sheet) -> float:
    """Add the scaled gradient; return the root mean square of the whole tensor's."""
    weight, step = sheet.weight, sheet.weight.step
    eps = step.group["eps"][0]
    least = torch.finfo(step.weight.dtype).eps if eps is None else float(eps)
    sheet.given(r"\varepsilon_1", least, "Root of the smallest squared gradient.")
    if "variance" in step.new:
        square = weight.new("variance")
        sheet.given("v_t", square, "Mean square of the gradient of this element.")
    else:
        square = _add_factors(sheet, least)
    value = weight.gradient / math.sqrt(max(square, least**2))
    formula = r"\frac{g_t}{\sqrt{\max(v_t, \varepsilon_1^{2})}}"
    sheet.line("u_t", formula, value, "Update before it is clipped.")
    size = _rms(_updates(step, least))
    return sheet.given(r"\mathrm{RMS}_u", size, "Root mean square of the tensor's updates.")


def _add_factors(sheet: Sheet, least: float) -> float:
    """Add the row's and the column's mean square; return the element's from both."""
    new, index = sheet.weight.step.new, sheet.weight.index
    rows, columns = _tensor(new["row_var"]), _tensor(new["col_var"])
    row = float(rows[(*index[:-1], 0)])
    column = float(columns[(*index[:-2], 0, index[-1])])
    mean = float(rows.double().mean(dim=-2, keepdim=True)[(*index[:-2], 0, 0)])
    sheet.given("R_t", row, "Mean square of the gradients in its row.")
    sheet.given("C_t", column, "Mean square of the gradients in its column.")
    sheet.given("M_t", mean, "Mean of the rows' mean squares.")
    formula = r"\frac{R_t\,C_t}{\max(M_t, \varepsilon_1)}"
    what = "Mean square of this element, from row and column."
    return sheet.line("v_t", formula, row * column / max(mean, least), what)


def _updates(step: TensorStep, least: float) -> Tensor:
    """Return the scaled gradients of the whole tensor, in float64."""
    if "variance" in step.new:
        squares = _tensor(step.new["variance"]).double()
    else:
        rows, columns = (_tensor(step.new[n]).double() for n in ("row_var", "col_var"))
        squares = rows @ columns / rows.mean(dim=-2, keepdim=True).clamp(min=least)
    return step.gradient.double() / squares.clamp(min=least**2).sqrt()


def _rms(values: Tensor) -> float:
    return float(values.double().square().mean().sqrt())


def _tensor(value: Value) -> Tensor:
    return torch.as_tensor(value)


def _root(square: float) -> float:
    return math.sqrt(square) if square >= 0 else math.nan


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.inf
