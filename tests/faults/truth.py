"""What a stored session may say of the one that it was made of: less, but nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from tests.helpers.sessions import content_of_run
from workbench.core.run import Run
from workbench.core.series import Floats
from workbench.core.session import Session

_FIXED = ("facts", "started", "plan")  # there as a whole, or the run is not
_OPTIONAL = ("ended", "picture", "notices", "tensors")


class Truth:
    """A session that others are compared with."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._runs = {run.id: _RunTruth(run) for run in session.runs}

    def lies(self, found: Session) -> Iterator[str]:
        """Name every value that is there, but is not that of the original."""
        if found.plan not in (self._session.plan, Session().plan):
            yield "the plan"
        if found.layout not in (self._session.layout, b""):
            yield "the layout"
        for run in found.runs:
            if run.id not in self._runs:
                yield f"a run that there was not: {run.name}"
                continue
            for what in self._runs[run.id].lies(_RunTruth(run)):
                yield f"{run.name}: {what}"

    def is_whole(self, found: Session) -> bool:
        """Say whether nothing is missing, and nothing is another."""
        truths = map(_RunTruth, found.runs)
        return (
            found.plan == self._session.plan
            and found.layout == self._session.layout
            and [truth.everything for truth in truths]
            == [truth.everything for truth in self._runs.values()]
        )


class _RunTruth:
    """All that is said of a run, comparable bit for bit."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def lies(self, found: _RunTruth) -> Iterator[str]:
        yield from (name for name in _FIXED if found.content[name] != self.content[name])
        for name in _OPTIONAL:
            if found.content[name] and found.content[name] != self.content[name]:
                yield name
        steps, whole = found._run.history.steps, self._run.history.steps
        if not _is_gappy(steps.loss.values(), whole.loss.values()):
            yield "a loss"
        if not _is_gappy(steps.lr.values(), whole.lr.values()):
            yield "a learning rate"
        if not found.rows <= self.rows:
            yield "a row of a series"
        if not found.checkpoints <= self.checkpoints:
            yield "a checkpoint"

    @cached_property
    def content(self) -> dict[str, object]:
        return content_of_run(self._run)

    @cached_property
    def checkpoints(self) -> set[object]:
        kept = self._run.checkpoints
        return {(one.step, one.epoch, one.tensors, one.state) for one in kept}

    @cached_property
    def rows(self) -> set[object]:
        """Return the rows of all series that have a step in each row."""
        history = self._run.history
        return {
            *_rows("rates", history.rates.steps(), history.rates.values()),
            *_rows("close-up", history.close_up.steps(), history.close_up.values()),
            *_rows("activity", history.activity.steps(), self._shares),
            *_rows("path", history.path.steps(), history.path.points()),
            *(("epoch", repr(row)) for row in self._run.epochs),
        }

    @cached_property
    def everything(self) -> object:
        landscape = self._run.history.landscape
        curvatures = None if landscape is None else landscape.curvatures.tobytes()
        return self.content, self.checkpoints, self.rows, curvatures

    @property
    def _shares(self) -> Floats:
        activity = self._run.history.activity
        return activity.shares(0, len(activity))


def _is_gappy(found: Floats, wanted: Floats) -> bool:
    """Say whether each number is the one at the same place, or NaN for a lost one."""
    if len(found) > len(wanted):
        return False
    same = found.view(np.int64) == wanted[: len(found)].view(np.int64)
    return bool(np.all(same | np.isnan(found)))


def _rows(name: str, steps: Floats, values: Floats) -> Iterator[object]:
    for step, row in zip(steps.tolist(), values, strict=True):
        yield name, step, row.tobytes()
