"""Measures effective learning rates while training.

With the gradient g that reaches the optimizer (after clipping), the weights θ_{t−1}
before the step and Δ = θ_t − θ_{t−1}, of each tensor:

- step coefficient: η in Δ = −η·d − decay − carried, by element; see `rates.rules`.
  Undefined for some optimizers, whose settings in `core.optimizers` say why.
- realised rate: |Δ| / |g| by element where g ≠ 0, as far as the number type holds it.
- realised norm: ‖Δ‖₂ / ‖g‖₂. Update to weight: ‖Δ‖₂ / ‖θ_{t−1}‖₂. Both undefined where
  they would divide by 0.

In the last three, Δ is the whole change of the weights in the step: weight decay is in
it, and Lookahead's pull at every k-th step. η is always that of the inner optimizer.
A tensor that has no gradient in a step has no rates in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from workbench.core.rates import STATISTICS, Quantity, Rates, TensorFacts
from workbench.engine.optimizers import OptimizerStack
from workbench.engine.rates.rules import (
    Moment,
    coefficient_of,
    moment_of,
)
from workbench.engine.rates.statistics import summarise

_ROW = {quantity: row for row, quantity in enumerate(Quantity)}
_ETA = _ROW[Quantity.STEP_COEFFICIENT]
_MEDIAN = STATISTICS.index("p50")


@dataclass(frozen=True)
class _Place:
    """Where the optimizer keeps a parameter; groups are replaced when state is loaded."""

    parameter: nn.Parameter
    optimizer: Optimizer
    group_index: int


@dataclass(frozen=True)
class _Before:
    """What is known before a step; weights and gradients of all tensors in one row."""

    active: list[int]  # tensors that have a gradient
    sizes: list[int]
    weights: Tensor
    gradients: Tensor
    moments: list[Moment]


class RateProbe:
    """Measures the effective rates of all tensors of a model in one step."""

    def __init__(
        self,
        stack: OptimizerStack,
        named_parameters: Iterable[tuple[str, nn.Parameter]],
    ) -> None:
        named = list(named_parameters)
        self.tensors = describe_tensors(named)
        self._places = _find_places(stack, [parameter for _, parameter in named])
        self._before: _Before | None = None

    @torch.no_grad()
    def before_step(self) -> None:
        """Take what has to be known: once the gradients are there, before the step.

        An optimizer that evaluates the loss itself calls its closure for that; then
        this belongs at the end of the closure's first evaluation.
        """
        active = [i for i, p in enumerate(self._places) if p.parameter.grad is not None]
        if not active:
            self._before = _Before([], [], torch.empty(0), torch.empty(0), [])
            return
        places = [self._places[index] for index in active]
        weights = _flat([place.parameter for place in places])
        gradients = _flat(
            [p.parameter.grad for p in places if p.parameter.grad is not None]
        )
        sizes = [place.parameter.numel() for place in places]
        rows = zip(
            places, torch.split(weights, sizes), torch.split(gradients, sizes), strict=True
        )
        moments = [_moment(place, weight, gradient) for place, weight, gradient in rows]
        self._before = _Before(active, sizes, weights, gradients, moments)

    @torch.no_grad()
    def after_step(self, step: int) -> Rates:
        """Return the rates of the step, shape (tensors, quantities, statistics).

        Quantities and statistics are in the order of `Quantity` and `STATISTICS`; NaN
        where one is not defined.

        Raises:
            RuntimeError: where `before_step` was not called before the step.
        """
        before, self._before = self._before, None
        if before is None:
            raise RuntimeError(f"before_step was not called before step {step}")
        rates = np.full((len(self._places), len(Quantity), len(STATISTICS)), np.nan)
        if before.active:
            rates[before.active] = self._measure(before)
        return rates

    def _measure(self, before: _Before) -> Rates:
        """Measure the tensors that have a gradient; one transfer for all elements."""
        change = _flat([self._places[index].parameter for index in before.active])
        change.sub_(before.weights)
        delta, gradient, weight = _norms(
            (change, before.gradients, before.weights), before.sizes
        )
        rates = np.full((len(before.active), len(Quantity), len(STATISTICS)), np.nan)
        rates[:, _ROW[Quantity.REALISED_NORM], _MEDIAN] = _ratio(delta, gradient)
        rates[:, _ROW[Quantity.UPDATE_TO_WEIGHT], _MEDIAN] = _ratio(delta, weight)
        realised = change.div_(before.gradients).abs_()
        self._summarise(rates, realised, before)
        return rates

    @staticmethod
    def _summarise(rates: Rates, realised: Tensor, before: _Before) -> None:
        """Fill in the quantities that have a value for each element."""
        elements, sizes, owners = [realised], list(before.sizes), []
        for row, moment in enumerate(before.moments):
            coefficient = coefficient_of(moment)
            if isinstance(coefficient, Tensor):
                elements.append(coefficient.flatten())
                sizes.append(coefficient.numel())
                owners.append(row)
            elif coefficient is not None:
                rates[row, _ETA] = coefficient
        summary = summarise(torch.cat(elements).cpu().numpy(), sizes)
        rates[:, _ROW[Quantity.REALISED_RATE]] = summary[: len(before.sizes)]
        rates[owners, _ETA] = summary[len(before.sizes) :]


def describe_tensors(
    named_parameters: Sequence[tuple[str, nn.Parameter]],
) -> tuple[TensorFacts, ...]:
    """Describe parameters in the order of the network; a layer's share its depth."""
    depths: dict[str, int] = {}
    facts = []
    for name, parameter in named_parameters:
        layer, _, leaf = name.rpartition(".")
        depth = depths.setdefault(layer, len(depths))
        shape = tuple(parameter.shape)
        facts.append(TensorFacts(name, shape, depth, is_bias=leaf == "bias"))
    return tuple(facts)


def _find_places(stack: OptimizerStack, parameters: Sequence[nn.Parameter]) -> list[_Place]:
    """Find each parameter's optimizer and group.

    Raises:
        KeyError: where a parameter is in no optimizer of the stack.
    """
    found = {
        parameter: (part, index)
        for part in stack.parts
        for index, group in enumerate(part.param_groups)
        for parameter in group["params"]
    }
    return [_Place(parameter, *found[parameter]) for parameter in parameters]


def _moment(place: _Place, weight: Tensor, gradient: Tensor) -> Moment:
    parameter, optimizer = place.parameter, place.optimizer
    group = optimizer.param_groups[place.group_index]
    shape = parameter.shape
    return moment_of(optimizer, parameter, group, weight.view(shape), gradient.view(shape))


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    """Copy the elements of all tensors into one row, at least in float32."""
    row = torch.cat([tensor.detach().flatten() for tensor in tensors])
    return row.to(torch.promote_types(row.dtype, torch.float32))


def _norms(rows: Sequence[Tensor], sizes: list[int]) -> Rates:
    """Return the length of each tensor in each row, shape (rows, tensors).

    In float64, so that squares of very small elements don't vanish.
    """
    norms = [
        torch.linalg.vector_norm(part, dtype=torch.float64)
        for row in rows
        for part in torch.split(row, sizes)
    ]
    result: Rates = torch.stack(norms).view(len(rows), -1).cpu().numpy()
    return result


def _ratio(numerator: Rates, denominator: Rates) -> Rates:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Rates = numerator / denominator
    ratio[~np.isfinite(ratio)] = np.nan
    return ratio
