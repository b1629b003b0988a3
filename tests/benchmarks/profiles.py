"""Where the time of a step and of a frame goes: one table for each.

    python -m tests.benchmarks.profiles [linear-adam|mlp-adam|cnn|frame …]

For a step, Python's functions (cProfile, which makes calls look dearer than they are)
and for the CNN torch's operators; for a frame of the window, Python's functions.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.benchmarks.workloads import images, longer, trainer_of
from workbench.core.plan import Plan
from workbench.engine.heap import keep_freed_memory

_LINES = 40
_STEPS = 3000


def main() -> None:
    """Profile what was named, or everything."""
    keep_freed_memory()  # as the program does
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profiles")
    parser.add_argument("names", nargs="*", choices=[[], *_PROFILES], default=[])
    parser.add_argument("--lines", type=int, default=_LINES)
    options = parser.parse_args()
    for name in options.names or list(_PROFILES):
        print(f"\n==== {name}\n")
        with tempfile.TemporaryDirectory() as folder:
            _PROFILES[name](Path(folder), options.lines)


def _step(plan: Plan) -> Callable[[Path, int], None]:
    """Return a profile of a plan's training thread."""

    def profile(folder: Path, lines: int) -> None:
        trainer = trainer_of(plan, folder)
        profiler = cProfile.Profile()
        thread = threading.Thread(target=lambda: profiler.runcall(trainer.run))
        thread.start()
        thread.join()
        print(f"{trainer.step} steps")
        pstats.Stats(profiler).strip_dirs().sort_stats("cumulative").print_stats(lines)

    return profile


def _operators(folder: Path, lines: int) -> None:
    """Print torch's operators in an epoch of the CNN, by the time that each takes."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as profile_torch

    trainer = trainer_of(images("cifar10-adam", 1280, None), folder)
    with profile_torch(activities=[ProfilerActivity.CPU]) as profiler:
        trainer.run()
    table = profiler.key_averages().table(
        sort_by="self_cpu_time_total", row_limit=lines, max_name_column_width=40
    )
    print(f"{trainer.step} steps\n{table}")


def _frame(folder: Path, lines: int) -> None:
    """Print what the window does, all docks in sight, while linear-adam trains."""
    from tests.benchmarks.window import open_desk, train

    os.environ["XDG_CONFIG_HOME"] = str(folder)
    profiler = cProfile.Profile()
    with open_desk() as desk:
        train(desk, longer("linear-adam", _STEPS))
        run, _ = profiler.runcall(train, desk, longer("linear-adam", 3 * _STEPS))
    print(f"{run.elapsed_s:.1f} s of training")
    pstats.Stats(profiler).strip_dirs().sort_stats("cumulative").print_stats(lines)


_PROFILES: dict[str, Callable[[Path, int], None]] = {
    "linear-adam": _step(longer("linear-adam", _STEPS)),
    "mlp-adam": _step(longer("mlp-adam", _STEPS // 3)),
    "cnn": _operators,
    "frame": _frame,
}


if __name__ == "__main__":
    main()
