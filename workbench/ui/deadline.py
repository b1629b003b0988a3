"""Ends the process in time where the system has asked it to end."""

from __future__ import annotations

import os
import sys
import threading

from PySide6.QtCore import QObject, Slot

_MOST_S = 4.0  # the system gives five seconds, and then kills


class Deadline(QObject):
    """Waits for nothing that is not needed any more, once `start` was called.

    Everything that has been committed is on the disk by then. What would be waited for
    is a disk or a step that hangs, and Python as it takes down its modules one by one.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._has_started = False

    @Slot()
    def start(self) -> None:
        """End the process some seconds from now, whatever it is doing."""
        if not self._has_started:
            self._has_started = True
            timer = threading.Timer(_MOST_S, _end)
            timer.daemon = True
            timer.start()

    def meet(self) -> None:
        """End the process here and now, if it was to end in time."""
        if self._has_started:
            _end()


def _end() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(0)
