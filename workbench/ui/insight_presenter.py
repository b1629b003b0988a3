"""Connects the views of single steps and weights with the run that they look into."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import QObject, Slot

from workbench.core.errors import SettingsError, UserError
from workbench.core.events import Checkpoint
from workbench.core.landscape import Landscape
from workbench.core.losses import MseLoss
from workbench.core.models import LinearModel
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import Run
from workbench.ui.dock_area import DockArea
from workbench.ui.docks.guide_view import GuideView
from workbench.ui.docks.inspector_view import InspectorView
from workbench.ui.docks.landscape_view import LandscapeView
from workbench.ui.docks.parameters_view import ParametersView
from workbench.ui.docks.postmortem_view import PostmortemView
from workbench.ui.docks.view import RunView
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.stability import lr_hint
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views


@dataclass(frozen=True)
class InsightViews:
    """The views that look into a run, and the guide."""

    parameters: ParametersView
    inspector: InspectorView
    landscape: LandscapeView
    postmortem: PostmortemView
    guide: GuideView

    def of_runs(self) -> tuple[RunView, ...]:
        """Return those that show runs."""
        views = (getattr(self, field.name) for field in fields(self))
        return tuple(view for view in views if view is not self.guide)


class InsightPresenter(QObject):
    """Shows what the run under way, or the one that ended last, recorded and kept."""

    def __init__(  # noqa: PLR0913 - it is the meeting point of these objects
        self,
        controller: RunController,
        document: SessionDocument,
        *,
        panel: ExperimentPanel,
        views: Views,
        insight: InsightViews,
        docks: DockArea,
        tasks: TaskRunner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller, self._document = controller, document
        self._panel, self._views, self._insight = panel, views, insight
        self._docks, self._tasks = docks, tasks
        self._connect()
        self._show_guide()

    def _connect(self) -> None:
        controller, insight = self._controller, self._insight
        controller.run_launched.connect(self._on_run_changed)
        controller.state_changed.connect(self._on_run_changed)
        controller.loss_exploded.connect(self._on_explosion)
        controller.run_ended.connect(self._on_ended)
        runs = self._views.runs
        runs.run_focused.connect(self._on_run_changed)
        insight.inspector.step_requested.connect(controller.step_once)
        insight.postmortem.rewind_requested.connect(self._rewind)
        insight.postmortem.resume_requested.connect(controller.resume)
        insight.postmortem.attention_needed.connect(self._raise_postmortem)
        insight.parameters.tensor_chosen.connect(self._choose_tensor)
        self._views.rates.element_chosen.connect(self._inspect)
        self._panel.plan_changed.connect(self._on_plan_changed)
        self._document.session_replaced.connect(self._on_plan_changed)

    @Slot()
    def _on_run_changed(self) -> None:
        """Give the views what the focused run recorded and kept, if it is still known."""
        run = self._views.runs.focused_run()
        handle = self._controller.handle_of(run)
        self._insight.inspector.set_source(handle)
        if run is not None:
            kept = () if handle is None else handle.kept_steps()
            self._insight.postmortem.set_kept_steps(run, kept)
        self._show_bound()

    @Slot(object)
    def _on_explosion(self, run: Run) -> None:
        self._on_run_changed()
        self._insight.postmortem.watch(run)

    @Slot(object)
    def _on_ended(self, run: Run) -> None:
        self._on_run_changed()
        self._insight.postmortem.watch(run)

    @Slot()
    def _on_plan_changed(self) -> None:
        self._show_guide()
        self._show_bound()

    def _show_guide(self) -> None:
        self._insight.guide.show_optimizer(self._panel.kind("optimizer"))

    @Slot(str)
    def _choose_tensor(self, name: str) -> None:
        run = self._views.runs.focused_run()
        names = [] if run is None else [tensor.name for tensor in run.history.rates.tensors]
        if name in names:
            self._views.rates.tensors.select(names.index(name))

    @Slot(str, tuple)
    def _inspect(self, tensor: str, index: tuple[int, ...]) -> None:
        self._insight.inspector.choose(tensor, index)
        self._docks.bring_up("inspector")

    @Slot()
    def _raise_postmortem(self) -> None:
        self._docks.bring_up("postmortem")

    @Slot(object, int, float)
    def _rewind(self, run: Run, step: int, lr: float) -> None:
        self._tasks.start(self._rewind_and_launch(run, step, lr))

    async def _rewind_and_launch(self, run: Run, step: int, lr: float) -> None:
        """Go on from a kept state of a run with another learning rate, as a new run."""
        if self._document.is_opening:  # the run would belong to the session that goes
            raise UserError(self.tr("Go on when the file has been opened."))
        start = Start(self._kept_state(run, step))
        await self._controller.stop_and_wait()
        optimizer = run.plan.optimizer.model_copy(update={"lr": lr})
        plan = run.plan.model_copy(update={"optimizer": optimizer})
        fork = self._document.session.fork_run(run, plan, start)
        self._document.mark_modified()
        self._views.set_runs(self._document.session.runs)
        self._controller.launch(fork, start)

    def _kept_state(self, run: Run, step: int) -> Checkpoint:
        handle = self._controller.handle_of(run)
        if handle is None:
            raise UserError(
                self.tr("The states of {name} are no longer in memory.").format(
                    name=run.name
                )
            )
        return handle.kept_state(step)

    def _show_bound(self) -> None:
        """Mark 2/λ_max on the learning rate where the data of the form are known."""
        landscape = self._landscape_of_form()
        if landscape is None:
            self._panel.clear_hint("optimizer.lr")
            return
        self._panel.set_hint("optimizer.lr", *lr_hint(self._panel.plan(), landscape))

    def _landscape_of_form(self) -> Landscape | None:
        """Return the bowl that a run on the form's model and data has measured."""
        try:
            plan = self._panel.plan()
        except SettingsError:
            return None
        for run in reversed(self._document.session.runs):
            if run.history.landscape is not None and _same_bowl(run.plan, plan):
                return run.history.landscape
        return None


def _same_bowl(one: Plan, other: Plan) -> bool:
    """Say whether two plans have the same loss surface: model, data and loss decide."""
    if not (isinstance(one.model, LinearModel) and isinstance(other.model, LinearModel)):
        return False
    squared = isinstance(one.loss, MseLoss) and isinstance(other.loss, MseLoss)
    return squared and one.data == other.data and one.model.bias == other.model.bias
