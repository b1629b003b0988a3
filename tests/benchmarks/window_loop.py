"""linear-adam and mlp-adam in the window, all docks in sight, against the plain loop."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from PySide6.QtCore import QEvent

from tests.benchmarks.apart import Apart
from tests.benchmarks.harness import (
    Goal,
    Measurement,
    Options,
    Result,
    alternate,
    check_equal,
    speed,
)
from tests.benchmarks.plain_loops import train_plain
from tests.benchmarks.window import open_desk, train
from tests.benchmarks.workloads import longer
from tests.helpers.desk import Desk
from tests.helpers.event_count import EventCount
from workbench.core.plan import Plan


def measure(options: Options) -> Iterator[Result]:
    """Train some seconds each, so that the window is drawn a hundred times."""
    with Apart() as apart, open_desk() as desk:
        for preset, full, quick, goal in (
            ("linear-adam", 50_000, 20_000, 0.95),
            ("mlp-adam", 6000, 3000, 0.97),
        ):
            steps = options.size(full, quick)
            plan = longer(preset, steps)
            yield _compare(desk, apart, plan, preset, Goal(goal), options)


def _compare(
    desk: Desk, apart: Apart, plan: Plan, preset: str, goal: Goal, options: Options
) -> Result:
    frames: list[float] = []
    paints = EventCount(desk.window.views.loss.plot.canvas.viewport(), QEvent.Type.Paint)

    def ours() -> Measurement:
        paints.count = 0
        run, measurement = train(desk, plan)
        frames.append(paints.count / run.elapsed_s)
        return measurement

    results = alternate(
        options.pairs,
        {"ours": ours, "plain": lambda: apart(train_plain, plan, options.folder)},
    )
    check_equal(results["ours"], results["plain"])
    return speed(
        f"{preset}, window with all docks",
        plan.loop.epochs,
        results["ours"],
        results["plain"],
        goal=goal,
        remarks=f"redrawn at {statistics.median(frames):.0f} Hz",
    )
