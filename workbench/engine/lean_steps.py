"""Lets torch's optimizers step without what only `torch.compile` and its profiler need.

torch wraps `step` and a few other methods: for its compiler, which the first call imports
(more than 900 modules, about as long as torch itself), and for its profiler. Here nothing
is compiled. What is left is the method's own arithmetic, to the last bit; a step of a
small model takes a quarter less time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Adam, Optimizer

from workbench.engine.lean_adam import LeanAdam, is_served

_MARK = "__dynamo_disable"  # where torch keeps what to call in place of a method


def spare_the_compiler() -> None:
    """Have the methods that torch hides from its compiler called as they are.

    torch looks for the hidden method on the method itself before it imports the
    compiler to make one. A torch that no longer does so imports it as ever.
    """
    for method in vars(Optimizer).values():
        hidden = getattr(method, "__wrapped__", None)
        if inspect.isfunction(hidden) and not hasattr(hidden, _MARK):
            setattr(hidden, _MARK, hidden)


def make_lean(optimizer: Optimizer) -> None:
    """Let this optimizer's `step` go straight to its arithmetic; its hooks still run."""
    raw = _raw_step(optimizer)
    hooks = optimizer._optimizer_step_post_hooks  # noqa: SLF001 - no public way

    def step(closure: Callable[[], Any] | None = None) -> Any:
        had_grad = torch.is_grad_enabled()
        torch.set_grad_enabled(False)
        try:
            loss = raw(optimizer) if closure is None else raw(optimizer, closure)
        finally:
            torch.set_grad_enabled(had_grad)
        for hook in tuple(hooks.values()):
            hook(optimizer, (closure,), {})
        return loss

    optimizer.step = step  # type: ignore[method-assign]  # of this object alone


def _raw_step(optimizer: Optimizer) -> Callable[..., Any]:
    """Return what does a step of this optimizer, given it and perhaps a closure."""
    raw: Callable[..., Any] = inspect.unwrap(type(optimizer).step)
    if not is_served(optimizer):
        return raw

    lean = LeanAdam()

    def step(adam: Adam, closure: Callable[[], Any] | None = None) -> Any:
        if closure is None and lean.step(adam):
            return None
        return raw(adam) if closure is None else raw(adam, closure)

    return step
