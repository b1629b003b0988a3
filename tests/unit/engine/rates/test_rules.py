"""The identity Δ = −η·d − decay − carried, and steps calculated by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD

from workbench.core.optimizers import OPTIMIZERS, Lookahead, Optimizer
from workbench.engine.optimizers import OptimizerStack, build_optimizer
from workbench.engine.rates.rules import (
    RULES,
    Decomposition,
    Moment,
    coefficient_of,
    decompose,
    observe,
)

STEPS = 30
DECAYS = (0.0, 0.1)
FLAGS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "sgd": {
        "lr": (0.01,),
        "momentum": (0.0, 0.9),
        "dampening": (0.0, 0.3),
        "nesterov": (False, True),
        "weight_decay": DECAYS,
    },
    "adagrad": {
        "lr": (0.1,),
        "lr_decay": (0.0, 0.2),
        "initial_accumulator_value": (0.0, 0.5),
        "eps": (1e-10, 0.1),
        "weight_decay": DECAYS,
    },
    "rmsprop": {
        "lr": (0.05,),
        "alpha": (0.99, 0.7),
        "eps": (1e-8, 0.1),
        "momentum": (0.0, 0.8),
        "centered": (False, True),
        "weight_decay": DECAYS,
    },
    "adadelta": {"rho": (0.9, 0.5), "eps": (1e-6, 0.01), "weight_decay": DECAYS},
    "adam": {
        "lr": (0.05,),
        "betas": ((0.9, 0.999), (0.5, 0.8)),
        "eps": (1e-8, 0.1),
        "amsgrad": (False, True),
        "weight_decay": DECAYS,
        "decoupled_weight_decay": (False, True),
    },
    "adamw": {
        "lr": (0.05,),
        "eps": (1e-8, 0.1),
        "amsgrad": (False, True),
        "weight_decay": DECAYS,
    },
    "radam": {
        "lr": (0.05,),
        "betas": ((0.9, 0.999), (0.8, 0.9), (0.9, 0.5)),
        "eps": (1e-8, 0.1),
        "weight_decay": DECAYS,
        "decoupled_weight_decay": (False, True),
    },
    "nadam": {
        "lr": (0.05,),
        "momentum_decay": (0.004, 0.0, 1.0),
        "eps": (1e-8, 0.1),
        "weight_decay": DECAYS,
        "decoupled_weight_decay": (False, True),
    },
    "adamax": {
        "lr": (0.05,),
        "betas": ((0.9, 0.999), (0.5, 0.8)),
        "eps": (1e-8, 0.1),
        "weight_decay": DECAYS,
    },
}


def combinations(kind: str) -> Iterator[Optimizer]:
    flags = FLAGS[kind]
    for values in itertools.product(*flags.values()):
        given = dict(zip(flags, values, strict=True))
        if given.get("nesterov") and (given["momentum"] == 0 or given["dampening"] > 0):
            continue
        yield OPTIMIZERS[kind].model_validate(given)  # type: ignore[misc]  # an entry


ALL = [
    pytest.param(settings, id=f"{kind}-{index}")
    for kind in FLAGS
    for index, settings in enumerate(combinations(kind))
]
PULLED = [
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1}, "reset"),
    ("sgd", {"momentum": 0.9, "nesterov": True}, "pullback"),
    ("rmsprop", {"momentum": 0.8, "centered": True}, "reset"),
    ("rmsprop", {"momentum": 0.8, "weight_decay": 0.1}, "pullback"),
    *((kind, {}, "none") for kind in FLAGS),
]


def make_parameters(dtype: torch.dtype = torch.float64) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(3)
    shapes = ((3, 5), (4,))
    return [
        nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype))
        for shape in shapes
    ]


def gradients(parameters: list[nn.Parameter]) -> Iterator[list[Tensor]]:
    """Give gradients for each step: the first element always 0, others sometimes."""
    generator = torch.Generator().manual_seed(4)
    for _ in range(STEPS):
        found = []
        for parameter in parameters:
            values = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            values *= torch.rand(parameter.shape, generator=generator) > 0.2
            values.view(-1)[0] = 0.0
            found.append(values.to(parameter))
        yield found


def make_stack(
    settings: Optimizer,
    parameters: list[nn.Parameter],
    lookahead: Lookahead | None = None,
) -> OptimizerStack:
    named = [(str(index), parameter) for index, parameter in enumerate(parameters)]
    return build_optimizer(settings, lookahead or Lookahead(), named)


def walk(
    stack: OptimizerStack, parameters: list[nn.Parameter]
) -> Iterator[tuple[Moment, Tensor, Decomposition]]:
    """Step with a rate that changes, and give each tensor's parts at each step.

    They are taken where the inner optimizer has stepped, before Lookahead pulls.
    """
    (part,) = stack.parts
    moments: list[Moment] = []
    seen: list[tuple[Moment, Tensor, Decomposition]] = []

    def take(*_: object) -> None:
        for moment in moments:
            parts = decompose(moment)
            assert parts is not None
            seen.append((moment, moment.parameters[0].detach() - moment.weight, parts))

    part.register_step_post_hook(take)
    for index, values in enumerate(gradients(parameters)):
        stack.set_scale(1 / (1 + 0.1 * index))
        for parameter, gradient in zip(parameters, values, strict=True):
            parameter.grad = gradient
        group = part.param_groups[0]
        moments[:] = [observe(part, parameter, group) for parameter in parameters]
        seen.clear()
        stack.step()
        yield from seen


def assert_identity(change: Tensor, parts: Decomposition) -> None:
    """Hold to 1e-9 of each element, beside the rounding of weights of size 1."""
    torch.testing.assert_close(parts.change, change, rtol=1e-9, atol=3e-15)


@pytest.mark.parametrize("settings", ALL)
def test_that_a_step_is_its_parts_for_every_flag(settings: Optimizer) -> None:
    parameters = make_parameters()
    count = 0
    for _, change, parts in walk(make_stack(settings, parameters), parameters):
        assert_identity(change, parts)
        assert change.abs().max() > 1e-6  # far above the rounding that is let pass
        count += 1
    assert count == 2 * STEPS


@pytest.mark.parametrize(("kind", "values", "pullback"), PULLED)
def test_that_the_inner_step_is_its_parts_under_lookahead(
    kind: str, values: dict[str, Any], pullback: Any
) -> None:
    lookahead = Lookahead(enabled=True, k=3, pullback_momentum=pullback)
    parameters = make_parameters()
    settings: Any = OPTIMIZERS[kind].model_validate(values)
    stack = make_stack(settings, parameters, lookahead)
    pulled = 0
    for moment, change, parts in walk(stack, parameters):
        assert_identity(change, parts)
        pulled += moment.group["counter"] == 2  # Lookahead pulls after this step
    assert pulled == 2 * STEPS // 3


@pytest.mark.parametrize("kind", FLAGS)
def test_that_a_step_is_its_parts_in_float32(kind: str) -> None:
    parameters = make_parameters(torch.float32)
    settings: Any = OPTIMIZERS[kind].model_validate({"weight_decay": 0.1})
    for _, change, parts in walk(make_stack(settings, parameters), parameters):
        torch.testing.assert_close(parts.change, change, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", FLAGS)
def test_that_bfloat16_gives_nearly_the_coefficients_of_float64(kind: str) -> None:
    settings: Any = OPTIMIZERS[kind]()
    found = []
    for dtype in (torch.bfloat16, torch.float64):
        parameters = make_parameters(dtype)
        steps = itertools.islice(walk(make_stack(settings, parameters), parameters), 10)
        found.append([torch.as_tensor(parts.coefficient) for *_, parts in steps])
    for coarse, exact in zip(*found, strict=True):
        assert coarse.dtype in {torch.float32, torch.float64}
        torch.testing.assert_close(coarse.double(), exact.double(), rtol=0.1, atol=0.0)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("kind", FLAGS)
def test_that_a_step_is_its_parts_on_cuda(kind: str) -> None:
    for settings in combinations(kind):
        parameters = [nn.Parameter(p.detach().cuda()) for p in make_parameters()]
        steps = walk(make_stack(settings, parameters), parameters)
        for _, change, parts in itertools.islice(steps, 16):
            assert_identity(change, parts)


def steps_of(kind: str, values: dict[str, Any], pushes: list[float]) -> list[Any]:
    """Step one weight of 1.0; give (η, change, carried) for each gradient."""
    settings: Any = OPTIMIZERS[kind].model_validate(values)
    parameter = nn.Parameter(torch.ones(1, dtype=torch.float64))
    (part,) = make_stack(settings, [parameter]).parts
    found = []
    for push in pushes:
        parameter.grad = torch.tensor([push], dtype=torch.float64)
        moment = observe(part, parameter, part.param_groups[0])
        part.step()
        parts = decompose(moment)
        assert parts is not None
        change = parameter.item() - moment.weight.item()
        found.append((float(parts.coefficient), change, float(parts.carried)))
    return found


def test_that_sgd_with_momentum_steps_as_calculated_by_hand() -> None:
    steps = steps_of("sgd", {"lr": 0.1, "momentum": 0.5}, [2.0, 1.0])
    # buffers 2 and 0.5 · 2 + 1 = 2
    assert steps == [
        (0.1, pytest.approx(-0.2), 0.0),
        (0.1, pytest.approx(-0.2), 0.0),
    ]


def test_that_adam_steps_as_calculated_by_hand() -> None:
    values = {"lr": 0.1, "betas": (0.5, 0.75), "eps": 0.0}
    first, second = steps_of("adam", values, [4.0, 0.0])
    # m̂ = 4, v̂ = 16; then m̂ = 1 / 0.75, v̂ = 3 / 0.4375
    assert first == (pytest.approx(0.025), pytest.approx(-0.1), 0.0)
    rate = 0.1 / math.sqrt(3 / 0.4375)
    assert second == (pytest.approx(rate), pytest.approx(-rate / 0.75), 0.0)


def test_that_adadelta_steps_as_calculated_by_hand() -> None:
    first, second = steps_of("adadelta", {"rho": 0.75, "eps": 1.0}, [2.0, 2.0])
    # v = 1, u before = 0: η = √(0 + 1) / √(1 + 1), step √2; then v = 1.75, u = 0.5
    assert first[:2] == (pytest.approx(math.sqrt(0.5)), pytest.approx(-math.sqrt(2)))
    rate = math.sqrt(1.5 / 2.75)
    assert second[:2] == (pytest.approx(rate), pytest.approx(-2 * rate))


def test_that_rmsprop_with_momentum_steps_as_calculated_by_hand() -> None:
    values = {"lr": 0.1, "alpha": 0.75, "eps": 0.0, "momentum": 0.5}
    first, second = steps_of("rmsprop", values, [2.0, 2.0])
    # v = 1, buffer 2; then v = 1.75 and 0.1 · 0.5 · 2 is carried over
    assert first == (pytest.approx(0.1), pytest.approx(-0.2), 0.0)
    rate = 0.1 / math.sqrt(1.75)
    expected = (pytest.approx(rate), pytest.approx(-2 * rate - 0.1), pytest.approx(0.1))
    assert second == expected


def test_that_decoupled_decay_is_kept_apart() -> None:
    values = {"lr": 0.1, "weight_decay": 0.5, "eps": 0.0}
    ((rate, change, _),) = steps_of("adamw", values, [4.0])
    assert (rate, change) == (pytest.approx(0.025), pytest.approx(-0.1 - 0.1 * 0.5))


def test_that_every_optimizer_has_a_rule_or_a_reason_for_having_none() -> None:
    without = {}
    for entry in OPTIMIZERS:
        kind = getattr(torch.optim, entry.torch_name)
        if reason := entry.no_step_coefficient:
            without[entry.key()] = reason
        assert (kind in RULES) is (not reason)
    assert set(without) == {"asgd", "rprop", "adafactor", "muon", "lbfgs"}
    assert len(set(without.values())) == 5
    assert set(FLAGS) == set(OPTIMIZERS.keys()) - set(without)


def test_that_an_unknown_optimizer_has_neither_coefficient_nor_parts() -> None:
    class Stranger(SGD):
        pass

    parameter = make_parameters()[0]
    parameter.grad = torch.ones_like(parameter)
    stranger = Stranger([parameter], lr=0.1)
    moment = observe(stranger, parameter, stranger.param_groups[0])
    stranger.step()
    assert coefficient_of(moment) is None
    assert decompose(moment) is None


def test_that_a_tensor_without_gradient_cannot_be_observed() -> None:
    parameter = make_parameters()[0]
    optimizer = SGD([parameter], lr=0.1)
    with pytest.raises(ValueError, match="no gradient"):
        observe(optimizer, parameter, optimizer.param_groups[0])
