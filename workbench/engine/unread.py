"""Steps and epochs that are done, but whose losses have not been read yet.

On a graphics card, to read a loss is to wait for all that the card has been given to do,
and meanwhile it is given nothing more. So the loop goes ahead for up to 50 steps, not
beyond the next state that is kept, and then reads all losses at once. Where one of them
is no number, or leaps so that the run is to pause, it has gone too far: it goes back to
the kept state and does the good steps again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.postmortem import LOOK_BACK
from workbench.engine.checkpoint import (
    WholeState,
    put_generators,
    put_optimizer,
    put_weights,
)
from workbench.engine.cursor import Cursor
from workbench.engine.epoch_sums import EpochSums
from workbench.engine.evaluation import Evaluation
from workbench.engine.experiment import Experiment
from workbench.engine.kept_states import KeptStates
from workbench.engine.stepper import Stepper

MOST_UNREAD = 50  # steps


@dataclass(frozen=True)
class DoneStep:
    """A step, counted from 0: what it was given, and its loss on the device."""

    step: int
    loss: Tensor
    lr: float
    samples: int
    sums: EpochSums


@dataclass(frozen=True)
class DoneEpoch:
    """An epoch, counted from 1, that ended with `step`."""

    epoch: int
    step: int
    sums: EpochSums
    tested: Evaluation | None
    shows_picture: bool


class UnreadSteps:
    """Goes ahead of the losses of one run, and reads them some at a time.

    Then `take_in` is called with each step and its finite loss, and says whether the run
    is to pause after it; and `report` with each epoch, once its steps were taken in.
    """

    def __init__(
        self,
        experiment: Experiment,
        cursor: Cursor,
        stepper: Stepper,
        kept: KeptStates,
        *,
        take_in: Callable[[DoneStep, float], bool],
        report: Callable[[DoneEpoch], object],
    ) -> None:
        self._experiment = experiment
        self._cursor = cursor
        self._stepper = stepper
        self._kept = kept
        self._take_in = take_in
        self._report = report
        self._pays_off = pays_off(experiment)
        self._read_at_once_up_to = 0  # steps: among them was one with a bad loss
        self._done: deque[DoneStep | DoneEpoch] = deque()  # a step comes first

    def __len__(self) -> int:
        """Count the steps and epochs that have not been taken in."""
        return len(self._done)

    @property
    def may_wait(self) -> bool:
        """Say whether the next step's loss may be read later."""
        step = self._cursor.step
        return (
            self._pays_off
            and step >= self._read_at_once_up_to
            and can_be_undone(step, self._kept)
        )

    @property
    def is_full(self) -> bool:
        """Say whether no more steps may stay unread."""
        first = self._done[0] if self._done else None
        return first is not None and self._cursor.step - first.step >= MOST_UNREAD

    def do(self, inputs: Tensor, targets: Tensor) -> None:
        """Do the next step, and leave its loss on the device."""
        cursor = self._cursor
        loss = self._stepper.step_unread(cursor.step, inputs, targets)
        done = DoneStep(
            step=cursor.step,
            loss=loss,
            lr=self._stepper.lr,
            samples=len(targets),
            sums=cursor.sums,
        )
        self._done.append(done)
        cursor.end_step()

    def add(self, done: DoneEpoch) -> None:
        """Have an epoch taken in after its steps."""
        self._done.append(done)

    def read(self) -> bool:
        """Take in all that is unread; False where it went back to do so.

        Raises:
            LossNotFiniteError: where good steps, done again, come out otherwise.
        """
        losses = iter(_read_losses(self._done))
        pauses = False
        while self._done:
            done = self._done.popleft()
            if isinstance(done, DoneEpoch):
                self._report(done)
                continue
            loss = next(losses)
            if pauses or not math.isfinite(loss):
                self._go_back(done)
                return False
            pauses = self._take_in(done, loss)
        return True

    def good_losses(self) -> Iterator[tuple[float, float]]:
        """Yield loss and nominal rate of the good steps that have not been taken in."""
        losses = iter(_read_losses(self._done))
        steps = [done for done in self._done if isinstance(done, DoneStep)]
        for done, loss in zip(steps, losses, strict=True):
            if not math.isfinite(loss):
                return
            yield loss, done.lr

    def _go_back(self, first: DoneStep) -> None:
        """Go back to before a step that should not have been done, or not yet."""
        self._done.clear()
        state = self._kept.recent[-1]
        _put_back(self._experiment, state)
        self._stepper.forget_rate()
        self._read_at_once_up_to = first.step + 1
        loop = state.content["loop"]
        self._cursor.place(state.step, state.epoch, loop["batch"])
        self._cursor.sums.load(loop["sums"])
        self._do_again(first.step)

    def _do_again(self, last: int) -> None:
        """Do steps again, up to `last`, whose losses have been taken in."""
        cursor, all_batches = self._cursor, self._experiment.batches
        for inputs, targets in all_batches.onwards(cursor.epoch, cursor.batch):
            if cursor.step == last:
                return
            loss = self._stepper.step(cursor.step, inputs, targets)
            cursor.sums.add_loss(loss, len(targets))
            cursor.end_step()
            if cursor.batch == all_batches.per_epoch:
                cursor.end_epoch()


def pays_off(experiment: Experiment) -> bool:
    """Say whether losses may wait: where reading takes time, and nothing needs them."""
    has_plateau = experiment.scheduler.plateau is not None  # whose rate hangs on losses
    needs_losses = experiment.stack.needs_closure or has_plateau
    return experiment.device.type == "cuda" and not needs_losses


def can_be_undone(step: int, kept: KeptStates) -> bool:
    """Say whether a step can be undone: a state from shortly before it is kept."""
    states = kept.recent
    return bool(states) and step - states[-1].step < LOOK_BACK


def _read_losses(done: Iterable[DoneStep | DoneEpoch]) -> list[float]:
    """Return the losses of the steps in order; waits for the device once."""
    losses = [one.loss for one in done if isinstance(one, DoneStep)]
    found: list[float] = torch.stack(losses).tolist() if losses else []
    return found


def _put_back(experiment: Experiment, state: WholeState) -> None:
    """Put model, optimizer and generators to where they were when a state was kept."""
    put_weights(state.content, experiment.model)
    put_optimizer(state.content, experiment.stack, experiment.scheduler)
    put_generators(state.content["random"])
