"""How the learning rate changes over a run, as a factor on the optimizer's own rate.

The factor is a pure function of the step, so a run can go on anywhere; only the
schedule that waits for a plateau remembers anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.core.schedules import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    OneCycleSchedule,
    PlateauSchedule,
    Schedule,
    StepSchedule,
    WarmupSchedule,
)


@dataclass(frozen=True)
class Mark:
    """A place between two steps: how many steps and epochs were done before it."""

    step: int = 0
    epoch: int = 0


@dataclass(frozen=True)
class Span:
    """How long a run is planned to be, and over which part of it the schedule goes.

    All is counted from the beginning of the run, with what it was forked from. Epochs
    have had `steps_per_epoch` steps since `epochs_from`; the schedule takes the run to
    begin at `schedule_from`, which is where an optimizer was started afresh.
    """

    total_steps: int
    steps_per_epoch: int
    epochs_from: Mark = Mark()
    schedule_from: Mark = Mark()

    def epoch_at(self, step: int) -> int:
        """Return the epoch that a step lies in, both counted from 0."""
        since = (step - self.epochs_from.step) // self.steps_per_epoch
        return self.epochs_from.epoch + since


class Scheduler:
    """Gives the factor of each step; learns of each epoch's loss."""

    def __init__(self, settings: Schedule, span: Span, base_lr: float) -> None:
        self._settings = settings
        self._span = span
        self._plateau = (
            Plateau(settings, base_lr) if isinstance(settings, PlateauSchedule) else None
        )
        self._drops: list[tuple[int, float]] = []  # of a plateau: until when, and what

    @property
    def plateau(self) -> Plateau | None:
        """Return the memory of a plateau schedule, to be saved and restored."""
        return self._plateau

    def factor(self, step: int) -> float:
        """Return the factor of a step, counted from 0: the next one, or one before."""
        if self._plateau is None:
            return factor_at(self._settings, self._span, step)
        if self._drops and step < self._drops[-1][0]:
            return next(factor for until, factor in self._drops if step < until)
        return self._plateau.factor

    def end_epoch(self, loss: float, step: int) -> None:
        """Take in the loss that a plateau schedule watches, after so many steps."""
        if self._plateau is None:
            return
        before = self._plateau.factor
        self._plateau.observe(loss)
        if self._plateau.factor != before:
            self._drops.append((step, before))


def factor_at(settings: Schedule, span: Span, step: int) -> float:
    """Return the factor of a step, counted from 0, for all but the plateau schedule."""
    if isinstance(settings, ConstantSchedule | PlateauSchedule):
        return 1.0
    done = step - span.schedule_from.step
    total = span.total_steps - span.schedule_from.step
    epoch = span.epoch_at(step) - span.schedule_from.epoch
    match settings:
        case StepSchedule(step_size=step_size, gamma=gamma):
            return float(gamma ** (epoch // step_size))
        case ExponentialSchedule(gamma=gamma):
            return float(gamma**epoch)
        case CosineSchedule(final_share=final):
            angle = math.pi * done / total
            return final + (1 - final) * (1 + math.cos(angle)) / 2
        case OneCycleSchedule():
            return _one_cycle(settings, total, done)
        case WarmupSchedule(warmup_steps=steps, start_share=start):
            return start + (1 - start) * min(done, steps) / steps


def _one_cycle(settings: OneCycleSchedule, total: int, step: int) -> float:
    """Rise and fall along cosines.

    Smith & Topin, Super-convergence, 2018; phases as in torch's OneCycleLR.
    """
    start = 1 / settings.div_factor
    end = start / settings.final_div_factor
    peak = max(settings.warmup_share * total - 1, 0.0)
    last = total - 1
    if step <= peak and peak > 0:
        return _cosine(start, 1.0, step / peak)
    return _cosine(1.0, end, (step - peak) / max(last - peak, 1.0))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


class Plateau:
    """Drops the factor when the loss has stopped falling, as torch's ReduceLROnPlateau."""

    def __init__(self, settings: PlateauSchedule, base_lr: float) -> None:
        self._settings = settings
        self._smallest = settings.min_lr / base_lr
        self.factor = 1.0
        self.best = math.inf
        self.bad_epochs = 0
        self.cooldown_left = 0

    def observe(self, loss: float) -> None:
        """Count an epoch, and drop the factor when patience is over."""
        if loss < self.best * (1 - self._settings.threshold):
            self.best, self.bad_epochs = loss, 0
        else:
            self.bad_epochs += 1
        if self.cooldown_left > 0:
            self.cooldown_left, self.bad_epochs = self.cooldown_left - 1, 0
        if self.bad_epochs > self._settings.patience:
            lowered = max(self.factor * self._settings.factor, self._smallest)
            self.factor = min(self.factor, lowered)
            self.cooldown_left, self.bad_epochs = self._settings.cooldown, 0
