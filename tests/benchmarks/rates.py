"""What measuring effective rates costs, as a share of the speed without it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.harness import Goal, Options, Result, alternate, check_equal, speed
from tests.benchmarks.workloads import images, longer, train_ours
from workbench.core.plan import Plan

_CNN_EVERY = 32  # where the 20 epochs of the preset settle
_OFF = 10**9  # a stride longer than any run: only the first step is measured


def measure(options: Options) -> Iterator[Result]:
    """Train with the cadence of the display, and without measuring."""
    samples = options.size(6400, 1920)
    cnn = images("cifar10-adam", samples, None, sample_every=_CNN_EVERY)
    yield _compare("linear-adam", longer("linear-adam", 20_000), 1 / 1.10, options)
    yield _compare("mlp-adam", longer("mlp-adam", options.size(6000, 2000)), None, options)
    yield _compare("CNN", cnn, 1 / 1.03, options)


def without_rates(plan: Plan) -> Plan:
    """Return the plan with no measurement but that of the first step."""
    values = plan.values()
    values["loop"]["sample_every"] = _OFF
    return Plan.from_values(values)


def _compare(name: str, plan: Plan, limit: float | None, options: Options) -> Result:
    without = without_rates(plan)
    results = alternate(
        options.pairs,
        {
            "on": lambda: train_ours(plan, options.folder),
            "off": lambda: train_ours(without, options.folder),
        },
    )
    check_equal(results["on"], results["off"])
    return speed(
        f"effective rates on, {name}",
        len(results["on"][0].losses),
        results["on"],
        results["off"],
        "off",
        None if limit is None else Goal(limit),
    )
