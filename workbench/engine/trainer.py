"""The training loop.

One thread runs it. It appends every step's loss to the history, on CUDA some at a time,
tells everything else as events, and leaves its thread only through one of the final
events.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from torch import Tensor, nn

from workbench.core.events import (
    FinalEvent,
    LossExploded,
    NoticeGiven,
    RunContinued,
    RunDiverged,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.core.run import History
from workbench.engine.checkpoint import WholeState, generators, put_generators
from workbench.engine.checkpointer import Checkpointer
from workbench.engine.clocks import Stopwatch
from workbench.engine.control import RunControl
from workbench.engine.devices import describe_device
from workbench.engine.divergence import find_bad_tensor
from workbench.engine.epoch_end import EpochEnd
from workbench.engine.epoch_sums import EpochSums
from workbench.engine.experiment import Emit, Experiment
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.kept_states import KeptStates
from workbench.engine.look_back import LookBack
from workbench.engine.loss_watch import LossWatch
from workbench.engine.position import Position
from workbench.engine.step_meter import StepMeter
from workbench.engine.stepper import LossNotFiniteError, Stepper
from workbench.engine.unread import (
    MOST_UNREAD,
    DoneEpoch,
    DoneStep,
    can_be_undone,
    pays_off,
    put_back,
    read_losses,
)


class Trainer:
    """Trains one experiment from where it starts to its final event."""

    def __init__(
        self, experiment: Experiment, history: History, control: RunControl, emit: Emit
    ) -> None:
        self._experiment = experiment
        self._history = history
        self._control = control
        self._emit = emit
        self._loop = experiment.plan.loop
        self._clock = Stopwatch(experiment.start.elapsed_s)
        self._meter = StepMeter(experiment, history, self._clock)
        self._is_single = False  # the step under way is recorded for the inspector
        self._unread: deque[DoneStep | DoneEpoch] = deque()  # a step comes first
        self._reads_late = pays_off(experiment)
        self._read_at_once_up_to = 0  # steps: among them was one with a bad loss
        self._draws = any(isinstance(part, nn.Dropout) for part in experiment.model)
        self._step = experiment.start.step  # steps done
        self._epoch = experiment.start.epoch  # epochs done
        self._batch = experiment.start.batch  # batches done of the epoch under way
        self._sums = EpochSums(experiment)
        if experiment.start.sums is not None:
            self._sums.load(experiment.start.sums)
        self._epoch_end = EpochEnd(experiment, history.epochs, self._clock, emit)
        self.kept_states = KeptStates(self._notice)
        self._watch = LossWatch(self._loop, history.steps.loss, self.kept_states)
        self._stepper = Stepper(experiment, self._count)
        self._accident: int | None = None  # the step of one that was not looked at yet
        self._look_back = LookBack(
            experiment, history, self.kept_states, self.recorder, emit
        )
        self._checkpointer = Checkpointer(self._state, emit)

    def run(self) -> FinalEvent:
        """Train until done, stopped or diverged; the last checkpoint is taken."""
        self._begin()
        try:
            ending = self._train()
        except LossNotFiniteError as error:
            ending = self._diverge(error)
        except BaseException:
            with contextlib.suppress(Exception):  # the card may be lost
                self._keep_losses()
            raise
        self.kept_states.forget_bad()
        self._checkpointer.take()
        return ending

    @property
    def recorder(self) -> StepRecorder:
        """Return the steps that can be explained; any thread may ask it."""
        return self._meter.recorder

    @property
    def step(self) -> int:
        """Count the steps done."""
        return self._step

    @property
    def checkpoint_step(self) -> int | None:
        """Return the step of the newest checkpoint, None before the first."""
        return self._checkpointer.step

    @property
    def num_samples(self) -> int:
        """Count the training samples."""
        return self._experiment.batches.samples

    @property
    def elapsed_s(self) -> float:
        """Return the time spent training these weights, pauses left out."""
        return self._clock.elapsed_s

    def _begin(self) -> None:
        experiment = self._experiment
        test = experiment.dataset.test
        self._meter.begin(self._step)
        self._emit(
            RunStarted(
                device=describe_device(experiment.device),
                threads=experiment.threads,
                total_steps=experiment.span.total_steps,
                steps_per_epoch=experiment.span.steps_per_epoch,
                num_parameters=sum(t.num_elements for t in self._meter.tensors),
                num_train_samples=len(experiment.dataset.train),
                num_test_samples=0 if test is None else len(test),
                class_names=experiment.dataset.class_names,
                environment=experiment.facts["environment"],
            )
        )
        if experiment.continued is not None:
            self._emit(RunContinued(experiment.continued, self._clock.elapsed_s))
            self._checkpointer.take()
        self._clock.start()

    def _train(self) -> FinalEvent:
        self._experiment.model.train()
        while self._epoch < self._loop.epochs or not self._read():
            batches = self._experiment.batches.epoch(self._epoch, self._batch)
            for inputs, targets in batches:
                # Asked once: where either comes up later, losses may be unread.
                is_wanted, is_due = self._control.wanted, self._checkpointer.is_due
                if self._unread and (is_wanted or is_due or self._must_read()):
                    if not self._read():
                        break
                    is_wanted = self._control.wanted  # a leap of the loss may ask too
                if is_wanted and self._attend():
                    return RunStopped(self._step, self._clock.elapsed_s)
                if is_due:
                    self._checkpointer.take()
                self._watch.before_step(self._step, self._state)
                self._do_step(inputs, targets)
            else:
                self._end_epoch()
        return RunFinished(self._step, self._clock.elapsed_s)

    def _do_step(self, inputs: Tensor, targets: Tensor) -> None:
        """Do one step and append its loss; the state stays as it is if that is bad.

        Where the loss may stay unread, that is found out later.

        Raises:
            LossNotFiniteError: after the loss has been appended, before the step.
        """
        if self._may_stay_unread():
            self._do_unread(inputs, targets)
            return
        onlooker = self._meter.prepare(self._step, recorded=self._is_single)
        random = generators(self._experiment.device) if self._draws else None
        try:
            loss = self._stepper.step(self._step, inputs, targets, onlooker)
        except LossNotFiniteError as error:
            self._history.steps.append(error.loss, self._stepper.lr)
            if random is not None:
                put_generators(random)
            raise
        self._step, self._batch = self._step + 1, self._batch + 1
        if onlooker is not None:
            onlooker.after_step(self._step)
            self._is_single = False
        self._history.steps.append(loss, self._stepper.lr)
        self._sums.add_loss(loss, len(targets))
        self._watch_loss(self._step, loss)

    def _watch_loss(self, step: int, loss: float) -> bool:
        """Watch the loss of a step; True where the run is to pause after it."""
        explosion = self._watch.after_step(step, loss)
        return explosion is not None and self._explode(explosion)

    def _may_stay_unread(self) -> bool:
        """Say whether the next step's loss may be read later."""
        return (
            self._reads_late
            and not self._is_single
            and self._step >= self._read_at_once_up_to
            and not self._meter.looks_at(self._step)
            and can_be_undone(self._step, self.kept_states)
        )

    def _must_read(self) -> bool:
        """Say whether the next step, or a state kept before it, needs all losses."""
        return (
            self._step - self._unread[0].step >= MOST_UNREAD
            or self._watch.is_due(self._step)
            or not self._may_stay_unread()
        )

    def _do_unread(self, inputs: Tensor, targets: Tensor) -> None:
        counts = self._sums.counts
        loss = self._stepper.step_unread(self._step, inputs, targets)
        done = DoneStep(
            step=self._step,
            epoch=self._epoch,
            batch=self._batch,
            loss=loss,
            lr=self._stepper.lr,
            samples=len(targets),
            sums=self._sums,
            counts=counts,
        )
        self._unread.append(done)
        self._step, self._batch = self._step + 1, self._batch + 1

    def _read(self) -> bool:
        """Take in all losses that are unread; False where it went back to do so."""
        losses = iter(read_losses(self._unread))
        pauses = False
        while self._unread:
            done = self._unread.popleft()
            if isinstance(done, DoneEpoch):
                self._report(done)
                continue
            loss = next(losses)
            if pauses or not math.isfinite(loss):
                self._go_back(done)
                return False
            self._history.steps.append(loss, done.lr)
            done.sums.add_loss(loss, done.samples)
            pauses = self._watch_loss(done.step + 1, loss)
        return True

    def _keep_losses(self) -> None:
        """Append the good losses that are unread, and do nothing else: a run has failed."""
        losses = iter(read_losses(self._unread))
        steps = [done for done in self._unread if isinstance(done, DoneStep)]
        for done, loss in zip(steps, losses, strict=True):
            if not math.isfinite(loss):
                return
            self._history.steps.append(loss, done.lr)

    def _go_back(self, first: DoneStep) -> None:
        """Go back to before a step that should not have been done, or not yet.

        Raises:
            LossNotFiniteError: where the good steps, done again, come out otherwise.
        """
        self._unread.clear()
        state = self.kept_states.recent[-1]
        put_back(self._experiment, state)
        first.sums.put_counts(first.counts)
        self._sums, self._read_at_once_up_to = first.sums, first.step + 1
        self._step, self._epoch = state.step, state.epoch
        self._batch = state.content["loop"]["batch"]
        self._do_again(first.step)
        self._step, self._epoch, self._batch = first.step, first.epoch, first.batch
        self._stepper = Stepper(self._experiment, self._count)

    def _do_again(self, last: int) -> None:
        """Do steps again, up to `last`, whose losses are known."""
        stepper, all_batches = Stepper(self._experiment), self._experiment.batches
        for inputs, targets in all_batches.onwards(self._epoch, self._batch):
            if self._step == last:
                return
            try:
                stepper.step(self._step, inputs, targets)
            except LossNotFiniteError as error:
                self._history.steps.append(error.loss, stepper.lr)
                raise
            self._step, self._batch = self._step + 1, self._batch + 1
            if self._batch == all_batches.per_epoch:
                self._epoch, self._batch = self._epoch + 1, 0

    def _count(self, output: Tensor, targets: Tensor) -> None:
        self._sums.add_output(output, targets)

    def _explode(self, explosion: LossExploded) -> bool:
        """Tell of it; True where the run is to pause, for an answer that can come."""
        self._accident = explosion.step
        self._emit(explosion)
        pauses = self._loop.on_explosion == "pause" and self._control.is_attended
        if pauses:
            self._control.pause()
        return pauses

    def _diverge(self, error: LossNotFiniteError) -> RunDiverged:
        self._clock.stop()
        tensor, where = find_bad_tensor(self._experiment.model, error.inputs)
        kept_steps = self._watch.after_divergence()
        self._checkpointer.take()  # first: looking back takes seconds
        self._look_back.look(self._step, self._step, lambda: self._control.is_stopped)
        return RunDiverged(
            step=len(self._history.steps),  # the bad one, which left the weights alone
            elapsed_s=self._clock.elapsed_s,
            loss=error.loss,
            tensor=tensor,
            where=where,
            kept_steps=kept_steps,
        )

    def _look_at_accident(self, is_unwanted: Callable[[], bool]) -> None:
        """Look at the last leap of the loss, if that has not been done."""
        accident, self._accident = self._accident, None
        if accident is not None:
            self._look_back.look(accident, self._step, is_unwanted)

    def _end_epoch(self) -> None:
        """Measure what is due, and report it, or later once its losses are read."""
        epoch = self._epoch + 1
        shows_picture = self._epoch_end.shows_picture(epoch)
        if shows_picture and not self._read():
            return
        tested = self._epoch_end.test(epoch)
        done = DoneEpoch(epoch, self._step, self._sums, tested, shows_picture)
        self._epoch, self._batch = epoch, 0
        self._sums = EpochSums(self._experiment)
        if self._unread:
            tested = None if tested is None else tested.without_picture()
            self._unread.append(replace(done, tested=tested))
        else:
            self._report(done)

    def _report(self, done: DoneEpoch) -> None:
        """Tell of an epoch, and let the schedule know."""
        row = self._epoch_end.report(done)
        if self._experiment.dataset.test is None:
            self._experiment.scheduler.end_epoch(row.train_loss, done.step)
        elif row.test_loss is not None:
            self._experiment.scheduler.end_epoch(row.test_loss, done.step)

    def _attend(self) -> bool:
        """Wait while paused; True where the run is to end.

        A run pauses only after a step that was recorded, for the inspector to show.
        """
        pause = self._control.pauses
        if self._control.is_paused and self.recorder.newest == self._step:
            self._clock.stop()
            self._checkpointer.take()
            self._emit(RunPaused(self._step))
            self._look_at_accident(lambda: self._control.is_over(pause))
            self._control.wait(pause)
            self._clock.start()
        if self._control.is_stopped:
            return True
        self._is_single = self._control.is_paused or self._control.take_step()
        if not self._is_single:
            self._emit(RunResumed(self._step))
        return False

    def _state(self) -> WholeState:
        """Return the state as it is, its tensors the live ones."""
        sums, elapsed_s = self._sums.state(), self._clock.elapsed_s
        position = Position(self._step, self._epoch, self._batch, sums, elapsed_s)
        return self._experiment.state_at(position)

    def _notice(self, text: str) -> None:
        self._emit(NoticeGiven(text))
