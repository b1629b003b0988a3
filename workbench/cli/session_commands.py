"""`workbench show`, `check` and `export`: what can be done with a session file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from workbench.cli.progress import summary
from workbench.cli.status import Status
from workbench.core.ports import PictureWriter
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage.check import check_session
from workbench.storage.csv_files import write_csv
from workbench.storage.session_file import SessionFiles


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `show`, `check` and `export` commands."""
    parser = commands.add_parser("show", help="say what is in a session file")
    parser.add_argument("file", type=Path, metavar="FILE.wbs")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(command=show)

    parser = commands.add_parser("check", help="verify a session file")
    parser.add_argument("file", type=Path, metavar="FILE.wbs")
    parser.set_defaults(command=check)

    parser = commands.add_parser("export", help="write tables or pictures of a run")
    parser.add_argument("file", type=Path, metavar="FILE.wbs")
    parser.add_argument("--run", metavar="NAME", help="which run; default: the last one")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--csv", type=Path, metavar="DIR", help="write tables")
    target.add_argument("--png", type=Path, metavar="DIR", help="write pictures")
    parser.set_defaults(command=export)


def show(options: argparse.Namespace, _: PictureWriter) -> Status:
    """Print a line for each run, or everything but the series as JSON."""
    session = SessionFiles().load(options.file)
    if options.json:
        print(json.dumps(_session_facts(session), indent=2, ensure_ascii=False))
        return Status.DONE
    print(f"{options.file}: {len(session.runs)} runs")
    for run in session.runs:
        print(f"  {summary(run)}")
    return Status.DONE


def check(options: argparse.Namespace, _: PictureWriter) -> Status:
    """Verify every row of the file, and name what is damaged."""
    damage = check_session(options.file)
    for line in damage:
        print(f"{options.file}: {line}")
    if damage:
        return Status.DAMAGED
    print(f"{options.file}: sound")
    return Status.DONE


def export(options: argparse.Namespace, write_pictures: PictureWriter) -> Status:
    """Write the tables or the pictures of one run."""
    session = SessionFiles().load(options.file)
    run = session.find_run(options.run)
    if options.csv is not None:
        paths = write_csv(run, options.csv)
    else:
        paths = write_pictures(session, run, options.png)
    for path in paths:
        print(path)
    return Status.DONE


def _session_facts(session: Session) -> dict[str, Any]:
    return {
        "plan": session.plan.model_dump(mode="json"),
        "runs": [_run_facts(run) for run in session.runs],
    }


def _run_facts(run: Run) -> dict[str, Any]:
    best, last = run.best_epoch, run.epochs[-1] if run.epochs else None
    return {
        "name": run.name,
        "state": run.state.value,
        "message": run.message,
        "created_at": run.created_at,
        "elapsed_s": run.elapsed_s,
        "steps": run.num_steps,
        "epochs": len(run.epochs),
        "best_epoch": None if best is None else vars(best),
        "last_epoch": None if last is None else vars(last),
        "environment": {} if run.started is None else dict(run.started.environment),
        "notices": run.notices,
        "plan": run.plan.model_dump(mode="json"),
    }
