"""Optimizers are torch's own: same digits, same state, nothing in between."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from workbench.core.errors import SettingsError
from workbench.core.optimizers import (
    OPTIMIZERS,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Asgd,
    Lbfgs,
    Lookahead,
    Muon,
    NAdam,
    Optimizer,
    RAdam,
    RmsProp,
    Rprop,
    Sgd,
)
from workbench.engine.optimizers import OptimizerStack, build_optimizer

Parameters = Iterator[nn.Parameter]
Factory = Callable[[Parameters], torch.optim.Optimizer]

NO_LOOKAHEAD = Lookahead()
EVERY_2ND = Lookahead(enabled=True, k=2, alpha=0.3)
INPUTS = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))
TARGETS = torch.randn(16, 1, generator=torch.Generator().manual_seed(2))

PLAIN: list[tuple[Optimizer, Factory]] = [
    (Sgd(), lambda p: torch.optim.SGD(p, lr=0.01)),
    (
        Sgd(lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
        lambda p: torch.optim.SGD(
            p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True
        ),
    ),
    (
        Sgd(momentum=0.8, dampening=0.5),
        lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8, dampening=0.5),
    ),
    (Adagrad(), lambda p: torch.optim.Adagrad(p, lr=0.01)),
    (
        Adagrad(lr_decay=0.1, initial_accumulator_value=0.5, eps=1e-3, weight_decay=0.1),
        lambda p: torch.optim.Adagrad(
            p,
            lr=0.01,
            lr_decay=0.1,
            initial_accumulator_value=0.5,
            eps=1e-3,
            weight_decay=0.1,
        ),
    ),
    (RmsProp(), lambda p: torch.optim.RMSprop(p, lr=0.01)),
    (
        RmsProp(alpha=0.9, momentum=0.5, centered=True, eps=1e-4),
        lambda p: torch.optim.RMSprop(
            p, lr=0.01, alpha=0.9, momentum=0.5, centered=True, eps=1e-4
        ),
    ),
    (Adadelta(), lambda p: torch.optim.Adadelta(p, lr=1.0)),
    (Adadelta(rho=0.8), lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.8)),
    (Adam(), lambda p: torch.optim.Adam(p, lr=0.001)),
    (
        Adam(betas=(0.8, 0.9), amsgrad=True, weight_decay=0.1, decoupled_weight_decay=True),
        lambda p: torch.optim.Adam(
            p, betas=(0.8, 0.9), amsgrad=True, weight_decay=0.1, decoupled_weight_decay=True
        ),
    ),
    (AdamW(), lambda p: torch.optim.AdamW(p, lr=0.001)),
    (RAdam(), lambda p: torch.optim.RAdam(p, lr=0.001)),
    (NAdam(), lambda p: torch.optim.NAdam(p, lr=0.002)),
    (NAdam(momentum_decay=0.1), lambda p: torch.optim.NAdam(p, momentum_decay=0.1)),
    (Adamax(), lambda p: torch.optim.Adamax(p, lr=0.002)),
    (Asgd(), lambda p: torch.optim.ASGD(p, lr=0.01)),
    (
        Asgd(lambd=0.1, alpha=0.5, t0=2.0),
        lambda p: torch.optim.ASGD(p, lambd=0.1, alpha=0.5, t0=2.0),
    ),
    (Rprop(), lambda p: torch.optim.Rprop(p, lr=0.01)),
    (
        Rprop(etas=(0.3, 1.5), step_sizes=(1e-4, 0.02)),
        lambda p: torch.optim.Rprop(p, lr=0.01, etas=(0.3, 1.5), step_sizes=(1e-4, 0.02)),
    ),
    (Adafactor(), lambda p: torch.optim.Adafactor(p, lr=0.01)),
    (
        Adafactor(eps1=1e-6, eps2=0.01, d=2.0, weight_decay=0.1),
        lambda p: torch.optim.Adafactor(
            p, lr=0.01, eps=(1e-6, 0.01), d=2.0, weight_decay=0.1
        ),
    ),
    (Lbfgs(), lambda p: torch.optim.LBFGS(p, lr=1)),
    (
        Lbfgs(lr=0.5, max_iter=4, history_size=3, line_search_fn="strong_wolfe"),
        lambda p: torch.optim.LBFGS(
            p, lr=0.5, max_iter=4, history_size=3, line_search_fn="strong_wolfe"
        ),
    ),
]
NAMES = [f"{settings.kind}-{index}" for index, (settings, _) in enumerate(PLAIN)]
ENTRIES = [pytest.param(entry(), id=entry.key()) for entry in OPTIMIZERS]
WITH_BUFFER = (Sgd(momentum=0.9), RmsProp(momentum=0.5), Muon())


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def make_stack(
    settings: Any, model: nn.Module, lookahead: Lookahead = NO_LOOKAHEAD
) -> OptimizerStack:
    return build_optimizer(settings, lookahead, model.named_parameters())


def evaluate(model: nn.Module) -> Tensor:
    return nn.functional.mse_loss(model(INPUTS), TARGETS)


def train(model: nn.Module, stack: OptimizerStack, steps: int) -> None:
    def closure() -> float:
        stack.zero_grad()
        loss = evaluate(model)
        loss.backward()
        return loss.item()

    for _ in range(steps):
        if stack.needs_closure:
            stack.step(closure)
        else:
            closure()
            stack.step()


def train_plainly(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = evaluate(model)
        loss.backward()
        return loss

    for _ in range(steps):
        if "history_size" in optimizer.param_groups[0]:
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()


def assert_same_weights(model: nn.Module, expected: nn.Module) -> None:
    for ours, theirs in zip(model.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("settings", "factory"), PLAIN, ids=NAMES)
def test_that_weights_are_those_of_plain_torch_bit_for_bit(
    settings: Optimizer, factory: Factory
) -> None:
    model, expected = make_model(), make_model()
    train(model, make_stack(settings, model), 8)
    train_plainly(expected, factory(expected.parameters()), 8)
    assert_same_weights(model, expected)


@pytest.mark.parametrize(("settings", "factory"), PLAIN, ids=NAMES)
def test_that_lookahead_around_it_is_that_of_the_library(
    settings: Optimizer, factory: Factory
) -> None:
    from pytorch_optimizer import Lookahead as Wrapper

    model, expected = make_model(), make_model()
    train(model, make_stack(settings, model, EVERY_2ND), 5)
    wrapped = Wrapper(factory(expected.parameters()), k=2, alpha=0.3)
    train_plainly(expected, wrapped, 5)
    assert_same_weights(model, expected)


def test_that_the_table_of_plain_optimizers_has_every_entry_but_muon() -> None:
    assert {settings.kind for settings, _ in PLAIN} == set(OPTIMIZERS.keys()) - {"muon"}


def test_that_muon_takes_weight_matrices_and_adamw_the_rest() -> None:
    model, expected = make_model(), make_model()
    settings = Muon(lr=0.02, weight_decay=0.2, adamw_lr=0.003)
    train(model, make_stack(settings, model), 4)
    first, _, second = expected
    matrices, biases = [first.weight, second.weight], [first.bias, second.bias]
    muon = torch.optim.Muon(matrices, lr=0.02, weight_decay=0.2)
    adamw = torch.optim.AdamW(biases, lr=0.003, weight_decay=0.2)
    for _ in range(4):
        muon.zero_grad()
        adamw.zero_grad()
        evaluate(expected).backward()
        muon.step()
        adamw.step()
    assert_same_weights(model, expected)


def test_that_muon_is_one_part_where_all_weights_are_matrices_or_none_is() -> None:
    matrices = make_stack(Muon(), nn.Linear(3, 2, bias=False))
    kernels = make_stack(Muon(adamw_lr=0.01), nn.Conv2d(1, 2, 3))
    assert [type(part).__name__ for part in matrices.parts] == ["Muon"]
    assert [type(part).__name__ for part in kernels.parts] == ["AdamW"]
    assert kernels.nominal_lr == 0.01


def test_that_lookahead_moves_the_slow_weights_as_calculated_by_hand() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)
    settings = Lookahead(enabled=True, k=2, alpha=0.25)
    stack = make_stack(Sgd(lr=0.5), model, settings)
    weights = []
    for gradient in (1.0, 2.0, 4.0, 2.0):
        model.weight.grad = torch.full((1, 1), gradient)
        stack.step()
        weights.append(model.weight.item())
    # 1 → 0.5 → −0.5, a quarter of the way from 1: 0.625; → −1.375 → −2.375: −0.125
    assert weights == [0.5, 0.625, -1.375, -0.125]


@pytest.mark.parametrize("settings", WITH_BUFFER, ids=lambda s: s.kind)
@pytest.mark.parametrize("pullback", ["reset", "pullback"])
def test_that_momentum_can_be_reset_or_pulled_back_where_there_is_one(
    settings: Optimizer, pullback: Any
) -> None:
    model, kept = make_model(), make_model()
    lookahead = EVERY_2ND.model_copy(update={"pullback_momentum": pullback})
    train(model, make_stack(settings, model, lookahead), 3)
    train(kept, make_stack(settings, kept, EVERY_2ND), 3)
    assert not torch.equal(model[0].weight, kept[0].weight)


@pytest.mark.parametrize("settings", ENTRIES)
@pytest.mark.parametrize("pullback", ["reset", "pullback"])
def test_that_momentum_that_is_not_kept_cannot_be_pulled_back(
    settings: Optimizer, pullback: Any
) -> None:
    if settings.kind == "muon":
        settings = Muon(momentum=0.0)
    lookahead = EVERY_2ND.model_copy(update={"pullback_momentum": pullback})
    with pytest.raises(SettingsError, match="keeps no momentum") as caught:
        make_stack(settings, make_model(), lookahead)
    assert caught.value.problems[0].path == "lookahead.pullback_momentum"


@pytest.mark.parametrize("settings", ENTRIES)
@pytest.mark.parametrize("lookahead", [NO_LOOKAHEAD, EVERY_2ND], ids=["", "lookahead"])
def test_that_a_restored_optimizer_goes_on_as_if_never_stopped(
    settings: Optimizer, lookahead: Lookahead
) -> None:
    model = make_model()
    stack = make_stack(settings, model, lookahead)
    train(model, stack, 3)
    weights = copy.deepcopy(model.state_dict())
    state = copy.deepcopy(stack.state_dict())
    train(model, stack, 3)

    other = make_model()
    restored = make_stack(settings, other, lookahead)
    other.load_state_dict(weights)
    restored.load_state_dict(state)
    train(other, restored, 3)
    assert_same_weights(other, model)


def test_that_a_loaded_state_is_copied() -> None:
    model = make_model()
    stack = make_stack(Adam(), model)
    train(model, stack, 1)
    state = copy.deepcopy(stack.state_dict())
    kept = copy.deepcopy(state)
    stack.load_state_dict(state)
    train(model, stack, 2)
    mean = state["parts"][0]["state"][0]["exp_avg"]
    assert torch.equal(mean, kept["parts"][0]["state"][0]["exp_avg"])


def test_that_hyperparameters_stay_those_of_the_settings_when_state_is_loaded() -> None:
    model = make_model()
    saved = make_stack(Adam(lr=0.5, betas=(0.5, 0.6)), model, EVERY_2ND)
    train(model, saved, 3)
    stack = make_stack(Adam(), model, EVERY_2ND)
    stack.load_state_dict(saved.state_dict())
    (group,) = stack.parts[0].param_groups
    assert (group["lr"], group["betas"]) == (0.5, (0.9, 0.999))
    stack.set_scale(1.0)  # as before every step
    assert group["lr"] == 0.001
    assert group["counter"] == 1  # one step after the last pull


def test_that_a_state_of_another_structure_is_refused() -> None:
    state = make_stack(Muon(), make_model()).state_dict()
    with pytest.raises(ValueError, match="2 optimizers, not 1"):
        make_stack(Adam(), make_model()).load_state_dict(state)


def test_that_the_scale_applies_to_the_rates_of_the_settings() -> None:
    stack = make_stack(Muon(lr=0.02, adamw_lr=0.004), make_model())
    stack.set_scale(0.5)
    stack.set_scale(0.25)
    assert stack.lrs == (0.005, 0.001)
    assert stack.nominal_lr == 0.005


@pytest.mark.parametrize("lookahead", [NO_LOOKAHEAD, EVERY_2ND], ids=["", "lookahead"])
def test_that_scaled_steps_are_those_of_the_scaled_rate(lookahead: Lookahead) -> None:
    model, expected = make_model(), make_model()
    stack = make_stack(Adam(lr=0.02), model, lookahead)
    stack.set_scale(0.5)
    train(model, stack, 3)
    train(expected, make_stack(Adam(lr=0.01), expected, lookahead), 3)
    assert_same_weights(model, expected)


def test_that_a_closure_is_evaluated_once_and_its_loss_returned() -> None:
    model = make_model()
    stack = make_stack(Muon(), model)
    calls = []

    def closure() -> Tensor:
        calls.append(evaluate(model))
        calls[-1].backward()
        return calls[-1]

    with torch.no_grad():
        assert stack.step(closure) is calls[0]
    assert len(calls) == 1


def test_that_lbfgs_asks_for_a_closure_and_no_other_does() -> None:
    needing = [
        settings.kind
        for settings, _ in PLAIN
        if make_stack(settings, make_model()).needs_closure
    ]
    assert set(needing) == {"lbfgs"}
    with pytest.raises(ValueError, match="pass a closure"):
        make_stack(Lbfgs(), make_model()).step()


@pytest.mark.parametrize("settings", ENTRIES)
def test_that_zero_grad_forgets_every_gradient(settings: Optimizer) -> None:
    model = make_model()
    evaluate(model).backward()
    make_stack(settings, model, EVERY_2ND).zero_grad()
    assert all(parameter.grad is None for parameter in model.parameters())


def test_that_a_model_without_weights_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="no weights to optimize"):
        make_stack(Adam(), nn.Tanh())
