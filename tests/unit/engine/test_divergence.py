from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from workbench.engine.divergence import find_bad_tensor


def model_of_three() -> nn.Sequential:
    layers = OrderedDict(
        first=nn.Linear(2, 2), middle=nn.Linear(2, 2), last=nn.Linear(2, 1)
    )
    return nn.Sequential(layers)


def fill(parameter: nn.Parameter, value: float) -> None:
    with torch.no_grad():
        parameter.fill_(value)


def test_that_the_first_bad_weight_from_the_input_on_is_named() -> None:
    model = model_of_three()
    fill(model.middle.bias, float("nan"))
    fill(model.last.weight, float("inf"))

    assert find_bad_tensor(model, torch.ones(1, 2)) == ("middle.bias", "weight")


def test_that_an_overflowing_layer_is_named_where_all_weights_are_finite() -> None:
    model = model_of_three()
    for layer in model:
        fill(layer.weight, 1e20)

    assert find_bad_tensor(model, torch.ones(1, 2)) == ("middle", "output")


def test_that_a_bad_gradient_is_named_from_the_output_back() -> None:
    model = model_of_three()
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    model.first.weight.grad.fill_(float("inf"))
    model.middle.weight.grad.fill_(float("nan"))

    assert find_bad_tensor(model, torch.ones(1, 2)) == ("middle.weight", "gradient")


def test_that_nothing_is_named_where_all_is_finite() -> None:
    assert find_bad_tensor(model_of_three(), torch.ones(1, 2)) == (None, "")


def test_that_looking_leaves_the_generator_as_it_was() -> None:
    model = nn.Sequential(nn.Dropout(0.5))
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    find_bad_tensor(model, torch.ones(1, 2))

    assert torch.equal(torch.rand(3), expected)
