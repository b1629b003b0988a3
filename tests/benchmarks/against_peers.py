"""linear-adam and mlp-adam in the window, against frameworks that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from tests.benchmarks import peers
from tests.benchmarks.apart import Apart
from tests.benchmarks.harness import (
    Competitor,
    Goal,
    Measurement,
    Options,
    Result,
    Skipped,
    alternate,
    speed,
)
from tests.benchmarks.window import open_desk, train
from tests.benchmarks.workloads import longer, prepared
from tests.helpers.desk import Desk
from workbench.core.plan import Plan

_GOALS = {"Lightning": Goal(3.0), "skorch": Goal(2.5), "Keras": Goal(6.0)}


def measure(options: Options) -> Iterator[Result]:
    """Train on the same data from the same weights; compare the losses, too."""
    found = [name for name in peers.LOOPS if peers.installed(name)]
    for name in peers.LOOPS:
        if name not in found:
            yield Skipped(f"against {name}", "not installed (group 'benchmarks')")
    if found:
        with Apart() as apart, open_desk() as desk:
            linear = longer("linear-adam", options.size(3000, 1000))
            goals = {name: _GOALS.get(name) for name in found}
            yield from _compare(desk, apart, linear, goals, options)
            mlp = longer("mlp-adam", options.size(1500, 500))
            yield from _compare(desk, apart, mlp, dict.fromkeys(found), options)


def _compare(
    desk: Desk,
    apart: Apart,
    plan: Plan,
    goals: Mapping[str, Goal | None],
    options: Options,
) -> Iterator[Result]:
    competitors: dict[str, Competitor] = {
        name: partial(apart, _train_peer, name, plan, options.folder) for name in goals
    }
    competitors["ours"] = lambda: train(desk, plan)[1]
    results = alternate(options.pairs, competitors)
    for name, goal in goals.items():
        _check_alike(results["ours"][0], results[name][0], name)
        yield speed(
            f"{plan.model.kind}-adam with window, against {name} without",
            plan.loop.epochs,
            results["ours"],
            results[name],
            name,
            goal,
        )


def _train_peer(name: str, plan: Plan, folder: Path) -> Measurement:
    loop = peers.installed(name)
    assert loop is not None
    experiment = prepared(plan, folder)
    data = experiment.dataset.train
    return loop(experiment.model, data.inputs, data.targets, plan.loop.epochs)


def _check_alike(ours: Measurement, theirs: Measurement, name: str) -> None:
    """Make sure that a framework did the same work: the losses agree to 0.1 %."""
    assert len(theirs.losses) == len(ours.losses), f"{name} did another number of steps"
    np.testing.assert_allclose(theirs.losses, ours.losses, rtol=1e-3, err_msg=name)
