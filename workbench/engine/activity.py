"""Measures how many units of each rectifying layer are dead."""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

# Those that let positive inputs pass and hold negative ones back. All but ReLU give
# exactly 0 only where an input underflows, and are dead as seldom as that.
_RECTIFIERS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU)


class ActivityProbe:
    """Counts the units whose output was exactly 0 for a whole batch.

    A unit is one value of a linear layer, or one channel of a convolution over all of
    its positions. Each rectifying layer goes by the name of the layer before it, as
    people know it, such as "hidden1". Steps that are not measured do not know of it: a
    layer with a hook, even one that does nothing, is called in a slower way.
    """

    def __init__(self, model: nn.Sequential) -> None:
        self._rectifiers: list[nn.Module] = []
        self._hooks: list[RemovableHandle] = []
        self.spent_s = 0.0  # on looking, in all
        self._shares: list[Tensor] = []
        names: list[str] = []
        before = ""
        for name, layer in model.named_children():
            if isinstance(layer, _RECTIFIERS):
                names.append(before or name)
                self._rectifiers.append(layer)
            before = name
        self.layers = tuple(names)

    @property
    def is_armed(self) -> bool:
        """Say whether forward passes are measured."""
        return bool(self._hooks)

    @is_armed.setter
    def is_armed(self, armed: bool) -> None:
        if armed and not self._hooks:
            self._hooks = [
                layer.register_forward_hook(self._measure) for layer in self._rectifiers
            ]
        elif not armed:
            while self._hooks:
                self._hooks.pop().remove()

    def take(self) -> list[float]:
        """Return the share of dead units of each layer in the last armed forward pass."""
        self.is_armed = False
        shares, self._shares = self._shares, []
        return torch.stack(shares).tolist() if shares else []

    def _measure(self, _layer: nn.Module, _inputs: object, output: Tensor) -> None:
        began_s = time.perf_counter()
        values = output.detach()
        if values.is_mkldnn:
            values = values.to_dense()
        others = [axis for axis in range(values.ndim) if axis != 1]
        largest = values.abs().amax(dim=others)
        self._shares.append((largest == 0).to(torch.float64).mean())
        self.spent_s += time.perf_counter() - began_s
