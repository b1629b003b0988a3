"""What *fast* arithmetic switches on, where the machine and the model have use for it.

Weights, gradients and the optimizer's state stay float32 throughout.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from typing_extensions import override

from workbench.core.models import CnnModel
from workbench.core.plan import Plan
from workbench.engine.blocked import BlockedForward
from workbench.engine.data.dataset import Split
from workbench.engine.optimizers import FUSED, OptimizerStack
from workbench.engine.pair_pooling import PairPool2d

_TITLE = "Fast arithmetic"


@dataclass(frozen=True)
class Arithmetic:
    """How a run computes; without arguments, as the plain example does.

    `bfloat16` and `channels_last` are for convolutions alone. In linear models and MLPs
    of the sizes that are trained here, rounding to bfloat16 costs more than the faster
    products win.
    """

    blocked: bool = False  # convolutions on the CPU; the same bits, sooner
    channels_last: bool = False
    bfloat16: bool = False  # in the forward pass; the loss is computed in float32
    fused: bool = False  # optimizers in one piece, where torch has one
    tf32: bool = False  # in products and convolutions of float32

    def take_model(self, model: nn.Sequential, device: torch.device) -> nn.Sequential:
        """Return the model on its device, laid out and computed as chosen."""
        model = model.to(device)
        if self.channels_last:
            model = model.to(memory_format=torch.channels_last)
        if self.bfloat16:
            return Bfloat16Forward(model)
        return BlockedForward(model) if self.blocked else model

    def take_split(self, split: Split, device: torch.device) -> Split:
        """Return the samples on their device, images laid out as chosen."""
        inputs, targets = split.inputs.to(device), split.targets.to(device)
        if self.channels_last:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        return Split(inputs, targets)


class Bfloat16Forward(nn.Sequential):
    """Layers that compute in bfloat16 where torch holds it safe, with float32 weights.

    Inputs and outputs are float32, and the names of the layers are those of `model`.
    """

    def __init__(self, model: nn.Sequential) -> None:
        super().__init__(OrderedDict(_quicker(model)))

    @override
    def forward(self, input: Tensor) -> Tensor:
        """Compute the outputs, float32."""
        with torch.autocast(input.device.type, torch.bfloat16):
            output: Tensor = super().forward(input)  # type: ignore[no-untyped-call]  # torch's
        return output.float()


def _quicker(model: nn.Sequential) -> Iterator[tuple[str, nn.Module]]:
    """Yield the layers with their names, those that pool in the short way."""
    for name, layer in model.named_children():
        yield name, PairPool2d() if _pools_pairs(layer) else layer


def _pools_pairs(layer: nn.Module) -> bool:
    """Say whether a layer is what `nn.MaxPool2d(2)` makes."""
    return type(layer) is nn.MaxPool2d and repr(layer) == repr(nn.MaxPool2d(2))


def choose_arithmetic(plan: Plan, device: torch.device) -> Arithmetic:
    """Return how a run computes on a device."""
    convolves = isinstance(plan.model, CnnModel)
    if plan.loop.arithmetic == "exact":
        return Arithmetic(blocked=convolves and device.type == "cpu")
    return Arithmetic(
        channels_last=convolves,
        bfloat16=convolves and has_bfloat16(device),
        fused=True,
        tf32=_has_tf32(device),
    )


def describe_arithmetic(
    arithmetic: Arithmetic, stack: OptimizerStack, device: torch.device
) -> str:
    """Say what fast arithmetic has switched on in a run, and what is missing and why."""
    on = ", ".join(_switched_on(arithmetic, stack))
    missing = "".join(f" {words}" for words in _missing(arithmetic, stack, device))
    if not on:
        return f"{_TITLE} changes nothing here.{missing}"
    return f"{_TITLE}: {on}; digits differ from exact runs.{missing}"


def has_bfloat16(device: torch.device) -> bool:
    """Say whether a device computes products of bfloat16 by itself."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    cpu = torch.cpu
    is_there: bool = cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported()  # noqa: SLF001 - no public way
    return is_there


def _has_tf32(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def _switched_on(arithmetic: Arithmetic, stack: OptimizerStack) -> Iterator[str]:
    if arithmetic.channels_last:
        yield "channels last"
    yield from (f"fused {name}" for name in stack.fused)
    if arithmetic.bfloat16:
        yield "bfloat16 in the forward pass"
    if arithmetic.tf32:
        yield "TF32 in products and convolutions"


def _missing(
    arithmetic: Arithmetic, stack: OptimizerStack, device: torch.device
) -> Iterator[str]:
    where = "CUDA" if device.type == "cuda" else "the CPU"
    for name in stack.not_fused:
        fused = ", ".join(FUSED[device.type])
        yield f"{name} is not fused: on {where} that is done for {fused} alone."
    if not arithmetic.channels_last:
        yield "Channels last and bfloat16 are used for convolutions alone."
    elif not arithmetic.bfloat16:
        yield f"bfloat16 is left out: {_why_no_bfloat16(device)}."
    if device.type == "cuda" and not arithmetic.tf32:
        yield "This graphics card has no TF32."


def _why_no_bfloat16(device: torch.device) -> str:
    what = "graphics card" if device.type == "cuda" else "processor"
    return f"this {what} has no instructions for it"
