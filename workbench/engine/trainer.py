"""The training loop.

One thread runs it. It appends every step's loss to the history, tells everything else
as events, and leaves its thread only through one of the final events.
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from workbench.core.events import (
    CheckpointTaken,
    EpochFinished,
    FinalEvent,
    Picture,
    PictureMeasured,
    RunDiverged,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.core.loop import LoopSettings
from workbench.core.run import History
from workbench.engine import checkpoint
from workbench.engine.clocks import PictureClock, Stopwatch
from workbench.engine.control import RunControl
from workbench.engine.devices import describe_device, environment
from workbench.engine.divergence import find_bad_tensor
from workbench.engine.effective_rates import RateProbe
from workbench.engine.epoch_sums import EpochSums
from workbench.engine.evaluation import evaluate
from workbench.engine.experiment import Emit, Experiment

_SAMPLES_PER_RUN = 400  # measurements of the effective rates where the plan leaves it open
_CHECKPOINT_EVERY_S = 30.0


class _LossNotFiniteError(Exception):
    """The loss of the step under way is not finite; carries it."""

    def __init__(self, loss: float, inputs: Tensor) -> None:
        self.loss = loss
        self.inputs = inputs  # of the model, after the transform


class Trainer:
    """Trains one experiment from its first step to its final event."""

    def __init__(
        self, experiment: Experiment, history: History, control: RunControl, emit: Emit
    ) -> None:
        self._experiment = experiment
        self._history = history
        self._control = control
        self._emit = emit
        self._loop = experiment.plan.loop
        self._probe = RateProbe(experiment.stack, experiment.model.named_parameters())
        self._interval = sample_interval(self._loop, experiment.span.total_steps)
        self._step = 0  # steps done
        self._epoch = 0  # epochs done
        self._sums = EpochSums(experiment)
        self._clock = Stopwatch()
        self._saved_at_s = 0.0
        self._picture = PictureClock(self._clock)

    def run(self) -> FinalEvent:
        """Train until done, stopped or diverged; the last checkpoint is taken."""
        self._begin()
        try:
            ending = self._train()
        except _LossNotFiniteError as error:
            tensor, where = find_bad_tensor(self._experiment.model, error.inputs)
            elapsed_s = self._clock.elapsed_s
            ending = RunDiverged(self._step, elapsed_s, error.loss, tensor, where)
        self._take_checkpoint()
        return ending

    @property
    def step(self) -> int:
        """Count the steps done."""
        return self._step

    @property
    def elapsed_s(self) -> float:
        """Return the time spent training, pauses left out."""
        return self._clock.elapsed_s

    def _begin(self) -> None:
        experiment = self._experiment
        test = experiment.dataset.test
        self._history.rates.begin(self._probe.tensors)
        self._emit(
            RunStarted(
                device=describe_device(experiment.device),
                threads=experiment.threads,
                total_steps=experiment.span.total_steps,
                steps_per_epoch=experiment.span.steps_per_epoch,
                num_parameters=sum(t.num_elements for t in self._probe.tensors),
                num_train_samples=len(experiment.dataset.train),
                num_test_samples=0 if test is None else len(test),
                class_names=experiment.dataset.class_names,
                environment=environment(experiment.device, experiment.threads),
            )
        )
        self._clock.start()

    def _train(self) -> FinalEvent:
        self._experiment.model.train()
        while self._epoch < self._loop.epochs:
            self._sums = EpochSums(self._experiment)
            for inputs, targets in self._experiment.batches.epoch(self._epoch):
                if self._control.wanted and self._attend():
                    return RunStopped(self._step, self._clock.elapsed_s)
                self._do_step(inputs, targets)
            self._epoch += 1
            self._end_epoch()
        return RunFinished(self._step, self._clock.elapsed_s)

    def _do_step(self, inputs: Tensor, targets: Tensor) -> None:
        """Do one step and append its loss; the weights stay as they are if it is bad.

        Raises:
            _LossNotFiniteError: after the loss has been appended, before the step.
        """
        stack = self._experiment.stack
        stack.set_scale(self._experiment.scheduler.factor(self._step))
        lr = stack.nominal_lr
        sampled = self._step % self._interval == 0
        try:
            if stack.needs_closure:
                loss = self._step_with_closure(inputs, targets, sampled=sampled)
            else:
                loss = self._compute_gradients(inputs, targets, sampled=sampled)
                stack.step()
        except _LossNotFiniteError as error:
            self._history.steps.append(error.loss, lr)
            self._step += 1
            raise
        self._step += 1
        if sampled:
            self._history.rates.append(self._step, self._probe.after_step(self._step))
        self._history.steps.append(loss, lr)
        self._sums.add_loss(loss, len(targets))

    def _compute_gradients(
        self, inputs: Tensor, targets: Tensor, *, sampled: bool, first: bool = True
    ) -> float:
        experiment = self._experiment
        experiment.stack.zero_grad()
        scaled = experiment.dataset.transform(inputs)
        output = experiment.model(scaled)
        loss = experiment.loss(output, targets)
        loss.backward()
        self._clip()
        value: float = loss.item()
        if first:
            self._sums.add_output(output, targets)
            if not math.isfinite(value):
                raise _LossNotFiniteError(value, scaled)
            if sampled:
                self._probe.before_step()
        return value

    def _step_with_closure(
        self, inputs: Tensor, targets: Tensor, *, sampled: bool
    ) -> float:
        """Do a step of a method that evaluates the loss many times; return the first."""
        losses: list[float] = []

        def closure() -> float:
            first = not losses
            losses.append(
                self._compute_gradients(inputs, targets, sampled=sampled, first=first)
            )
            return losses[-1]

        self._experiment.stack.step(closure)
        return losses[0]

    def _clip(self) -> None:
        parameters = self._experiment.model.parameters()
        if self._loop.clipping == "norm":
            nn.utils.clip_grad_norm_(parameters, self._loop.clip_at)
        elif self._loop.clipping == "value":
            nn.utils.clip_grad_value_(parameters, self._loop.clip_at)

    def _end_epoch(self) -> None:
        """Measure what is due, tell it, and let the schedule know."""
        experiment, epoch = self._experiment, self._epoch
        is_last = epoch == self._loop.epochs
        test_loss = test_accuracy = None
        picture: Picture | None = None
        if experiment.dataset.test is not None and (
            is_last or epoch % self._loop.evaluate_every == 0
        ):
            measured = evaluate(experiment, experiment.dataset.test, "test", epoch)
            test_loss, test_accuracy = measured.loss, measured.accuracy
            picture = measured.picture
        row = self._sums.row(epoch, self._step, test_loss, test_accuracy)
        self._emit(EpochFinished(row))
        self._show_picture(picture, is_last=is_last)
        if experiment.dataset.test is None or test_loss is not None:
            watched = row.train_loss if test_loss is None else test_loss
            experiment.scheduler.end_epoch(watched)
        if self._clock.elapsed_s - self._saved_at_s > _CHECKPOINT_EVERY_S:
            self._take_checkpoint()

    def _show_picture(self, picture: Picture | None, *, is_last: bool) -> None:
        """Tell how well the model does, not more often than can be looked at."""
        if not (is_last or self._picture.is_due):
            return
        started_s = self._clock.elapsed_s
        if picture is None and self._experiment.dataset.test is None:
            picture = self._picture_of_training()
        if picture is not None:
            self._emit(PictureMeasured(picture))
            self._picture.was_shown(self._clock.elapsed_s - started_s)

    def _picture_of_training(self) -> Picture:
        confusion = self._sums.confusion(self._epoch)
        if confusion is not None:
            return confusion
        experiment = self._experiment
        return evaluate(experiment, experiment.dataset.train, "train", self._epoch).picture

    def _attend(self) -> bool:
        """Wait while paused; True where the run is to end."""
        if self._control.is_paused:
            self._clock.stop()
            self._take_checkpoint()
            self._emit(RunPaused(self._step))
            self._control.wait()
            self._clock.start()
        if self._control.is_stopped:
            return True
        if not self._control.take_step():
            self._emit(RunResumed(self._step))
        return False

    def _take_checkpoint(self) -> None:
        experiment = self._experiment
        state = checkpoint.capture(
            experiment.model,
            experiment.stack,
            experiment.scheduler,
            step=self._step,
            epoch=self._epoch,
        )
        self._saved_at_s = self._clock.elapsed_s
        self._emit(CheckpointTaken(state))


def sample_interval(loop: LoopSettings, total_steps: int) -> int:
    """Return how many steps lie between two measurements of the effective rates."""
    return loop.sample_every or max(1, math.ceil(total_steps / _SAMPLES_PER_RUN))
