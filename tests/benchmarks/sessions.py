"""Opening a session with a run of a million steps, and saving it under another name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.harness import (
    Figure,
    Goal,
    Measurement,
    Options,
    Result,
    Timer,
    alternate,
)
from tests.benchmarks.window import do, open_desk, put
from tests.helpers.desk import Desk
from tests.helpers.long_runs import long_run
from workbench.core.session import Session


def measure(options: Options) -> Iterator[Result]:
    """Do both through the window's document; the reference copies the same file."""
    file, copy = options.folder / "long.wbs", options.folder / "copy.wbs"
    session = Session(runs=[long_run(1_000_000)])
    with open_desk() as desk:
        put(desk, session)
        assert do(desk, desk.document.save_as(file))
        for name, limit_s, ours in (
            ("open a session with 1,000,000 steps", 2.0, lambda: _open(desk, file)),
            ("save it under another name", 1.0, lambda: _save(desk, session, copy)),
        ):
            results = alternate(
                options.pairs, {"ours": ours, "copy": lambda: _copy_file(file, copy)}
            )
            yield Figure(
                name,
                "s",
                [one.seconds for one in results["ours"]],
                [one.seconds for one in results["copy"]],
                "copying the file",
                Goal(limit_s, at_least=False, of_ours=True),
                remarks=f"{file.stat().st_size / 2**20:.0f} MiB",
            )


def _open(desk: Desk, file: Path) -> Measurement:
    put(desk, Session())
    with Timer() as timer:
        assert do(desk, desk.document.open(file))
    return timer.measurement()


def _save(desk: Desk, session: Session, copy: Path) -> Measurement:
    copy.unlink(missing_ok=True)
    put(desk, session)
    with Timer() as timer:
        assert do(desk, desk.document.save_as(copy))
    return timer.measurement()


def _copy_file(file: Path, copy: Path) -> Measurement:
    copy.unlink(missing_ok=True)
    with Timer() as timer:
        shutil.copyfile(file, copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
    return timer.measurement()
