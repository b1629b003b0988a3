"""The elements of one tensor are those of the measured step, in its shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from workbench.core.elements import ElementArrays, ElementKind, ElementTap
from workbench.core.optimizers import Adadelta, Adam, Lookahead, Rprop, Sgd
from workbench.engine.effective_rates import RateProbe
from workbench.engine.optimizers import build_optimizer


def measure(
    settings: Any, gradients: dict[str, torch.Tensor], wanted: str | None
) -> ElementTap:
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0]]))
    named = list(model.named_parameters())
    stack = build_optimizer(settings, Lookahead(), named)
    tap = ElementTap()
    tap.wanted = wanted
    probe = RateProbe(stack, named, tap)
    for name, parameter in named:
        parameter.grad = gradients.get(name)
    probe.before_step()
    stack.step()
    probe.after_step(7)
    with torch.no_grad():
        model.weight.fill_(9.0)  # what comes later changes nothing
    return tap


def shown(tap: ElementTap) -> ElementArrays:
    assert tap.latest is not None
    return tap.latest


def test_that_sgd_shows_its_rate_update_gradient_and_value() -> None:
    gradients = {"weight": torch.tensor([[4.0, 0.0]])}
    found = shown(measure(Sgd(lr=0.5), gradients, "weight"))
    assert (found.tensor, found.step) == ("weight", 7)
    expected = {
        ElementKind.RATE: [[0.5, 0.5]],
        ElementKind.UPDATE: [[-2.0, 0.0]],
        ElementKind.GRADIENT: [[4.0, 0.0]],
        ElementKind.VALUE: [[-1.0, 2.0]],
    }
    assert {kind: rows.tolist() for kind, rows in found.arrays.items()} == expected
    assert all(rows.dtype == np.float32 for rows in found.arrays.values())


def test_that_the_rate_of_adam_is_its_step_coefficient() -> None:
    gradients = {"weight": torch.tensor([[4.0, -2.0]])}
    found = shown(measure(Adam(lr=0.1, eps=0.0), gradients, "weight"))
    np.testing.assert_allclose(
        found.arrays[ElementKind.RATE], [[0.1 / 4, 0.1 / 2]], rtol=1e-6
    )


def test_that_the_rate_of_one_tensor_among_many_is_made_of_its_own_past() -> None:
    model = nn.Linear(2, 1)
    named = list(model.named_parameters())
    stack = build_optimizer(Adadelta(rho=0.9, eps=1e-6), Lookahead(), named)
    tap = ElementTap()
    tap.wanted = "bias"
    probe = RateProbe(stack, named, tap)
    for size in (4.0, 1.0):
        model.weight.grad = torch.tensor([[100.0, 200.0]])
        model.bias.grad = torch.tensor([size])
        before = {
            key: value.item() for key, value in stack.parts[0].state[model.bias].items()
        }
        probe.before_step()
        stack.step()
        probe.after_step(1)
    (rate,) = shown(tap).arrays[ElementKind.RATE]
    square = 0.9 * (0.1 * 4.0**2) + 0.1 * 1.0**2
    assert before["acc_delta"] > 0
    expected = math.sqrt(before["acc_delta"] + 1e-6) / math.sqrt(square + 1e-6)
    assert rate == pytest.approx(expected, rel=1e-5)


def test_that_without_a_coefficient_the_realised_rate_is_shown() -> None:
    gradients = {"weight": torch.tensor([[4.0, 0.0]])}
    (rate,) = shown(measure(Rprop(lr=0.5), gradients, "weight")).arrays[ElementKind.RATE]
    assert rate[0] == 0.125
    assert math.isnan(rate[1])


def test_that_a_tensor_without_gradient_has_nothing_but_values() -> None:
    found = shown(measure(Adam(), {"bias": torch.ones(1)}, "weight"))
    assert found.arrays[ElementKind.VALUE].tolist() == [[1.0, 2.0]]
    for kind in (ElementKind.RATE, ElementKind.UPDATE, ElementKind.GRADIENT):
        assert np.isnan(found.arrays[kind]).all()


def test_that_nothing_is_copied_without_a_wish_or_for_unknown_names() -> None:
    gradients = {"weight": torch.ones(1, 2)}
    assert measure(Adam(), gradients, None).latest is None
    assert measure(Adam(), gradients, "nowhere").latest is None
