"""Turns wishes about runs into calls, and the state of the run into what is shown."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction

from workbench.core.errors import Problem, SettingsError
from workbench.core.ports import DeviceFacts
from workbench.core.run import Run, RunState
from workbench.ui.docks.log_view import LogView
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.notice_bar import Notice, NoticeBar
from workbench.ui.progress import Progress
from workbench.ui.run_controller import RunController
from workbench.ui.run_toolbar import RunToolbar
from workbench.ui.session_document import SessionDocument
from workbench.ui.status_line import StatusLine
from workbench.ui.views import Views

_NUMBERS_EVERY_S = 0.2  # faster than that, nobody can read them
_BAD_ENDS = {RunState.DIVERGED, RunState.FAILED}


class RunPresenter(QObject):
    """Connects the run's actions, the form, the views and the status line."""

    defect_found = Signal(str, str)  # sentence and traceback, from the training thread

    def __init__(  # noqa: PLR0913 - it is the meeting point of these widgets
        self,
        controller: RunController,
        document: SessionDocument,
        *,
        panel: ExperimentPanel,
        toolbar: RunToolbar,
        views: Views,
        log: LogView,
        status: StatusLine,
        notices: NoticeBar,
        actions: dict[str, QAction],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller, self._document = controller, document
        self._panel, self._toolbar, self._views = panel, toolbar, views
        self._log, self._status, self._notices = log, status, notices
        self._actions = actions
        self._train_tip = actions["train"].toolTip()
        self._progress = Progress()
        self._shown: Run | None = None  # what the status bar speaks of
        self._shown_s = 0.0
        self._connect()
        self._show_state()

    def set_devices(self, devices: Sequence[DeviceFacts]) -> None:
        """Show what there is to compute on."""
        self._toolbar.set_devices(devices)
        for facts in devices:
            words = facts.title if facts.available else f"{facts.title}: {facts.reason}"
            self._log.add("info", words)

    @Slot()
    def show_session(self) -> None:
        """Show that nothing has been trained yet since a session was put in place."""
        self._shown = None
        self._toolbar.show_run(None)
        self._status.show_run(None, Progress())
        self._show_state()

    @Slot(list)
    def forget(self, runs: list[Run]) -> None:
        """Speak no more of a run that was deleted, nor does a notice about it."""
        if any(run is self._shown for run in runs):
            self._notices.clear()
            self.show_session()

    def _connect(self) -> None:
        actions, controller = self._actions, self._controller
        actions["train"].triggered.connect(self.train)
        actions["pause"].triggered.connect(controller.pause)
        actions["resume"].triggered.connect(controller.resume)
        actions["step"].triggered.connect(controller.step_once)
        actions["stop"].triggered.connect(controller.stop)
        controller.run_launched.connect(self._on_launched)
        controller.run_advanced.connect(self._on_advanced)
        controller.state_changed.connect(self._on_state_changed)
        controller.notice_given.connect(self._on_notice)
        controller.run_ended.connect(self._on_ended)
        self._panel.plan_changed.connect(self._show_state)
        self._panel.problems_changed.connect(self._show_state)
        self._toolbar.device_chosen.connect(self._choose_device)

    @Slot()
    def train(self) -> None:
        """Start a run of what the form shows, or say what keeps it from being one."""
        if self._controller.is_active:
            return
        if self._document.is_opening:  # the run would belong to the session that goes
            self._notices.show_notice(
                Notice(self.tr("Train when the file has been opened."))
            )
            return
        try:
            plan = self._panel.plan()
        except SettingsError as error:
            self._notices.show_notice(Notice(_in_words(error.problems)))
            return
        self._document.session.plan = plan
        run = self._document.session.new_run()
        self._document.mark_modified()
        self._views.set_runs(self._document.session.runs)
        self._controller.launch(run)

    @Slot(object)
    def _on_launched(self, run: Run) -> None:
        self._notices.clear()
        words = (
            self.tr("{name}: started") if not run.num_steps else self.tr("{name}: goes on")
        )
        self._log.add("info", words.format(name=run.name))
        self._progress = Progress()
        self._views.start()
        self._show_state()

    @Slot(object)
    def _on_advanced(self, run: Run) -> None:
        self._progress.update(run.num_steps)
        if time.monotonic() >= self._shown_s + _NUMBERS_EVERY_S:
            self._show_run(run)

    @Slot(object)
    def _on_state_changed(self, run: Run) -> None:
        if run.started is not None and self._progress.total_steps == 0:
            self._progress.begin(run.started.total_steps, run.num_steps)
        if run.state is RunState.TRAINING:
            self._progress.resume()
        else:
            self._progress.pause()
        self._show_run(run)
        self._show_state()

    @Slot(str)
    def _on_notice(self, text: str) -> None:
        self._log.add("notice", text)

    @Slot(object)
    def _on_ended(self, run: Run) -> None:
        self._views.stop()
        self._document.mark_modified()
        self._show_run(run)
        words = f"{run.name}: {run.message or run.state.value}"
        if run.state in _BAD_ENDS:
            self._notices.show_notice(Notice(words))
        self._log.add("error" if run.state in _BAD_ENDS else "info", words)
        if run.report:
            self.defect_found.emit(words, run.report)
        self._show_state()

    @Slot(str)
    def _choose_device(self, key: str) -> None:
        self._panel.set_value("loop", "device", key)

    @Slot()
    def _show_state(self) -> None:
        """Offer just the actions that make sense now."""
        run = self._controller.run
        stopping = self._controller.is_stopping
        paused = run is not None and run.state is RunState.PAUSED and not stopping
        training = run is not None and run.state is RunState.TRAINING and not stopping
        problems = self._panel.problems()
        self._offer("train", shown=run is None, enabled=not problems)
        self._actions["train"].setToolTip(_in_words(problems) or self._train_tip)
        self._offer("pause", shown=run is not None and not paused, enabled=training)
        self._offer("resume", shown=paused, enabled=paused)
        self._offer("step", shown=True, enabled=paused)
        self._offer("stop", shown=True, enabled=run is not None and not stopping)
        self._actions["stop"].setText(
            self.tr("Stopping…") if stopping else self.tr("Sto&p")
        )
        self._give_space_to(paused=paused, idle=run is None)
        self._toolbar.set_device(str(self._panel.value("loop", "device")))

    def _show_run(self, run: Run) -> None:
        self._shown = run
        self._shown_s = time.monotonic()
        self._toolbar.show_run(run)
        self._status.show_run(run, self._progress)

    def _offer(self, key: str, *, shown: bool, enabled: bool) -> None:
        self._actions[key].setVisible(shown)
        self._actions[key].setEnabled(enabled)

    def _give_space_to(self, *, paused: bool, idle: bool) -> None:
        """Let the space bar train, pause or continue, whichever is at hand."""
        owner = "train" if idle else "resume" if paused else "pause"
        for key in ("train", "pause", "resume"):
            self._actions[key].setShortcut("Space" if key == owner else "")


def _in_words(problems: Iterable[Problem]) -> str:
    return "; ".join(problem.message for problem in problems)
