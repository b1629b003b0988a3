"""Builds torch modules from model settings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from workbench.core.errors import Problem, SettingsError
from workbench.core.models import (
    Activation,
    CnnModel,
    Initialisation,
    LinearModel,
    MlpModel,
    Model,
)

_ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}

# Weights are changed in place; the gain is that of the activation that follows.
_INITIALISERS: dict[Initialisation, Callable[[Tensor, float], Tensor]] = {
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming_uniform": lambda w, _: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "kaiming_normal": lambda w, _: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "orthogonal": nn.init.orthogonal_,
    "normal": lambda w, _: nn.init.normal_(w, std=0.02),
    "zeros": lambda w, _: nn.init.zeros_(w),
}


@dataclass(frozen=True)
class Sizes:
    """What the data ask of a model.

    `sample` is the shape of one input: (features,) or (channels, height, width);
    `outputs` the number of targets or classes.
    """

    sample: tuple[int, ...]
    outputs: int


def build_model(settings: Model, sizes: Sizes) -> nn.Sequential:
    """Build a model with its initial weights, which depend on nothing but its seed.

    The layers are created in order from torch's generator seeded with `settings.seed`,
    so the weights equal those of a plain script that does the same.

    Raises:
        SettingsError: where the structure does not fit the data.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = nn.Sequential(OrderedDict(_layers(settings, sizes)))
        _initialise(model, settings)
    return model


def _layers(settings: Model, sizes: Sizes) -> list[tuple[str, nn.Module]]:
    match settings:
        case LinearModel():
            linear = nn.Linear(sizes.sample[0], sizes.outputs, bias=settings.bias)
            return [("linear", linear)]
        case MlpModel():
            return _mlp_layers(settings, sizes)
        case CnnModel():
            return _cnn_layers(settings, sizes)


def _mlp_layers(settings: MlpModel, sizes: Sizes) -> list[tuple[str, nn.Module]]:
    layers: list[tuple[str, nn.Module]] = []
    width = sizes.sample[0]
    for number, hidden in enumerate(settings.hidden_sizes, start=1):
        linear = nn.Linear(width, hidden, bias=settings.bias)
        layers.append((f"hidden{number}", linear))
        layers += _after(settings.activation, settings.dropout, str(number))
        width = hidden
    layers.append(("output", nn.Linear(width, sizes.outputs, bias=settings.bias)))
    return layers


def _cnn_layers(settings: CnnModel, sizes: Sizes) -> list[tuple[str, nn.Module]]:
    kernel, bias = settings.kernel_size, settings.bias
    channels, height, width = sizes.sample
    layers: list[tuple[str, nn.Module]] = []
    for number, out in enumerate(settings.channels, start=1):
        conv = nn.Conv2d(channels, out, kernel, padding=kernel // 2, bias=bias)
        layers.append((f"conv{number}", conv))
        layers += _after(settings.activation, 0.0, f"_conv{number}")
        layers.append((f"pool{number}", nn.MaxPool2d(2)))
        channels, height, width = out, height // 2, width // 2
    _check_size(settings, sizes, min(height, width))
    layers.append(("flatten", nn.Flatten()))
    flat = channels * height * width
    layers.append(("hidden", nn.Linear(flat, settings.hidden_size, bias=bias)))
    layers += _after(settings.activation, settings.dropout, "_hidden")
    layers.append(("output", nn.Linear(settings.hidden_size, sizes.outputs, bias=bias)))
    return layers


def _check_size(settings: CnnModel, sizes: Sizes, left: int) -> None:
    if left < 1:
        problem = (
            f"{len(settings.channels)} poolings leave nothing of images of "
            f"{sizes.sample[1]}×{sizes.sample[2]} pixels; use fewer channels entries"
        )
        raise SettingsError([Problem("model.channels", problem)])


def _after(
    activation: Activation, dropout: float, suffix: str
) -> list[tuple[str, nn.Module]]:
    """Return what follows a layer: its activation and its dropout, where there are any."""
    layers: list[tuple[str, nn.Module]] = []
    if activation != "none":
        layers.append((f"{activation}{suffix}", _ACTIVATIONS[activation]()))
    if dropout > 0:
        layers.append((f"dropout{suffix}", nn.Dropout(dropout)))
    return layers


def _initialise(model: nn.Sequential, settings: Model) -> None:
    if settings.initialisation == "default":
        return
    initialise = _INITIALISERS[settings.initialisation]
    gain = _gain("none" if isinstance(settings, LinearModel) else settings.activation)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            initialise(parameter, gain)
        else:
            nn.init.zeros_(parameter)


def _gain(activation: Activation) -> float:
    if activation in {"relu", "leaky_relu", "tanh", "sigmoid"}:
        return nn.init.calculate_gain(activation)
    return 1.0
