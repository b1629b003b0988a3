"""`workbench run`: carry out a plan on the terminal."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from workbench.cli.progress import ProgressLine, summary
from workbench.cli.status import Status, status_of
from workbench.core.errors import UserError
from workbench.core.events import LossExploded, NoticeGiven, RunEvent, RunFailed
from workbench.core.paths import data_folder
from workbench.core.plan import Plan, apply_text
from workbench.core.ports import PictureWriter, RunHandle
from workbench.core.presets import find_preset
from workbench.core.run import Run, RunState, describe_explosion
from workbench.core.session import Session
from workbench.engine.runner import ThreadLauncher
from workbench.storage.csv_files import write_csv
from workbench.storage.session_file import SessionFiles

_POLL_S = 0.05


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
    parser.add_argument("--save", type=Path, metavar="OUT.wbs", help="write a session file")
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
    """Train, then write what was asked for, whichever way the run ended."""
    session = _open_session(options)
    run = session.new_run()
    launcher = ThreadLauncher(options.data or data_folder(), is_attended=False)
    line = ProgressLine(sys.stderr, enabled=not options.quiet)
    with _termination_as_interrupt():
        _follow(launcher.launch(run.plan, run.history), run, line)
    _write_results(options, session, run, write_pictures)
    return _report(run, quiet=options.quiet)


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


def _follow(handle: RunHandle, run: Run, line: ProgressLine) -> None:
    """Take in events until the run is over; an interrupt stops it in good order."""
    while not run.state.is_over:
        try:
            handle.join(_POLL_S)
            for event in handle.drain():
                run.apply(event)
                _tell(event, line)
            line.show(run)
        except KeyboardInterrupt:
            handle.stop()
    line.clear()


def _tell(event: RunEvent, line: ProgressLine) -> None:
    """Print notices and leaps of the loss; end where the plan cannot be carried out.

    Raises:
        UserError: saying what is wrong with the plan.
    """
    if isinstance(event, NoticeGiven):
        line.print(event.text)
    if isinstance(event, LossExploded):
        line.print(describe_explosion(event))
    if isinstance(event, RunFailed) and event.is_mistake:
        line.clear()
        raise UserError(event.message)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM like Ctrl+C: everything up to there is saved."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _write_results(
    options: argparse.Namespace, session: Session, run: Run, write_pictures: PictureWriter
) -> None:
    if options.save is not None:
        SessionFiles().save(session, options.save)
    if options.csv is not None:
        write_csv(run, options.csv)
    if options.png is not None:
        write_pictures(session, run, options.png)


def _report(run: Run, *, quiet: bool) -> Status:
    if run.state is RunState.FAILED:
        print(f"workbench: {run.message}", file=sys.stderr)
        if run.report:
            print(run.report, file=sys.stderr)
    elif not quiet:
        print(summary(run))
    return status_of(run.state)
