"""How late a 5 ms timer of the window comes while heavy work goes on behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tests.benchmarks.harness import Figure, Goal, Options, Result
from tests.benchmarks.long_runs import long_run
from tests.benchmarks.window import Lateness, begin_session, open_desk, rest, train
from tests.benchmarks.workloads import images, longer
from tests.helpers.desk import Desk
from workbench.core.plan import Plan
from workbench.core.session import Session


def measure(options: Options) -> Iterator[Result]:
    """Measure each kind of work and an idle window in turn."""
    with open_desk() as desk:
        for name, work in _works(desk, options).items():
            late, idle = [], []
            for _ in range(options.pairs):
                late.append(Lateness().during(work))
                idle.append(Lateness().during(lambda: rest(1.0)))
            yield _figure(f"{name}, p99", late, idle, 99, Goal(20, False, True))
            yield _figure(f"{name}, worst", late, idle, 100, Goal(100, False, True))


def _figure(
    name: str,
    late: Sequence[Sequence[float]],
    idle: Sequence[Sequence[float]],
    percentile: float,
    goal: Goal,
) -> Figure:
    ours, reference = (
        [float(np.percentile(ticks, percentile)) for ticks in both] for both in (late, idle)
    )
    return Figure(f"timer late while {name}", "ms", ours, reference, "idle", goal)


def _works(desk: Desk, options: Options) -> dict[str, Callable[[], object]]:
    """Return what is done in the window, by name."""
    file, copy = options.folder / "long.wbs", options.folder / "copy.wbs"
    tables = options.folder / "tables"
    session = Session(runs=[long_run(options.size(1_000_000, 100_000))])
    window = desk.window

    def put() -> None:
        _do(desk, desk.document.new(session, discard=True))

    def save() -> None:
        put()
        _do(desk, desk.document.save_as(copy))

    def export() -> None:
        put()
        _do(desk, asyncio.to_thread(window._parts.write_csv, session.runs[0], tables))

    def open_file() -> None:
        begin_session(desk)
        _do(desk, desk.document.open(file, discard=True))

    put()
    _do(desk, desk.document.save_as(file))
    linear = longer("linear-adam", options.size(10_000, 3000))
    mlp = longer("mlp-adam", options.size(2000, 500))
    return {
        "training linear-adam": lambda: train(desk, linear),
        "training mlp-adam": lambda: train(desk, mlp),
        "training the CNN": lambda: train(desk, images("cifar10-adam", 1280, None)),
        "loading 20,000 images": lambda: train(desk, _loading()),
        "opening a long session": open_file,
        "saving a long session": save,
        "exporting the tables of a long run": export,
    }


def _loading() -> Plan:
    """Return a plan that makes many images and trains a few steps of a tiny CNN."""
    values = images("cifar10-adam", 20_000, None, batch_size=10_000).values()
    values["model"].update({"channels": (1,), "hidden_size": 1})
    return Plan.from_values(values)


def _do(desk: Desk, coroutine: object) -> None:
    done = asyncio.ensure_future(coroutine)
    desk.wait(done.done)
    done.result()
