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
    followed = sheet.line("b_t", formula, weight.new("momentum_buffer"), "Momentum.")
    symbol = "b_t"
    if weight.step.group["nesterov"]:
        symbol, formula = "n_t", r"(1-\mu)\,g_t + \mu\,b_t"
        followed = (1 - momentum) * sheet.gradient + momentum * followed
        sheet.line(symbol, formula, followed, "Momentum, looking ahead.")
    _add_orthogonal(sheet, symbol, followed)
    _add_rate(sheet)
    return sheet.finish(r"-\eta_t\,o_t")


def _add_orthogonal(sheet: Sheet, symbol: str, followed: float) -> None:
    """Add this element before and after the matrix of all of them is made orthogonal."""
    weight = sheet.weight
    least = sheet.setting(r"\varepsilon", "eps", "Keeps the denominator away from 0.")
    norm = sheet.given("F_t", weight.new("norm"), "Frobenius norm of the whole matrix.")
    formula = rf"\frac{{{symbol}}}{{\max(F_t, \varepsilon)}}"
    what = "Where the iterations start, as a matrix of norm 1."
    sheet.line("x_t", formula, followed / max(norm, least), what)
    sheet.setting("k", "ns_steps", "Newton-Schulz iterations, computed in bfloat16.")
    what = "This element after them: they make the matrix orthogonal, mixing all elements."
    sheet.given("o_t", weight.new("orthogonal"), what)


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
    """Explain L-BFGS: what its inner iterations did together, the last one in detail.

    Of the iterations before the last, L-BFGS keeps no direction and no step length.
    """
    sheet = Sheet(weight)
    done = _add_totals(sheet)
    if not done:
        sheet.line("p_n", "0", 0.0, "No move: the gradient is within its tolerance.")
        return sheet.finish("p_n")
    last = _add_last_move(sheet)
    if done == 1:
        return sheet.finish("p_n")
    what = "Moves of the inner iterations before it, together: their parts are not kept."
    sheet.given("q_n", weight.fast - weight.theta - last, what)
    return sheet.finish("q_n + p_n")


def _add_totals(sheet: Sheet) -> int:
    """Add what the step as a whole took and gained; return its inner iterations."""
    weight = sheet.weight
    done = int(weight.new("n_iter") - weight.old("n_iter"))
    sheet.given("n", float(done), "Inner iterations of this step.")
    evaluated = weight.new("func_evals") - weight.old("func_evals")
    sheet.given("m", evaluated, "Evaluations of loss and gradient in this step.")
    if "loss_after" in weight.step.new:
        what = "Loss of the batch before the step, at its first evaluation."
        sheet.given("L_{t-1}", weight.new("loss_before"), what)
        what = "Loss of the same batch after the step, evaluated once more to show it."
        sheet.given("L_t", weight.new("loss_after"), what)
    return done


def _add_last_move(sheet: Sheet) -> float:
    """Add direction, length and move of the last inner iteration; return the move."""
    weight = sheet.weight
    what = "Direction of the last inner iteration, from its estimate of the curvature."
    direction = sheet.given("d_n", weight.new("d"), what)
    if weight.new("slope") > -weight.given("tolerance_change"):
        what = "No last move: the direction does not lead down far enough."
        return sheet.line("p_n", "0", 0.0, what)
    length = sheet.given("t_n", weight.new("t"), "Step length along it.")
    what = "Move of the last inner iteration."
    return sheet.line("p_n", r"t_n\,d_n", length * direction, what)
