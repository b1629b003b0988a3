"""How late a 5 ms timer of the window comes while heavy work goes on behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tests.benchmarks.harness import Figure, Goal, Options, Result
from tests.benchmarks.window import (
    Lateness,
    do,
    open_desk,
    put,
    rest,
    set_up,
    train_as_set,
)
from tests.benchmarks.workloads import images, longer
from tests.helpers.desk import Desk
from tests.helpers.long_runs import long_run
from workbench.core.plan import Plan
from workbench.core.session import Session

Work = Callable[[], object]


def measure(options: Options) -> Iterator[Result]:
    """Measure each kind of work and an idle window in turn."""
    with open_desk() as desk:
        for name, (prepare, work) in _works(desk, options).items():
            late, idle = [], []
            for _ in range(options.pairs):
                prepare()
                rest(0.5)
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


def _works(desk: Desk, options: Options) -> dict[str, tuple[Work, Work]]:
    """Return by name what is done in the window, each after what makes it possible."""
    file, copy = options.folder / "long.wbs", options.folder / "copy.wbs"
    session = Session(runs=[long_run(options.size(1_000_000, 100_000))])
    put(desk, session)
    do(desk, desk.document.save_as(file))

    def training(plan: Plan) -> tuple[Work, Work]:
        return lambda: set_up(desk, plan), lambda: train_as_set(desk)

    def save() -> None:
        copy.unlink(missing_ok=True)
        do(desk, desk.document.save_as(copy))

    def export() -> None:
        write_csv = desk.window._parts.write_csv
        do(desk, asyncio.to_thread(write_csv, session.runs[0], options.folder / "tables"))

    linear = longer("linear-adam", options.size(10_000, 3000))
    mlp = longer("mlp-adam", options.size(2000, 500))
    return {
        "training linear-adam": training(linear),
        "training mlp-adam": training(mlp),
        "training the CNN": training(images("cifar10-adam", 1280, None)),
        "loading 20,000 images": training(_loading()),
        "opening a long session": (
            lambda: put(desk, Session()),
            lambda: do(desk, desk.document.open(file)),
        ),
        "saving a long session": (lambda: put(desk, session), save),
        "exporting the tables of a long run": (lambda: put(desk, Session()), export),
    }


def _loading() -> Plan:
    """Return a plan that makes many images and trains a few steps of a tiny CNN."""
    values = images("cifar10-adam", 20_000, None, batch_size=10_000).values()
    values["model"].update({"channels": (1,), "hidden_size": 1})
    return Plan.from_values(values)
