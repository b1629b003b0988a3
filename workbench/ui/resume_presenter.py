"""Continues stopped runs, begins new ones from stored states, and shows the proof."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QWidget

from workbench.core.errors import SettingsError, UserError
from workbench.core.events import Checkpoint
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.core.run import Run
from workbench.ui.dialogs.fork_dialog import ForkDialog, ForkWish
from workbench.ui.dialogs.questions import shown
from workbench.ui.dialogs.resume_dialog import ResumeDialog
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.notice_bar import Notice, NoticeAction
from workbench.ui.plain_text import one_line, tooltip
from workbench.ui.resume_words import ResumeWords, began_from_parent
from workbench.ui.run_controller import RunController
from workbench.ui.session_document import SessionDocument
from workbench.ui.tasks import TaskRunner
from workbench.ui.views import Views

_KEYS = ("continue_run", "fork_run", "how_resumed")


class ResumePresenter(QObject):
    """Connects the actions on runs that have stored states with the engine."""

    told = Signal(object)  # a Notice

    def __init__(  # noqa: PLR0913 - it is the meeting point of these objects
        self,
        controller: RunController,
        document: SessionDocument,
        *,
        panel: ExperimentPanel,
        views: Views,
        tasks: TaskRunner,
        actions: dict[str, QAction],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._controller, self._document = controller, document
        self._panel, self._views, self._tasks = panel, views, tasks
        self._actions = {key: actions[key] for key in _KEYS}
        self._tips = {key: action.toolTip() for key, action in self._actions.items()}
        self._window = window
        self._words = ResumeWords(self)
        self._told_of: Run | None = None  # the run that the last notice is about
        self._repeated_steps = 0  # of the run that goes on
        self._connect()
        self._show_state()

    def _connect(self) -> None:
        controller, runs = self._controller, self._views.runs
        self._actions["continue_run"].triggered.connect(self._continue_focused)
        self._actions["fork_run"].triggered.connect(self._fork_focused)
        self._actions["how_resumed"].triggered.connect(self._show_how)
        runs.add_actions(list(self._actions.values()))
        runs.run_focused.connect(self._show_state)
        controller.state_changed.connect(self._show_state)
        controller.run_launched.connect(self._show_state)
        controller.run_ended.connect(self._show_state)
        controller.run_continued.connect(self._on_continued)

    def continue_run(self, run: Run) -> None:
        """Go on with a run from the newest state that was stored.

        Raises:
            UserError: where it cannot be continued, or another one is under way.
        """
        if problem := self._why_not(run):
            raise UserError(problem)
        start = run.start
        assert start is not None  # noqa: S101 - a run without one cannot continue
        self._repeated_steps = run.num_steps - start.checkpoint.step
        run.go_back_to(start.checkpoint)
        self._views.renew(run)
        self._document.mark_modified()
        self._controller.launch(run, start)

    def _why_not(self, run: Run | None) -> str:
        if self._controller.is_active:
            return self.tr("A run is under way; stop it first.")
        if self._document.is_opening:  # the run belongs to the session that goes
            return self.tr("Continue when the file has been opened.")
        return self._words.why_not(run)

    @Slot()
    def _continue_focused(self) -> None:
        self._tasks.start(self._continue(self._views.runs.focused_run()))

    async def _continue(self, run: Run | None) -> None:
        if run is not None:
            self.continue_run(run)

    @Slot()
    def _fork_focused(self) -> None:
        run = self._views.runs.focused_run()
        if run is not None:
            self._tasks.start(self._fork(run))

    async def _fork(self, run: Run) -> None:
        """Let the person choose, end the run under way, and begin the new one."""
        try:
            plan = self._panel.plan()
        except SettingsError as error:
            words = "; ".join(problem.message for problem in error.problems)
            self.told.emit(Notice(words))
            return
        dialog = ForkDialog(run, plan, self._kept_steps(run), self._window)
        if await shown(dialog) != QDialog.DialogCode.Accepted:
            return
        wish = dialog.wish
        start = Start(self._state_of(run, wish.step), wish.carried)
        await self._controller.stop_and_wait()
        self._launch(run, plan, start, wish)

    def _launch(self, parent: Run, plan: Plan, start: Start, wish: ForkWish) -> None:
        session = self._document.session
        if self._document.is_opening or parent not in session.runs:
            raise UserError(self.tr("The run is no longer in this session."))
        session.plan = plan
        fork = session.fork_run(parent, plan, start)
        self._repeated_steps = 0
        self._document.mark_modified()
        self._views.set_runs(session.runs)
        self._controller.launch(fork, start)

    def _kept_steps(self, run: Run) -> tuple[int, ...]:
        handle = self._controller.handle_of(run)
        return () if handle is None else handle.kept_steps()

    def _state_of(self, run: Run, step: int) -> Checkpoint:
        for checkpoint in run.checkpoints:
            if checkpoint.step == step:
                return checkpoint
        handle = self._controller.handle_of(run)
        if handle is None:
            raise UserError(
                self.tr("The state of step {0} is no longer in memory.").format(f"{step:,}")
            )
        return handle.kept_state(step)

    @Slot(object)
    def _on_continued(self, run: Run) -> None:
        """Tell whether the run goes on as if it had never stopped."""
        report = run.resumed[-1]
        self._told_of = run
        is_fork = began_from_parent(run, report)
        is_well = report.is_sound if is_fork else report.is_exact
        how = NoticeAction("show_how_resumed", self.tr("Show proof…"), self._show_told)
        words = f"{one_line(run.name)}: {self._words.summary(run, report)}"
        if self._repeated_steps:
            words += f" {self._words.repeated(self._repeated_steps)}."
        self.told.emit(Notice(words, (how,), is_problem=not is_well))
        self._show_state()

    @Slot()
    def _show_told(self) -> None:
        self._show_report(self._told_of)

    @Slot()
    def _show_how(self) -> None:
        self._show_report(self._views.runs.focused_run())

    def _show_report(self, run: Run | None) -> None:
        if run is not None and run.resumed:
            ResumeDialog(run, run.resumed[-1], self._window).open()

    @Slot()
    def _show_state(self) -> None:
        """Offer what makes sense for the focused run."""
        run = self._views.runs.focused_run()
        problem = self._why_not(run)
        self._offer(
            "continue_run", problem, tip="" if run is None else self._words.offer(run)
        )
        has_state = run is not None and bool(run.checkpoints or self._kept_steps(run))
        self._offer("fork_run", "" if has_state else self._no_state(run))
        was_resumed = run is not None and bool(run.resumed)
        never = self.tr("The run has not been continued yet.")
        self._offer("how_resumed", "" if was_resumed else never)

    def _no_state(self, run: Run | None) -> str:
        if run is None:
            return self.tr("Select the run to begin from.")
        return self.tr("No state of {0} has been stored yet.").format(run.name)

    def _offer(self, key: str, problem: str, tip: str = "") -> None:
        action = self._actions[key]
        action.setEnabled(not problem)
        action.setToolTip(tooltip(problem or tip or self._tips[key]))
