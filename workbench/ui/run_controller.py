"""Starts and steers the one run that may train at a time, and drains its events."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.core.events import LossExploded, NoticeGiven, RunContinued
from workbench.core.ports import RunHandle, RunLauncher
from workbench.core.resuming import Start
from workbench.core.run import Run, RunState

_DRAIN_EVERY_MS = 50


class RunController(QObject):
    """The window's hold on the run under way; all its signals come on the GUI thread."""

    run_launched = Signal(object)  # Run: its thread has been started
    run_advanced = Signal(object)  # Run: it has taken in events or steps
    state_changed = Signal(object)  # Run: its state is another one
    notice_given = Signal(str)  # a line for the log
    run_continued = Signal(object)  # Run: it goes on from a state; see its `resumed`
    loss_exploded = Signal(object)  # Run: the loss leapt, by the rule of its loop settings
    run_ended = Signal(object)  # Run: the final event has been taken in, the thread joined

    def __init__(self, launcher: RunLauncher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._launcher = launcher
        self._run: Run | None = None
        self._handle: RunHandle | None = None
        self._last: tuple[Run, RunHandle] | None = None
        self._is_stopping = False
        self._timer = QTimer(self)
        self._timer.setInterval(_DRAIN_EVERY_MS)
        self._timer.timeout.connect(self._drain)

    @property
    def run(self) -> Run | None:
        """Return the run under way."""
        return self._run

    @property
    def is_active(self) -> bool:
        """Say whether a run is under way, paused ones included."""
        return self._handle is not None

    @property
    def is_stopping(self) -> bool:
        """Say whether the run has been asked to stop and has not ended yet."""
        return self._is_stopping

    def handle_of(self, run: Run | None) -> RunHandle | None:
        """Return the handle of the run under way or of the one that ended last.

        It still knows what was recorded and kept; None for every other run.
        """
        if self._last is None or run is not self._last[0]:
            return None
        return self._last[1]

    def launch(self, run: Run, start: Start | None = None) -> None:
        """Start a run, from a state where one is given; there must be none under way."""
        if self._handle is not None:
            raise RuntimeError("a run is under way already")
        self._run = run
        self._is_stopping = False
        self._handle = self._launcher.launch(run.plan, run.history, start)
        self._last = (run, self._handle)
        self._timer.start()
        self.run_launched.emit(run)

    @Slot()
    def pause(self) -> None:
        """Ask the run to wait."""
        if self._handle is not None:
            self._handle.pause()

    @Slot()
    def resume(self) -> None:
        """Let the run go on."""
        if self._handle is not None:
            self._handle.resume()

    @Slot()
    def step_once(self) -> None:
        """Let a paused run do one step."""
        if self._handle is not None:
            self._handle.step_once()

    @Slot()
    def stop(self) -> None:
        """End the run and keep its results."""
        if self._handle is not None and self._run is not None:
            self._is_stopping = True
            self._handle.stop()
            self.state_changed.emit(self._run)

    async def stop_and_wait(self, timeout_s: float | None = None) -> bool:
        """End the run, if there is one, and return when its thread has been joined.

        False: the run has not ended within `timeout_s` seconds.
        """
        if self._handle is None:
            return True
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def finish(_: Run | None = None) -> None:
            if not ended.done():
                ended.set_result(self._handle is None)

        self.run_ended.connect(finish)
        if timeout_s is not None:
            QTimer.singleShot(round(1000 * timeout_s), self, finish)
        try:
            self.stop()
            return await ended
        finally:
            self.run_ended.disconnect(finish)

    @Slot()
    def _drain(self) -> None:
        run, handle = self._run, self._handle
        if run is None or handle is None:
            return
        before = run.state
        for event in handle.drain():
            run.apply(event)
            if isinstance(event, NoticeGiven):
                self.notice_given.emit(event.text)
            elif isinstance(event, RunContinued):
                self.run_continued.emit(run)
            elif isinstance(event, LossExploded):
                self.loss_exploded.emit(run)
        if run.state.is_over:
            self._end(run, handle)
        elif run.state is not before:
            self.state_changed.emit(run)
        self.run_advanced.emit(run)

    def _end(self, run: Run, handle: RunHandle) -> None:
        handle.join()  # the final event is the thread's last act
        self._timer.stop()
        self._handle = self._run = None
        self._is_stopping = False
        self.state_changed.emit(run)
        self.run_ended.emit(run)


def can_pause(run: Run | None) -> bool:
    """Say whether a run can be paused."""
    return run is not None and run.state is RunState.TRAINING
