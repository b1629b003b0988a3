"""What a frame of the rates costs with two hundred tensors, against one with ten.

Run it with ``python tests/benchmarks/rates_view.py``; it prints a table. A frame takes
in one new sample and paints it. Times are of the processor, so that others on the
machine do not count; medians are quoted. Above 16 ms a frame, 60 of them do not fit
into a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_API", "pyside6")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.helpers.runs import add_rates, add_steps, noisy_losses, start_run
from workbench.core.run import Run
from workbench.ui.docks.rates_bar import LINES, MAP
from workbench.ui.docks.rates_view import RatesView

SAMPLES = 400
SIZE = (700, 420)  # pixels, as in a window of 1,440
Choice = Callable[[RatesView], None]


def run_of(num_tensors: int) -> Run:
    """Return a run in training, measured at every step."""
    run = start_run(total_steps=4 * SAMPLES)
    add_steps(run, noisy_losses(2 * SAMPLES))
    add_rates(run, samples=SAMPLES, layers=num_tensors // 2)
    return run


def frame_ms(num_tensors: int, mode: str, choose: Choice, frames: int) -> float:
    """Return how long a frame takes."""
    run = run_of(num_tensors)
    view = RatesView()
    view.resize(*SIZE)
    view.show()
    view.focus_run(run)
    view.set_mode(mode)
    choose(view)
    plot = view.plot if mode == LINES else view.map
    spent = []
    for _ in range(frames):
        count = len(run.history.rates)
        run.history.rates.append(count + 1, run.history.rates.values()[count % SAMPLES])
        began = time.thread_time()
        view.refresh()
        plot.canvas.grab()
        spent.append(1e3 * (time.thread_time() - began))
    view.close()
    return statistics.median(spent)


def leave(_view: RatesView) -> None:
    """Select nothing."""


def select(view: RatesView) -> None:
    """Bring one tensor out."""
    view.tensors.select(5)


def main() -> None:
    """Measure every view and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=30, help="of each view")
    frames = parser.parse_args().frames
    app = QApplication([])
    app.setStyle("Fusion")
    views = (("lines", LINES, leave), ("lines, one selected", LINES, select))
    print(f"{'view':22}{'10 tensors':>12}{'200 tensors':>13}{'ratio':>8}")
    for name, mode, choose in (*views, ("map", MAP, leave)):
        few, many = (frame_ms(n, mode, choose, frames) for n in (10, 200))
        print(f"{name:22}{few:9.1f} ms{many:10.1f} ms{many / few:8.1f}")


if __name__ == "__main__":
    main()
