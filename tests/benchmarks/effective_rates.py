"""What measuring effective rates costs, as a share of the speed without it.

Run it with ``python tests/benchmarks/effective_rates.py``; it prints a table. Each pair
of runs alternates in one process, so that both see the same machine; medians are quoted.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from workbench.core.plan import Plan
from workbench.core.run import History
from workbench.engine.control import RunControl
from workbench.engine.experiment import RunContext, prepare
from workbench.engine.trainer import Trainer

OFF = 10**9  # a stride longer than any run: only the first step is measured
PLANS: dict[str, dict[str, dict[str, Any]]] = {
    "linear, Adam": {
        "model": {"kind": "linear"},
        "data": {"kind": "random", "samples": 32},
        "loop": {"epochs": 6000},
    },
    "MLP, Adam": {
        "model": {"kind": "mlp"},
        "data": {"kind": "make_regression"},
        "loop": {"epochs": 2000},
    },
    "CNN, Adam": {
        "model": {"kind": "cnn"},
        "data": {"kind": "generated", "samples": 2000, "test_share": 0.0},
        "loss": {"kind": "cross_entropy"},
        "loop": {"epochs": 20, "full_batch": False, "batch_size": 64},
    },
}


def seconds(plan: Plan, folder: Path) -> float:
    """Train once and return the time between the first and the last step."""
    context = RunContext(folder, RunControl(), lambda _: None)
    trainer = Trainer(prepare(plan, context), History(), context.control, context.emit)
    trainer.run()
    return trainer.elapsed_s


def measure(values: dict[str, dict[str, Any]], pairs: int, folder: Path) -> list[float]:
    """Return the cost of each pair of runs as a share of the run without measuring."""
    loop = {**values["loop"], "device": "cpu", "on_explosion": "ignore"}
    default = Plan.from_values({**values, "loop": loop})
    without = Plan.from_values({**values, "loop": {**loop, "sample_every": OFF}})
    seconds(without, folder)  # warm-up
    return [seconds(default, folder) / seconds(without, folder) - 1 for _ in range(pairs)]


def main() -> None:
    """Measure every plan and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    print(f"{'run':16}{'median cost':>12}{'least':>9}{'most':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name, values in PLANS.items():
            costs = measure(values, options.pairs, Path(folder))
            middle = statistics.median(costs)
            print(f"{name:16}{middle:12.1%}{min(costs):9.1%}{max(costs):9.1%}")


if __name__ == "__main__":
    main()
