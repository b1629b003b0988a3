"""The work that is measured: the presets, run longer, by the loop of the workbench."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import Measurement, Timer
from workbench.core.plan import Plan
from workbench.core.presets import find_preset
from workbench.core.run import History
from workbench.engine.control import RunControl
from workbench.engine.experiment import Experiment, RunContext, prepare
from workbench.engine.trainer import Trainer


def longer(preset: str, epochs: int, **loop: Any) -> Plan:
    """Return a preset's plan for the CPU with more epochs."""
    values = find_preset(preset).plan.values()
    values["loop"].update({"device": "cpu", "epochs": epochs, **loop})
    return Plan.from_values(values)


def images(preset: str, samples: int, data: Path | None, **loop: Any) -> Plan:
    """Return a preset's plan on so many images for one epoch.

    Made ones, or with `data` the 10,000 test images of CIFAR-10.
    """
    values = find_preset(preset).plan.values()
    if data is None:
        values["data"] = {"kind": "generated", "samples": samples, "test_share": 0.0}
    values["loop"].update({"device": "cpu", "epochs": 1, "shuffle": False, **loop})
    return Plan.from_values(values)


def prepared(plan: Plan, folder: Path) -> Experiment:
    """Build everything that a plan needs; the data come from `folder`."""
    return prepare(plan, _context(folder))


def train_ours(plan: Plan, folder: Path) -> Measurement:
    """Train once, without a window, on a thread that prepares it, as the program does.

    Loading and building are not measured. They are done on the same thread since each
    one that computes has helpers of its own, and waits less keenly the more there are.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_train, plan, folder).result()


def _train(plan: Plan, folder: Path) -> Measurement:
    history = History()
    trainer = trainer_of(plan, folder, history)
    with Timer() as timer:
        trainer.run()
    return timer.measurement(history.steps.loss.values().tolist())


def trainer_of(plan: Plan, folder: Path, history: History | None = None) -> Trainer:
    """Return the training loop of a plan, before its first step."""
    context = _context(folder)
    experiment = prepare(plan, context)
    return Trainer(experiment, history or History(), context.control, context.emit)


def _context(folder: Path) -> RunContext:
    return RunContext(folder, RunControl(is_attended=False), lambda _: None)
