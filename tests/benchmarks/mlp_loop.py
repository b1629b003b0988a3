"""mlp-adam without a window, against the example's own loop, test losses included."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.apart import Apart
from tests.benchmarks.harness import Goal, Options, Result, alternate, check_equal, speed
from tests.benchmarks.plain_loops import train_plain
from tests.benchmarks.workloads import longer, train_ours


def measure(options: Options) -> Iterator[Result]:
    """Train thousands of steps each, in one thread, as the workbench chooses."""
    steps = options.size(3000, 1000)
    plan = longer("mlp-adam", steps)
    with Apart() as apart:
        results = alternate(
            options.pairs,
            {
                "ours": lambda: train_ours(plan, options.folder),
                "plain": lambda: apart(train_plain, plan, options.folder),
            },
        )
    check_equal(results["ours"], results["plain"])
    name = "mlp-adam, no window"
    yield speed(name, steps, results["ours"], results["plain"], goal=Goal(1.0))
