"""The real window, with every dock in sight, and what happens in it meanwhile."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import qasync
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow
from pytestqt.qt_compat import qt_api
from pytestqt.qtbot import QtBot

from tests.benchmarks.harness import Measurement, Timer
from tests.helpers.desk import Desk
from workbench.core import paths
from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.engine import warmup
from workbench.engine.runner import ThreadLauncher

T = TypeVar("T")
_TICK_MS = 5


@contextmanager
def open_desk(width: int = 1920, height: int = 1080) -> Iterator[Desk]:
    """Open the composed program, torch loaded, with all docks side by side."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        app = QApplication.instance() or QApplication(["workbench"])
        app.setStyle("Fusion")
        loop = qasync.QEventLoop(app)
        asyncio._set_running_loop(loop)
        for load in warmup.PARTS:
            load()
        qt_api.set_qt_api("pyside6")  # else pytest's plugin does
        desk = Desk(QtBot(None), app, ThreadLauncher(paths.data_folder()))
        try:
            desk.show()
            desk.window.resize(width, height)
            show_all_docks(desk)
            gc.freeze()  # as the program does once all is loaded
            yield desk
        finally:
            gc.unfreeze()
            desk.leave()
            asyncio._set_running_loop(None)
            loop.close()


def show_all_docks(desk: Desk) -> None:
    """Put the docks that lie behind others below all of them, side by side."""
    host = desk.window.docks["loss"].parentWidget()
    assert isinstance(host, QMainWindow)
    for dock in host.findChildren(QDockWidget):
        if dock.widget() is not None and dock.visibleRegion().isEmpty():
            host.removeDockWidget(dock)
            host.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            dock.show()
    docks = host.findChildren(QDockWidget)
    desk.wait(lambda: not any(dock.visibleRegion().isEmpty() for dock in docks))


def train(desk: Desk, plan: Plan) -> tuple[Run, Measurement]:
    """Train a plan in a new session; see `train_as_set`."""
    set_up(desk, plan)
    return train_as_set(desk)


def set_up(desk: Desk, plan: Plan) -> None:
    """Put a plan into the form, in an empty session."""
    put(desk, Session())
    desk.window.panel.set_plan(plan)


def train_as_set(desk: Desk) -> tuple[Run, Measurement]:
    """Press Train, and wait until the run has ended and all of it is shown.

    Seconds are those of the training alone, as the run counts them.
    """
    with Timer() as timer:
        desk.window.window_actions["train"].trigger()
        wait_for(desk.window._parts.controller.run_ended)
    run = desk.run
    assert run.state.value == "finished", f"{run.state}: {run.message}"
    losses = run.history.steps.loss.values().tolist()
    return run, Measurement(run.elapsed_s, timer.measurement().cpu_s, losses)


def put(desk: Desk, session: Session) -> None:
    """Put a session in place of the one that is there."""
    assert do(desk, desk.document.new(session))


def do(desk: Desk, coroutine: Coroutine[Any, Any, T]) -> T:
    """Let Qt live until a coroutine is done, and return what it returned."""
    done = asyncio.ensure_future(coroutine)
    loop = QEventLoop()
    done.add_done_callback(lambda _: loop.quit())
    loop.exec()
    return done.result()


def wait_for(signal: object) -> None:
    """Let Qt live until a signal comes; no longer, and without looking in between."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    loop.exec()
    signal.disconnect(loop.quit)


class Lateness:
    """How late a timer of 5 ms comes: what a click or a key would have to wait."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append(max(0.0, 1000 * (now_s - self._last_s) - _TICK_MS))
        self._last_s = now_s

    def during(self, work: Callable[[], object]) -> Sequence[float]:
        """Return the sorted lateness of all ticks while some work goes on, in ms."""
        self._late_ms, self._last_s = [], time.perf_counter()
        self._timer.start()
        work()
        self._tick()
        self._timer.stop()
        return sorted(self._late_ms)


def rest(seconds: float) -> None:
    """Let Qt live for some time."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop.quit)
    loop.exec()
