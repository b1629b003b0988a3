"""The step inspector: what a step did to one weight, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.errors import UserError
from workbench.core.events import ReplayEnded
from workbench.core.inspection import StepReport
from workbench.core.rates import TensorFacts
from workbench.core.run import Run, RunState
from workbench.ui.docks.index_edit import Index
from workbench.ui.docks.inspector_bar import InspectorBar
from workbench.ui.docks.step_page import StepPage, way_of
from workbench.ui.docks.step_sheet import StepSheet
from workbench.ui.plots.plot import Plot


class StepSource(Protocol):
    """What explains recorded steps: the part of a `RunHandle` that the view needs."""

    def recorded_steps(self, tensor: str) -> tuple[int, ...]:
        """List the steps that `inspect` can explain for this tensor, in order."""

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        """Explain what a recorded step did to one weight.

        Raises:
            UserError: where there is no such tensor, index or recorded step.
        """


class InspectorView(QWidget):
    """Shows one recorded step of one weight of the focused run.

    The newest recorded step is shown when it appears. Left and Right go through the
    recorded steps; Right at the newest one asks for another.
    """

    step_requested = Signal()  # the person wants the paused run to do one step

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector_view")
        self._run: Run | None = None
        self._source: StepSource | None = None
        self._tensors: tuple[TensorFacts, ...] = ()
        self._steps: tuple[int, ...] = ()
        self._step: int | None = None
        self._seen: object = None
        self.bar = InspectorBar(self)
        self.sheet = StepSheet()
        self._page = StepPage(self.sheet, self)
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def message(self) -> str:
        """Return the sentence in place of a step, or nothing."""
        return self._page.message

    @property
    def problem(self) -> str:
        """Return the line that says what is wrong, or nothing."""
        return self.bar.problem

    @property
    def step(self) -> int | None:
        """Return the step that is shown."""
        return self._step

    def set_source(self, source: StepSource | None) -> None:
        """Take what explains the focused run's steps; None where nothing does."""
        if source is not self._source:
            self._source = source
            self._seen, self._steps, self._step = None, (), None
            self.refresh()

    @Slot(str, object)
    def choose(self, tensor: str, index: Index) -> None:
        """Show this element; the step stays where it is recorded for the tensor too."""
        self.refresh()  # a hidden view has not been told of a new run's tensors
        facts = next((facts for facts in self._tensors if facts.name == tensor), None)
        if facts is None or not _is_inside(index, facts.shape):
            where = f"{tensor}[{', '.join(map(str, index))}]"
            self.bar.show_problem(self.tr("This run has no weight {}.").format(where))
            return
        self.bar.choose(tensor, index)
        self._show_element()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing; its steps come from `set_source`."""
        if run is not self._run:
            self._run = run
            self._seen, self._steps, self._step = None, (), None
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        run = self._run
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        self._tensors = run.history.rates.tensors if run else ()
        self.bar.set_tensors(self._tensors)
        self._read_steps()
        self._show()

    def plots(self) -> Mapping[str, Plot]:
        """Return nothing: the page is no plot."""
        return {}

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, 560)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @override
    def event(self, event: QEvent) -> bool:
        # The window takes Right for a step of the run; in here it belongs to the page.
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and way_of(event):
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if way := way_of(event):
            self.go(way)
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot(int)
    def go(self, way: int) -> None:
        """Show the recorded step before (−1) or after (1); after the last: do one."""
        self.refresh()  # a key may come before the view's turn to take in new steps
        place = self._place() + way
        if self._steps and 0 <= place < len(self._steps):
            self._step = self._steps[place]
            self._show()
        elif way > 0 and self._is_paused():
            self.step_requested.emit()

    @Slot(int)
    def go_to(self, step: int) -> None:
        """Show a recorded step."""
        if step in self._steps:
            self._step = step
            self._show()

    @Slot()
    def _show_element(self) -> None:
        self._read_steps()
        self._show()

    def _state(self) -> object:
        """Return what decides which steps are recorded: none while a run trains."""
        run = self._run
        if run is None:
            return ()
        step = None if run.state is RunState.TRAINING else run.num_steps
        replay = run.replay if isinstance(run.replay, ReplayEnded) else None
        return run, run.state, run.history.rates.tensors, step, replay

    def _read_steps(self) -> None:
        """Ask for the recorded steps of the tensor; go to a newest one that is new."""
        tensor = self.bar.tensor
        steps = self._source.recorded_steps(tensor) if self._source and tensor else ()
        newest = steps[-1] if steps else None
        is_new = newest is not None and (not self._steps or newest != self._steps[-1])
        if is_new or self._step not in steps:
            self._step = newest
        self._steps = steps

    def _show(self) -> None:
        self.bar.show_steps(self._steps, self._step, can_step=self._is_paused())
        report, problem = self._inspect(self._step)
        self.bar.show_problem(problem)
        if report is not None:
            place = self._place()
            before = self._steps[place - 1] if place > 0 else None
            self.sheet.show_report(report, self._inspect(before)[0])
            self._page.show_sheet()
        else:
            self._page.show_message(self._why_empty())

    def _inspect(self, step: int | None) -> tuple[StepReport | None, str]:
        """Return the report on a step, or what keeps it from being made."""
        if self._source is None or step is None:
            return None, ""
        try:
            return self._source.inspect(self.bar.tensor, self.bar.index, step), ""
        except UserError as error:
            return None, str(error)

    def _place(self) -> int:
        return self._steps.index(self._step) if self._step in self._steps else -1

    def _is_paused(self) -> bool:
        run = self._run
        return run is not None and run.state is RunState.PAUSED and bool(self._source)

    def _why_empty(self) -> str:
        run = self._run
        if run is not None and run.state.is_over:
            return self.tr(
                "No step of this run can be read any more. Steps are recorded where a run "
                "is paused and before an accident, and kept until the window closes."
            )
        return self.tr(
            "Pause a run (Space), then choose a weight: the step that was just done "
            "appears here term by term."
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._page, 1)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def _connect(self) -> None:
        self.bar.element_chosen.connect(self._show_element)
        self.bar.step_chosen.connect(self.go_to)
        self.bar.moved.connect(self.go)
        self.bar.step_requested.connect(self.step_requested)
        self.bar.numbers_toggled.connect(self.sheet.set_numbers_shown)
        self.bar.explanations_toggled.connect(self.sheet.set_explained)


def _is_inside(index: Index, shape: Index) -> bool:
    return len(index) == len(shape) and all(
        0 <= number < size for number, size in zip(index, shape, strict=True)
    )
