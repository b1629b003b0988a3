"""A run: its plan, its history, and what is known of how it went."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

from workbench.core.activity import ActivitySeries
from workbench.core.best_epoch import BestEpoch
from workbench.core.checkpoints import keep
from workbench.core.elements import ElementTap
from workbench.core.epochs import EpochSeries
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    EpochRow,
    LossExploded,
    NoticeGiven,
    Picture,
    PictureMeasured,
    PreparationProgressed,
    ReplayEnded,
    ReplayProgressed,
    ResumeReport,
    RunContinued,
    RunDiverged,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.core.landscape import Landscape, PathSeries
from workbench.core.measuring import MeasuringCost
from workbench.core.numbers import format_short
from workbench.core.overview import Overview
from workbench.core.plan import Plan
from workbench.core.rates import RateSeries
from workbench.core.resuming import Carried, Start
from workbench.core.series import StepSeries


class RunState(StrEnum):
    """Where a run stands."""

    PREPARING = "preparing"
    TRAINING = "training"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Say whether the run has ended."""
        return self not in {RunState.PREPARING, RunState.TRAINING, RunState.PAUSED}


class History:
    """The series that the training thread appends to while others read."""

    def __init__(self) -> None:
        self.steps = StepSeries()
        self.epochs = EpochSeries()
        self.rates = RateSeries()
        self.elements = ElementTap()
        self.activity = ActivitySeries()
        self.measuring: MeasuringCost | None = None  # of the run under way or just over
        self.landscape: Landscape | None = None  # of a linear model, set once at the start
        self.path = PathSeries()
        # Every one of the last steps before the last accident, from a replay of them;
        # replaced as a whole, so that a reader has either one or the other.
        self.close_up = RateSeries()

    @cached_property
    def overview(self) -> Overview:
        """Return the long series as plots read them; only one thread may use it."""
        return Overview(self.steps, self.epochs)

    def copy_until(self, step: int) -> History:
        """Return a history of its own with all that belongs to the steps up to `step`."""
        copied = History()
        copied.steps = self.steps.copy_until(step)
        copied.epochs = self.epochs.copy_until(step)
        copied.rates = self.rates.copy_until(step)
        copied.activity = self.activity.copy_until(step)
        copied.landscape = self.landscape
        copied.path = self.path.copy_until(step)
        copied.close_up = self.close_up.copy_until(step)
        return copied


@dataclass(frozen=True)
class Parent:
    """The run that another one went on from, and the step of which it took the state."""

    run: str  # its id; the run itself may have been deleted
    name: str  # what it was called then
    step: int
    carried: Carried = Carried.EVERYTHING


def _new_id() -> str:
    return uuid.uuid4().hex


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Run:
    """One run of a session.

    All but `history` changes only through `apply`, on the thread that owns the run.
    """

    plan: Plan
    name: str
    colour: int  # position in the palette of runs, never changed afterwards
    id: str = field(default_factory=_new_id)
    created_at: str = field(default_factory=_now)  # ISO 8601, UTC
    history: History = field(default_factory=History)
    state: RunState = RunState.PREPARING
    message: str = ""  # why it ended, or what is being prepared
    prepared: float | None = None  # how far the preparation is, from 0 to 1, if known
    report: str = ""  # traceback of a defect, else empty
    started: RunStarted | None = None
    picture: Picture | None = None
    checkpoints: tuple[Checkpoint, ...] = ()  # in order of their steps
    elapsed_s: float = 0.0  # spent training; while it trains, before it went on
    notices: list[str] = field(default_factory=list)
    explosions: list[LossExploded] = field(default_factory=list)
    divergence: RunDiverged | None = None
    replay: ReplayProgressed | ReplayEnded | None = None  # the last one, of the last steps
    parent: Parent | None = None
    resumed: tuple[ResumeReport, ...] = ()  # each time that it went on from a state

    @property
    def epochs(self) -> EpochSeries:
        """Return what was measured at the end of every epoch."""
        return self.history.epochs

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Return the newest state that was stored."""
        return self.checkpoints[-1] if self.checkpoints else None

    @property
    def start(self) -> Start | None:
        """Return what it goes on from: its newest state, with all that is in it.

        A fork that has no later state than its parent's takes of that what was chosen.
        """
        if self.checkpoint is None:
            return None
        if self.parent is not None and self.checkpoint.step == self.parent.step:
            return Start(self.checkpoint, self.parent.carried)
        return Start(self.checkpoint)

    @property
    def can_continue(self) -> bool:
        """Say whether it ended early and has a state to go on from."""
        ended_early = self.state in {RunState.STOPPED, RunState.FAILED}
        return ended_early and self.checkpoint is not None

    @property
    def num_steps(self) -> int:
        """Count the steps done so far."""
        return len(self.history.steps)

    @property
    def last_train_loss(self) -> float | None:
        """Return the train loss of the last epoch, if there is one."""
        return self.epochs[-1].train_loss if self.epochs else None

    @property
    def best_epoch(self) -> EpochRow | None:
        """Return the epoch of least test loss, or train loss without test data.

        Losses that are not finite are no candidates; None where there is no other.
        """
        return BestEpoch().update(self.epochs)

    def fork(self, start: Start, plan: Plan, name: str, colour: int) -> Run:
        """Return a run of another plan that shares all that was up to a state.

        It has that state from the first moment, so that nothing of it is lost should it
        be interrupted before it has one of its own.

        Raises:
            ValueError: where this run has not got to the step of that state.
        """
        step = start.checkpoint.step
        if not 0 <= step <= self.num_steps:
            raise ValueError(f"the run has {self.num_steps} steps, not {step}")
        history = self.history.copy_until(step)
        if (plan.data, plan.loss) != (self.plan.data, self.plan.loss):
            history.landscape, history.path = None, PathSeries()  # those of another bowl
        return Run(
            plan=plan,
            name=name,
            colour=colour,
            history=history,
            checkpoints=(start.checkpoint,),
            explosions=[event for event in self.explosions if event.step <= step],
            parent=Parent(self.id, self.name, step, start.carried),
        )

    def go_back_to(self, checkpoint: Checkpoint) -> None:
        """Forget all that came after a checkpoint, to be trained again from there."""
        step = checkpoint.step
        self.history = self.history.copy_until(step)
        self.explosions = [event for event in self.explosions if event.step <= step]
        self.checkpoints = tuple(old for old in self.checkpoints if old.step <= step)
        self.state, self.message, self.report = RunState.PREPARING, "", ""
        self.divergence = self.replay = None

    def apply(self, event: RunEvent) -> None:  # noqa: C901, PLR0912 - one line for each event
        """Take in what an event reports."""
        match event:
            case PreparationProgressed(what=what, fraction=fraction):
                self.message, self.prepared = what, fraction
            case NoticeGiven(text=text):
                self.notices.append(text)
            case RunStarted():
                self.started = event
                self.state, self.message = RunState.TRAINING, ""
            case PictureMeasured(picture=picture):
                self.picture = picture
            case CheckpointTaken(checkpoint=checkpoint):
                self.checkpoints = keep(self.checkpoints, checkpoint)
            case RunContinued(report=report, elapsed_s=elapsed_s):
                self.resumed = (*self.resumed, report)
                self.elapsed_s = elapsed_s
            case LossExploded():
                self.explosions.append(event)
            case ReplayProgressed() | ReplayEnded():
                self.replay = event
            case RunPaused():
                self.state = RunState.PAUSED
            case RunResumed():
                self.state = RunState.TRAINING
            case RunFinished() | RunStopped() | RunDiverged() | RunFailed():
                self._end(event)

    def _end(self, event: RunFinished | RunStopped | RunDiverged | RunFailed) -> None:
        self.elapsed_s = max(self.elapsed_s, event.elapsed_s)  # it may not have gone on
        match event:
            case RunFinished():
                self.state, self.message = RunState.FINISHED, ""
            case RunStopped(step=step):
                self.state, self.message = RunState.STOPPED, f"stopped at step {step:,}"
            case RunDiverged():
                self.divergence = event
                self.state, self.message = RunState.DIVERGED, describe_divergence(event)
            case RunFailed(message=message, report=report):
                self.state, self.message = RunState.FAILED, message
                self.report = report


def describe_divergence(event: RunDiverged) -> str:
    """Say at which step and in which tensor the numbers went bad."""
    what = f"diverged at step {event.step:,}: the loss was {event.loss}"
    if event.tensor is None:
        return f"{what}; all else was still finite: it overflowed by itself"
    return f"{what}; first bad tensor: {event.where} of {event.tensor}"


def describe_explosion(event: LossExploded) -> str:
    """Say at which step the loss leapt, and how far."""
    loss, usual = format_short(event.loss), format_short(event.usual)
    return f"the loss leapt to {loss} at step {event.step:,}; usual before: {usual}"
