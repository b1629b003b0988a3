"""`workbench run`: carry out a plan on the terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.cli.following import follow
from workbench.cli.progress import ProgressLine, summary
from workbench.cli.saver import Saver
from workbench.cli.status import Status, status_of
from workbench.core.errors import UserError
from workbench.core.paths import data_folder
from workbench.core.plan import Plan, apply_text
from workbench.core.ports import PictureWriter
from workbench.core.presets import find_preset
from workbench.core.run import Run, RunState
from workbench.core.session import Session
from workbench.engine.runner import ThreadLauncher
from workbench.storage.csv_files import write_csv
from workbench.storage.session_file import SessionFiles


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `run` command."""
    parser = commands.add_parser("run", help="train without a window")
    parser.add_argument("plan", metavar="PRESET|FILE.wbs", help="what to train")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a setting, such as optimizer.lr=0.01 or optimizer=sgd; repeatable",
    )
    parser.add_argument("--epochs", metavar="N", help="same as --set loop.epochs=N")
    parser.add_argument(
        "--seed",
        metavar="N",
        help="seed of the initial weights, the order of samples and dropout "
        "(model.seed and loop.seed); that of the data is data.seed",
    )
    parser.add_argument(
        "--device", choices=["cpu", "cuda", "auto"], help="same as --set loop.device=…"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where data sets are, or are downloaded to"
    )
    parser.add_argument(
        "--save", type=Path, metavar="OUT.wbs", help="keep a session file while it trains"
    )
    parser.add_argument("--csv", type=Path, metavar="DIR", help="write tables")
    parser.add_argument("--png", type=Path, metavar="DIR", help="write pictures")
    parser.add_argument(
        "--every",
        metavar="N",
        help="measure the effective learning rates every N steps (loop.sample_every)",
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, write_pictures: PictureWriter) -> Status:
    """Train, and write what was asked for, whichever way the run ends."""
    session = _open_session(options)
    run = session.new_run()
    launcher = ThreadLauncher(options.data or data_folder(), is_attended=False)
    line = ProgressLine(sys.stderr, enabled=not options.quiet)
    saver = _LateSaver(session, options.save, line)
    handle = launcher.launch(run.plan, run.history)
    try:
        follow(handle, run, line, lambda: saver.update(run))
    finally:
        handle.stop()
        handle.join()
        saver.close(run)
    _write_results(options, session, run, write_pictures)
    return report_ending(run, quiet=options.quiet)


class _LateSaver:
    """A saver that begins with the first step, so that a mistake leaves no file."""

    def __init__(self, session: Session, path: Path | None, line: ProgressLine) -> None:
        self._session, self._path, self._line = session, path, line
        self._saver: Saver | None = None

    def update(self, run: Run) -> None:
        if self._saver is None and self._path is not None and run.started is not None:
            live = SessionFiles().begin(self._session, self._path)
            self._saver = Saver(self._session, live, self._line)
        if self._saver is not None:
            self._saver.update()

    def close(self, run: Run) -> None:
        if run.started is not None:
            self.update(run)
        if self._saver is not None:
            self._saver.close()


def _open_session(options: argparse.Namespace) -> Session:
    """Return a session whose plan is the one asked for, all changes made."""
    source = Path(options.plan)
    if source.suffix == ".wbs":
        session = SessionFiles().load(source)
    else:
        session = Session(plan=find_preset(options.plan).plan)
    session.plan = _changed(session.plan, options)
    return session


def _changed(plan: Plan, options: argparse.Namespace) -> Plan:
    values: Mapping[str, Mapping[str, Any]] = plan.values()
    for change in options.set:
        path, sign, text = change.partition("=")
        if not sign:
            raise UserError(
                f"--set {change}: write it as path=value, such as optimizer.lr=0.01"
            )
        values = apply_text(values, path.strip(), text)
    for path, text in _shorthands(options):
        values = apply_text(values, path, text)
    return Plan.from_values(values)


def _shorthands(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    if options.epochs is not None:
        yield "loop.epochs", options.epochs
    if options.seed is not None:
        yield "model.seed", options.seed
        yield "loop.seed", options.seed
    if options.device is not None:
        yield "loop.device", options.device
    if options.every is not None:
        yield "loop.sample_every", options.every


def _write_results(
    options: argparse.Namespace, session: Session, run: Run, write_pictures: PictureWriter
) -> None:
    if options.csv is not None:
        write_csv(run, options.csv)
    if options.png is not None:
        write_pictures(session, run, options.png)


def report_ending(run: Run, *, quiet: bool) -> Status:
    """Print how a run ended, and return the exit status that says so."""
    if run.state is RunState.FAILED:
        print(f"workbench: {run.message}", file=sys.stderr)
        if run.report:
            print(run.report, file=sys.stderr)
    elif not quiet:
        print(summary(run))
    return status_of(run.state)
