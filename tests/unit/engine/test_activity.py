"""Dead units are counted where a layer rectifies, and only in measured steps."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch import nn

from workbench.core.models import CnnModel, MlpModel
from workbench.engine.activity import ActivityProbe
from workbench.engine.models import Sizes, build_model


def test_that_units_that_are_0_for_the_whole_batch_are_dead() -> None:
    model = nn.Sequential(OrderedDict(hidden1=nn.Linear(1, 4), relu1=nn.ReLU()))
    with torch.no_grad():
        model.hidden1.weight.copy_(torch.tensor([[1.0], [-1.0], [0.0], [0.0]]))
        model.hidden1.bias.copy_(torch.tensor([0.0, 0.0, -1.0, 1.0]))
    probe = ActivityProbe(model)
    probe.is_armed = True
    model(torch.tensor([[1.0], [2.0]]))
    # the second and the third never get above 0
    assert probe.layers == ("hidden1",)
    assert probe.take() == [0.5]
    probe.is_armed = True
    model(torch.tensor([[1.0], [-2.0]]))
    assert probe.take() == [0.25]


def test_that_a_channel_is_dead_only_where_all_its_positions_are_0() -> None:
    model = nn.Sequential(OrderedDict(conv1=nn.Conv2d(1, 4, 1), relu_conv1=nn.ReLU()))
    with torch.no_grad():
        model.conv1.weight.copy_(torch.tensor([1.0, -1.0, 0.0, 0.0]).view(4, 1, 1, 1))
        model.conv1.bias.copy_(torch.tensor([0.0, 0.0, -1.0, 0.0]))
    probe = ActivityProbe(model)
    probe.is_armed = True
    images = torch.zeros(2, 1, 3, 3)
    images[1, 0, 2, 2] = 1.0
    model(images)
    assert probe.take() == [0.75]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "gelu", "silu"])
def test_that_rectifiers_go_by_the_name_of_the_layer_before(activation: str) -> None:
    mlp = build_model(
        MlpModel(hidden_sizes=(3, 2), activation=activation, dropout=0.1),  # type: ignore[arg-type]  # one of them
        Sizes((4,), 1),
    )
    assert ActivityProbe(mlp).layers == ("hidden1", "hidden2")
    cnn = build_model(
        CnnModel(channels=(2, 3), hidden_size=4, activation=activation),  # type: ignore[arg-type]  # one of them
        Sizes((1, 8, 8), 3),
    )
    assert ActivityProbe(cnn).layers == ("conv1", "conv2", "hidden")


@pytest.mark.parametrize("activation", ["none", "tanh", "sigmoid"])
def test_that_models_without_rectifiers_have_no_such_layers(activation: str) -> None:
    model = build_model(MlpModel(activation=activation), Sizes((4,), 1))  # type: ignore[arg-type]  # one of them
    probe = ActivityProbe(model)
    probe.is_armed = True
    model(torch.ones(2, 4))
    assert probe.layers == ()
    assert probe.take() == []


def test_that_nothing_is_measured_in_steps_that_are_not() -> None:
    model = build_model(MlpModel(), Sizes((4,), 1))
    probe = ActivityProbe(model)
    model(torch.ones(2, 4))
    assert probe.take() == []


def test_that_a_step_that_is_not_measured_knows_nothing_of_it() -> None:
    model = nn.Sequential(OrderedDict(hidden=nn.Linear(2, 3), relu=nn.ReLU()))
    probe = ActivityProbe(model)
    hooks = model.get_submodule("relu")._forward_hooks
    assert not hooks
    probe.is_armed = probe.is_armed = True
    assert len(hooks) == 1
    model(torch.ones(1, 2))
    assert len(probe.take()) == 1
    assert not hooks
