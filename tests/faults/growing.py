"""A session that grows, in which every value follows from its step.

What comes back from the disk can therefore be judged alone, however far it got.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.helpers.runs import make_tensors
from tests.helpers.sessions import content_of_run
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    EpochRow,
    NoticeGiven,
    PictureMeasured,
    Predictions,
    RunFinished,
    RunStarted,
)
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.core.rates import STATISTICS, Quantity
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.core.session import Session

RUN_STEPS = 200  # of each run; then it is finished, and the next one begins
_RUNS_KEPT = 3  # the oldest is deleted when there are more
_EPOCH, _SAMPLE, _NOTICE, _CHECKPOINT = 10, 7, 25, 20  # steps between two of them
_LAYERS = ("first", "second")


class GrowingSession:
    """Grows to any step, the same in every process."""

    def __init__(self, weights_bytes: int = 2000) -> None:
        self.session = Session()
        self.step = 0
        self._weights_bytes = weights_bytes
        self._set_settings()

    def grow(self, steps: int = 1) -> Session:
        """Do some steps and return a snapshot."""
        for _ in range(steps):
            self.step += 1
            self._do_step()
        self._set_settings()
        return self.session.snapshot()

    def _do_step(self) -> None:
        index, inside = divmod(self.step - 1, RUN_STEPS)
        if not inside:
            self._start_run(index)
        _train(self.session.runs[-1], inside + 1, self._weights_bytes)

    def _start_run(self, index: int) -> None:
        if len(self.session.runs) == _RUNS_KEPT:
            del self.session.runs[0]
        self.session.runs.append(_new_run(index))

    def _set_settings(self) -> None:
        self.session.plan = _plan_at(self.step)
        self.session.layout = f"layout {self.step}".encode()


def grown(step: int, weights_bytes: int = 2000) -> Session:
    """Return the session as it is after a step."""
    growing = GrowingSession(weights_bytes)
    return growing.grow(step) if step else growing.session


def check_growth(session: Session, weights_bytes: int = 2000) -> int:
    """Return the step that a stored session got to, after a look at every value.

    Series may be longer than that: they are read while they grow.
    """
    assert session.damage == []
    step = int(session.layout.decode().removeprefix("layout "))
    wanted = grown(step, weights_bytes)
    assert session.plan == wanted.plan
    assert [run.id for run in session.runs] == [run.id for run in wanted.runs]
    for run, other in zip(session.runs, wanted.runs, strict=True):
        _check_run(run, other, weights_bytes)
    return step


def _check_run(run: Run, wanted: Run, weights_bytes: int) -> None:
    assert run.num_steps >= wanted.num_steps
    longer = _new_run(int(wanted.id))
    for inside in range(1, run.num_steps + 1):
        _train(longer, inside, weights_bytes)
    assert _facts_of(run) == _facts_of(wanted)
    for series, full, least in zip(
        _series_of(run), _series_of(longer), _series_of(wanted), strict=True
    ):
        assert len(least) <= len(series) <= len(full)
        assert series == full[: len(series)]


def _facts_of(run: Run) -> dict[str, object]:
    """Return what a snapshot fixes."""
    content = content_of_run(run)
    fixed = ("facts", "ended", "plan", "started", "notices", "picture", "tensors")
    landscape = run.history.landscape
    return {
        **{name: content[name] for name in fixed},
        "checkpoints": [
            (one.step, one.epoch, one.tensors, one.state) for one in run.checkpoints
        ],
        "landscape": None if landscape is None else landscape.curvatures.tobytes(),
    }


def _series_of(run: Run) -> Iterator[list[object]]:
    history = run.history
    yield [value.hex() for value in history.steps.loss.values().tolist()]
    yield [value.hex() for value in history.steps.lr.values().tolist()]
    yield [repr(row) for row in run.epochs]
    yield _rows(history.rates.steps(), history.rates.values())
    shares = history.activity.shares(0, len(history.activity))
    yield _rows(history.activity.steps(), shares)
    yield _rows(history.path.steps(), history.path.points())


def _rows(steps: Floats, values: Floats) -> list[object]:
    pairs = zip(steps.tolist(), values, strict=True)
    return [(step, row.tobytes()) for step, row in pairs]


def _plan_at(step: int) -> Plan:
    return Plan.from_values({"loop": {"epochs": step + 1}})


def _new_run(index: int) -> Run:
    run = Run(
        plan=Plan.from_values({"loop": {"epochs": RUN_STEPS // _EPOCH}}),
        name=f"run {index}",
        colour=index,
        id=str(index),
        created_at="2026-01-01T00:00:00+00:00",
    )
    run.apply(RunStarted("cpu", 1, RUN_STEPS, _EPOCH, 11, 32, 8))
    run.history.rates.begin(make_tensors(1))
    run.history.activity.begin(_LAYERS)
    run.history.landscape = Landscape(np.array([3.0 + index, 1.0]), (3.0, 1.0), 0.5)
    return run


def _train(run: Run, inside: int, weights_bytes: int) -> None:
    """Do the step with this number inside its run, and report what it reports."""
    do_step(run, inside)
    loss = _loss(inside)
    if inside % _EPOCH == 0:
        epoch = inside // _EPOCH
        test = None if epoch % 2 else 2 * loss
        run.history.epochs.append(EpochRow(epoch, inside, loss, loss / 3, test))
        pair = np.array([loss, 1.0]), np.array([loss, inside / 3])
        run.apply(PictureMeasured(Predictions("test", epoch, *pair)))
    if inside % _NOTICE == 0:
        run.apply(NoticeGiven(f"notice {inside}"))
    if inside % _CHECKPOINT == 0:
        run.apply(CheckpointTaken(_checkpoint(inside, weights_bytes)))
    if inside == RUN_STEPS:
        run.apply(RunFinished(inside, inside / 7))


def do_step(run: Run, inside: int) -> None:
    """Append what the thread that trains appends at a step of a run."""
    run.history.steps.append(_loss(inside), 1 / inside)
    if inside % _SAMPLE == 0:
        _sample(run, inside)


def _loss(inside: int) -> float:
    return inside * 2_654_435_761 % 2**32 / 2**32


def _sample(run: Run, inside: int) -> None:
    history = run.history
    shape = len(history.rates.tensors), len(Quantity), len(STATISTICS)
    history.rates.append(inside, inside + np.arange(np.prod(shape)).reshape(shape) / 7)
    history.activity.append(inside, [1 / inside, 1.0])
    history.path.append(inside, 1 / inside, -inside / 3)


def _checkpoint(step: int, weights_bytes: int) -> Checkpoint:
    weights = np.random.default_rng(step).bytes(weights_bytes)
    return Checkpoint(step, step // _EPOCH, weights, f'{{"step": {step}}}')
