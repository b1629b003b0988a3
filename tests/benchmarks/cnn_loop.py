"""The CNN, against the example's own script: DataLoader, PIL, batches of 64 in order."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tests.benchmarks.apart import Apart
from tests.benchmarks.harness import Goal, Options, Result, alternate, check_equal, speed
from tests.benchmarks.plain_loops import train_script
from tests.benchmarks.workloads import images, train_ours

_BATCH = 64
_CADENCE = {"sample_every": 32}  # of the rates, where the preset's 20 epochs settle


def measure(options: Options) -> Iterator[Result]:
    """Train one epoch each: with as many threads as the script takes, and as ours does."""
    all_threads = torch.get_num_threads()
    samples = 10_000 if options.data else options.size(10_000, 1920)
    steps = -(-samples // _BATCH)
    as_script = images(
        "cifar10-adam", samples, options.data, threads=all_threads, **_CADENCE
    )
    as_ours = images("cifar10-adam", samples, options.data, **_CADENCE)
    folder = options.data or options.folder
    with Apart() as apart:
        results = alternate(
            options.pairs,
            {
                "same threads": lambda: train_ours(as_script, folder),
                "script": lambda: apart(train_script, as_script, folder, all_threads),
                "own threads": lambda: train_ours(as_ours, folder),
            },
        )
    check_equal(results["same threads"], results["script"])
    for kind, goal in (("same threads", Goal(1.6)), ("own threads", None)):
        yield speed(
            f"CNN exact, {kind}",
            steps,
            results[kind],
            results["script"],
            f"script, {all_threads} threads",
            goal,
        )
