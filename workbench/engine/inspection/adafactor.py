"""Adafactor: squares kept as factors of rows and columns, a step relative to the tensor."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from workbench.core.inspection import Term
from workbench.engine.inspection.records import TensorStep, Value, Weight
from workbench.engine.inspection.sheet import Sheet


def explain_adafactor(weight: Weight) -> list[Term]:
    """Explain Adafactor: the gradient over its own scale, times a share of the tensor."""
    sheet = Sheet(weight)
    sheet.decouple_decay()
    steps = sheet.given("t", weight.new("step"), "Step of the optimizer.")
    length = _add_length(sheet, steps)
    size = _add_update(sheet, _add_square(sheet))
    limit = sheet.setting("d", "d", "Largest root mean square of the update.")
    clip = max(1.0, size / limit)
    formula = r"\max(1, \frac{\mathrm{RMS}_u}{d})"
    sheet.line(r"\kappa_t", formula, clip, "Divides an update that is too large.")
    formula = r"\frac{\alpha_t}{\kappa_t}"
    sheet.line(r"\eta_t", formula, length / clip, "Rate of the whole tensor.")
    return sheet.finish(r"-\eta_t\,u_t")


def _add_length(sheet: Sheet, steps: float) -> float:
    """Add how far the tensor as a whole may go; return it."""
    weight = sheet.weight
    rho = min(sheet.lr, 1 / math.sqrt(steps))
    formula = r"\min(\mathrm{lr}, \frac{1}{\sqrt{t}})"
    sheet.line(r"\rho_t", formula, rho, "Relative step size.")
    least = float(weight.step.group["eps"][1])
    sheet.given(r"\varepsilon_2", least, "Smallest scale of the weights.")
    size = _rms(weight.step.weight)
    sheet.given(r"\mathrm{RMS}_\theta", size, "Root mean square of the tensor's weights.")
    formula = r"\max(\varepsilon_2, \mathrm{RMS}_\theta)\,\rho_t"
    return sheet.line(r"\alpha_t", formula, max(least, size) * rho, "Absolute step size.")


def _add_square(sheet: Sheet) -> float:
    """Add the mean square of this element's gradients; return it."""
    weight = sheet.weight
    sheet.setting("c", "beta2_decay", "Power with which old squares are forgotten.")
    least = _least(weight.step)
    sheet.given(r"\varepsilon_1", least, "Root of the smallest squared gradient.")
    sheet.line("s_t", "g_t^{2}", sheet.gradient**2, "Squared gradient of this element.")
    if "variance" not in weight.step.new:
        return _add_factors(sheet, least)
    sheet.given("v_{t-1}", weight.old("variance"), "Mean square before.")
    formula = r"(1-t^{c})\,v_{t-1} + t^{c}\,s_t"
    return sheet.line("v_t", formula, weight.new("variance"), "Mean square.")


def _add_factors(sheet: Sheet, least: float) -> float:
    """Add the row's and the column's mean square; return the element's from both."""
    step, index = sheet.weight.step, sheet.weight.index
    squares = step.gradient.double().square()
    row = _add_factor(sheet, "R", "row", squares[index[:-1]], (*index[:-1], 0))
    beside, at = squares[index[:-2]][..., index[-1]], (*index[:-2], 0, index[-1])
    column = _add_factor(sheet, "C", "col", beside, at)
    rows = _tensor(step.new["row_var"]).double()
    mean = float(rows.mean(dim=-2, keepdim=True)[(*index[:-2], 0, 0)])
    sheet.given("M_t", mean, "Mean of the rows' mean squares.")
    formula = r"\frac{R_t\,C_t}{\max(M_t, \varepsilon_1)}"
    what = "Mean square of this element, as row and column have it together."
    return sheet.line("v_t", formula, _over(row * column, max(mean, least)), what)


def _add_factor(
    sheet: Sheet, symbol: str, name: str, squares: Tensor, at: tuple[int, ...]
) -> float:
    """Add the running mean square of this element's row or column; return it."""
    step, where = sheet.weight.step, "row" if name == "row" else "column"
    fresh = rf"\bar s_{symbol}"
    mean = float(squares.mean())
    sheet.given(fresh, mean, f"Mean of the squared gradients in its {where} now.")
    key = f"{name}_var"
    past = float(_tensor(step.old[key])[at]) if key in step.old else 0.0
    sheet.given(f"{symbol}_{{t-1}}", past, f"Mean square of its {where} before.")
    value = float(_tensor(step.new[key])[at])
    formula = rf"(1-t^{{c}})\,{symbol}_{{t-1}} + t^{{c}}\,{fresh}"
    return sheet.line(f"{symbol}_t", formula, value, f"Mean square of its {where}.")


def _add_update(sheet: Sheet, square: float) -> float:
    """Add the scaled gradient; return the root mean square of the whole tensor's."""
    step = sheet.weight.step
    least = _least(step)
    value = _over(sheet.gradient, math.sqrt(max(square, least**2)))
    formula = r"\frac{g_t}{\sqrt{\max(v_t, \varepsilon_1^{2})}}"
    sheet.line("u_t", formula, value, "Update before it is clipped.")
    size = _rms(_updates(step, least))
    return sheet.given(r"\mathrm{RMS}_u", size, "Root mean square of the tensor's updates.")


def _updates(step: TensorStep, least: float) -> Tensor:
    """Return the scaled gradients of the whole tensor, in float64."""
    if "variance" in step.new:
        squares = _tensor(step.new["variance"]).double()
    else:
        rows, columns = (_tensor(step.new[n]).double() for n in ("row_var", "col_var"))
        squares = rows @ columns / rows.mean(dim=-2, keepdim=True).clamp(min=least)
    return step.gradient.double() / squares.clamp(min=least**2).sqrt()


def _least(step: TensorStep) -> float:
    eps = step.group["eps"][0]
    return torch.finfo(step.weight.dtype).eps if eps is None else float(eps)


def _rms(values: Tensor) -> float:
    return float(values.double().square().mean().sqrt())


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


def _tensor(value: Value) -> Tensor:
    return torch.as_tensor(value)
