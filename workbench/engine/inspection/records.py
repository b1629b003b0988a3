"""What is kept of one step: every number that the optimizer's formula has in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

Value = Tensor | float


@dataclass(frozen=True)
class Pull:
    """How Lookahead pulled one tensor back, after the optimizer's own step.

    The momentum is that of the inner optimizer; None where it was left alone.
    """

    alpha: float
    slow: Tensor  # slow weights before
    weight: Tensor  # weights after, which are the new slow ones
    slow_momentum: Tensor | None = None  # before, where it is pulled back too
    momentum: Tensor | None = None  # after


@dataclass(frozen=True)
class TensorStep:
    """All that one step did to one tensor: copies on the CPU that never change.

    `weight`, `gradient` (after clipping) and `old` are from before the step, `fast` and
    `new` from after the optimizer's own step. State that did not exist is missing.
    """

    optimizer: type[Optimizer]
    group: Mapping[str, Any]  # hyperparameters of the step
    weight: Tensor
    gradient: Tensor
    fast: Tensor
    old: Mapping[str, Value]
    new: Mapping[str, Value]
    pull: Pull | None = None

    @property
    def num_bytes(self) -> int:
        """Count the bytes of all its tensors."""
        return sum(tensor.nbytes for tensor in self._tensors())

    def _tensors(self) -> Iterator[Tensor]:
        yield from (self.weight, self.gradient, self.fast)
        for value in (*self.old.values(), *self.new.values()):
            if isinstance(value, Tensor):
                yield value
        if self.pull is not None:
            parts = (self.pull.slow, self.pull.weight)
            momenta = (self.pull.slow_momentum, self.pull.momentum)
            yield from (part for part in (*parts, *momenta) if part is not None)


class Weight:
    """One weight in one recorded step, its numbers as Python floats.

    Raises:
        IndexError: where the tensor has no such index.
    """

    def __init__(self, step: TensorStep, index: tuple[int, ...]) -> None:
        self.step = step
        self.index = index
        self.theta = float(step.weight[index])  # before the step
        self.gradient = float(step.gradient[index])
        self.fast = float(step.fast[index])  # after the optimizer's own step

    def given(self, name: str) -> float:
        """Return a hyperparameter of the step."""
        return float(self.step.group[name])

    def has(self, name: str) -> bool:
        """Say whether this state existed before the step."""
        return name in self.step.old

    def old(self, name: str, default: float = 0.0) -> float:
        """Return state from before the step; `default` is what it starts with."""
        return self._read(self.step.old[name]) if name in self.step.old else default

    def new(self, name: str) -> float:
        """Return state that the step left."""
        return self._read(self.step.new[name])

    def _read(self, value: Value) -> float:
        if isinstance(value, Tensor) and value.shape == self.step.weight.shape:
            return float(value[self.index])
        return float(value)
