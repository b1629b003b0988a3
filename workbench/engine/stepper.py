"""One step of the training loop: a batch in, its loss out, the weights changed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from torch import Tensor, nn

from workbench.engine.experiment import Experiment
from workbench.engine.lean_backward import LeanBackward
from workbench.engine.lean_pass import LeanPass
from workbench.engine.optimizers import Closure


class LossNotFiniteError(Exception):
    """The loss of the step under way is not finite; the weights are as they were."""

    def __init__(self, loss: float, inputs: Tensor) -> None:
        super().__init__(f"the loss is {loss}")
        self.loss = loss
        self.inputs = inputs  # of the model, after the transform


class Onlooker(Protocol):
    """Looks at one step between its gradients and what the optimizer makes of them."""

    def watch(self, closure: Closure) -> Closure:
        """Return the closure of a step that evaluates the loss itself, to pass to it."""

    def before_step(self) -> None:
        """Look at weights and gradients before the optimizer changes anything."""


class Stepper:
    """Does the steps of an experiment; `lr` is the nominal rate of the last one.

    `count` is called with the output and the targets of each batch, once a step.
    """

    def __init__(
        self,
        experiment: Experiment,
        count: Callable[[Tensor, Tensor], None] = lambda _output, _targets: None,
    ) -> None:
        self._experiment = experiment
        self._onlooker: Onlooker | None = None
        self._count = count
        self._lean_pass = LeanPass(experiment.model, experiment.loss)
        self._go_back = LeanBackward()
        self._loop = experiment.plan.loop
        self._needs_closure = experiment.stack.needs_closure
        self._factor = math.nan
        self.lr = math.nan

    def step(
        self,
        number: int,
        inputs: Tensor,
        targets: Tensor,
        onlooker: Onlooker | None = None,
    ) -> float:
        """Do a step, numbered from 0, and return the loss before it.

        Raises:
            LossNotFiniteError: before anything is changed.
        """
        self._onlooker = onlooker
        self._set_rate(number)
        if self._needs_closure:
            return self._step_with_closure(inputs, targets)
        loss = self._compute_gradients(inputs, targets)
        self._experiment.stack.step()
        return loss

    def step_unread(self, number: int, inputs: Tensor, targets: Tensor) -> Tensor:
        """Do a step, numbered from 0, whatever its loss, and return that unread.

        Not for methods that evaluate the loss themselves.
        """
        self._set_rate(number)
        scaled = self._experiment.dataset.transform(inputs)
        loss, output = self._go_there_and_back(scaled, targets)
        self._clip()
        self._count(output, targets)
        self._experiment.stack.step()
        return loss.detach()

    def forget_rate(self) -> None:
        """Set the rate anew before the next step: the optimizer's state was put back."""
        self._factor = math.nan

    def _set_rate(self, number: int) -> None:
        factor = self._experiment.scheduler.factor(number)
        if factor != self._factor:
            self._experiment.stack.set_scale(factor)
            self._factor, self.lr = factor, self._experiment.stack.nominal_lr

    def _compute_gradients(
        self, inputs: Tensor, targets: Tensor, *, first: bool = True
    ) -> float:
        experiment = self._experiment
        scaled = experiment.dataset.transform(inputs)
        loss, output = self._go_there_and_back(scaled, targets)
        self._clip()
        value: float = loss.item()
        if first:
            if not math.isfinite(value):
                raise LossNotFiniteError(value, scaled)
            self._count(output, targets)
            if self._onlooker is not None:
                self._onlooker.before_step()
        return value

    def _go_there_and_back(self, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return loss and outputs, the gradients in the weights' `grad`."""
        passed = self._lean_pass(inputs, targets)
        if passed is not None:
            return passed
        self._experiment.stack.zero_grad()
        output = self._experiment.model(inputs)
        loss = self._experiment.loss(output, targets)
        self._go_back(loss)
        return loss, output

    def _step_with_closure(self, inputs: Tensor, targets: Tensor) -> float:
        """Do a step of a method that evaluates the loss many times; return the first."""
        losses: list[float] = []

        def closure() -> float:
            first = not losses
            losses.append(self._compute_gradients(inputs, targets, first=first))
            return losses[-1]

        watched = closure if self._onlooker is None else self._onlooker.watch(closure)
        self._experiment.stack.step(watched)
        return losses[0]

    def _clip(self) -> None:
        if self._loop.clipping == "off":
            return
        parameters = self._experiment.model.parameters()
        if self._loop.clipping == "norm":
            nn.utils.clip_grad_norm_(parameters, self._loop.clip_at)
        else:
            nn.utils.clip_grad_value_(parameters, self._loop.clip_at)
