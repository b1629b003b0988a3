"""What the file says of a run beside its series, as checked dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workbench.core.events import (
    LossExploded,
    ReplayEnded,
    ResumeReport,
    RunDiverged,
    RunStarted,
)
from workbench.core.plan import Plan
from workbench.core.run import Parent, Run, RunState
from workbench.storage.records import build


@dataclass(frozen=True)
class RunFacts:
    """The fields of a run that are neither its settings nor its history."""

    id: str
    name: str
    colour: int
    created_at: str
    state: RunState
    message: str
    report: str
    elapsed_s: float
    started: RunStarted | None
    explosions: tuple[LossExploded, ...] = ()
    divergence: RunDiverged | None = None
    parent: Parent | None = None
    resumed: tuple[ResumeReport, ...] = ()
    replay: ReplayEnded | None = None

    @classmethod
    def of(cls, run: Run) -> RunFacts:
        """Copy them from a run; the states that it keeps in memory are not in the file."""
        divergence = run.divergence
        return cls(
            id=run.id,
            name=run.name,
            colour=run.colour,
            created_at=run.created_at,
            state=run.state,
            message=run.message,
            report=run.report,
            elapsed_s=run.elapsed_s,
            started=run.started,
            explosions=tuple(replace(leap, kept_steps=()) for leap in run.explosions),
            divergence=divergence and replace(divergence, kept_steps=()),
            parent=run.parent,
            resumed=run.resumed,
            replay=run.replay if isinstance(run.replay, ReplayEnded) else None,
        )

    def apply_to(self, plan: Plan) -> Run:
        """Make a run of a plan and these facts, with an empty history."""
        return Run(
            plan=plan,
            name=self.name,
            colour=self.colour,
            id=self.id,
            created_at=self.created_at,
            state=self.state,
            message=self.message,
            report=self.report,
            started=self.started,
            elapsed_s=self.elapsed_s,
            explosions=list(self.explosions),
            divergence=self.divergence,
            parent=self.parent,
            resumed=self.resumed,
            replay=self.replay,
        )

    @classmethod
    def from_values(cls, values: Any) -> RunFacts:
        """Check parsed JSON.

        Raises:
            ValueError: where it does not describe a run.
        """
        facts = build(cls, values)
        datetime.fromisoformat(facts.created_at)
        if facts.colour < 0:
            raise ValueError("colour is negative")
        if facts.started is not None:
            _check_started(facts.started)
        return facts


@dataclass(frozen=True)
class CheckpointFacts:
    """Where in a run a checkpoint was taken."""

    step: int
    epoch: int


def _check_started(started: RunStarted) -> None:
    counts = (
        started.total_steps,
        started.num_parameters,
        started.num_train_samples,
        started.num_test_samples,
        started.threads,
    )
    if min(counts) < 0 or started.steps_per_epoch < 1:
        raise ValueError("a count is negative")
