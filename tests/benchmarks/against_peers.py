"""linear-adam and mlp-adam in the window, against frameworks that have none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.benchmarks import peers
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

_GOALS = {"Lightning": 3.0, "skorch": 2.5, "Keras": 6.0}


def measure(options: Options) -> Iterator[Result]:
    """Train on the same data from the same weights; compare the losses, too."""
    found = [name for name in peers.LOOPS if peers.installed(name)]
    for name in peers.LOOPS:
        if name not in found:
            yield Skipped(f"against {name}", "not installed (group 'benchmarks')")
    if found:
        with open_desk() as desk:
            linear = longer("linear-adam", options.size(3000, 1000))
            yield from _compare(desk, linear, "linear-adam", found, options, _GOALS)
            mlp = longer("mlp-adam", options.size(1500, 500))
            yield from _compare(desk, mlp, "mlp-adam", found, options, {})


def _compare(
    desk: Desk,
    plan: Plan,
    preset: str,
    names: list[str],
    options: Options,
    goals: dict[str, float],
) -> Iterator[Result]:
    competitors: dict[str, Competitor] = {"ours": lambda: train(desk, plan)[1]}
    for name in names:
        competitors[name] = _peer(name, plan, options)
    results = alternate(options.pairs, competitors)
    for name in names:
        _check_alike(results["ours"][0], results[name][0], name)
        yield speed(
            f"{preset} with window, against {name} without",
            plan.loop.epochs,
            results["ours"],
            results[name],
            name,
            Goal(goals[name]) if name in goals else None,
        )


def _peer(name: str, plan: Plan, options: Options) -> Competitor:
    loop = peers.installed(name)
    assert loop is not None

    def train_peer() -> Measurement:
        experiment = prepared(plan, options.folder)
        data = experiment.dataset.train
        return loop(experiment.model, data.inputs, data.targets, plan.loop.epochs)

    return train_peer


def _check_alike(ours: Measurement, theirs: Measurement, name: str) -> None:
    """Make sure that a framework did the same work: the losses agree to 0.1 %."""
    assert len(theirs.losses) == len(ours.losses), f"{name} did another number of steps"
    np.testing.assert_allclose(theirs.losses, ours.losses, rtol=1e-3, err_msg=name)
