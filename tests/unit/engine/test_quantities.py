"""Optimizers × flags × quantities against references that share no code with them.

The runs are chains of given gradients, so that an error of the rules, of a bias
correction, or of the time at which a state is read cannot hide behind the optimizer
under test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.helpers.references import (
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Asgd,
    NAdam,
    RAdam,
    Reference,
    RmsProp,
    Rprop,
    Sgd,
    Vector,
)
from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.core.rates import STATISTICS, Quantity, Rates
from workbench.engine.effective_rates import RateProbe
from workbench.engine.optimizers import OptimizerStack, build_optimizer

ROW = {quantity: row for row, quantity in enumerate(Quantity)}
P50 = STATISTICS.index("p50")
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
QUANTILES |= {"min": 0.0, "max": 1.0}
SIZE = 7
TINY = 1e-9  # relative


TABLE: list[tuple[type[Reference], str, dict[str, Any]]] = [
    (Sgd, "sgd", {}),
    (Sgd, "sgd", {"momentum": 0.9, "weight_decay": 0.1}),
    (Sgd, "sgd", {"momentum": 0.9, "dampening": 0.4}),
    (Sgd, "sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, "adagrad", {}),
    (Adagrad, "adagrad", {"lr_decay": 0.1, "weight_decay": 0.1, "eps": 0.01}),
    (Adagrad, "adagrad", {"initial_accumulator_value": 0.3}),
    (RmsProp, "rmsprop", {}),
    (RmsProp, "rmsprop", {"alpha": 0.9, "momentum": 0.9, "weight_decay": 0.1}),
    (RmsProp, "rmsprop", {"alpha": 0.9, "centered": True, "eps": 1e-3}),
    (Adadelta, "adadelta", {}),
    (Adadelta, "adadelta", {"rho": 0.6, "eps": 1e-3, "weight_decay": 0.1}),
    (Adam, "adam", {}),
    (Adam, "adam", {"betas": (0.5, 0.8), "weight_decay": 0.1, "eps": 0.01}),
    (Adam, "adam", {"amsgrad": True}),
    (Adam, "adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    (AdamW, "adamw", {}),
    (AdamW, "adamw", {"amsgrad": True, "weight_decay": 0.3}),
    (NAdam, "nadam", {}),
    (NAdam, "nadam", {"momentum_decay": 0.1, "weight_decay": 0.1}),
    (NAdam, "nadam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    (RAdam, "radam", {}),
    (RAdam, "radam", {"betas": (0.9, 0.5)}),  # ρ never exceeds 5
    (RAdam, "radam", {"weight_decay": 0.1}),
    (RAdam, "radam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    (Adamax, "adamax", {}),
    # A larger ε: without it the element that only decays swings about 0 for ever, each
    # time rounded differently.
    (Adamax, "adamax", {"betas": (0.7, 0.9), "weight_decay": 0.1, "eps": 0.01}),
    (Rprop, "rprop", {}),
    (Asgd, "asgd", {}),
    (Asgd, "asgd", {"lambd": 0.1, "weight_decay": 0.1}),
]
NAMES = [f"{kind}-{number}" for number, (_, kind, _) in enumerate(TABLE)]
# torch keeps these in float32 whatever the weights are: NAdam's product of momenta and
# ASGD's rate. They reach the direction, not the step coefficient.
FLOAT32_INSIDE = {"nadam": 1e-5, "asgd": 1e-5}


def quantiles(elements: Vector) -> list[float]:
    finite = elements[np.isfinite(elements)]
    if not len(finite):
        return [math.nan] * len(STATISTICS)
    return [float(np.quantile(finite, QUANTILES[name])) for name in STATISTICS]


def ratio(numerator: Vector, denominator: Vector) -> float:
    length = float(np.linalg.norm(denominator))
    return float(np.linalg.norm(numerator)) / length if length else math.nan


def expected_of(reference: Reference, before: Vector, gradient: Vector) -> Rates:
    """Return all quantities of the reference's last step by their definitions."""
    change = reference.weight - before
    rates = np.full((len(Quantity), len(STATISTICS)), np.nan)
    if reference.eta is not None:
        rates[ROW[Quantity.STEP_COEFFICIENT]] = quantiles(reference.eta)
    if reference.share is not None:
        rates[ROW[Quantity.SIGNAL_SHARE]] = quantiles(reference.share)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates[ROW[Quantity.REALISED_RATE]] = quantiles(np.abs(change / gradient))
    rates[ROW[Quantity.REALISED_NORM], P50] = ratio(change, gradient)
    rates[ROW[Quantity.UPDATE_TO_WEIGHT], P50] = ratio(change, before)
    if reference.decay is not None:
        rates[ROW[Quantity.DECAY_TO_WEIGHT], P50] = ratio(reference.decay, before)
    rates[ROW[Quantity.GRADIENT_NORM], P50] = np.linalg.norm(gradient)
    rates[ROW[Quantity.WEIGHT_NORM], P50] = np.linalg.norm(before)
    return rates


def pushes(steps: int, seed: int = 4) -> Iterator[Vector]:
    """Give gradients of very different size; the first element's is always 0, and now
    and then another's, as with sparse data."""
    rng = np.random.default_rng(seed)
    scale = 10.0 ** np.linspace(-4, 2, SIZE)
    for _ in range(steps):
        gradient = (rng.standard_normal(SIZE) + 0.3) * scale
        gradient[rng.random(SIZE) < 0.2] = 0.0
        gradient[0] = 0.0
        yield gradient


def make(
    kind: str, given: Mapping[str, Any], dtype: torch.dtype = torch.float64
) -> tuple[nn.Parameter, OptimizerStack, RateProbe]:
    weight = np.random.default_rng(1).standard_normal(SIZE)
    parameter = nn.Parameter(torch.from_numpy(weight).to(dtype))
    settings: Any = OPTIMIZERS[kind].model_validate(given)
    named = [("w", parameter)]
    stack = build_optimizer(settings, Lookahead(), named)
    return parameter, stack, RateProbe(stack, named)


def numbers(parameter: nn.Parameter) -> Vector:
    found: Vector = parameter.detach().double().numpy().copy()
    return found


def run(
    row: tuple[type[Reference], str, dict[str, Any]],
    steps: int,
    check: Callable[[int, Rates, Rates], None],
    *,
    every: int = 1,
    clip: float | None = None,
) -> None:
    """Step both with a rate that changes; compare what is measured with the truth."""
    kind_of_reference, kind, given = row
    parameter, stack, probe = make(kind, given)
    base = stack.nominal_lr
    reference = kind_of_reference(numbers(parameter), given)
    for step, raw in enumerate(pushes(steps), start=1):
        stack.set_scale(1 / (1 + 0.01 * step))
        parameter.grad = torch.from_numpy(raw.copy())
        gradient = raw
        if clip is not None:
            nn.utils.clip_grad_norm_([parameter], clip)
            gradient = raw * min(1.0, clip / (np.linalg.norm(raw) + 1e-6))
        before = reference.weight
        reference.step(gradient, base / (1 + 0.01 * step))
        if step % every:
            stack.step()
            continue
        probe.before_step()
        stack.step()
        rates = probe.after_step(step)[0]
        check(step, rates, expected_of(reference, before, gradient))


def close(kind: str) -> Callable[[int, Rates, Rates], None]:
    """Return a check of all quantities; rounding of the weights limits what moves them."""
    tolerance = FLOAT32_INSIDE.get(kind, TINY)

    def check(step: int, found: Rates, expected: Rates) -> None:
        moving = [ROW[Quantity.REALISED_RATE]]
        np.testing.assert_allclose(
            np.delete(found, moving, 0),
            np.delete(expected, moving, 0),
            rtol=max(tolerance, 1e-9),
            err_msg=f"step {step}",
        )
        # An element that moves by little is known to the rounding of its weight.
        np.testing.assert_allclose(
            found[moving], expected[moving], rtol=max(tolerance, 1e-7), atol=1e-10
        )

    return check


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_every_quantity_is_that_of_the_papers(row: Any) -> None:
    run(row, 30, close(row[1]))


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_they_still_are_after_a_thousand_steps(row: Any) -> None:
    checked: list[int] = []
    check = close(row[1])

    def check_some(step: int, found: Rates, expected: Rates) -> None:
        check(step, found, expected)
        checked.append(step)

    run(row, 1000, check_some, every=125)
    assert checked[-1] == 1000


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_clipping_comes_before_all_quantities(row: Any) -> None:
    run(row, 10, close(row[1]), clip=0.05)


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_what_a_method_does_not_define_is_absent(row: Any) -> None:
    _, kind, given = row

    def check(step: int, found: Rates, expected: Rates) -> None:
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))

    run(row, 8, check)
    family = kind in {"adam", "adamw", "nadam", "radam", "adamax"}
    parameter, stack, probe = make(kind, given)
    for gradient in pushes(8):
        parameter.grad = torch.from_numpy(gradient)
        probe.before_step()
        stack.step()
        (rates,) = probe.after_step(1)
    never = kind == "radam" and given.get("betas") == (0.9, 0.5)
    has_share = bool(np.isfinite(rates[ROW[Quantity.SIGNAL_SHARE]]).all())
    assert has_share is (family and not never)


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_bfloat16_weights_give_nearly_the_same(row: Any) -> None:
    _, kind, given = row
    found = []
    for dtype in (torch.bfloat16, torch.float64):
        parameter, stack, probe = make(kind, given, dtype)
        with torch.no_grad():
            parameter.copy_(parameter.bfloat16())
        for gradient in pushes(5):
            parameter.grad = torch.from_numpy(gradient).bfloat16().to(dtype)
            probe.before_step()
            stack.step()
            (rates,) = probe.after_step(1)
        found.append(rates)
    coarse, exact = found
    for quantity in (
        Quantity.STEP_COEFFICIENT,
        Quantity.DECAY_TO_WEIGHT,
        Quantity.GRADIENT_NORM,
        Quantity.WEIGHT_NORM,
    ):
        place = ROW[quantity]
        if quantity is Quantity.STEP_COEFFICIENT and given.get("centered"):
            continue  # a difference of nearly equal numbers with three digits
        np.testing.assert_allclose(coarse[place], exact[place], rtol=0.1)
    share = ROW[Quantity.SIGNAL_SHARE]
    np.testing.assert_allclose(coarse[share], exact[share], atol=0.05)


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_frozen_and_unused_parameters_have_no_quantities(row: Any) -> None:
    _, kind, given = row
    used, frozen, unused = (nn.Parameter(torch.ones(3)) for _ in range(3))
    frozen.requires_grad_(False)
    named = [("used", used), ("frozen", frozen), ("unused", unused)]
    settings: Any = OPTIMIZERS[kind].model_validate(given)
    stack = build_optimizer(settings, Lookahead(), named)
    probe = RateProbe(stack, named)
    used.sum().backward()
    probe.before_step()
    stack.step()
    rates = probe.after_step(1)
    assert np.isfinite(rates[0, ROW[Quantity.UPDATE_TO_WEIGHT], P50])
    assert np.isnan(rates[1:]).all()


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_lookahead_leaves_the_inner_quantities_and_is_in_the_change(row: Any) -> None:
    kind_of_reference, kind, given = row
    k, alpha = 3, 0.25
    weight = np.random.default_rng(1).standard_normal(SIZE)
    parameter = nn.Parameter(torch.from_numpy(weight.copy()))
    settings: Any = OPTIMIZERS[kind].model_validate(given)
    named = [("w", parameter)]
    stack = build_optimizer(settings, Lookahead(enabled=True, k=k, alpha=alpha), named)
    probe = RateProbe(stack, named)
    reference, slow = kind_of_reference(weight, given), weight
    check = close(kind)
    for step, gradient in enumerate(pushes(9), start=1):
        parameter.grad = torch.from_numpy(gradient)
        before = reference.weight
        reference.step(gradient, settings.lr)
        if step % k == 0:
            slow = slow + alpha * (reference.weight - slow)
            reference.weight = slow
        probe.before_step()
        stack.step()
        check(step, probe.after_step(step)[0], expected_of(reference, before, gradient))


def test_that_two_groups_have_rates_and_decays_of_their_own() -> None:
    weights = [np.array([1.0, -2.0]), np.array([0.5, 3.0])]
    parameters = [nn.Parameter(torch.from_numpy(weight.copy())) for weight in weights]
    settings = [{"lr": 0.1, "weight_decay": 0.5}, {"lr": 0.01, "weight_decay": 0.2}]
    part = torch.optim.AdamW(
        [{"params": [p], **given} for p, given in zip(parameters, settings, strict=True)]
    )
    named = list(zip(("first", "second"), parameters, strict=True))
    probe = RateProbe(OptimizerStack([part]), named)
    references = [AdamW(w, given) for w, given in zip(weights, settings, strict=True)]
    for step in range(1, 6):
        gradient = np.array([0.3 * step, -1.0])
        befores = [reference.weight for reference in references]
        for reference, given in zip(references, settings, strict=True):
            reference.step(gradient, given["lr"])
        for parameter in parameters:
            parameter.grad = torch.from_numpy(gradient)
        probe.before_step()
        part.step()
        rates = probe.after_step(step)
        for row, reference, before in zip(rates, references, befores, strict=True):
            close("adamw")(step, row, expected_of(reference, before, gradient))
    shares = rates[:, ROW[Quantity.DECAY_TO_WEIGHT], P50]
    np.testing.assert_allclose(shares, [0.05, 0.002])


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_that_a_tensor_that_missed_a_step_is_measured_by_its_own_count(row: Any) -> None:
    kind_of_reference, kind, given = row
    weights = [np.random.default_rng(seed).standard_normal(SIZE) for seed in range(3)]
    parameters = [nn.Parameter(torch.from_numpy(weight.copy())) for weight in weights]
    settings: Any = OPTIMIZERS[kind].model_validate(given)
    named = list(zip("abc", parameters, strict=True))
    stack = build_optimizer(settings, Lookahead(), named)
    probe = RateProbe(stack, named)
    references = [kind_of_reference(weight, given) for weight in weights]
    check = close(kind)
    for step, gradient in enumerate(pushes(9), start=1):
        moved = [0, 2] if step == 2 else [0, 1, 2]  # one in the middle misses the second
        befores = [reference.weight for reference in references]
        for place, parameter in enumerate(parameters):
            parameter.grad = torch.from_numpy(gradient) if place in moved else None
        for place in moved:
            references[place].step(gradient, settings.lr)
        probe.before_step()
        stack.step()
        rates = probe.after_step(step)
        for place in moved:
            expected = expected_of(references[place], befores[place], gradient)
            check(step, rates[place], expected)


@pytest.mark.parametrize("kind", ["muon", "adafactor"])
def test_that_decay_of_methods_on_whole_tensors_is_lr_times_its_share(kind: str) -> None:
    parameter = nn.Parameter(torch.ones(3, 2, dtype=torch.float64))
    settings: Any = OPTIMIZERS[kind].model_validate({"lr": 0.02, "weight_decay": 0.5})
    named = [("w", parameter)]
    stack = build_optimizer(settings, Lookahead(), named)
    probe = RateProbe(stack, named)
    parameter.grad = torch.zeros_like(parameter)  # then decay is all that moves it
    probe.before_step()
    stack.step()
    (rates,) = probe.after_step(1)
    assert rates[ROW[Quantity.DECAY_TO_WEIGHT], P50] == pytest.approx(0.01)
    assert rates[ROW[Quantity.UPDATE_TO_WEIGHT], P50] == pytest.approx(0.01)
    assert np.isnan(rates[ROW[Quantity.SIGNAL_SHARE]]).all()


@pytest.mark.parametrize("size", [1e-30, 1e-5, 1e25])
def test_that_norms_of_float32_hold_at_both_ends_of_its_range(size: float) -> None:
    parameter = nn.Parameter(torch.full((4,), size))
    named = [("w", parameter)]
    stack = build_optimizer(OPTIMIZERS["sgd"](), Lookahead(), named)  # type: ignore[arg-type]  # an entry
    probe = RateProbe(stack, named)
    parameter.grad = torch.full((4,), size)
    probe.before_step()
    stack.step()
    (rates,) = probe.after_step(1)
    assert rates[ROW[Quantity.GRADIENT_NORM], P50] == pytest.approx(2 * size, rel=1e-6)
    assert rates[ROW[Quantity.WEIGHT_NORM], P50] == pytest.approx(2 * size, rel=1e-6)
