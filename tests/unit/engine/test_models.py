from __future__ import annotations

import pytest
import torch
from torch import nn

from workbench.core.errors import SettingsError
from workbench.core.models import CnnModel, LinearModel, MlpModel, Model
from workbench.core.settings import build
from workbench.engine.models import Sizes, build_model

IMAGES = Sizes((3, 32, 32), 10)
TABLE = Sizes((10,), 1)


def count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def test_that_the_default_cnn_has_the_145578_parameters_of_the_example() -> None:
    assert count(build_model(CnnModel(), IMAGES)) == 145_578


def test_that_the_cnn_starts_with_the_weights_of_the_example_written_out() -> None:
    torch.manual_seed(3)
    example = nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 64),
        nn.Linear(64, 10),
    )

    model = build_model(CnnModel(seed=3), IMAGES)

    pairs = zip(model.parameters(), example.parameters(), strict=True)
    assert all(torch.equal(ours, theirs) for ours, theirs in pairs)
    images = torch.rand(4, 3, 32, 32)
    assert torch.equal(model(images), example(images))


def test_that_the_mlp_has_its_layers_activations_and_dropout_in_order() -> None:
    settings = MlpModel(hidden_sizes=(8, 4), activation="tanh", dropout=0.25, bias=False)
    model = build_model(settings, TABLE)

    kinds = [type(layer).__name__ for layer in model]
    assert kinds == ["Linear", "Tanh", "Dropout", "Linear", "Tanh", "Dropout", "Linear"]
    assert count(model) == 10 * 8 + 8 * 4 + 4


def test_that_a_network_may_be_a_hundred_layers_deep() -> None:
    deep = build(MlpModel, {"hidden_sizes": (16,) * 100})

    assert isinstance(deep, MlpModel)
    assert len(list(build_model(deep, TABLE).parameters())) == 202


def test_that_building_leaves_the_global_generator_as_it_was() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    build_model(LinearModel(seed=5), TABLE)

    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    "settings", [LinearModel(seed=7), MlpModel(seed=7), CnnModel(seed=7)]
)
def test_that_the_same_seed_gives_the_same_weights_and_another_seed_others(
    settings: Model,
) -> None:
    sizes = IMAGES if isinstance(settings, CnnModel) else TABLE
    first, second = build_model(settings, sizes), build_model(settings, sizes)
    other = build_model(settings.model_copy(update={"seed": 8}), sizes)

    for a, b, c in zip(
        first.parameters(), second.parameters(), other.parameters(), strict=True
    ):
        assert torch.equal(a, b)
        assert not torch.equal(a, c)


@pytest.mark.parametrize(
    "initialisation",
    [
        "xavier_uniform",
        "xavier_normal",
        "kaiming_uniform",
        "kaiming_normal",
        "orthogonal",
        "normal",
    ],
)
def test_that_each_initialisation_sets_weights_and_zeroes_biases(
    initialisation: str,
) -> None:
    settings = MlpModel.model_validate({"initialisation": initialisation})
    model = build_model(settings, TABLE)
    default = build_model(MlpModel(), TABLE)

    assert not torch.equal(model[0].weight, default[0].weight)
    assert model[0].weight.abs().sum() > 0
    assert torch.equal(model[0].bias, torch.zeros(64))


def test_that_kaiming_normal_has_the_spread_of_its_paper() -> None:
    settings = MlpModel(hidden_sizes=(4096,), initialisation="kaiming_normal")
    weight = build_model(settings, Sizes((64,), 1))[0].weight

    assert weight.std().item() == pytest.approx((2 / 64) ** 0.5, rel=0.02)


def test_that_more_poolings_than_the_image_bears_are_refused() -> None:
    with pytest.raises(SettingsError, match="leave nothing of images of 8×8 pixels"):
        build_model(CnnModel(channels=(4, 4, 4, 4)), Sizes((3, 8, 8), 10))
