"""The step coefficients equal those computed in numpy from the published formulas.

Each reference follows the paper from the gradients and weights alone, in float64, with
a state of its own; none of it comes from the optimizer or the rules under test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.engine.optimizers import build_optimizer
from workbench.engine.rates.rules import coefficient_of, observe

Vector = npt.NDArray[np.float64]
# From (t, lr, gradient with coupled decay) to η, keeping what the method keeps.
Reference = Callable[[int, float, Vector], Vector]

STEPS = 25
SIZE = 6


def sgd(_: dict[str, Any]) -> Reference:
    return lambda t, lr, g: np.full(SIZE, lr)


def adagrad(given: dict[str, Any]) -> Reference:
    """Duchi et al., Adaptive Subgradient Methods, 2011."""
    total = np.full(SIZE, given.get("initial_accumulator_value", 0.0))

    def rate(t: int, lr: float, g: Vector) -> Vector:
        np.add(total, g**2, out=total)
        falling = lr / (1 + (t - 1) * given.get("lr_decay", 0.0))
        return falling / (np.sqrt(total) + given.get("eps", 1e-10))

    return rate


def rmsprop(given: dict[str, Any]) -> Reference:
    """Hinton, lecture 6e, 2012; centered as in Graves, Generating Sequences, 2013."""
    alpha = given.get("alpha", 0.99)
    seen: list[Vector] = []

    def rate(t: int, lr: float, g: Vector) -> Vector:
        seen.append(g)
        shares = [(1 - alpha) * alpha ** (t - 1 - i) for i in range(t)]
        variance = sum(w * old**2 for w, old in zip(shares, seen, strict=True))
        if given.get("centered"):
            mean = sum(w * old for w, old in zip(shares, seen, strict=True))
            variance = variance - mean**2
        return lr / (np.sqrt(variance) + given.get("eps", 1e-8))

    return rate


def adadelta(given: dict[str, Any]) -> Reference:
    """Zeiler, ADADELTA, 2012, algorithm 1; RMS[Δx] is that of the step before."""
    rho, eps = given.get("rho", 0.9), given.get("eps", 1e-6)
    squares, steps = np.zeros(SIZE), np.zeros(SIZE)

    def rate(t: int, lr: float, g: Vector) -> Vector:
        squares[:] = rho * squares + (1 - rho) * g**2
        ratio = np.sqrt(steps + eps) / np.sqrt(squares + eps)
        steps[:] = rho * steps + (1 - rho) * (ratio * g) ** 2
        return lr * ratio

    return rate


def second_moment(seen: list[Vector], beta: float) -> Vector:
    """Return the exponential mean of squares, from zero, by its definition as a sum."""
    last = len(seen) - 1
    return np.sum([(1 - beta) * beta ** (last - i) * g**2 for i, g in enumerate(seen)], 0)


def adam(given: dict[str, Any]) -> Reference:
    """Kingma & Ba, Adam, 2014; amsgrad as in Reddi et al., 2018, on uncorrected v."""
    beta = given.get("betas", (0.9, 0.999))[1]
    seen: list[Vector] = []
    largest = np.zeros(SIZE)

    def rate(t: int, lr: float, g: Vector) -> Vector:
        seen.append(g)
        v = second_moment(seen, beta)
        np.maximum(largest, v, out=largest)
        corrected = (largest if given.get("amsgrad") else v) / (1 - beta**t)
        return lr / (np.sqrt(corrected) + given.get("eps", 1e-8))

    return rate


def adamax(given: dict[str, Any]) -> Reference:
    """Kingma & Ba, Adam, 2014, section 7.1; ε is added to each |g|."""
    beta, eps = given.get("betas", (0.9, 0.999))[1], given.get("eps", 1e-8)
    seen: list[Vector] = []

    def rate(t: int, lr: float, g: Vector) -> Vector:
        seen.append(g)
        faded = [beta ** (t - 1 - i) * (np.abs(old) + eps) for i, old in enumerate(seen)]
        return lr / np.max(faded, axis=0)

    return rate


def radam(given: dict[str, Any]) -> Reference:
    """Liu et al., On the Variance of the Adaptive Learning Rate, 2019, algorithm 2."""
    beta, eps = given.get("betas", (0.9, 0.999))[1], given.get("eps", 1e-8)
    rho_inf = 2 / (1 - beta) - 1
    seen: list[Vector] = []

    def rate(t: int, lr: float, g: Vector) -> Vector:
        seen.append(g)
        rho = rho_inf - 2 * t * beta**t / (1 - beta**t)
        if rho <= 5:
            return np.full(SIZE, lr)
        r = math.sqrt(
            ((rho - 4) * (rho - 2) * rho_inf) / ((rho_inf - 4) * (rho_inf - 2) * rho)
        )
        root = np.sqrt(second_moment(seen, beta))
        return lr * r * math.sqrt(1 - beta**t) / (root + eps)

    return rate


CASES = [
    (sgd, "sgd", {"momentum": 0.9, "weight_decay": 0.1}),
    (adagrad, "adagrad", {}),
    (
        adagrad,
        "adagrad",
        {
            "lr_decay": 0.3,
            "initial_accumulator_value": 0.2,
            "eps": 0.01,
            "weight_decay": 0.1,
        },
    ),
    (rmsprop, "rmsprop", {}),
    (rmsprop, "rmsprop", {"alpha": 0.8, "momentum": 0.9, "weight_decay": 0.1}),
    (rmsprop, "rmsprop", {"alpha": 0.8, "centered": True, "eps": 0.01}),
    (adadelta, "adadelta", {}),
    (adadelta, "adadelta", {"rho": 0.7, "eps": 0.01, "weight_decay": 0.1}),
    (adam, "adam", {}),
    (adam, "adam", {"betas": (0.5, 0.8), "amsgrad": True, "weight_decay": 0.1}),
    (adam, "adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    (adam, "adamw", {"eps": 0.1}),
    (adam, "nadam", {"betas": (0.8, 0.95), "weight_decay": 0.1}),
    (adamax, "adamax", {"betas": (0.9, 0.6), "weight_decay": 0.1}),
    (radam, "radam", {}),
    (radam, "radam", {"betas": (0.9, 0.9), "eps": 0.01, "weight_decay": 0.1}),
    (radam, "radam", {"betas": (0.9, 0.5)}),  # ρ never exceeds 5
]


@pytest.mark.parametrize(("make", "kind", "values"), CASES)
def test_that_the_step_coefficient_is_that_of_the_paper(
    make: Callable[[dict[str, Any]], Reference], kind: str, values: dict[str, Any]
) -> None:
    settings: Any = OPTIMIZERS[kind].model_validate(values)
    rng = np.random.default_rng(5)
    parameter = nn.Parameter(torch.from_numpy(rng.standard_normal(SIZE)))
    stack = build_optimizer(settings, Lookahead(), [("weight", parameter)])
    (part,) = stack.parts
    reference = make(values)
    decoupled = getattr(settings, "decoupled_weight_decay", kind == "adamw")
    for t in range(1, STEPS + 1):
        stack.set_scale(0.9**t)
        gradient = rng.standard_normal(SIZE) * (rng.random(SIZE) > 0.2)
        parameter.grad = torch.from_numpy(gradient)
        weight = parameter.detach().numpy().copy()
        moment = observe(part, parameter, part.param_groups[0])
        stack.step()
        pull = 0.0 if decoupled else settings.weight_decay * weight
        with np.errstate(divide="ignore"):
            expected = reference(t, settings.lr * 0.9**t, gradient + pull)
        found = np.broadcast_to(np.asarray(coefficient_of(moment)), SIZE)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_that_radam_is_tested_on_both_sides_of_its_switch() -> None:
    rates = radam({})
    found = [rates(t, 1.0, np.ones(SIZE))[0] for t in range(1, 8)]
    assert found[:5] == [1.0] * 5
    assert 0 < found[5] < found[6] < 1.0
