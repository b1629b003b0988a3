"""On CUDA: the three models against the plain loop, an epoch of 50,000 images, rates.

Ready to run; skipped with a line where there is no GPU. The chip and the date are in
the JSON file, as those of all figures.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tests.benchmarks.harness import (
    Figure,
    Measurement,
    Options,
    Result,
    Skipped,
    alternate,
    check_equal,
    speed,
)
from tests.benchmarks.plain_loops import train_plain, train_script
from tests.benchmarks.rates import without_rates
from tests.benchmarks.workloads import images, longer, train_ours
from workbench.core.plan import Plan


def measure(options: Options) -> Iterator[Result]:
    """Do all of it, or say why not."""
    if not torch.cuda.is_available():
        yield Skipped("CUDA", "there is no GPU here")
        return
    chip = torch.cuda.get_device_name(0)
    yield from _small_models(options, chip)
    yield from _cnn(options, chip)


def _small_models(options: Options, chip: str) -> Iterator[Result]:
    for preset, full, quick in (("linear-adam", 6000, 2000), ("mlp-adam", 3000, 1000)):
        plan = longer(preset, options.size(full, quick), device="cuda")
        results = alternate(
            options.pairs,
            {
                "ours": lambda plan=plan: _ours(plan, options),
                "plain": lambda plan=plan: train_plain(plan, options.folder),
            },
        )
        check_equal(results["ours"], results["plain"])
        yield _speed(f"{preset}, {chip}", results["ours"], results["plain"])
        yield _rates(f"{preset}, {chip}", plan, options)


def _cnn(options: Options, chip: str) -> Iterator[Result]:
    samples = options.size(50_000, 10_000)
    plan = images("cifar10-adam", samples, None, device="cuda", sample_every=32)
    results = alternate(
        options.pairs,
        {
            "ours": lambda: _ours(plan, options),
            "script": lambda: train_script(plan, options.folder, torch.get_num_threads()),
        },
    )
    check_equal(results["ours"], results["script"])
    yield _speed(f"CNN, {chip}", results["ours"], results["script"], "script")
    yield Figure(
        f"CNN, epoch of {samples:,} images, {chip}",
        "s",
        [one.seconds for one in results["ours"]],
        [one.seconds for one in results["script"]],
        "script",
    )
    yield _rates(f"CNN, {chip}", plan, options)


def _ours(plan: Plan, options: Options) -> Measurement:
    """Train once; every loss is read, so that the GPU has done all steps by the end."""
    return train_ours(plan, options.folder)


def _rates(name: str, plan: Plan, options: Options) -> Figure:
    results = alternate(
        options.pairs,
        {
            "on": lambda: _ours(plan, options),
            "off": lambda: _ours(without_rates(plan), options),
        },
    )
    name = f"effective rates on, {name}"
    return _speed(name, results["on"], results["off"], "off")


def _speed(
    name: str,
    ours: list[Measurement],
    reference: list[Measurement],
    reference_name: str = "plain loop",
) -> Figure:
    steps = len(ours[0].losses)
    return speed(name, steps, ours, reference, reference_name)
