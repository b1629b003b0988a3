"""Sessions with everything in them, and what makes two of them the same."""

from __future__ import annotations

import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from tests.helpers.runs import (
    add_rates,
    add_steps,
    diverged_run,
    finished_classifier,
    finished_run,
    make_tensors,
    partial_run,
    start_run,
)
from workbench.core.events import (
    Checkpoint,
    Confusion,
    EpochRow,
    LossExploded,
    Picture,
    Predictions,
    ReplayEnded,
    ResumeCheck,
    ResumeReport,
    RunDiverged,
)
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.core.rates import RateSeries
from workbench.core.run import History, Parent, Run, RunState
from workbench.core.session import Session
from workbench.storage.schema import Table


def failed_run(*, name: str = "mlp adam 3", colour: int = 3) -> Run:
    """Return a run that ended by a defect, with a report and notices."""
    run = start_run(name=name, colour=colour)
    add_steps(run, [1.0, 0.5])
    run.state, run.message = RunState.FAILED, "something broke"
    run.report = "Traceback (most recent call last):\n  …\nKeyError: 'ü'\n"
    run.notices += ["skipped 3 files", "no CUDA: the CPU computes"]
    return run


def make_checkpoint(step: int, size: int = 1000) -> Checkpoint:
    """Return a checkpoint with `size` bytes of weights."""
    weights = np.random.default_rng(step).bytes(size)
    return Checkpoint(step, step, weights, f'{{"step": {step}, "rng": "0x1.8p+1"}}')


def full_session() -> Session:
    """Return a session with a run in every state, all kinds of pictures, and weights."""
    runs = [
        finished_run(),
        finished_classifier(colour=1),
        diverged_run(),
        failed_run(),
        partial_run(colour=4),
        partial_run(name="paused", colour=5, paused=True),
        Run(plan=Plan(), name="fresh", colour=6),
    ]
    runs[0].checkpoints = (make_checkpoint(100), make_checkpoint(200))
    _add_insights(runs[0])
    _add_accidents(runs[2])
    return Session(runs=runs, layout=b"\0\xff layout")


def _add_insights(run: Run) -> None:
    """Add dead units, a landscape with a path, and a run that it came from."""
    history = run.history
    history.activity.begin(("layers.1", "layers.3"))
    history.landscape = Landscape(np.array([4.0, 1.0, 0.25]), (4.0, 0.25), 0.125)
    for step in range(0, 200, 50):
        history.activity.append(step + 1, [step / 200, 1.0])
        history.path.append(step, 1.0 / (1 + step), -0.5)
    run.parent = Parent("0" * 32, "its parent", 100)
    check = ResumeCheck("optimizer state", is_equal=True, detail="2 tensors")
    run.resumed = (ResumeReport(100, (check,), ("computes with 1 thread",)),)


def _add_accidents(run: Run) -> None:
    """Add leaps of the loss, its end, and the close-up of the steps before."""
    run.explosions += [LossExploded(3, 1e9, 0.5), LossExploded(5, math.inf, 0.25)]
    run.divergence = RunDiverged(7, 1.5, math.nan, "layers.0.weight", "gradient")
    run.replay = ReplayEnded(7, "the state before was not kept")
    close_up = RateSeries(make_tensors(2))
    shape = (3, *close_up.values().shape[1:])
    close_up.extend(np.array([5.0, 6.0, 7.0]), np.full(shape, 0.75))
    run.history.close_up = close_up


def small_session() -> Session:
    """Return a session that fits in a few pages and yet has a row in every table."""
    run = start_run(name="small", total_steps=6, steps_per_epoch=2)
    add_steps(run, [1.0, 0.5, 0.25, 0.125, 0.1, 0.05])
    run.history.rates.begin(make_tensors(1))
    add_rates(run, samples=2)
    run.picture = Predictions("test", 3, np.array([1.0, 2.0]), np.array([1.5, 2.5]))
    run.checkpoints = (make_checkpoint(6, 40),)
    run.notices += ["a notice"]
    run.state, run.elapsed_s = RunState.FINISHED, 0.75
    return Session(runs=[run], layout=b"layout")


def content_of(session: Session) -> dict[str, Any]:
    """Return all that a file must keep, comparable bit for bit."""
    return {
        "plan": session.plan,
        "layout": session.layout,
        "runs": [content_of_run(run) for run in session.runs],
    }


def content_of_run(run: Run) -> dict[str, Any]:
    """Return all of a run that a file must keep, but whether it is under way."""
    history = run.history
    facts = (run.id, run.name, run.colour, run.created_at, run.report, run.elapsed_s)
    return {
        "facts": facts,
        "ended": (run.state, run.message) if _has_ended(run) else None,
        "plan": run.plan,
        "started": run.started,
        "loss": history.steps.loss.values().tobytes(),
        "lr": history.steps.lr.values().tobytes(),
        "tensors": history.rates.tensors,
        "sampled": history.rates.steps().tobytes(),
        "rates": history.rates.values().tobytes(),
        "epochs": [_bits(row) for row in run.epochs],
        "notices": run.notices,
        "picture": _picture(run.picture),
        "checkpoints": [astuple(checkpoint) for checkpoint in run.checkpoints],
        "accidents": repr((run.explosions, run.divergence, run.replay)),  # NaN equals NaN
        "ancestry": (run.parent, run.resumed),
        **_insights(history),
    }


def _insights(history: History) -> dict[str, Any]:
    landscape, close_up = history.landscape, history.close_up
    bowl = (b"", (), 0.0)
    if landscape is not None:
        curvatures = landscape.curvatures.tobytes()
        bowl = (curvatures, landscape.plane, landscape.minimum_loss)
    return {
        "activity": (history.activity.layers, history.activity.latest()),
        "alive": history.activity.shares(0, len(history.activity)).tobytes(),
        "landscape": bowl,
        "path": (history.path.steps().tobytes(), history.path.points().tobytes()),
        "close-up": (close_up.steps().tobytes(), close_up.values().tobytes()),
    }


def _has_ended(run: Run) -> bool:
    return run.state.is_over and "under way" not in run.message


def _bits(row: EpochRow) -> tuple[object, ...]:
    """Return the values of an epoch, floats in hex: NaN equals NaN there."""
    return tuple(
        value.hex() if isinstance(value, float) else value for value in astuple(row)
    )


def _picture(picture: Picture | None) -> tuple[object, ...]:
    match picture:
        case None:
            return ()
        case Predictions(split, epoch, actual, predicted):
            return split, epoch, actual.tobytes(), predicted.tobytes()
        case Confusion(split, epoch, class_names, counts):
            return split, epoch, class_names, counts.shape, counts.tobytes()


def execute(path: Path, *statements: str) -> None:
    """Change a session file behind the back of the program."""
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


def reseal(path: Path, table: Table, **values: Any) -> None:
    """Set columns of all rows of a table and make their hashes right again."""
    connection = apsw.Connection(str(path))
    rows = connection.execute(table.select, (0,)).fetchall()
    for rowid, *row, _ in rows:
        new = tuple({**dict(zip(table.columns, row, strict=True)), **values}.values())
        names = ", ".join(f"{name} = ?" for name in (*table.columns, "sha256"))
        statement = f"UPDATE {table.name} SET {names} WHERE rowid = ?"  # noqa: S608
        connection.execute(statement, (*new, table.seal(new), rowid))
    connection.close()


def add_row(path: Path, table: Table, *row: Any) -> None:
    """Add a row with its right hash to a session file."""
    connection = apsw.Connection(str(path))
    connection.execute(table.insert, (*row, table.seal(row)))
    connection.close()
