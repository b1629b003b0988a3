"""What the window and the command line need of the layers beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workbench.core.events import RunEvent
from workbench.core.plan import Plan
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

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the thread has ended; False where the time was too short."""


class RunLauncher(Protocol):
    """Starts runs."""

    def launch(self, plan: Plan, history: History) -> RunHandle:
        """Start a run of the plan in a new thread, which appends to `history`."""


@dataclass(frozen=True)
class DeviceFacts:
    """One device that can be computed on."""

    key: str  # "cpu" or "cuda"
    title: str  # such as "CPU, 2 cores" or "NVIDIA H200"
    available: bool
    reason: str = ""  # why it is not available


class SessionStore(Protocol):
    """Reads and writes session files; calls block and may come from any thread."""

    def load(self, path: Path) -> Session:
        """Read a session.

        Raises:
            SessionError: where the file cannot be read or is no sound session.
        """

    def save(self, session: Session, path: Path) -> None:
        """Write a session in one piece: the old file stays until the new one is whole.

        Raises:
            SessionError: where the file cannot be written; the old one is as it was.
        """


class CsvWriter(Protocol):
    """Writes the tables of one run."""

    def __call__(self, run: Run, folder: Path) -> list[Path]:
        """Write the tables into the folder, which is made where it is missing.

        Raises:
            ExportError: where a file cannot be written.
        """


PictureWriter = Callable[[Session, Run, Path], list[Path]]  # writes PNG files of a run
