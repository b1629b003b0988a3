"""What the terminal shows of a run: a line that moves, and the summary at its end."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from typing import TextIO

from workbench.core.events import ReplayProgressed
from workbench.core.numbers import format_short
from workbench.core.postmortem import LOOK_BACK
from workbench.core.run import Run, RunState

_BAR_WIDTH = 24
_EVERY_S = 0.1


class ProgressLine:
    """One line that is rewritten in place; silent where nobody looks."""

    def __init__(
        self,
        stream: TextIO,
        *,
        enabled: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._enabled = enabled
        self._moves = enabled and stream.isatty()
        self._next_s = self._started_s = clock()
        self._taken_over: int | None = None  # steps done by the run that this goes on from

    def show(self, run: Run) -> None:
        """Show where the run stands, at most ten times a second."""
        now_s = self._clock()
        if self._taken_over is None or run.state is RunState.PREPARING:
            self._started_s, self._taken_over = now_s, run.num_steps
        if not self._moves or now_s < self._next_s:
            return
        self._next_s = now_s + _EVERY_S
        width = shutil.get_terminal_size().columns - 1
        text = describe_progress(run, now_s - self._started_s, self._taken_over)[:width]
        self._write(f"\r\x1b[K{text}")

    def print(self, text: str) -> None:
        """Print a line of its own above the moving one."""
        if self._enabled:
            self.clear()
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Take the moving line away."""
        if self._moves:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a run goes on though nobody can read of it
            self._stream.write(text)
            self._stream.flush()


def describe_progress(run: Run, elapsed_s: float, taken_over: int = 0) -> str:
    """Say how far a run is.

    `elapsed_s` counts from its first step that was not `taken_over` from another run.
    """
    started = run.started
    if started is None:
        share = "" if run.prepared is None else f" {run.prepared:.0%}"
        return f"{run.message or 'Preparing'}…{share}"
    if isinstance(run.replay, ReplayProgressed):
        return _describe_replay(run.replay)
    done, total = run.num_steps, started.total_steps
    filled = _BAR_WIDTH * done // total
    bar = "#" * filled + "-" * (_BAR_WIDTH - filled)
    rate = (done - taken_over) / elapsed_s if elapsed_s > 0 else 0.0
    left = f"{(total - done) / rate:,.0f} s left" if rate > 0 else "estimating"
    loss = format_short(run.last_train_loss)
    epochs = f"epoch {len(run.epochs)} of {run.plan.loop.epochs}"
    return f"{epochs} |{bar}| {rate:,.0f} steps/s, {left}, loss {loss}"


def _describe_replay(replay: ReplayProgressed) -> str:
    share = replay.done / max(1, replay.total)
    return f"Looking at the last {min(LOOK_BACK, replay.total)} steps… {share:.0%}"


def summary(run: Run) -> str:
    """Say in one line how a run ended and how good it became."""
    rate = run.num_steps / run.elapsed_s if run.elapsed_s > 0 else 0.0
    steps = f"{run.num_steps:,} steps in {run.elapsed_s:.2f} s ({rate:,.0f} steps/s)"
    parts = [f"{run.name}: {_ending(run)}", f"{len(run.epochs)} epochs, {steps}"]
    if run.epochs:
        parts.append(_measurements(run))
    return "; ".join(parts)


def _ending(run: Run) -> str:
    if run.state is RunState.FINISHED:
        return "finished"
    return run.message


def _measurements(run: Run) -> str:
    row = run.epochs[-1]
    parts = [
        f"train loss {format_short(row.train_loss)}",
        f"sum of batch losses {format_short(row.loss_sum)}",
    ]
    if row.test_loss is not None:
        parts.append(f"test loss {format_short(row.test_loss)}")
    if row.train_accuracy is not None:
        parts.append(f"train accuracy {row.train_accuracy:.1%}")
    if row.test_accuracy is not None:
        parts.append(f"test accuracy {row.test_accuracy:.1%}")
    return ", ".join(parts)
