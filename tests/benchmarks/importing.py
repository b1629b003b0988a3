"""How late a 5 ms timer comes while torch and the rest are imported behind the window."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from tests.benchmarks.harness import Figure, Goal, Options, Result
from tests.helpers.window_process import end_of, start_window, user_folders

_SCRIPT = """
import json
import time
from PySide6.QtCore import Qt


def script(window):
    yield window.isVisible
    ticks, timer = [], QTimer(window)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(5)
    tasks = window._parts.tasks
    yield lambda: "workbench.engine.devices" in sys.modules and not tasks.is_busy
    importing = list(ticks)
    ticks.clear()
    yield lambda: len(ticks) > 200
    say(json.dumps([importing, ticks]))
    window.close()
"""


def measure(options: Options) -> Iterator[Result]:
    """Start the program several times; the reference is the same window afterwards."""
    late: list[list[float]] = []
    idle: list[list[float]] = []
    for pair in range(options.pairs + 1):
        process = start_window(_SCRIPT, **user_folders(options.folder / str(pair)))
        status, output, errors = end_of(process)
        assert status == 0, errors
        importing, resting = json.loads(output.splitlines()[-1])
        if pair:
            late.append(_late_ms(importing))
            idle.append(_late_ms(resting))
    for name, percentile, limit_ms in (("p99", 99, 20), ("worst", 100, 250)):
        yield Figure(
            f"timer late while importing, {name}",
            "ms",
            [float(np.percentile(one, percentile)) for one in late],
            [float(np.percentile(one, percentile)) for one in idle],
            "idle",
            Goal(limit_ms, at_least=False, of_ours=True),
        )


def _late_ms(ticks_s: list[float]) -> list[float]:
    late: list[float] = np.maximum(0, 1000 * np.diff(ticks_s) - 5).tolist()
    return late
