"""A real run of the engine on the test's own thread, with all that it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.core.events import RunEvent
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import History
from workbench.engine.control import RunControl
from workbench.engine.experiment import RunContext, prepare
from workbench.engine.trainer import Trainer


class Recorder:
    """Runs a plan to its end on this thread and keeps what it reports.

    Sections are changes of a linear model on 24 random samples in 4 epochs.
    """

    def __init__(
        self,
        tmp_path: Path,
        *,
        history: History | None = None,
        start: Start | None = None,
        is_attended: bool = True,
        **sections: dict[str, Any],
    ) -> None:
        values: dict[str, dict[str, Any]] = {
            "model": {"kind": "linear"},
            "data": {"kind": "random", "samples": 24, "features": 3},
            "loop": {"epochs": 4, "device": "cpu", "threads": 1},
        }
        for name, changes in sections.items():
            kept = {} if "kind" in changes else values.get(name, {})
            values[name] = {**kept, **changes}
        self.plan = Plan.from_values(values)
        self.control = RunControl(is_attended=is_attended)
        self.history = history or History()
        self.events: list[RunEvent] = []
        context = RunContext(tmp_path, self.control, self.receive)
        self.experiment = prepare(self.plan, context, start)
        self.trainer = Trainer(self.experiment, self.history, self.control, self.receive)

    def receive(self, event: RunEvent) -> None:
        self.events.append(event)

    def run(self) -> RunEvent:
        ending = self.trainer.run()
        self.events.append(ending)
        return ending

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def losses(self) -> list[float]:
        return self.history.steps.loss.values().tolist()
