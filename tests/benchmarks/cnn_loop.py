"""The CNN, against the example's own script: DataLoader, PIL, batches of 64 in order."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from tests.benchmarks.apart import Apart
from tests.benchmarks.harness import (
    Goal,
    Measurement,
    Options,
    Result,
    alternate,
    check_equal,
    speed,
)
from tests.benchmarks.plain_loops import train_script
from tests.benchmarks.workloads import images, train_ours
from workbench.core.plan import Plan

_BATCH = 64
_CADENCE = {"sample_every": 32}  # of the rates, where the preset's 20 epochs settle


def measure(options: Options) -> Iterator[Result]:
    """Train one epoch each: with as many threads as the script takes, and as ours does."""
    threads = torch.get_num_threads()
    samples = 10_000 if options.data else options.size(10_000, 1920)
    plans = {
        "exact, same threads": _plan(samples, options, threads=threads),
        "fast, same threads": _plan(samples, options, threads=threads, arithmetic="fast"),
        "exact, own threads": _plan(samples, options),
    }
    folder = options.data or options.folder
    ours = {name: partial(train_ours, plan, folder) for name, plan in plans.items()}
    script_plan = plans["exact, same threads"]
    with Apart() as apart:
        script = partial(apart, train_script, script_plan, folder, threads)
        results = alternate(options.pairs, {"script": script, **ours})
    check_equal(results["exact, same threads"], results["script"])
    for name, goal in zip(plans, (Goal(1.6), Goal(3.0), None), strict=True):
        yield speed(
            f"CNN {name}",
            -(-samples // _BATCH),
            results[name],
            results["script"],
            f"script, {threads} threads",
            goal,
            remarks=_compare_losses(results[name][0], results["script"][0]),
        )


def _plan(samples: int, options: Options, **loop: Any) -> Plan:
    return images("cifar10-adam", samples, options.data, **_CADENCE, **loop)


def _compare_losses(ours: Measurement, script: Measurement) -> str:
    share = statistics.fmean(ours.losses) / statistics.fmean(script.losses) - 1
    return f"loss of the epoch {100 * share:+.2f} %" if share else "the same losses"
