"""Runs a CNN's convolutions in oneDNN's own memory layout, where the bits stay the same.

On the CPU torch leaves convolutions to oneDNN. Each one turns its images into blocks of
channels, which processors compute with best, and the result back again; pooling in
between then goes pixel by pixel. Here images stay in blocks from the first convolution
to the last pooling, which saves two fifths of a step. The arithmetic is that of the same
library in the same order, but for shapes where torch takes another way: so each shape
is tried before it is trusted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from typing_extensions import override

_IN_BLOCKS = (nn.Conv2d, nn.MaxPool2d, nn.ReLU)  # what oneDNN does without leaving them
# oneDNN's pooling and ReLU pass over what is not a number, as if it were none of theirs.
# Below this no sum overflows, so there is no such thing.
_LARGEST_SAFE = 1e37

_Call = Callable[[nn.Module, Tensor], Tensor]
_Layers = Callable[[Tensor, _Call], Tensor]


class BlockedForward(nn.Sequential):
    """The layers of `model`, with the same names, outputs and gradients to the last bit.

    Those before its `nn.Flatten` run in blocks, for float32 on the CPU. The first batch
    of each shape is computed in both ways: it takes three times as long.
    """

    def __init__(self, model: nn.Sequential) -> None:
        super().__init__(OrderedDict(model.named_children()))
        kinds = [type(layer) for layer in self]
        convolving = kinds.index(nn.Flatten)
        self._convolving, self._rest = list(self)[:convolving], list(self)[convolving:]
        self._trusted: dict[tuple[object, ...], bool] = {}

    @override
    def forward(self, input: Tensor) -> Tensor:
        """Compute the outputs of images (N, C, H, W)."""
        features = self._convolve(input)
        for layer in self._rest:
            features = layer(features)
        return features

    def _convolve(self, images: Tensor) -> Tensor:
        if self._is_trusted(images) and self._largest_possible(images) < _LARGEST_SAFE:
            return self._in_blocks(images, _as_ever)
        return self._plainly(images, _as_ever)

    def _is_trusted(self, images: Tensor) -> bool:
        if images.device.type != "cpu" or images.dtype != torch.float32:
            return False
        way = (images.shape, torch.is_grad_enabled(), torch.get_num_threads())
        if way not in self._trusted:
            self._trusted[way] = self._gives_same_bits(images.detach())
        return self._trusted[way]

    def _gives_same_bits(self, images: Tensor) -> bool:
        """Compute outputs and gradients in both ways, with pixels alike among them."""
        if not torch.backends.mkldnn.is_available():
            return False
        tried = images.clone()
        tried[0, :, : tried.shape[2] // 2] = 0
        weights = [weight for part in self._convolving for weight in part.parameters()]
        with _made_values(weights):
            try:
                blocked = self._results(self._in_blocks, tried)
            except RuntimeError:  # this oneDNN cannot do it
                return False
            return all(map(torch.equal, blocked, self._results(self._plainly, tried)))

    def _results(self, run: _Layers, images: Tensor) -> list[Tensor]:
        features = run(images, _without_hooks)
        if not features.requires_grad:  # as in an evaluation
            return [features]
        pull = torch.arange(features.numel(), dtype=torch.float32).cos_().view_as(features)
        weights = [weight for part in self._convolving for weight in part.parameters()]
        return [features.detach(), *torch.autograd.grad(features, weights, pull)]

    def _in_blocks(self, images: Tensor, call: _Call) -> Tensor:
        blocks = images.to_mkldnn()
        for layer in self._convolving:
            if isinstance(layer, _IN_BLOCKS):
                blocks = call(layer, blocks)
            else:
                blocks = call(layer, blocks.to_dense()).to_mkldnn()
        return blocks.to_dense()

    def _plainly(self, images: Tensor, call: _Call) -> Tensor:
        for layer in self._convolving:
            images = call(layer, images)
        return images

    def _largest_possible(self, images: Tensor) -> float:
        """Return what no value between the layers can exceed; NaN where one may be NaN."""
        bound = _largest(images)
        for layer in self._convolving:
            if isinstance(layer, nn.Conv2d):
                terms = layer.weight[0].numel()
                bound *= terms * _largest(layer.weight)
                bound += 0.0 if layer.bias is None else _largest(layer.bias)
            bound += 1.0  # an activation may lie that far from its input
        return bound


@contextmanager
def _made_values(weights: Sequence[Tensor]) -> Iterator[None]:
    """Give weights random values for a while: those at hand may be all zero."""
    own = [weight.detach().clone() for weight in weights]
    generator = torch.Generator().manual_seed(0)
    try:
        with torch.no_grad():
            for weight in weights:
                weight.normal_(std=weight[0].numel() ** -0.5, generator=generator)
        yield
    finally:
        with torch.no_grad():
            for weight, values in zip(weights, own, strict=True):
                weight.copy_(values)


def _largest(values: Tensor) -> float:
    low, high = torch.aminmax(values.detach())
    return float(torch.maximum(-low, high))  # NaN where there is one


def _as_ever(layer: nn.Module, images: Tensor) -> Tensor:
    output: Tensor = layer(images)
    return output


def _without_hooks(layer: nn.Module, images: Tensor) -> Tensor:
    output: Tensor = layer.forward(images)
    return output
