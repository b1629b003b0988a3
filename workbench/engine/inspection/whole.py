"""Methods whose step of one weight depends on all of its tensor: Muon and L-BFGS."""

from __future__ import annotations

import math

from workbench.core.inspection import Term
from workbench.engine.inspection.records import Weight
from workbench.engine.inspection.sheet import Sheet


def explain_muon(weight: Weight) -> list[Term]:
    """Explain Muon: momentum, made orthogonal as a matrix, times a rate for its shape."""
    sheet = Sheet(weight)
    sheet.decouple_decay()
    momentum = sheet.setting(r"\mu", "momentum", "Momentum.")
    sheet.given("b_{t-1}", weight.old("momentum_buffer"), "Momentum before.")
    formula = r"\mu\,b_{t-1} + (1-\mu)\,g_t"
    buffer = sheet.line("b_t", formula, weight.new("momentum_buffer"), "Momentum.")
    if weight.step.group["nesterov"]:
        value = (1 - momentum) * sheet.gradient + momentum * buffer
        formula = r"(1-\mu)\,g_t + \mu\,b_t"
        sheet.line("n_t", formula, value, "Momentum, looking ahead.")
    what = "This element of the matrix of all of them after it was made orthogonal."
    sheet.given("o_t", weight.new("orthogonal"), what)
    _add_rate(sheet)
    return sheet.finish(r"-\eta_t\,o_t")


def _add_rate(sheet: Sheet) -> None:
    rows, columns = sheet.weight.step.weight.shape
    sheet.given("A", float(rows), "Rows of the matrix.")
    sheet.given("B", float(columns), "Columns of the matrix.")
    if sheet.weight.step.group["adjust_lr_fn"] == "match_rms_adamw":
        factor = 0.2 * math.sqrt(max(rows, columns))
        formula = r"0.2\,\mathrm{lr}\,\sqrt{\max(A, B)}"
    else:
        factor = math.sqrt(max(1.0, rows / columns))
        formula = r"\mathrm{lr}\,\sqrt{\max(1, \frac{A}{B})}"
    sheet.line(r"\eta_t", formula, sheet.lr * factor, "Rate, fitted to the shape.")


def explain_lbfgs(weight: Weight) -> list[Term]:
    """Explain L-BFGS: the moves of its inner iterations, the last one in detail."""
    sheet = Sheet(weight)
    done = int(weight.new("n_iter") - weight.old("n_iter"))
    sheet.given("n", float(done), "Inner iterations of this step.")
    if not done:
        sheet.line("p_n", "0", 0.0, "No move: the gradient is within its tolerance.")
        return sheet.finish("p_n")
    direction = weight.new("d")
    what = "Direction of the last inner iteration, from its estimate of the curvature."
    sheet.given("d_n", direction, what)
    if weight.new("slope") > -weight.given("tolerance_change"):
        what = "No last move: the direction does not lead down far enough."
        last = sheet.line("p_n", "0", 0.0, what)
    else:
        length = sheet.given("t_n", weight.new("t"), "Step length along it.")
        what = "Move of the last inner iteration."
        last = sheet.line("p_n", r"t_n\,d_n", length * direction, what)
    if done == 1:
        return sheet.finish("p_n")
    before = weight.fast - weight.theta - last
    sheet.given("q_n", before, "Moves of the inner iterations before it, together.")
    return sheet.finish("q_n + p_n")
