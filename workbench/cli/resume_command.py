"""`workbench resume`: go on with a run of a session file from its last stored state."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from workbench.cli.following import follow
from workbench.cli.progress import ProgressLine
from workbench.cli.run_command import report_ending
from workbench.cli.saver import Saver
from workbench.cli.status import Status
from workbench.core.errors import UserError
from workbench.core.paths import data_folder
from workbench.core.ports import PictureWriter
from workbench.core.resuming import Start
from workbench.core.run import Run
from workbench.core.saving import Home, LiveSession
from workbench.engine.runner import ThreadLauncher
from workbench.storage.session_file import SessionFiles


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `resume` command."""
    parser = commands.add_parser("resume", help="go on with a run that ended early")
    parser.add_argument("file", type=Path, metavar="FILE.wbs")
    parser.add_argument("--run", metavar="NAME", help="which run; default: the last one")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where data sets are, or are downloaded to"
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(command=resume)


def resume(options: argparse.Namespace, _: PictureWriter) -> Status:
    """Train a run to its end, in the file that it is in."""
    live = SessionFiles().open(options.file)
    try:
        _refuse_copy(live)
        run = live.session.find_run(options.run)
        start = _start_of(run)
    except UserError:
        live.close(discard=live.home is Home.COPY)
        raise
    run.go_back_to(start.checkpoint)
    line = ProgressLine(sys.stderr, enabled=not options.quiet)
    saver = Saver(live.session, live, line)
    launcher = ThreadLauncher(options.data or data_folder(), is_attended=False)
    handle = launcher.launch(run.plan, run.history, start)
    try:
        follow(handle, run, line, saver.update)
    finally:
        handle.stop()
        handle.join()
        saver.close()
    return report_ending(run, quiet=options.quiet)


def _refuse_copy(live: LiveSession) -> None:
    if live.home is Home.COPY:
        raise UserError(
            f"'{live.origin}' cannot be changed in place: {live.reason}. Open it in the "
            "window, save it under another name, and resume that."
        )


def _start_of(run: Run) -> Start:
    """Return the state to go on from.

    Raises:
        UserError: where there is none, or nothing to go on with.
    """
    if run.start is None:
        raise UserError(
            f"'{run.name}' has no stored state to go on from; train it again with "
            "'workbench run'."
        )
    if not run.can_continue:
        raise UserError(
            f"'{run.name}' is {run.state.value}; only a run that was stopped or "
            "interrupted, or that failed, can go on."
        )
    return run.start
