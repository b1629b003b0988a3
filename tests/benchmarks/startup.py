"""From the start of the process to the window, and to the first loss on the plot."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.harness import Figure, Goal, Options, Result
from tests.helpers.window_process import end_of, start_window, user_folders

# Waits for paint events; the clock is that of all processes.
_SCRIPT = """
import time


class Painted(QObject):
    def __init__(self, widget):
        super().__init__(widget)
        self.is_done = False
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.is_done = self.is_done or event.type() == event.Type.Paint
        return False


def script(window):
    painted = Painted(window)
    yield lambda: painted.is_done
    say("window", time.monotonic())
    window.window_actions["train"].trigger()
    plot = window.views.loss.plot
    yield lambda: any(len(curve.x) for curve in plot.curves())
    drawn = Painted(plot.canvas.viewport())
    yield lambda: drawn.is_done
    say("loss", time.monotonic())
    window.window_actions["stop"].trigger()
    yield lambda: not window.runs._controller.is_active
    window.close()
"""
_BARE_WINDOW = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, self.tell)
    def tell(self):
        print("window", time.monotonic(), flush=True)
        QApplication.exit()
app = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
app.exec()
"""
_BARE_SCRIPT = """
import time
import torch
from sklearn.datasets import load_diabetes
x, y = (torch.tensor(a, dtype=torch.float32) for a in load_diabetes(return_X_y=True))
model = torch.nn.Linear(10, 1)
optimizer = torch.optim.Adam(model.parameters())
loss = torch.nn.functional.mse_loss(model(x)[:, 0], y)
loss.backward()
optimizer.step()
print("loss", time.monotonic(), loss.item(), flush=True)
"""


def measure(options: Options) -> Iterator[Result]:
    """Start each several times, in turn, the disk warm; torch comes after the window."""
    names = ("window", "loss")
    ours: dict[str, list[float]] = {name: [] for name in names}
    bare: dict[str, list[float]] = {name: [] for name in names}
    for pair in range(options.pairs + 1):
        marks = _start_ours(options.folder / str(pair))
        marks_bare = _start_bare(_BARE_WINDOW) | _start_bare(_BARE_SCRIPT)
        if pair:  # the first one warms the disk
            for name in names:
                ours[name].append(marks[name])
                bare[name].append(marks_bare[name])
    yield Figure(
        "process start to window painted",
        "s",
        ours["window"],
        bare["window"],
        "an empty Qt window",
        Goal(1.5, at_least=False, of_ours=True),
    )
    yield Figure(
        "process start to first loss on the plot, Train pressed at once",
        "s",
        ours["loss"],
        bare["loss"],
        "a script's first loss",
        Goal(8, at_least=False, of_ours=True),
    )


def _start_ours(folder: Path) -> dict[str, float]:
    began_s = time.monotonic()
    process = start_window(_SCRIPT, **user_folders(folder))
    status, output, errors = end_of(process)
    assert status == 0, errors
    return _marks(output, began_s)


def _start_bare(code: str) -> dict[str, float]:
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    )
    return _marks(done.stdout, began_s)


def _marks(output: str, began_s: float) -> dict[str, float]:
    words = [line.split() for line in output.splitlines()]
    return {word[0]: float(word[1]) - began_s for word in words}
