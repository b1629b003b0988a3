"""What the window and the command line need of the layers beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workbench.core.events import Checkpoint, RunEvent
from workbench.core.inspection import StepReport
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History, Run
from workbench.core.session import Session


class RunHandle(Protocol):
    """A run in its own thread. All methods return at once unless they say otherwise."""

    def pause(self) -> None:
        """Ask the loop to wait after the current step; `RunPaused` follows."""

    def resume(self) -> None:
        """Let a paused loop go on; `RunResumed` follows."""

    def step_once(self) -> None:
        """Let a paused loop do one step; `RunPaused` follows."""

    def stop(self) -> None:
        """End the run after the current step, or its preparation; keeps all results."""

    def drain(self) -> list[RunEvent]:
        """Take the events reported since the last call, in order."""

    def recorded_steps(self, tensor: str) -> tuple[int, ...]:
        """List the steps that `inspect` can explain for this tensor, in order.

        The step at which a run pauses, and every single step after it, are recorded.
        """

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        """Explain what a recorded step did to one weight; also after the run has ended.

        Raises:
            UserError: where there is no such tensor, index or recorded step.
        """

    def kept_steps(self) -> tuple[int, ...]:
        """List the steps after which the whole state is kept in memory, in order."""

    def kept_state(self, step: int) -> Checkpoint:
        """Return the state after a kept step, to go on from there.

        Raises:
            UserError: where the state of that step is not kept.
        """

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the thread has ended; False where the time was too short."""


class RunLauncher(Protocol):
    """Starts runs."""

    def launch(self, plan: Plan, history: History, start: Start | None = None) -> RunHandle:
        """Start a run of the plan in a new thread, which appends to `history`.

        With `start` it goes on from that state, whose step the history must end with;
        weights, optimizer state, order of the data and dropout are as they were then,
        the hyperparameters are those of the plan. Where only weights are carried, the
        optimizer starts afresh, and the schedule takes the run to begin there. Where
        the plan has other batches, the epoch under way begins again. What cannot be
        gone on from ends as `RunFailed` with `is_mistake`, before anything is trained.
        """


@dataclass(frozen=True)
class DeviceFacts:
    """One device that can be computed on."""

    key: str  # "cpu" or "cuda"
    title: str  # such as "CPU, 2 cores" or "NVIDIA H200"
    available: bool
    reason: str = ""  # why it is not available


class CsvWriter(Protocol):
    """Writes the tables of one run."""

    def __call__(self, run: Run, folder: Path) -> list[Path]:
        """Write the tables into the folder, which is made where it is missing.

        Raises:
            ExportError: where a file cannot be written.
        """


PictureWriter = Callable[[Session, Run, Path], list[Path]]  # writes PNG files of a run
