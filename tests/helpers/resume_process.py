"""A program that opens a session, goes on with every run in it, and saves it as another.

Started as `python -m tests.helpers.resume_process FOLDER FROM TO`: a new process knows
nothing but what the file says.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workbench.core.resuming import Start
from workbench.core.run import Run
from workbench.engine.runner import ThreadLauncher
from workbench.storage.session_file import SessionFiles

TIMEOUT_S = 600
ROOT = Path(__file__).parents[2]


def resume_all(folder: Path, source: Path, target: Path) -> None:
    """Go on with every run of a session in a process of its own.

    Raises:
        AssertionError: with what the process said, where it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.resume_process", folder, source, target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _go_on(run: Run, folder: Path) -> None:
    assert run.checkpoint is not None
    start = Start(run.checkpoint)
    run.go_back_to(run.checkpoint)
    handle = ThreadLauncher(folder, is_attended=False).launch(run.plan, run.history, start)
    handle.join()
    for event in handle.drain():
        run.apply(event)


def main(folder: str, source: str, target: str) -> None:
    files = SessionFiles()
    session = files.load(Path(source))
    assert not session.damage, session.damage
    for run in session.runs:
        _go_on(run, Path(folder))
    files.save(session, Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
