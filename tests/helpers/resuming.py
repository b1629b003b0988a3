"""Every kind of run there is, small; how to interrupt one and compare what came of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.helpers.recorder import Recorder
from workbench.core.events import RunEvent, RunPaused
from workbench.core.losses import LOSSES
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.run import Run
from workbench.core.schedules import SCHEDULES
from workbench.core.tasks import Task
from workbench.engine.checkpoint import read_state

Sections = Mapping[str, Mapping[str, Any]]

EPOCHS, BATCH = 4, 7
STOP = 13  # in the middle of the third epoch of 5 steps: 30 training samples

_TABLE = {"kind": "make_regression", "samples": 40, "features": 3, "informative": 3}
_MLP = {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.3}
_CNN = {"kind": "cnn", "channels": (4,), "hidden_size": 8, "dropout": 0.2}
_IMAGES = {"kind": "generated", "samples": 40}
_LOOP = {"epochs": EPOCHS, "full_batch": False, "batch_size": BATCH}
_BASE: Sections = {
    "model": _MLP,
    "data": {**_TABLE, "test_share": 0.25, "standardise_target": True},
    "loop": _LOOP,
}
_CLASSES: Sections = {
    "model": _CNN,
    "data": {**_IMAGES, "test_share": 0.25},
    "loss": {"kind": "cross_entropy"},
    "loop": _LOOP,
}
_FLAGS: dict[str, dict[str, Any]] = {
    "nesterov": {"kind": "sgd", "momentum": 0.9, "nesterov": True},
    "momentum": {"kind": "rmsprop", "momentum": 0.9, "centered": True},
    "amsgrad": {"kind": "adam", "amsgrad": True},
    "decay": {"kind": "adagrad", "lr_decay": 0.1, "initial_accumulator_value": 0.1},
    "averaging": {"kind": "asgd", "t0": 3.0},
    "wolfe": {"kind": "lbfgs", "line_search_fn": "strong_wolfe", "history_size": 5},
}
_LOOPS: dict[str, dict[str, Any]] = {
    "in order": {"shuffle": False},
    "whole batches": {"drop_last": True},
    "full batch": {"full_batch": True, "epochs": 20},
    "clipped norm": {"clipping": "norm", "clip_at": 0.1},
    "clipped values": {"clipping": "value", "clip_at": 0.01},
    "seldom tested": {"evaluate_every": 3},
}


def quick_cases(folder: Path) -> dict[str, Sections]:
    """Name every entry of every catalogue once, beside what else is usual.

    The data sets that are files lie in `folder`; see `write_files`.
    """
    cases: dict[str, Sections] = {}
    for kind in OPTIMIZERS.keys():  # noqa: SIM118 - a catalogue gives its entries
        for wrapped in (False, True):
            name = f"{kind} with lookahead" if wrapped else kind
            cases[name] = _with_optimizer(_BASE, {"kind": kind}, lookahead=wrapped)
    for name, optimizer in _FLAGS.items():
        cases[name] = _with_optimizer(_BASE, optimizer)
    cases["pulled back"] = {
        **_BASE,
        "optimizer": {"kind": "sgd", "momentum": 0.9},
        "lookahead": {"enabled": True, "k": 3, "pullback_momentum": "pullback"},
    }
    for kind in SCHEDULES.keys():  # noqa: SIM118 - as above
        cases[f"{kind} schedule"] = _with_schedule(_BASE, kind)
    for name, loop in _LOOPS.items():
        cases[name] = {**_BASE, "loop": {**_LOOP, **loop}}
    for entry in LOSSES:
        if entry.task is Task.REGRESSION:
            cases[f"{entry.key()} loss"] = {**_BASE, "loss": {"kind": entry.key()}}
    fast = {**_LOOP, "arithmetic": "fast"}
    for kind in ("sgd", "adam", "adagrad", "muon"):
        images = _with_optimizer(_CLASSES, {"kind": kind}, lookahead=kind == "adam")
        cases[f"fast {kind}"] = {**images, "loop": fast}
    cases |= _cases_of_data(folder)
    return cases


def long_cases(folder: Path) -> dict[str, Sections]:
    """Name every optimizer, with Lookahead and without, × every schedule × every model."""
    cases = quick_cases(folder)
    models: dict[str, Sections] = {
        "linear": {**_BASE, "model": {"kind": "linear"}},
        "mlp": _BASE,
        "cnn": _CLASSES,
    }
    for (model, base), kind, wrapped, schedule in itertools.product(
        models.items(), OPTIMIZERS.keys(), (False, True), SCHEDULES.keys()
    ):
        sections = _with_optimizer(base, {"kind": kind}, lookahead=wrapped)
        name = f"{model} {kind}{' lookahead' if wrapped else ''} {schedule}"
        cases[name] = _with_schedule(sections, schedule)
    return cases


def write_files(folder: Path) -> None:
    """Write the table and the images of the cases."""
    numbers = np.random.default_rng(1)
    rows = [
        ",".join(f"{value:.6f}" for value in row) for row in numbers.normal(size=(40, 4))
    ]
    (folder / "table.csv").write_text("\n".join(["a,b,c,target", *rows]), encoding="utf-8")
    for name, count in (("cats", 20), ("dogs", 20)):
        (folder / "images" / name).mkdir(parents=True)
        for number in range(count):
            pixels = numbers.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "images" / name / f"{number}.png")


def _cases_of_data(folder: Path) -> dict[str, Sections]:
    linear, few = {"kind": "linear"}, {"test_share": 0.9}
    csv = {"kind": "csv", "path": str(folder / "table.csv"), "test_share": 0.25}
    images = {"kind": "folder", "path": str(folder / "images"), "test_share": 0.25}
    return {
        "random": {"model": linear, "data": {"kind": "random"}, "loop": _LOOP},
        "made": {"model": linear, "data": {**_TABLE, "test_share": 0.25}, "loop": _LOOP},
        "diabetes": {"model": _MLP, "data": {"kind": "diabetes", **few}, "loop": _LOOP},
        "csv": {"model": _MLP, "data": csv, "loop": _LOOP},
        "generated": _CLASSES,
        "standardised": {
            **_CLASSES,
            "data": {**_IMAGES, "test_share": 0.25, "standardise_images": True},
        },
        "digits": {
            **_CLASSES,
            "data": {"kind": "digits", **few},
            "loop": {**_LOOP, "batch_size": 40},
        },
        "folder": {**_CLASSES, "data": {**images, "size": 16}},
        "smoothed": {
            **_CLASSES,
            "loss": {"kind": "cross_entropy", "label_smoothing": 0.1},
        },
    }


def _with_optimizer(
    base: Sections, optimizer: dict[str, Any], *, lookahead: bool = False
) -> Sections:
    # the full step of L-BFGS leaves a noisy loss for good, and NaN equals nothing
    gentle = {"lr": 0.01} if optimizer["kind"] == "lbfgs" else {}
    wrap = {"enabled": lookahead, "k": 3}
    return {**base, "optimizer": {**gentle, **optimizer}, "lookahead": wrap}


def _with_schedule(base: Sections, kind: str) -> Sections:
    settings: dict[str, dict[str, Any]] = {
        "step": {"step_size": 1, "gamma": 0.5},
        "plateau": {"patience": 0, "factor": 0.5},
        "warmup": {"warmup_steps": 16},
    }
    return {**base, "schedule": {"kind": kind, **settings.get(kind, {})}}


class Interrupted(Recorder):
    """A run that is stopped after a step, or paused there and let go on."""

    def __init__(
        self, folder: Path, sections: Sections, *, stop: int = 0, pause: int = 0
    ) -> None:
        super().__init__(folder, **{key: dict(part) for key, part in sections.items()})
        self.record = Run(self.plan, "run", 0, history=self.history)
        self._count(stop, self.control.stop)
        self._count(pause, self.control.pause)

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunPaused):
            self.control.resume()

    def run(self) -> RunEvent:
        """Run, and let the record take in all that was told."""
        ending = super().run()
        for event in self.events:
            self.record.apply(event)
        return ending

    def _count(self, step: int, act: Any) -> None:
        if not step:
            return
        steps, append = self.history.steps, self.history.steps.append

        def append_and_count(loss: float, lr: float) -> None:
            append(loss, lr)
            if len(steps) == step:
                act()

        steps.append = append_and_count  # type: ignore[method-assign]  # counts for the test


@dataclass(frozen=True)
class Result:
    """What a run has come to: all that has to be the same to the last bit."""

    losses: list[float]
    lrs: list[float]
    rows: list[Any]
    state: dict[str, Any]


def result_of(run: Run) -> Result:
    """Return what a run has come to; its times are left out."""
    assert run.checkpoint is not None, run.message
    state = read_state(run.checkpoint)
    loop = state.pop("loop")
    state["loop"] = {key: loop[key] for key in ("batch", "sums", "factor", "order")}
    state["place"] = (run.checkpoint.step, run.checkpoint.epoch)
    steps = run.history.steps
    return Result(
        steps.loss.values().tolist(), steps.lr.values().tolist(), list(run.epochs), state
    )
