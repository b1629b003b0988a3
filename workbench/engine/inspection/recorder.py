"""Records single steps in full detail, in a bounded part of the memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from workbench.core.errors import UserError
from workbench.core.inspection import StepReport
from workbench.engine.effective_rates import Place, find_places
from workbench.engine.inspection.capture import keep
from workbench.engine.inspection.evaluations import Evaluations
from workbench.engine.inspection.explain import RECIPES, explain
from workbench.engine.inspection.records import Pull, TensorStep
from workbench.engine.optimizers import Closure, OptimizerStack

_LIMIT_BYTES = 64 * 2**20
_LIMIT_STEPS = 200


@dataclass(frozen=True)
class _Step:
    number: int
    tensors: Mapping[str, TensorStep]  # those that had a gradient

    @property
    def num_bytes(self) -> int:
        return sum(tensor.num_bytes for tensor in self.tensors.values())


class StepRecorder:
    """Keeps the newest recorded steps; at least one, whatever its size.

    The training thread records; any thread may ask, also after the run has ended.
    """

    def __init__(
        self,
        stack: OptimizerStack,
        named_parameters: Sequence[tuple[str, nn.Parameter]],
        *,
        limit_bytes: int = _LIMIT_BYTES,
        limit_steps: int = _LIMIT_STEPS,
    ) -> None:
        self._shapes = {name: tuple(p.shape) for name, p in named_parameters}
        self._limit_bytes, self._limit_steps = limit_bytes, limit_steps
        self._lock = threading.Lock()
        self._steps: list[_Step] = []
        self._live: _Recording | None = _Recording(stack, named_parameters)

    @property
    def newest(self) -> int | None:
        """Return the number of the newest recorded step."""
        with self._lock:
            return self._steps[-1].number if self._steps else None

    def watch(self, closure: Closure) -> Closure:
        """Return the closure of the next step, from which its losses will be known."""
        return closure if self._live is None else self._live.watch(closure)

    def before_step(self) -> None:
        """Copy what has to be known: gradients are there, the step is not done."""
        if self._live is not None:
            self._live.begin()

    def after_step(self, number: int) -> None:
        """Copy what the step left; forget the oldest steps where there are too many."""
        if self._live is None:
            return
        step = _Step(number, self._live.finish())
        with self._lock:
            self._steps.append(step)
            self._forget_oldest()

    def take_over(self, other: StepRecorder) -> None:
        """Take the steps of another recorder of the same model, too, as far as they fit.

        Where both have a step, its own stays; its newest step stays the newest.
        """
        with other._lock:
            theirs = {step.number: step for step in other._steps}
        with self._lock:
            ours = {step.number: step for step in self._steps}
            together = {**theirs, **ours}
            self._steps = [together[number] for number in sorted(together)]
            self._forget_oldest()

    def close(self) -> None:
        """Let go of model and optimizer; what is recorded stays."""
        self._live = None

    def steps(self, tensor: str) -> tuple[int, ...]:
        """List the steps that can be explained for a tensor, in order."""
        with self._lock:
            return tuple(step.number for step in self._steps if tensor in step.tensors)

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        """Explain what a recorded step did to one weight.

        Raises:
            UserError: where there is no such tensor, index or recorded step.
        """
        shape = self._shapes.get(tensor)
        if shape is None:
            names = ", ".join(self._shapes)
            raise UserError(f"The model has no tensor '{tensor}'. It has: {names}.")
        if len(index) != len(shape) or not all(
            0 <= place < size for place, size in zip(index, shape, strict=True)
        ):
            sizes = "×".join(map(str, shape)) or "one number"
            raise UserError(f"'{tensor}' is {sizes} and has no element {list(index)}.")
        return explain(self._find(tensor, step), tensor, index, step)

    def _find(self, tensor: str, number: int) -> TensorStep:
        with self._lock:
            for step in self._steps:
                if step.number == number and tensor in step.tensors:
                    return step.tensors[tensor]
        raise UserError(
            f"Step {number:,} of '{tensor}' is not recorded: steps are recorded where a "
            "run pauses, while it goes step by step, and before an accident."
        )

    def _forget_oldest(self) -> None:
        """Drop steps until the rest fit, or only the newest is left."""
        while len(self._steps) > 1 and self._is_too_much():
            del self._steps[0]

    def _is_too_much(self) -> bool:
        total = sum(step.num_bytes for step in self._steps)
        return len(self._steps) > self._limit_steps or total > self._limit_bytes


class _Recording:
    """Copies the tensors around one step after another."""

    def __init__(
        self, stack: OptimizerStack, named_parameters: Sequence[tuple[str, nn.Parameter]]
    ) -> None:
        self._stack = stack
        self._names = [name for name, _ in named_parameters]
        self._places = find_places(stack, [p for _, p in named_parameters])
        self._found: dict[str, TensorStep] = {}
        self._hooks: list[Any] = []
        self._evaluations: Evaluations | None = None  # where the step is watched

    def watch(self, closure: Closure) -> Closure:
        """Return the closure of the next step, watched."""
        device = self._places[0].parameter.device
        self._evaluations = Evaluations(closure, device)
        return self._evaluations

    @torch.no_grad()
    def begin(self) -> None:
        """Copy what there is before the step."""
        self._drop_hooks()
        self._found = {
            name: self._before(place)
            for name, place in zip(self._names, self._places, strict=True)
            if place.parameter.grad is not None
        }
        # The optimizer's own step ends before Lookahead pulls.
        self._hooks = [
            part.register_step_post_hook(self._copy_state) for part in self._stack.parts
        ]

    @torch.no_grad()
    def finish(self) -> dict[str, TensorStep]:
        """Copy what there is after the step and return all."""
        self._drop_hooks()
        self._evaluations = None
        for name, place in zip(self._names, self._places, strict=True):
            record = self._found.get(name)
            if record is not None and record.pull is not None:
                pull = self._pulled(place, record.pull)
                self._found[name] = replace(record, pull=pull)
        found, self._found = self._found, {}
        return found

    def _before(self, place: Place) -> TensorStep:
        weight, gradient = place.parameter, place.parameter.grad
        if gradient is None:
            raise ValueError("only tensors with a gradient are recorded")
        copied = keep(weight)
        return TensorStep(
            optimizer=type(place.optimizer),
            group={name: v for name, v in place.group.items() if name != "params"},
            weight=copied,
            gradient=keep(gradient),
            fast=copied,
            old=RECIPES[type(place.optimizer)].before(place),
            new={},
            pull=self._slow(place),
        )

    @torch.no_grad()
    def _copy_state(self, optimizer: Optimizer, *_: object) -> None:
        watched = self._evaluations
        losses = {} if watched is None else watched.before_and_after()
        for name, place in zip(self._names, self._places, strict=True):
            if place.optimizer is optimizer and name in self._found:
                self._found[name] = replace(
                    self._found[name],
                    fast=keep(place.parameter),
                    new={**RECIPES[type(optimizer)].after(place), **losses},
                )

    def _slow(self, place: Place) -> Pull | None:
        """Copy the slow weights as they are before the step."""
        if not self._stack.lookaheads:
            return None
        wrapper: Any = self._stack.lookaheads[self._stack.parts.index(place.optimizer)]
        state = wrapper.state[place.parameter]
        slow, momentum = state["slow_params"], state.get("slow_momentum")
        return Pull(
            alpha=float(wrapper.alpha),
            slow=keep(slow),
            weight=slow,  # replaced when the step is done
            slow_momentum=None if momentum is None else keep(momentum),
        )

    def _pulled(self, place: Place, before: Pull) -> Pull | None:
        """Copy what a pull left; None where this step made none."""
        wrapper: Any = self._stack.lookaheads[self._stack.parts.index(place.optimizer)]
        if place.group["counter"] != 0:
            return None
        changed = wrapper.pullback_momentum != "none"
        buffer = place.optimizer.state[place.parameter].get("momentum_buffer")
        return replace(
            before,
            weight=keep(place.parameter),
            momentum=keep(buffer) if changed and buffer is not None else None,
        )

    def _drop_hooks(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
