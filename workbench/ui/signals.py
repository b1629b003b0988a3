"""Tells of the system's signals on the GUI thread, soon even while Qt is idle."""

from __future__ import annotations

import signal
import socket
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot


class SignalWatcher(QObject):
    """Turns SIGINT, SIGTERM and SIGHUP into a Qt signal.

    Python runs its handlers only between two bytecodes, and while Qt waits for events
    there are none. So Python's C handler writes into a socket, which wakes Qt up.
    """

    ending_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(
            self._reader.fileno(), QSocketNotifier.Type.Read, self
        )
        self._notifier.activated.connect(self._read)
        self._old_descriptor = signal.set_wakeup_fd(self._writer.fileno())
        self._old_handlers = {
            number: signal.signal(number, _do_nothing) for number in _ending_signals()
        }

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()

    @Slot()
    def _read(self) -> None:
        numbers = self._reader.recv(64)
        if any(number in self._old_handlers for number in numbers):
            self.ending_asked.emit()


def _ending_signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not there on Windows
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _do_nothing(_number: int, _frame: FrameType | None) -> Any:
    """Stand in for a handler: what matters is the byte in the socket."""
