"""What the probe measures of a model while it is trained."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor, nn

from workbench.core.optimizers import (
    OPTIMIZERS,
    Adam,
    Lbfgs,
    Lookahead,
    Optimizer,
    RAdam,
    Sgd,
)
from workbench.core.rates import STATISTICS, Quantity, Rates, TensorFacts
from workbench.engine.effective_rates import RateProbe
from workbench.engine.optimizers import OptimizerStack, build_optimizer

ETA, REALISED, NORM, UPDATE, SHARE, DECAY, GRADIENT, WEIGHT = range(8)
P50, MIN, MAX = (STATISTICS.index(name) for name in ("p50", "min", "max"))
SHARES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
SHARES |= {"min": 0.0, "max": 1.0}
WITHOUT_CLOSURE = [entry for entry in OPTIMIZERS if entry is not Lbfgs]


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 1))


def make_probe(
    settings: Any, model: nn.Module, lookahead: Lookahead | None = None
) -> tuple[OptimizerStack, RateProbe]:
    named = list(model.named_parameters())
    stack = build_optimizer(settings, lookahead or Lookahead(), named)
    return stack, RateProbe(stack, named)


def push(model: nn.Module, seed: int) -> None:
    """Compute the gradients of a batch of its own."""
    generator = torch.Generator().manual_seed(seed)
    dtype = next(model.parameters()).dtype
    inputs = torch.randn(8, 6, generator=generator).to(dtype)
    model.zero_grad()
    model(inputs).square().mean().backward()


def give_gradients(model: nn.Module, gradients: list[Tensor | None]) -> None:
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        parameter.grad = gradient


def measure(stack: OptimizerStack, probe: RateProbe, step: int = 1) -> Rates:
    probe.before_step()
    stack.step()
    return probe.after_step(step)


def quantiles(elements: npt.NDArray[Any]) -> list[float]:
    return [float(np.quantile(elements, SHARES[name])) for name in STATISTICS]


def test_that_the_quantities_stand_in_the_order_of_the_enumeration() -> None:
    assert list(Quantity) == [
        Quantity.STEP_COEFFICIENT,
        Quantity.REALISED_RATE,
        Quantity.REALISED_NORM,
        Quantity.UPDATE_TO_WEIGHT,
        Quantity.SIGNAL_SHARE,
        Quantity.DECAY_TO_WEIGHT,
        Quantity.GRADIENT_NORM,
        Quantity.WEIGHT_NORM,
    ]


def test_that_the_realised_rate_of_plain_sgd_is_its_learning_rate() -> None:
    model = make_model().double()
    stack, probe = make_probe(Sgd(lr=0.125), model)
    push(model, 1)
    rates = measure(stack, probe)
    assert (rates[:, ETA] == 0.125).all()
    np.testing.assert_allclose(rates[:, REALISED], 0.125, rtol=1e-9)
    np.testing.assert_allclose(rates[:, NORM, P50], 0.125, rtol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_that_all_quantities_are_those_of_their_definitions(dtype: torch.dtype) -> None:
    model = make_model().to(dtype)
    settings = Adam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)
    stack, probe = make_probe(settings, model)
    for seed in range(3):
        push(model, seed)
        stack.step()
    push(model, 3)
    before = [p.detach().double().numpy().copy() for p in model.parameters()]
    rates = measure(stack, probe)
    tolerance = 1e-3 if dtype is torch.float32 else 1e-9
    for row, (parameter, old) in enumerate(zip(model.parameters(), before, strict=True)):
        assert parameter.grad is not None
        delta = parameter.detach().double().numpy() - old
        gradient = parameter.grad.double().numpy()
        moved = gradient != 0
        expected = np.full((len(Quantity), len(STATISTICS)), np.nan)
        state = stack.parts[0].state[parameter]
        square = state["exp_avg_sq"].double().numpy() / (1 - 0.999**4)
        mean = state["exp_avg"].double().numpy() / (1 - 0.9**4)
        expected[ETA] = quantiles(0.01 / (np.sqrt(square) + 1e-8))
        expected[SHARE] = quantiles(np.abs(mean) / (np.sqrt(square) + 1e-8))
        expected[DECAY, P50] = 0.01 * 0.1
        expected[GRADIENT, P50] = np.linalg.norm(gradient)
        expected[WEIGHT, P50] = np.linalg.norm(old)
        expected[REALISED] = quantiles(np.abs(delta[moved] / gradient[moved]))
        expected[NORM, P50] = np.linalg.norm(delta) / np.linalg.norm(gradient)
        expected[UPDATE, P50] = np.linalg.norm(delta) / np.linalg.norm(old)
        np.testing.assert_allclose(rates[row], expected, rtol=tolerance)


def test_that_elements_without_gradient_have_no_realised_rate() -> None:
    model = nn.Linear(3, 1, bias=False).double()
    stack, probe = make_probe(Sgd(lr=0.5, momentum=0.5), model)
    give_gradients(model, [torch.ones(1, 3, dtype=torch.float64)])
    stack.step()
    give_gradients(model, [torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)])
    rates = measure(stack, probe)
    # All move by momentum; the one that has a gradient by 0.5 · (0.5 + 1).
    np.testing.assert_allclose(rates[0, REALISED], 0.75)
    assert rates[0, NORM, P50] == pytest.approx(math.sqrt(0.25**2 + 0.75**2 + 0.25**2))


def test_that_rates_that_would_divide_by_zero_are_undefined() -> None:
    model = nn.Linear(2, 1)
    nn.init.zeros_(model.bias)
    stack, probe = make_probe(Sgd(lr=0.5), model)
    give_gradients(model, [torch.zeros(1, 2), torch.ones(1)])
    weight, bias = measure(stack, probe)
    assert np.isnan(weight[REALISED]).all()
    assert np.isnan(weight[NORM, P50])
    assert weight[UPDATE, P50] == 0.0
    assert np.isnan(bias[UPDATE, P50])
    assert bias[NORM, P50] == 0.5


def test_that_a_tensor_without_gradient_has_no_rates() -> None:
    model = nn.Linear(2, 1)
    stack, probe = make_probe(Adam(), model)
    give_gradients(model, [None, torch.ones(1)])
    weight, bias = measure(stack, probe)
    assert np.isnan(weight).all()
    assert not np.isnan(np.delete(bias[:, P50], DECAY)).any()


def test_that_a_step_without_any_gradient_has_no_rates() -> None:
    stack, probe = make_probe(Adam(), make_model())
    rates = measure(stack, probe)
    assert rates.shape == (4, len(Quantity), len(STATISTICS))
    assert np.isnan(rates).all()


def test_that_gradients_that_are_not_finite_are_left_out() -> None:
    model = nn.Linear(3, 1, bias=False)
    stack, probe = make_probe(Sgd(lr=0.5), model)
    give_gradients(model, [torch.tensor([[math.inf, math.nan, 2.0]])])
    (rates,) = measure(stack, probe)
    np.testing.assert_allclose(rates[REALISED], 0.5, rtol=1e-6)
    assert np.isnan(rates[NORM]).all()


def test_that_lengths_of_very_small_elements_do_not_vanish() -> None:
    model = nn.Linear(4, 1, bias=False)
    nn.init.constant_(model.weight, 1e-25)
    stack, probe = make_probe(Sgd(lr=0.5), model)
    give_gradients(model, [torch.full((1, 4), 1e-25)])
    (rates,) = measure(stack, probe)
    assert rates[NORM, P50] == pytest.approx(0.5)
    assert rates[UPDATE, P50] == pytest.approx(0.5)


def test_that_the_rate_of_the_step_counts_not_that_of_the_settings() -> None:
    model = make_model()
    stack, probe = make_probe(Sgd(lr=0.5), model)
    push(model, 1)
    stack.set_scale(0.25)
    probe.before_step()
    stack.step()
    stack.set_scale(1.0)
    assert (probe.after_step(1)[:, ETA] == 0.125).all()


def test_that_a_pull_of_lookahead_is_in_the_change_but_not_in_the_coefficient() -> None:
    model = nn.Linear(1, 1, bias=False)
    lookahead = Lookahead(enabled=True, k=2, alpha=0.5)
    nn.init.constant_(model.weight, 1.0)
    stack, probe = make_probe(Sgd(lr=0.5), model, lookahead)
    found = []
    for step, gradient in enumerate((1.0, 3.0), start=1):
        give_gradients(model, [torch.full((1, 1), gradient)])
        (rates,) = measure(stack, probe, step)
        found.append((rates[ETA, P50], rates[REALISED, P50], rates[UPDATE, P50]))
    # 1 → 0.5 → −1, pulled half of the way to 1: 0, so 0.5 for a gradient of 3
    assert found == [(0.5, 0.5, 0.5), (0.5, pytest.approx(0.5 / 3), 1.0)]


def test_that_lbfgs_is_measured_over_all_its_evaluations() -> None:
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 3.0)
    stack, probe = make_probe(Lbfgs(max_iter=10), model)
    losses: list[float] = []

    def closure() -> float:
        stack.zero_grad()
        loss = (model.weight - 1).square().sum()
        loss.backward()
        if not losses:
            probe.before_step()
        losses.append(loss.item())
        return losses[-1]

    stack.step(closure)
    (rates,) = probe.after_step(1)
    assert len(losses) > 2
    assert model.weight.item() == pytest.approx(1.0)
    # from 3 to 1 with a gradient of 4 at the start
    assert rates[REALISED, P50] == pytest.approx(0.5)
    assert rates[UPDATE, P50] == pytest.approx(2 / 3)
    assert np.isnan(rates[ETA]).all()


@pytest.mark.parametrize("entry", list(OPTIMIZERS), ids=lambda entry: entry.key())
def test_that_every_optimizer_is_measured(entry: Callable[[], Optimizer]) -> None:
    model = make_model()
    settings = entry()
    stack, probe = make_probe(settings, model)
    for step in range(1, 4):
        push(model, step)

        def closure() -> float:
            return 1.0 / step  # noqa: B023 - called within this turn only

        probe.before_step()
        stack.step(closure)
        rates = probe.after_step(step)
        assert np.isfinite(rates[:, NORM, P50]).all()
        assert np.isfinite(rates[:, UPDATE, P50]).all()
        assert np.isfinite(rates[:, REALISED]).all()
        # beside Muon, which has no coefficient, AdamW takes what is no matrix
        defined = [
            not settings.no_step_coefficient
            or (settings.kind == "muon" and len(tensor.shape) != 2)
            for tensor in probe.tensors
        ]
        assert (np.isfinite(rates[:, ETA]).all(axis=1) == defined).all()
        assert (rates[:, REALISED, MIN] <= rates[:, REALISED, MAX]).all()


def test_that_a_number_for_all_elements_becomes_elements_where_radam_switches() -> None:
    model = make_model()
    stack, probe = make_probe(RAdam(), model)
    same = []
    for step in range(1, 8):
        push(model, step)
        rates = measure(stack, probe, step)
        same.append(bool((rates[0, ETA, MIN] == rates[0, ETA, MAX]).all()))
    assert same == [True] * 5 + [False] * 2


def test_that_measuring_changes_nothing() -> None:
    measured, plain = make_model(), make_model()
    stack, probe = make_probe(Adam(), measured)
    other, _ = make_probe(Adam(), plain)
    for step in range(5):
        push(measured, step)
        measure(stack, probe, step)
        push(plain, step)
        other.step()
    for ours, theirs in zip(measured.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_that_measuring_goes_on_after_state_was_loaded() -> None:
    model = make_model()
    stack, probe = make_probe(Adam(), model)
    push(model, 1)
    expected = measure(stack, probe, 1)
    stack.load_state_dict(stack.state_dict())
    push(model, 1)
    rates = measure(stack, probe, 2)
    square = stack.parts[0].state[model[2].bias]["exp_avg_sq"].item()
    eta = 0.001 / (math.sqrt(square / (1 - 0.999**2)) + 1e-8)
    assert rates[3, ETA, P50] == pytest.approx(eta, rel=1e-5)
    assert rates[3, ETA, P50] != expected[3, ETA, P50]


@pytest.mark.parametrize("entry", WITHOUT_CLOSURE, ids=lambda entry: entry.key())
def test_that_bfloat16_weights_are_measured(entry: Callable[[], Optimizer]) -> None:
    model = make_model().to(torch.bfloat16)
    stack, probe = make_probe(entry(), model)
    push(model, 1)
    rates = measure(stack, probe)
    assert np.isfinite(rates[:, REALISED, P50]).all()


def test_that_the_layout_in_memory_does_not_matter() -> None:
    found = []
    for layout in (torch.contiguous_format, torch.channels_last):
        torch.manual_seed(0)
        model: Any = nn.Conv2d(3, 4, 3).to(memory_format=layout)
        stack, probe = make_probe(Adam(), model)
        for _ in range(2):
            model.zero_grad()
            images = torch.linspace(-1, 1, 192).view(1, 3, 8, 8)
            model(images.to(memory_format=layout)).square().sum().backward()
            rates = measure(stack, probe)
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-3)


def test_that_tensors_are_described_in_the_order_of_the_network() -> None:
    _, probe = make_probe(Adam(), make_model())
    assert probe.tensors == (
        TensorFacts("0.weight", (5, 6), 0, is_bias=False),
        TensorFacts("0.bias", (5,), 0, is_bias=True),
        TensorFacts("2.weight", (1, 5), 1, is_bias=False),
        TensorFacts("2.bias", (1,), 1, is_bias=True),
    )


def test_that_a_step_must_be_announced() -> None:
    stack, probe = make_probe(Adam(), make_model())
    measure(stack, probe, 1)
    with pytest.raises(RuntimeError, match="before step 2"):
        probe.after_step(2)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("entry", WITHOUT_CLOSURE, ids=lambda entry: entry.key())
def test_that_cuda_gives_the_rates_of_the_cpu(entry: Callable[[], Optimizer]) -> None:
    found = []
    for device in ("cpu", "cuda"):
        model = make_model().to(device)
        stack, probe = make_probe(entry(), model)
        for step in range(1, 4):
            numbers = torch.Generator().manual_seed(step)
            give_gradients(
                model,
                [torch.randn(p.shape, generator=numbers).to(p) for p in model.parameters()],
            )
            rates = measure(stack, probe, step)
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-2)
