"""A run that does just what the test says, in place of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.helpers.runs import make_tensors
from workbench.core.errors import UserError
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    EpochRow,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    RunStopped,
)
from workbench.core.inspection import StepReport
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History


class FakeRun:
    """A `RunHandle` that reports only what it is told to, and notes what is asked."""

    def __init__(self, plan: Plan, history: History) -> None:
        self.plan = plan
        self.history = history
        self.asked: list[str] = []
        self.joined = False
        self._events: list[RunEvent] = []

    def start(self, *, steps_per_epoch: int = 1) -> None:
        """Report that data and model are there."""
        self.history.rates.begin(make_tensors(1))
        self._events.append(
            RunStarted(
                device="cpu",
                threads=1,
                total_steps=self.plan.loop.epochs * steps_per_epoch,
                steps_per_epoch=steps_per_epoch,
                num_parameters=11,
                num_train_samples=32,
                num_test_samples=8,
            )
        )

    def tell(self, event: RunEvent) -> None:
        """Report this event."""
        self._events.append(event)

    def advance(self, losses: Sequence[float]) -> None:
        """Do an epoch of one step for each of these losses."""
        for loss in losses:
            self.history.steps.append(loss, 0.001)
            done = len(self.history.steps)
            row = EpochRow(done, done, train_loss=loss, loss_sum=loss, test_loss=2 * loss)
            self.history.epochs.append(row)

    def store(self) -> None:
        """Report a state of the present step."""
        done = len(self.history.steps)
        self._events.append(CheckpointTaken(Checkpoint(done, done, b"weights", "{}")))

    def finish(self) -> None:
        """Report the end of the last epoch."""
        self._events.append(RunFinished(len(self.history.steps), 1.5))

    def fail(self, message: str, report: str = "") -> None:
        """Report an error; a `report` makes it a defect of the program."""
        done = len(self.history.steps)
        self._events.append(RunFailed(done, 1.5, message, report, not report))

    def pause(self) -> None:
        self.asked.append("pause")
        self._events.append(RunPaused(len(self.history.steps)))

    def resume(self) -> None:
        self.asked.append("resume")
        self._events.append(RunResumed(len(self.history.steps)))

    def step_once(self) -> None:
        self.asked.append("step")
        self.advance([float(np.exp(-len(self.history.steps) / 10))])
        self._events.append(RunPaused(len(self.history.steps)))

    def stop(self) -> None:
        """Note the wish only: the run ends when the test lets it, see `obey`."""
        self.asked.append("stop")

    def obey(self) -> None:
        """Report that the run has stopped, as it was asked to."""
        assert "stop" in self.asked
        self._events.append(RunStopped(len(self.history.steps), 1.5))

    def drain(self) -> list[RunEvent]:
        taken, self._events = self._events, []
        return taken

    def recorded_steps(self, tensor: str) -> tuple[int, ...]:
        return ()

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        raise UserError("This run records nothing.")

    def kept_steps(self) -> tuple[int, ...]:
        return ()

    def kept_state(self, step: int) -> Checkpoint:
        raise UserError("This run keeps nothing.")

    def join(self, timeout_s: float | None = None) -> bool:
        self.joined = True
        return True


class FakeLauncher:
    """A `RunLauncher` whose runs lie in `runs`, oldest first."""

    def __init__(self) -> None:
        self.runs: list[FakeRun] = []
        self.starts: list[Start | None] = []  # of each run, what it began with

    @property
    def run(self) -> FakeRun:
        """Return the newest run."""
        return self.runs[-1]

    def launch(self, plan: Plan, history: History, start: Start | None = None) -> FakeRun:
        self.runs.append(FakeRun(plan, history))
        self.starts.append(start)
        return self.run
