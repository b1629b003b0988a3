"""The composition root of the window: builds the pieces and runs Qt with asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import locale
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_API", "pyside6")  # before qasync and pyqtgraph choose a Qt

import qasync
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from workbench import __version__
from workbench.core import paths
from workbench.core.ports import RunLauncher
from workbench.core.presets import DEFAULT_PRESET, find_preset
from workbench.core.saving import SessionStore
from workbench.core.session import Session
from workbench.engine import warmup
from workbench.engine.runner import ThreadLauncher
from workbench.storage.csv_files import write_csv
from workbench.storage.session_file import SessionFiles
from workbench.ui.crash_log import CrashLog
from workbench.ui.deadline import Deadline
from workbench.ui.dialogs.error_dialog import ErrorDialog
from workbench.ui.dialogs.questions import QtQuestions
from workbench.ui.error_report import ErrorReporter
from workbench.ui.first_paint import FirstPaint
from workbench.ui.icons import app_icon
from workbench.ui.main_window import MainWindow, WindowParts
from workbench.ui.recent_files import RecentFiles
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.signals import SignalWatcher
from workbench.ui.space_key import SpaceKeyFilter
from workbench.ui.tasks import TaskRunner
from workbench.ui.theme import ThemeWatcher
from workbench.ui.window_memory import WindowMemory

_PAINTED_WITHIN_S = 5.0  # a window that starts minimised is not painted at all
_CRASHED = "The program was ended by a library that it uses when it ran last."


def open_window(arguments: Sequence[str]) -> int:
    """Open the window, with a session file where one is named; return the exit status."""
    if problem := _display_problem():
        print(f"workbench: {problem}", file=sys.stderr)  # noqa: T201 - there is no window
        return 2
    app = QApplication([sys.argv[0]])
    app.setApplicationName("training-workbench")
    app.setApplicationDisplayName("Training Workbench")
    app.setApplicationVersion(__version__)
    app.setWindowIcon(app_icon(paths.resources()))
    app.setQuitOnLastWindowClosed(False)  # `_live` ends the loop, when all is settled
    app.setStyle("Fusion")
    # Qt takes over the system's locale, and C libraries would then misread "0.001".
    locale.setlocale(locale.LC_NUMERIC, "C")
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_live(app, arguments))


async def _live(app: QApplication, arguments: Sequence[str]) -> int:
    """Build the window, show it, and return when it has been closed."""
    reporter = ErrorReporter(paths.log_file())
    reporter.install()
    reporter.watch_loop(asyncio.get_running_loop())
    signals = SignalWatcher()
    crash_log = CrashLog(paths.crash_file())
    deadline = Deadline()
    try:
        await _show_window(app, reporter, signals, crash_log, deadline, arguments)
    finally:  # from here on errors go to the terminal again
        signals.close()
        reporter.close()
        crash_log.close()
    deadline.meet()
    return 0


async def _show_window(
    app: QApplication,
    reporter: ErrorReporter,
    signals: SignalWatcher,
    crash_log: CrashLog,
    deadline: Deadline,
    arguments: Sequence[str],
) -> None:
    SpaceKeyFilter(app)
    window, tasks = build_window(
        app, reporter, QtQuestions(), ThreadLauncher(paths.data_folder()), SessionFiles()
    )
    closed = asyncio.Event()
    window.closed.connect(closed.set)
    for ending in (signals.ending_asked, app.commitDataRequest):
        ending.connect(window.shut_down)
        ending.connect(deadline.start)
    painted = FirstPaint(window)
    window.show()
    if crash_log.last:
        reporter.report_text(_CRASHED, crash_log.last)
    tasks.start(_warm_up(window, painted), "warm-up")
    window.begin(Path(arguments[0]) if arguments else None)
    await closed.wait()
    await tasks.close()
    await _delete(window)


async def _delete(window: MainWindow) -> None:
    """Delete the window here and now.

    Else Python's collector would do so on whichever thread it happens to run, such as
    the one that still loads torch, and Qt must not be touched there.
    """
    gone = asyncio.Event()
    window.destroyed.connect(gone.set)
    window.deleteLater()
    await gone.wait()


def build_window(
    app: QApplication,
    reporter: ErrorReporter,
    questions: QtQuestions,
    launcher: RunLauncher,
    store: SessionStore,
) -> tuple[MainWindow, TaskRunner]:
    """Put all pieces together; the window is not shown yet."""
    settings = QSettings(str(paths.settings_file()), QSettings.Format.IniFormat)
    memory = WindowMemory(settings)
    tasks = TaskRunner(app)
    tasks.defect_found.connect(reporter.report)
    theme = ThemeWatcher(app, memory.scheme)
    document = SessionDocument(
        store,
        questions,
        settings,
        Session(plan=find_preset(DEFAULT_PRESET).plan),
    )
    parts = WindowParts(
        store=store,
        settings=settings,
        document=document,
        controller=RunController(launcher),
        tasks=tasks,
        recent=RecentFiles(settings),
        theme=theme,
        write_csv=write_csv,
        memory=memory,
    )
    window = MainWindow(parts)
    for part in (parts.document, parts.controller, parts.recent, settings):
        part.setParent(window)  # deleted with it, on its thread
    questions.set_window(window)
    dialog = ErrorDialog(window)
    reporter.reported.connect(dialog.show_report)
    window.runs.defect_found.connect(reporter.report_text)
    return window, tasks


async def _warm_up(window: MainWindow, painted: FirstPaint) -> None:
    """Load torch behind the window's back, and tell which devices there are."""
    with contextlib.suppress(TimeoutError):  # imports would get in the way of the picture
        await asyncio.wait_for(painted.wait(), _PAINTED_WITHIN_S)
    try:
        for load in warmup.PARTS:
            await asyncio.to_thread(load)
    finally:
        gc.freeze()  # what is loaded stays: no collection need look at it again
        gc.enable()  # `__main__` had paused it
    window.set_devices(await asyncio.to_thread(warmup.find_devices))


def _display_problem() -> str:
    """Say why no window can be opened here; empty where one can."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "there is no display to open the window on (DISPLAY and WAYLAND_DISPLAY are not "
        "set). Start it from a desktop, or train without a window: workbench run PRESET"
    )
