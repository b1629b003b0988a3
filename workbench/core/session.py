"""A session: the draft plan, all runs, and how the window was laid out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

from workbench.core.errors import UnknownNameError
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import Run


@dataclass
class Session:
    """What one `.wbs` file holds."""

    plan: Plan = field(default_factory=Plan)  # what the form shows
    runs: list[Run] = field(default_factory=list)
    layout: bytes = b""  # the window's own; empty: default layout
    damage: list[str] = field(default_factory=list)  # what its file had lost, in words

    def new_run(self, name: str | None = None) -> Run:
        """Add a run of the present plan; its settings are frozen from here on."""
        run = Run(
            plan=self.plan, name=name or self._next_name(), colour=self._next_colour()
        )
        self.runs.append(run)
        return run

    def fork_run(self, parent: Run, plan: Plan, start: Start) -> Run:
        """Add a run that goes on from a state of another one, with a plan of its own.

        Raises:
            ValueError: where the parent has not got to the step of that state.
        """
        name = self._free_name(f"{parent.name} from step {start.checkpoint.step:,}")
        run = parent.fork(start, plan, name, self._next_colour())
        self.runs.append(run)
        return run

    def snapshot(self) -> Session:
        """Return a copy that another thread may read while this session goes on.

        Histories and rows of epochs are shared: they only grow, and can be read
        meanwhile.
        """
        return replace(self, runs=[_copied(run) for run in self.runs])

    def find_run(self, name: str | None) -> Run:
        """Return the run of that name, or the last one.

        Raises:
            UnknownNameError: where there is none.
        """
        for run in reversed(self.runs):
            if name is None or run.name == name:
                return run
        raise UnknownNameError("run", name or "last", [run.name for run in self.runs])

    def _next_name(self) -> str:
        base = f"{self.plan.model.kind} {self.plan.optimizer.kind}"
        taken = {run.name for run in self.runs}
        number = 1
        while f"{base} {number}" in taken:
            number += 1
        return f"{base} {number}"

    def _free_name(self, base: str) -> str:
        taken = {run.name for run in self.runs}
        names = itertools.chain([base], (f"{base} ({n})" for n in itertools.count(2)))
        return next(name for name in names if name not in taken)

    def _next_colour(self) -> int:
        return max((run.colour for run in self.runs), default=-1) + 1


def _copied(run: Run) -> Run:
    return replace(run, notices=list(run.notices), explosions=list(run.explosions))
