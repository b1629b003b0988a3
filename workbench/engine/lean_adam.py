"""The step of Adam and AdamW on the CPU, without what torch looks up in each one.

The same operations in the same order as `_single_tensor_adam` of torch.optim, so the same
weights and the same state to the last bit; less than half the time, and a quarter where
all tensors are small. Each operation goes through all tensors in one call: calls are what
costs with small ones, and between calls the window's thread may hold the interpreter.
Adam: A Method for Stochastic Optimization, Kingma and Ba, 2015, algorithm 1; AdamW:
Decoupled Weight Decay Regularization, Loshchilov and Hutter, 2019, algorithm 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

from workbench.engine.flat_adam import FlatState, Work, are_same, fits, made_like

# What may be asked of torch, and is not done here.
_ELSEWHERE = ("foreach", "fused", "capturable", "differentiable", "maximize", "amsgrad")
_TRIAL_STEPS = 20  # another last bit in a few elements seldom shows at once


def is_served(optimizer: Optimizer) -> bool:
    """Say whether `LeanAdam` serves an optimizer, once torch has made its state."""
    if type(optimizer) not in {Adam, AdamW}:  # others of their kind may step otherwise
        return False
    tensors = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    return all(tensor.is_cpu and tensor.is_floating_point() for tensor in tensors)


class LeanAdam:
    """Does the steps of one optimizer."""

    def __init__(self) -> None:
        self._flat: dict[int, FlatState | None] = {}  # by group; None: not to be trusted

    def step(self, optimizer: Adam) -> bool:
        """Change the weights by one step; False, with nothing done, where torch has to.

        To be called without gradients being recorded.
        """
        groups = optimizer.param_groups
        if any(group[name] for group in groups for name in _ELSEWHERE):
            return False
        works = []
        for group in groups:
            work = _work(optimizer, group["params"])
            if work is None:
                return False
            works.append(work)
        for number, (group, work) in enumerate(zip(groups, works, strict=True)):
            if work.weights:
                self._step_group(number, group, work, optimizer)
        return True

    def _step_group(
        self, number: int, group: Mapping[str, Any], work: Work, optimizer: Adam
    ) -> None:
        flat = self._flat.get(number)
        if flat is not None and flat.holds(work):
            flat.step(group, work)
            return
        _step_each(group, work)
        if number not in self._flat or flat is not None:
            self._flat[number] = flat = _lay_flat(group, work)
            if flat is not None:
                flat.put_into([optimizer.state[weights] for weights in work.weights])


def _work(optimizer: Adam, parameters: Sequence[Tensor]) -> Work | None:
    """Return what a step changes; None where the tensors have not done the same steps.

    Before torch's own first step they have no state at all.
    """
    work = Work([], [], [], [], [])
    for weights in parameters:
        if weights.grad is None:
            continue
        state = optimizer.state.get(weights)
        if not state:
            return None
        work.weights.append(weights)
        work.gradients.append(weights.grad)
        work.firsts.append(state["exp_avg"])
        work.seconds.append(state["exp_avg_sq"])
        work.counts.append(state["step"])
    has_one_count = len({count.item() for count in work.counts}) <= 1
    return work if has_one_count else None


def _step_each(group: Mapping[str, Any], work: Work) -> None:
    lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
    decay, is_decoupled = group["weight_decay"], group["decoupled_weight_decay"]
    gradients: list[Tensor] | tuple[Tensor, ...] = work.gradients
    torch._foreach_add_(work.counts, 1)
    if decay and is_decoupled:
        torch._foreach_mul_(work.weights, 1 - lr * decay)
    elif decay:
        gradients = torch._foreach_add(  # noqa: SLF001 - torch has no public name for it
            gradients, work.weights, alpha=decay
        )
    torch._foreach_lerp_(work.firsts, gradients, 1 - beta1)
    torch._foreach_mul_(work.seconds, beta2)
    torch._foreach_addcmul_(work.seconds, gradients, gradients, 1 - beta2)
    step = work.counts[0].item()
    roots = torch._foreach_sqrt(work.seconds)  # noqa: SLF001
    torch._foreach_div_(roots, (1 - beta2**step) ** 0.5)
    torch._foreach_add_(roots, eps)
    torch._foreach_addcdiv_(work.weights, work.firsts, roots, -lr / (1 - beta1**step))


def _lay_flat(group: Mapping[str, Any], work: Work) -> FlatState | None:
    """Return the state in a row; None where that would not give the same bits."""
    if not fits(work):
        return None
    plain, rowed = made_like(work), made_like(work)
    flat = FlatState(rowed)
    for _ in range(_TRIAL_STEPS):
        _step_each(group, plain)
        flat.step(group, rowed)
        for work_done in (plain, rowed):
            torch._foreach_mul_(work_done.gradients, -0.9)
    found = Work(rowed.weights, rowed.gradients, flat.firsts, flat.seconds, flat.counts)
    return FlatState(work) if are_same(plain, found) else None
