"""Does steps of a run once more, bit for bit, and measures each of them.

A replay has a model and an optimizer of its own, which it puts into a kept state; data,
loss and schedule are those of the run. The run's model, optimizer and schedule are never
touched: all that has to be put back are torch's generators, which a process has once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from workbench.core.rates import Rates, TensorFacts
from workbench.engine.checkpoint import (
    WholeState,
    generators,
    put_generators,
    put_weights,
)
from workbench.engine.effective_rates import RateProbe
from workbench.engine.experiment import Experiment
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.optimizers import Closure
from workbench.engine.same_bits import first_difference
from workbench.engine.stepper import Stepper


@contextmanager
def generators_put_back(device: torch.device) -> Iterator[None]:
    """Leave torch's generators as they were, whatever happens in the block."""
    states = generators(device)
    try:
        yield
    finally:
        put_generators(states)


class Replay:
    """Steps of an experiment once more, for within `generators_put_back`.

    Steps from number `record_from` on are recorded for the inspector, too.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._twin = experiment.twin()
        named = list(self._twin.model.named_parameters())
        self.recorder = StepRecorder(self._twin.stack, named)
        self.record_from: float = float("inf")
        self._probe = RateProbe(self._twin.stack, named)
        self._stepper = Stepper(self._twin)
        self._is_recorded = False

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors that are measured."""
        return self._probe.tensors

    def steps(self, state: WholeState, last: int) -> Iterator[tuple[int, float, Rates]]:
        """Do the steps from a state up to `last`; give number, loss and rates of each.

        Raises:
            LossNotFiniteError: where a loss is not finite.
        """
        self._go_to(state)
        batches = self._twin.batches.onwards(state.epoch, state.content["loop"]["batch"])
        numbers = range(state.step + 1, last + 1)
        for step, (inputs, targets) in zip(numbers, batches, strict=False):
            self._is_recorded = step >= self.record_from
            loss = self._stepper.step(step - 1, inputs, targets, self)
            if self._is_recorded:
                self.recorder.after_step(step)
            yield step, loss, self._probe.after_step(step)

    def has_weights_of(self, model: nn.Module) -> bool:
        """Say whether the replay stands where a model is, to the last bit."""
        ours, theirs = self._twin.model.state_dict(), model.state_dict()
        return first_difference(dict(ours), dict(theirs)) is None

    def watch(self, closure: Closure) -> Closure:
        """Return the closure of a step that evaluates the loss itself, to pass to it."""
        return self.recorder.watch(closure) if self._is_recorded else closure

    def before_step(self) -> None:
        """Look at weights and gradients before the optimizer changes anything."""
        self._probe.before_step()
        if self._is_recorded:
            self.recorder.before_step()

    def _go_to(self, state: WholeState) -> None:
        put_weights(state.content, self._twin.model)
        self._twin.stack.load_state_dict(state.content["optimizer"])
        put_generators(state.content["random"])
