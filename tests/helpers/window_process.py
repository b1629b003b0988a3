"""The window in a process of its own, and what a person does in it, step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

TIMEOUT_S = 120  # of waits that end as soon as what they wait for is there
_ROOT = Path(__file__).parents[2]

# Runs in the other process: `script` is a generator that is handed the window; it yields
# conditions and goes on when they hold.
_DRIVER = """
import runpy
import sys

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QAbstractButton, QLabel

import workbench.app


class Driver(QObject):
    def __init__(self, window):
        super().__init__(window)
        self.script = script(window)
        self.condition = next(self.script)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.look)
        self.timer.start(5)

    def look(self):
        if self.condition():
            self.timer.stop()
            try:
                self.condition = next(self.script)
            except StopIteration:
                return
            self.timer.start(5)


def say(*words):
    print(*words, flush=True)


def button(window, name):
    found = window.findChildren(QAbstractButton, name)
    return found[0] if found else None


def build_window(*arguments):
    window, tasks = build(*arguments)
    Driver(window)
    return window, tasks


{script}

build = workbench.app.build_window
workbench.app.build_window = build_window
sys.argv = ["workbench", *sys.argv[1:]]
runpy.run_module("workbench", run_name="__main__", alter_sys=True)
"""


def environment(**changes: str) -> dict[str, str]:
    """Return the variables of this process; Python's own path, and no display."""
    return {**os.environ, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1", **changes}


def user_folders(folder: Path) -> dict[str, str]:
    """Return variables that put the user's settings, data and logs into a folder."""
    names = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    return {name: str(folder / name.lower()) for name in names}


def start_window(
    script: str, *arguments: str | Path, **variables: str
) -> subprocess.Popen[str]:
    """Start `python -m workbench` with a person inside who follows the script."""
    code = _DRIVER.replace("{script}", script)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env=environment(**variables),
    )


def end_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end; return exit status, output and errors."""
    with process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, output, errors


def run_module(*arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `python -m workbench` as it is."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env=env,
        timeout=TIMEOUT_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
