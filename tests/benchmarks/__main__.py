"""Measures the workbench against references in the same run: a table, and JSON.

    python -m tests.benchmarks [--quick] [--only NAME …] [--json FILE] [--data DIR]

Each benchmark runs in a process of its own, so that none disturbs the next.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Read by Qt when it is first loaded; a real display can be asked for instead.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.benchmarks.harness import Options, Result, Skipped
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.report import load, save, table, to_values
from workbench.engine.heap import keep_freed_memory

BENCHMARKS = (
    "linear_loop",
    "mlp_loop",
    "cnn_loop",
    "window_loop",
    "against_peers",
    "rates",
    "lateness",
    "importing",
    "startup",
    "frames",
    "sessions",
    "cuda",
)
_ROOT = Path(__file__).parents[2]
_USER_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def main() -> int:
    """Run the benchmarks that were asked for; return 1 where one broke."""
    keep_freed_memory()  # as the program does
    options = _parse()
    names = options.only or list(BENCHMARKS)
    machine = describe_machine()
    results: list[Result] = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results += [*_measure(name, options)] if len(names) == 1 else _apart(name, options)
    save(options.json, machine, [to_values(result) for result in results])
    if not options.silent:
        print("\n".join(f"{key}: {value}" for key, value in machine.items()), end="\n\n")
        print(table(results))
        print(f"\nWritten to {options.json}")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 short pairs of each")
    parser.add_argument("--pairs", type=int, help="pairs of each (7, quick: 3)")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME")
    parser.add_argument("--json", type=Path, default=_ROOT / "build" / "benchmarks.json")
    parser.add_argument("--data", type=Path, help="a folder with CIFAR-10's images")
    parser.add_argument("--silent", action="store_true", help="only write the JSON file")
    options = parser.parse_args()
    options.pairs = options.pairs or (3 if options.quick else 7)
    return options


def _measure(name: str, chosen: argparse.Namespace) -> list[Result]:
    """Run a benchmark in this process, with settings and data of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for variable in _USER_FOLDERS:
            os.environ[variable] = str(Path(folder) / variable.lower())
        options = Options(chosen.pairs, chosen.quick, Path(folder), chosen.data)
        module = importlib.import_module(f"tests.benchmarks.{name}")
        return list(module.measure(options))


def _apart(name: str, chosen: argparse.Namespace) -> list[Result]:
    """Run a benchmark in another process; if it breaks, the others go on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        arguments = ["--only", name, "--json", str(path), "--pairs", str(chosen.pairs)]
        arguments += ["--silent"] + ["--quick"] * chosen.quick
        arguments += ["--data", str(chosen.data)] if chosen.data else []
        command = [sys.executable, "-m", "tests.benchmarks", *arguments]
        status = subprocess.run(command, cwd=_ROOT, check=False).returncode
        return [Skipped(name, f"ended with status {status}")] if status else load(path)


if __name__ == "__main__":
    sys.exit(main())
