"""Adafactor and Muon, whose step of one weight depends on the rest of its tensor.

What the report says is compared with the methods' formulas in float64, computed here from
the gradients alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn
from torch.optim._muon import _zeropower_via_newtonschulz as orthogonalise

from tests.helpers.latex import evaluate
from workbench.core.inspection import StepReport
from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.optimizers import build_optimizer

STEPS = 5
LR = 0.02
Array = npt.NDArray[np.float64]
ELEMENTS = [((4, 6), (2, 3)), ((7, 3), (6, 0)), ((5,), (4,)), ((2, 3, 3, 2), (1, 2, 0, 1))]
SHAPES = pytest.mark.parametrize(("shape", "index"), ELEMENTS)


class Walk:
    """Steps one tensor by one method, every step recorded."""

    def __init__(self, kind: str, shape: tuple[int, ...], **settings: Any) -> None:
        generator = torch.Generator().manual_seed(7)

        def draw() -> torch.Tensor:
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        weight = nn.Parameter(draw())
        built: Any = OPTIMIZERS[kind].model_validate({"lr": LR, **settings})
        stack = build_optimizer(built, Lookahead(), [("w", weight)])
        self._recorder = StepRecorder(stack, [("w", weight)])
        self.weights: list[Array] = [weight.detach().numpy().copy()]
        self.gradients: list[Array] = []
        for number in range(1, STEPS + 1):
            weight.grad = draw() * number
            self.gradients.append(weight.grad.numpy().copy())
            self._recorder.before_step()
            stack.step()
            self._recorder.after_step(number)
            self.weights.append(weight.detach().numpy().copy())

    def report(self, index: tuple[int, ...], step: int) -> StepReport:
        return self._recorder.inspect("w", index, step)

    def found(self, index: tuple[int, ...], step: int) -> dict[str, float]:
        return {term.symbol: term.value for term in self.report(index, step).terms}

    def change(self, index: tuple[int, ...], step: int) -> float:
        return float(self.weights[step][index] - self.weights[step - 1][index])


def follow(report: StepReport) -> float:
    """Compute the change from what is given alone, formula by formula."""
    values: dict[str, float] = {}
    for term in report.terms:
        values[term.symbol] = evaluate(term.formula, values) if term.formula else term.value
    return values[r"\Delta_t"]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("settings", [{}, {"d": 3.0}, {"eps1": 0.5}, {"beta2_decay": -0.3}])
@SHAPES
def test_that_what_is_given_of_adafactor_leads_to_the_real_change(
    shape: tuple[int, ...],
    index: tuple[int, ...],
    settings: dict[str, float],
    weight_decay: float,
) -> None:
    walk = Walk("adafactor", shape, weight_decay=weight_decay, **settings)
    for step in range(1, STEPS + 1):
        real = walk.change(index, step)
        assert follow(walk.report(index, step)) == pytest.approx(real, rel=1e-9)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("adjust", ["original", "match_rms_adamw"])
@pytest.mark.parametrize(("shape", "index"), ELEMENTS[:2])
def test_that_what_is_given_of_muon_leads_to_the_real_change(
    shape: tuple[int, ...], index: tuple[int, ...], adjust: str, nesterov: bool
) -> None:
    walk = Walk("muon", shape, nesterov=nesterov, adjust_lr_fn=adjust)
    for step in range(1, STEPS + 1):
        real = walk.change(index, step)
        assert follow(walk.report(index, step)) == pytest.approx(real, rel=1e-9)


def means(walk: Walk, axis: int | None) -> list[Array]:
    """Return Adafactor's running means of squares after each step (Shazeer and Stern)."""
    kept, found = np.zeros(1), []
    for number, gradient in enumerate(walk.gradients, start=1):
        squares = gradient**2
        now = squares if axis is None else squares.mean(axis, keepdims=True)
        newest = number**-0.8
        kept = (1 - newest) * kept + newest * now
        found.append(kept)
    return found


@SHAPES
def test_that_adafactors_terms_are_those_of_its_formulas(
    shape: tuple[int, ...], index: tuple[int, ...]
) -> None:
    walk = Walk("adafactor", shape)
    for number in range(1, STEPS + 1):
        found, gradient = walk.found(index, number), walk.gradients[number - 1]
        assert found["s_t"] == pytest.approx(gradient[index] ** 2, rel=1e-12)
        if len(shape) == 1:
            squares = means(walk, None)[number - 1]
        else:
            rows, columns = (means(walk, axis)[number - 1] for axis in (-1, -2))
            assert found["R_t"] == pytest.approx(rows[(*index[:-1], 0)], rel=1e-12)
            at = (*index[:-2], 0, index[-1])
            assert found["C_t"] == pytest.approx(columns[at], rel=1e-12)
            squares = rows * columns / rows.mean(-2, keepdims=True)
        assert found["v_t"] == pytest.approx(squares[index], rel=1e-12)
        updates = gradient / np.sqrt(squares)
        assert found["u_t"] == pytest.approx(updates[index], rel=1e-12)
        size = math.sqrt((updates**2).mean())
        assert found[r"\mathrm{RMS}_u"] == pytest.approx(size, rel=1e-12)
        before = walk.weights[number - 1]
        length = math.sqrt((before**2).mean()) * min(LR, number**-0.5)
        change = -length * updates[index] / max(1, size)
        assert found[r"\Delta_t"] == pytest.approx(change, rel=1e-9)


@pytest.mark.parametrize(("shape", "index"), ELEMENTS[:2])
def test_that_muons_terms_are_those_of_its_formulas(
    shape: tuple[int, ...], index: tuple[int, ...]
) -> None:
    walk = Walk("muon", shape, weight_decay=0.1)
    buffer = np.zeros(shape)
    for number, gradient in enumerate(walk.gradients, start=1):
        found = walk.found(index, number)
        assert found["b_{t-1}"] == pytest.approx(buffer[index], rel=1e-12)
        buffer = 0.95 * buffer + 0.05 * gradient
        assert found["b_t"] == pytest.approx(buffer[index], rel=1e-12)
        followed = 0.05 * gradient + 0.95 * buffer
        assert found["n_t"] == pytest.approx(followed[index], rel=1e-12)
        start = followed / np.linalg.norm(followed)
        assert found["x_t"] == pytest.approx(start[index], rel=1e-12)
        coefficients = (3.4445, -4.775, 2.0315)
        whole = orthogonalise(torch.as_tensor(followed), coefficients, 5, 1e-7).double()
        # bfloat16 has 8 bits, and the last digits of the momentum are torch's own
        assert found["o_t"] == pytest.approx(float(whole[index]), rel=2**-6, abs=2**-8)
        rate = LR * math.sqrt(max(1, shape[0] / shape[1]))
        assert found[r"\eta_t"] == pytest.approx(rate, rel=1e-12)
        decay = LR * 0.1 * walk.weights[number - 1][index]
        change = -rate * found["o_t"] - decay
        assert found[r"\Delta_t"] == pytest.approx(change, rel=1e-9)


def test_that_adafactor_without_a_least_square_says_that_it_has_no_number() -> None:
    weight = nn.Parameter(torch.ones(2, 2).double())
    settings: Any = OPTIMIZERS["adafactor"].model_validate({"eps1": 0.0})
    stack = build_optimizer(settings, Lookahead(), [("w", weight)])
    recorder = StepRecorder(stack, [("w", weight)])
    weight.grad = torch.zeros_like(weight)
    recorder.before_step()
    stack.step()
    recorder.after_step(1)
    found = {term.symbol: term.value for term in recorder.inspect("w", (0, 1), 1).terms}
    assert math.isnan(found["u_t"])
    assert math.isnan(found[r"\theta_t"])
