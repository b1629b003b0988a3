"""An hour of training in the window with all docks open: how much does its memory grow?

`python -m tests.faults.soak [--minutes 60] [--preset quickstart-cnn]` looks at the resident
memory every second and prints each minute's median and largest, and how much they have
grown since the fifth. The largest is that of an evaluation, which needs more for a
moment. Linux only.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.helpers.window_process import start_window, user_folders
from workbench.core.plan import Plan
from workbench.core.presets import find_preset
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_WARM_UP_MINUTES = 5  # until caches are full and plots have their size
_SCRIPT = """
def script(window):
    from PySide6.QtWidgets import QDockWidget

    document, train = window._parts.document, window.window_actions["train"]
    yield lambda: document.name == "soak.wbs" and train.isEnabled()
    for dock in window.findChildren(QDockWidget):
        dock.show()
    train.trigger()
    yield lambda: document.session.runs and document.session.runs[-1].num_steps > 10
    say("training")
    yield lambda: False
"""


def main() -> int:
    """Train, measure, close; return 0 where the window ended as it should."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="workbench-soak-") as folder:
        path = Path(folder) / "soak.wbs"
        SessionFiles(Path(folder) / "own").save(_session(options.preset), path)
        process = start_window(
            _SCRIPT, path, **user_folders(Path(folder)), QT_QPA_PLATFORM="offscreen"
        )
        assert process.stdout is not None
        process.stdout.readline()
        _watch(process, options.minutes)
        process.terminate()
        _, errors = process.communicate(timeout=60)
        (run,) = SessionFiles(Path(folder) / "own").load(path).runs
        trained = f"{run.num_steps:,} steps in {run.elapsed_s:,.0f} s of training"
        print(f"{trained}; exit status {process.returncode}; {errors!r}")  # noqa: T201 - what it is for
        return process.returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--preset", default="quickstart-cnn")
    return parser.parse_args()


def _session(preset: str) -> Session:
    values = find_preset(preset).plan.values()
    values["loop"].update({"epochs": 10**6, "on_explosion": "mark"})  # else it pauses
    return Session(plan=Plan.from_values(values))


def _watch(process: subprocess.Popen[str], minutes: int) -> None:
    first = None
    for minute in range(1, minutes + 1):
        megabytes = list(_seconds(process))
        middle, largest = statistics.median(megabytes), max(megabytes)
        if minute == min(_WARM_UP_MINUTES, minutes):
            first = middle, largest
        grown = ""
        if first is not None:
            grown = f" ({middle - first[0]:+.1f} and {largest - first[1]:+.1f})"
        print(f"minute {minute}: {middle:.1f}, {largest:.1f} MB{grown}", flush=True)  # noqa: T201 - what it is for


def _seconds(process: subprocess.Popen[str]) -> Iterator[float]:
    """Yield the resident memory in MB in each second of a minute."""
    for _ in range(60):
        time.sleep(1)
        if process.poll() is not None:
            raise RuntimeError(process.communicate()[1])
        yield _resident_bytes(process.pid) / 1e6


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    sys.exit(main())
