"""Finds where the numbers first went bad when a loss is not finite."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def find_bad_tensor(model: nn.Sequential, inputs: Tensor) -> tuple[str | None, str]:
    """Name the first tensor with a value that is not finite, and what it is.

    Looked at in the order in which they are computed: the weights (left by the step
    before), the output of each layer from the input on, the gradients from the output
    back. (None, "") where all are finite and only the loss is not.
    """
    named = list(model.named_parameters())
    for name, parameter in named:
        if _is_bad(parameter):
            return name, "weight"
    if (layer := _bad_layer(model, inputs)) is not None:
        return layer, "output"
    for name, parameter in reversed(named):
        if parameter.grad is not None and _is_bad(parameter.grad):
            return name, "gradient"
    return None, ""


def _bad_layer(model: nn.Sequential, inputs: Tensor) -> str | None:
    """Send the batch through once more and name the first layer with a bad output."""
    with torch.random.fork_rng(), torch.no_grad():  # dropout must leave no trace
        values = inputs
        for name, layer in model.named_children():
            values = layer(values)
            if _is_bad(values):
                return name
    return None


def _is_bad(values: Tensor) -> bool:
    return not bool(torch.isfinite(values).all())
