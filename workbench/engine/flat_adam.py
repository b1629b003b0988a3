"""The state of Adam for small tensors, one after the other in one piece of memory.

With small tensors calls are what a step costs. Adam's running means are of no use to
anybody else within a step, so they can lie in one row, and each operation goes through
all of them as if they were one tensor: half the time for a small MLP. Whoever looks at
the state finds the tensors that torch would have made, as views of that row.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from workbench.engine.same_bits import first_difference

_MOST_ELEMENTS = 1 << 16  # of all tensors; above, what is computed is what costs
_State = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """What a step changes in a group, one list item for each tensor."""

    weights: list[Tensor]
    gradients: list[Tensor]
    firsts: list[Tensor]  # running mean of the gradients
    seconds: list[Tensor]  # and of their squares
    counts: list[Tensor]  # steps done, on the CPU


class FlatState:
    """The state of the tensors of one group; made from what torch has made."""

    def __init__(self, work: Work) -> None:
        self._first, self.firsts = _in_a_row(work.firsts)
        self._second, self.seconds = _in_a_row(work.seconds)
        self._gradient, self._gradients = _in_a_row(work.gradients)
        self._root, self._roots = _in_a_row(work.seconds)
        self._count = torch.stack(work.counts)
        self.counts = list(self._count.unbind())

    def holds(self, work: Work) -> bool:
        """Say whether the state is this one, with nothing left out or put in its place."""
        return (
            len(work.firsts) == len(self.firsts)
            and all(map(operator.is_, work.firsts, self.firsts))
            and all(map(operator.is_, work.seconds, self.seconds))
            and all(map(operator.is_, work.counts, self.counts))
        )

    def put_into(self, states: Sequence[_State]) -> None:
        """Put the views where torch keeps the state of each tensor."""
        for number, state in enumerate(states):
            state["exp_avg"] = self.firsts[number]
            state["exp_avg_sq"] = self.seconds[number]
            state["step"] = self.counts[number]

    def step(self, group: Mapping[str, Any], work: Work) -> None:
        """Change weights and state by one step."""
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        decay, gradient = group["weight_decay"], self._gradient
        torch._foreach_copy_(self._gradients, work.gradients)
        self._count.add_(1)
        if decay and group["decoupled_weight_decay"]:
            torch._foreach_mul_(work.weights, 1 - lr * decay)
        elif decay:
            torch._foreach_add_(self._gradients, work.weights, alpha=decay)
        self._first.lerp_(gradient, 1 - beta1)
        self._second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        step = self.counts[0].item()
        torch.sqrt(self._second, out=self._root)
        self._root.div_((1 - beta2**step) ** 0.5).add_(eps)
        torch._foreach_addcdiv_(
            work.weights, self.firsts, self._roots, -lr / (1 - beta1**step)
        )


def fits(work: Work) -> bool:
    """Say whether the tensors of a group are small, and such as can lie in a row."""
    tensors = (*work.weights, *work.gradients, *work.firsts, *work.seconds)
    return (
        len(work.weights) > 1
        and sum(map(Tensor.numel, work.weights)) <= _MOST_ELEMENTS
        and len({tensor.dtype for tensor in tensors}) == 1
        and all(map(Tensor.is_contiguous, tensors))
    )


def made_like(work: Work) -> Work:
    """Return tensors of the same shapes with made values, five steps done."""
    generator = torch.Generator().manual_seed(0)

    def made(tensors: Sequence[Tensor]) -> list[Tensor]:
        return [
            torch.empty_like(tensor, requires_grad=False).normal_(generator=generator)
            for tensor in tensors
        ]

    seconds = [tensor.abs_() for tensor in made(work.seconds)]
    counts = [torch.full_like(count, 5) for count in work.counts]
    return Work(
        made(work.weights), made(work.gradients), made(work.firsts), seconds, counts
    )


def are_same(one: Work, other: Work) -> bool:
    """Compare weights and states bit by bit."""
    return first_difference(list(vars(one).values()), list(vars(other).values())) is None


def _in_a_row(tensors: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Copy tensors into one, and return that and its parts in their shapes."""
    row = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
    parts = row.split([tensor.numel() for tensor in tensors])
    shaped = zip(parts, tensors, strict=True)
    return row, [part.view(tensor.shape) for part, tensor in shaped]
