"""The training loop.

One thread runs it. It appends every step's loss to the history, on CUDA some at a time,
tells everything else as events, and leaves its thread only through one of the final
events.
"""

from __future__ import annotations

import contextlib
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
from workbench.engine.cursor import Cursor
from workbench.engine.devices import describe_device
from workbench.engine.divergence import find_bad_tensor
from workbench.engine.epoch_end import EpochEnd
from workbench.engine.experiment import Emit, Experiment
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.kept_states import KeptStates
from workbench.engine.look_back import LookBack
from workbench.engine.loss_watch import LossWatch
from workbench.engine.step_meter import StepMeter
from workbench.engine.stepper import LossNotFiniteError, Stepper
from workbench.engine.unread import DoneEpoch, DoneStep, UnreadSteps


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
        self._draws = any(isinstance(part, nn.Dropout) for part in experiment.model)
        self._cursor = Cursor(experiment)
        self._epoch_end = EpochEnd(experiment, history.epochs, self._clock, emit)
        self.kept_states = KeptStates(self._notice)
        self._watch = LossWatch(self._loop, history.steps.loss, self.kept_states)
        self._stepper = Stepper(experiment, self._count)
        self._unread = UnreadSteps(
            experiment,
            self._cursor,
            self._stepper,
            self.kept_states,
            take_in=self._take_in,
            report=self._report,
        )
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
                for loss, lr in self._unread.good_losses():
                    self._history.steps.append(loss, lr)
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
        return self._cursor.step

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
        self._meter.begin(self._cursor.step)
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
        while self._cursor.epoch < self._loop.epochs or not self._unread.read():
            batches = self._experiment.batches.epoch(self._cursor.epoch, self._cursor.batch)
            for inputs, targets in batches:
                # Asked once: where either comes up later, losses may be unread.
                is_wanted, is_due = self._control.wanted, self._checkpointer.is_due
                if self._unread and (is_wanted or is_due or self._must_read()):
                    if not self._unread.read():
                        break
                    is_wanted = self._control.wanted  # a leap of the loss may ask too
                if is_wanted and self._attend():
                    return RunStopped(self._cursor.step, self._clock.elapsed_s)
                if is_due:
                    self._checkpointer.take()
                self._watch.before_step(self._cursor.step, self._state)
                self._do_step(inputs, targets)
            else:
                self._end_epoch()
        return RunFinished(self._cursor.step, self._clock.elapsed_s)

    def _do_step(self, inputs: Tensor, targets: Tensor) -> None:
        """Do one step and append its loss, or leave that unread.

        Raises:
            LossNotFiniteError: before anything is changed.
        """
        if self._may_stay_unread():
            self._unread.do(inputs, targets)
            return
        onlooker = self._meter.prepare(self._cursor.step, recorded=self._is_single)
        random = generators(self._experiment.device) if self._draws else None
        try:
            loss = self._stepper.step(self._cursor.step, inputs, targets, onlooker)
        except LossNotFiniteError:
            if random is not None:
                put_generators(random)
            raise
        self._cursor.end_step()
        if onlooker is not None:
            onlooker.after_step(self._cursor.step)
            self._is_single = False
        self._history.steps.append(loss, self._stepper.lr)
        self._cursor.sums.add_loss(loss, len(targets))
        self._watch_loss(self._cursor.step, loss)

    def _watch_loss(self, step: int, loss: float) -> bool:
        """Watch the loss of a step; True where the run is to pause after it."""
        explosion = self._watch.after_step(step, loss)
        return explosion is not None and self._explode(explosion)

    def _may_stay_unread(self) -> bool:
        """Say whether the next step's loss may be read later."""
        return (
            self._unread.may_wait
            and not self._is_single
            and not self._meter.looks_at(self._cursor.step)
        )

    def _must_read(self) -> bool:
        """Say whether the next step, or a state kept before it, needs all losses."""
        return (
            self._unread.is_full
            or self._watch.is_due(self._cursor.step)
            or not self._may_stay_unread()
        )

    def _take_in(self, done: DoneStep, loss: float) -> bool:
        """Take in the loss of a step; True where the run is to pause after it."""
        self._history.steps.append(loss, done.lr)
        done.sums.add_loss(loss, done.samples)
        return self._watch_loss(done.step + 1, loss)

    def _report(self, done: DoneEpoch) -> None:
        """Tell of an epoch, and let the schedule know."""
        row = self._epoch_end.report(done)
        if self._experiment.dataset.test is None:
            self._experiment.scheduler.end_epoch(row.train_loss, done.step)
        elif row.test_loss is not None:
            self._experiment.scheduler.end_epoch(row.test_loss, done.step)

    def _count(self, output: Tensor, targets: Tensor) -> None:
        self._cursor.sums.add_output(output, targets)

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
        self._history.steps.append(error.loss, self._stepper.lr)
        tensor, where = find_bad_tensor(self._experiment.model, error.inputs)
        kept_steps = self._watch.after_divergence()
        self._checkpointer.take()  # first: looking back takes seconds
        self._look_back.look(
            self._cursor.step, self._cursor.step, lambda: self._control.is_stopped
        )
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
            self._look_back.look(accident, self._cursor.step, is_unwanted)

    def _end_epoch(self) -> None:
        """Measure what is due, and report it, or later once its losses are read."""
        epoch = self._cursor.epoch + 1
        shows_picture = self._epoch_end.shows_picture(epoch)
        if shows_picture and not self._unread.read():
            return
        tested = self._epoch_end.test(epoch)
        done = DoneEpoch(epoch, self._cursor.step, self._cursor.sums, tested, shows_picture)
        self._cursor.end_epoch()
        if self._unread:
            tested = None if tested is None else tested.without_picture()
            self._unread.add(replace(done, tested=tested))
        else:
            self._report(done)

    def _attend(self) -> bool:
        """Wait while paused; True where the run is to end.

        A run pauses only after a step that was recorded, for the inspector to show.
        """
        pause = self._control.pauses
        if self._control.is_paused and self.recorder.newest == self._cursor.step:
            self._clock.stop()
            self._checkpointer.take()
            self._emit(RunPaused(self._cursor.step))
            self._look_at_accident(lambda: self._control.is_over(pause))
            self._control.wait(pause)
            self._clock.start()
        if self._control.is_stopped:
            return True
        self._is_single = self._control.is_paused or self._control.take_step()
        if not self._is_single:
            self._emit(RunResumed(self._cursor.step))
        return False

    def _state(self) -> WholeState:
        """Return the state as it is, its tensors the live ones."""
        position = self._cursor.position(self._clock.elapsed_s)
        return self._experiment.state_at(position)

    def _notice(self, text: str) -> None:
        self._emit(NoticeGiven(text))
