"""What a frame of loss and effective rates costs after a thousand and ten million steps."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from tests.benchmarks.harness import Figure, Goal, Measurement, Options, Result, Timer
from tests.benchmarks.window import open_desk, put, rest
from tests.helpers.desk import Desk
from tests.helpers.event_count import EventCount
from tests.helpers.long_runs import grow, long_run
from workbench.core.run import Run
from workbench.core.session import Session

_FRAMES = 40
_NEW_STEPS = 150  # of a small model between two frames at 20 Hz
_SHORT = 1000


def measure(options: Options) -> Iterator[Result]:
    """Let a run grow by some steps, bring both docks up to date, and paint them."""
    with open_desk() as desk:
        for steps in (10**6, 10**7):
            long, short = [], []
            for _ in range(options.pairs):
                long.append(_frame(desk, steps))
                short.append(_frame(desk, _SHORT))
            cpu_ms = 1000 * statistics.median(frame.cpu_s for frame in long)
            yield Figure(
                f"frame at {steps:,} steps, two docks",
                "ms",
                [1000 * frame.seconds for frame in long],
                [1000 * frame.seconds for frame in short],
                f"{_SHORT:,} steps",
                Goal(16, at_least=False, of_ours=True),
                [one.cpu_s / other.cpu_s for one, other in zip(long, short, strict=True)],
                remarks=f"{cpu_ms:.1f} ms of the processor",
            )


def _frame(desk: Desk, steps: int) -> Measurement:
    """Return the median times of a frame of a run that has so many steps."""
    put(desk, Session(runs=[long_run(steps)]))
    (run,) = desk.session.runs
    rest(0.5)
    views = desk.window.views
    canvases = [plot.canvas.viewport() for plot in (views.loss.plot, views.rates.plot)]
    paints = [EventCount(canvas, QEvent.Type.Paint) for canvas in canvases]
    frames = [_one_frame(desk, run, canvases) for _ in range(_FRAMES)]
    counts = [paint.count for paint in paints]
    assert min(counts) >= _FRAMES, f"painted {counts} times"
    return Measurement(
        statistics.median(frame.seconds for frame in frames),
        statistics.median(frame.cpu_s for frame in frames),
    )


def _one_frame(desk: Desk, run: Run, canvases: Sequence[QWidget]) -> Measurement:
    loss, rates = desk.window.views.loss, desk.window.views.rates
    grow(run, _NEW_STEPS)
    with Timer() as timer:
        loss.refresh()
        rates.refresh()
        for canvas in canvases:
            canvas.repaint()
    return timer.measurement()
