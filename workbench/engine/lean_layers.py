"""Linear layers and activations, there and back by hand; `lean_pass` says what for.

Each layer calls the functions that torch's autograd calls for it, and puts most results
into memory that it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from typing_extensions import override

_ATEN: Any = torch.ops.aten
_ONEDNN: Any = torch.ops.mkldnn
# Products with fewer multiplications than this are over before oneDNN has begun.
_MANY = 1 << 20


class LeanLayer(Protocol):
    """One layer, with room for what it computes from batches of one size."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the layer's output."""

    def backward(self, gradient: Tensor, *, to_input: bool) -> Tensor:
        """Take the gradient at the output, put those of the weights where they belong.

        Returns that at the input where it is wanted, else anything.
        """


@dataclass(frozen=True)
class _Activation:
    """How an activation is computed, and its gradient at the input.

    `forward` takes the input and where to put the output; `backward` the gradient at
    the output, input, output, and where to put the gradient.
    """

    forward: Callable[[Tensor, Tensor], Any]
    backward: Callable[[Tensor, Tensor, Tensor, Tensor], Any]


_ACTIVATIONS: Mapping[type[nn.Module], _Activation] = {
    nn.ReLU: _Activation(
        lambda x, out: torch.clamp_min(x, 0, out=out),
        lambda g, _x, y, out: _ATEN.threshold_backward.grad_input(g, y, 0, grad_input=out),
    ),
    nn.LeakyReLU: _Activation(
        lambda x, out: _ATEN.leaky_relu.out(x, 0.01, out=out),
        lambda g, x, _y, out: _ATEN.leaky_relu_backward.grad_input(
            g, x, 0.01, False, grad_input=out
        ),
    ),
    nn.GELU: _Activation(
        lambda x, out: _ATEN.gelu.out(x, out=out),
        lambda g, x, _y, out: _ATEN.gelu_backward.grad_input(g, x, grad_input=out),
    ),
    nn.SiLU: _Activation(
        lambda x, out: _ATEN.silu.out(x, out=out),
        lambda g, x, _y, out: _ATEN.silu_backward.grad_input(g, x, grad_input=out),
    ),
    nn.ELU: _Activation(
        lambda x, out: _ATEN.elu.out(x, 1.0, out=out),
        lambda g, x, _y, out: _ATEN.elu_backward.grad_input(
            g, 1.0, 1, 1, False, x, grad_input=out
        ),
    ),
    nn.Tanh: _Activation(
        lambda x, out: torch.tanh(x, out=out),
        lambda g, _x, y, out: _ATEN.tanh_backward.grad_input(g, y, grad_input=out),
    ),
    nn.Sigmoid: _Activation(
        lambda x, out: torch.sigmoid(x, out=out),
        lambda g, _x, y, out: _ATEN.sigmoid_backward.grad_input(g, y, grad_input=out),
    ),
}


def are_lean(model: nn.Sequential) -> bool:
    """Say whether there is a lean layer for each layer of a model."""
    return all(type(one) is nn.Linear or type(one) in _ACTIVATIONS for one in model)


def lean_layers(model: nn.Sequential, rows: int, *, onednn: bool) -> list[LeanLayer]:
    """Return the layers of a model for batches of so many rows.

    With `onednn` large products are computed by that library, which may take half the
    time and may give other digits.
    """
    layers: list[LeanLayer] = []
    width = 0
    for layer in model:
        if isinstance(layer, nn.Linear):
            width = layer.out_features
            is_large = rows * layer.in_features * width >= _MANY
            by_onednn = onednn and is_large
            layers.append((_OnednnLinear if by_onednn else _Linear)(layer, rows))
        else:
            layers.append(_Activated(layer, rows, width))
    return layers


def kept_bytes(model: nn.Sequential, rows: int) -> int:
    """Return how much memory the lean layers of a model keep for so many rows."""
    linear = [one for one in model if isinstance(one, nn.Linear)]
    widths = sum(one.in_features + one.out_features for one in linear)
    weights = sum(one.numel() for one in model.parameters())
    return 4 * (rows * 2 * widths + weights)


class _Linear:
    """y = x·Wᵀ + b."""

    def __init__(self, layer: nn.Linear, rows: int) -> None:
        self._layer = layer
        self._x = torch.empty(0)
        self._output, self._at_input = self._room(rows)
        self._at_weight = torch.empty_like(layer.weight, requires_grad=False)
        self._bias: nn.Parameter | None = layer.bias
        self._at_bias = torch.empty(layer.out_features)

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        return self._product(x)

    def _room(self, rows: int) -> tuple[Tensor, Tensor]:
        """Return room for outputs, and for the gradient at the input."""
        layer = self._layer
        return torch.empty(rows, layer.out_features), torch.empty(rows, layer.in_features)

    def backward(self, gradient: Tensor, *, to_input: bool) -> Tensor:
        layer = self._layer
        layer.weight.grad = torch.mm(gradient.t(), self._x, out=self._at_weight)
        if self._bias is not None:
            self._bias.grad = torch.sum(gradient, 0, out=self._at_bias)
        return self._product_back(gradient) if to_input else gradient

    def _product(self, x: Tensor) -> Tensor:
        weight = self._layer.weight.t()
        if self._bias is None:
            return torch.mm(x, weight, out=self._output)
        return torch.addmm(self._bias, x, weight, out=self._output)

    def _product_back(self, gradient: Tensor) -> Tensor:
        return torch.mm(gradient, self._layer.weight, out=self._at_input)


class _OnednnLinear(_Linear):
    """The same by oneDNN, but for the gradients of the weights."""

    @override
    def _room(self, rows: int) -> tuple[Tensor, Tensor]:
        return torch.empty(0), torch.empty(0)  # the library asks for its own

    @override
    def _product(self, x: Tensor) -> Tensor:
        return onednn_product(x, self._layer.weight, self._bias)

    @override
    def _product_back(self, gradient: Tensor) -> Tensor:
        return onednn_product(gradient, self._layer.weight.t(), None)


class _Activated:
    """An activation, value by value, with those who watch it told as it would itself."""

    def __init__(self, layer: nn.Module, rows: int, width: int) -> None:
        self._layer = layer
        self._activation = _ACTIVATIONS[type(layer)]
        self._x = torch.empty(0)
        self._output = torch.empty(rows, width)
        self._at_input = torch.empty(rows, width)

    def forward(self, x: Tensor) -> Tensor:
        self._x = x
        self._activation.forward(x, self._output)
        for hook in self._layer._forward_hooks.values():  # noqa: SLF001 - no public way
            hook(self._layer, (x,), self._output)
        return self._output

    def backward(self, gradient: Tensor, *, to_input: bool) -> Tensor:
        if to_input:
            self._activation.backward(gradient, self._x, self._output, self._at_input)
        return self._at_input


def onednn_product(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return x·weightᵀ + bias, of float32 on the CPU."""
    product: Tensor = _ONEDNN._linear_pointwise(x, weight, bias, "none", [], "")  # noqa: SLF001 - torch has no public name for it
    return product
