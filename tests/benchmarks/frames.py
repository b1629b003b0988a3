"""What a frame of loss and effective rates costs after a thousand and ten million steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.benchmarks.harness import Figure, Goal, Options, Result, Timer
from tests.benchmarks.long_runs import grow, long_run
from tests.benchmarks.window import open_desk, rest
from tests.helpers.desk import Desk
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
                long.append(_frame_ms(desk, steps))
                short.append(_frame_ms(desk, _SHORT))
            yield Figure(
                f"frame at {steps:,} steps, two docks",
                "ms",
                long,
                short,
                f"{_SHORT:,} steps",
                Goal(16, at_least=False, of_ours=True),
            )


def _frame_ms(desk: Desk, steps: int) -> float:
    """Return the median time of a frame of a run that has so many steps."""
    run = long_run(steps)
    showing = desk.document.new(Session(runs=[run]), discard=True)
    desk.tasks.start(showing)
    desk.settle()
    rest(0.2)
    times_s = [_one_frame(desk, run) for _ in range(_FRAMES)]
    return 1000 * float(np.median(times_s))


def _one_frame(desk: Desk, run: Run) -> float:
    loss, rates = desk.window.views.loss, desk.window.views.rates
    grow(run, _NEW_STEPS)
    with Timer() as timer:
        loss.refresh()
        rates.refresh()
        loss.repaint()
        rates.repaint()
    return timer.measurement().seconds
