"""Catches every defect of the program, wherever it shows, and reports it once."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)

from workbench import __version__

_LOG_BYTES = 1_000_000
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_DISPLAY_LOST = ("The X11 connection broke", "The Wayland connection ")
_REPORTED_PACKAGES = ("PySide6-Essentials", "torch", "numpy")


@dataclass(frozen=True)
class ErrorReport:
    """A defect: a sentence, all that helps to mend it, and what makes two alike."""

    sentence: str
    text: str
    signature: str

    @classmethod
    def of(cls, error: BaseException, where: str = "") -> ErrorReport:
        """Describe an exception; `where` says in words what was being done."""
        trace = "".join(traceback.format_exception(error))
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = f"{last[0].filename}:{last[0].lineno}" if last else where
        name = type(error).__name__
        return cls(
            sentence=f"{name}: {error}" if str(error) else name,
            text="\n".join(filter(None, [versions(), where, trace])),
            signature=f"{name} {place}",
        )

    @classmethod
    def of_text(cls, sentence: str, text: str) -> ErrorReport:
        """Take a report that was written elsewhere, such as on the training thread."""
        return cls(sentence, f"{versions()}\n{text}", text or sentence)


def versions() -> str:
    """List the versions of the program, of what it stands on, and of the machine."""
    packages = [f"{name} {_version(name)}" for name in _REPORTED_PACKAGES]
    machine = f"Python {platform.python_version()} on {platform.platform()}"
    return "\n".join([f"Training Workbench {__version__}", *packages, machine])


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(not installed)"


class ErrorReporter(QObject):
    """Takes over Python's, asyncio's and Qt's last resorts; `close` gives them back.

    `reported` is always emitted on the thread that this object lives in. Messages of
    Qt go to the log file only.
    """

    reported = Signal(object)  # ErrorReport
    _arrived = Signal(object)  # from any thread

    def __init__(self, log_file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logger = logging.getLogger("workbench")
        self._handler = _open_log(log_file)
        self._logger.addHandler(self._handler)
        # Libraries that log set up a handler for the terminal, which is not the place.
        self._logger.propagate = False
        self._restore: list[Callable[[], object]] = []
        self._arrived.connect(self._pass_on, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks of Python and Qt."""
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        old_handler = qInstallMessageHandler(self._on_qt_message)

        def restore() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
            qInstallMessageHandler(old_handler)

        self._restore.append(restore)

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take over the exception handler of an asyncio loop."""
        old = loop.get_exception_handler()
        loop.set_exception_handler(self._on_loop)
        self._restore.append(lambda: loop.set_exception_handler(old))

    def close(self) -> None:
        """Give all hooks back and close the log file."""
        while self._restore:
            self._restore.pop()()
        self._logger.removeHandler(self._handler)
        self._logger.propagate = True
        self._handler.close()

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Report an exception that was caught; may be called from any thread."""
        self._take(ErrorReport.of(error))

    def report_text(self, sentence: str, text: str) -> None:
        """Report a defect whose traceback is known as text only."""
        self._take(ErrorReport.of_text(sentence, text))

    def _take(self, report: ErrorReport) -> None:
        self._logger.error("%s\n%s", report.sentence, report.text)
        self._arrived.emit(report)

    @Slot(object)
    def _pass_on(self, report: ErrorReport) -> None:
        self.reported.emit(report)

    def _on_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._take(ErrorReport.of(error))

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            name = args.thread.name if args.thread else "?"
            self._take(ErrorReport.of(args.exc_value, f"in thread {name}"))

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            self._take(ErrorReport.of(args.exc_value, args.err_msg or "while cleaning up"))

    def _on_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        message = str(context.get("message", "in the event loop"))
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._take(ErrorReport.of(error, message))
        else:
            self._take(ErrorReport.of_text(message, message))

    def _on_qt_message(
        self, kind: QtMsgType, _context: QMessageLogContext, message: str
    ) -> None:
        self._logger.log(_LEVELS[kind], "Qt: %s", message)
        if message.startswith(_DISPLAY_LOST):
            os._exit(1)  # else Qt leaves by exit(), which waits for ever for our threads


def _open_log(path: Path) -> logging.Handler:
    """Open a log file of bounded size; without one, where the folder cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler
