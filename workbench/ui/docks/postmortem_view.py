"""The post-mortem dock: what went wrong in a run, and how to go on from before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from workbench.core.events import RunDiverged
from workbench.core.findings import Level
from workbench.core.numbers import format_number
from workbench.core.postmortem import (
    Accident,
    last_accident,
    last_good_step,
    last_trouble,
    plotted_tensor,
)
from workbench.core.run import Run, RunState
from workbench.ui.docks.accident_bar import AccidentBar
from workbench.ui.docks.accident_plot import AccidentPlot
from workbench.ui.docks.accident_words import AccidentWords, divided_lr
from workbench.ui.docks.health_line import HealthLine
from workbench.ui.docks.two_rows import TwoRows
from workbench.ui.plots.plot import Plot

_Key = tuple[str, int, bool]  # what makes an accident another one: run, step, divergence


class PostmortemView(QWidget):
    """Shows the last accident of the focused run.

    `watch` must be called with the run under way whenever it has advanced, also while
    the view is hidden: it tells when there is something to be shown.
    """

    attention_needed = Signal()  # a new accident has happened
    rewind_requested = Signal(object, int, float)  # the Run, a kept step, the new lr
    resume_requested = Signal()  # the paused run is to go on as it is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("postmortem_view")
        self._run: Run | None = None
        self._accident: Accident | None = None
        self._seen: object = None
        self._drawn: object = None  # run, accident and close-up
        self._picked: tuple[_Key | None, str] = (None, "")  # a tensor, by the person
        self._counts: dict[str, int] = {}  # accidents known, by run id
        self._dismissed: set[_Key] = set()
        self._kept: tuple[str, tuple[int, ...]] = ("", ())
        self._words = AccidentWords(self)
        self.headline = HealthLine("accident_words")
        self.bar = AccidentBar()
        self.bar.tensor_chosen.connect(self._pick)
        self.plot = AccidentPlot(self.tr("Before the accident"))
        self._make_buttons()
        self._make_empty()
        self._lay_out()
        self.refresh()

    @property
    def accident(self) -> Accident | None:
        """Return what is shown, None where nothing is."""
        return self._accident

    @property
    def kept_steps(self) -> tuple[int, ...]:
        """Return the steps of the focused run that can be gone back to."""
        run_id, steps = self._kept
        return steps if self._run is not None and self._run.id == run_id else ()

    def set_kept_steps(self, run: Run, steps: Sequence[int]) -> None:
        """Say from which steps this run can go on; those of other runs are forgotten."""
        if self._kept != (run.id, tuple(steps)):
            self._kept = (run.id, tuple(steps))
            self._offer_steps()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing; what happened in it before is no news."""
        if run is self._run:
            return
        self._run, self._seen = run, None
        if run is not None:
            self._counts.setdefault(run.id, _count(run))
        self._offer_steps()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        run = self._run
        seen = (run.id, run.state, _count(run), run.replay) if run else None
        state = (seen, self._is_dismissed())
        if state == self._seen:
            return
        self._seen = state
        if run is not None:
            self.watch(run)
        self._show(run)

    @Slot(object)
    def watch(self, run: Run) -> None:
        """Tell once of each new accident, where it stopped the run or is its first."""
        known, count = self._counts.get(run.id, 0), _count(run)
        self._counts[run.id] = count
        stops = run.divergence is not None or run.plan.loop.on_explosion == "pause"
        if count > known and (stops or known == 0):
            self.attention_needed.emit()

    def plots(self) -> Mapping[str, Plot]:
        """Return the plot of the accident, where there is one."""
        return {"accident": self.plot} if self._accident is not None else {}

    @Slot()
    def rewind(self) -> None:
        """Ask to go on from the chosen step with a tenth of the learning rate."""
        step = self._steps.currentData()
        if self._run is not None and step is not None:
            lr = divided_lr(self._run.plan.optimizer.lr)
            self.rewind_requested.emit(self._run, step, lr)

    @Slot()
    def dismiss(self) -> None:
        """Put the accident out of sight until there is another one."""
        if (key := self._key()) is not None:
            self._dismissed.add(key)
            self.refresh()

    @Slot()
    def show_again(self) -> None:
        """Show the accident that was dismissed."""
        if (key := self._key()) is not None:
            self._dismissed.discard(key)
            self.refresh()

    def _show(self, run: Run | None) -> None:
        accident = last_accident(run) if run is not None else None
        if run is None or accident is None or self._is_dismissed():
            self._accident = self._drawn = None
            self._show_empty(accident)
            return
        drawn = (run.id, accident, run.history.close_up)
        changed, self._drawn = drawn != self._drawn, drawn
        self._accident = accident
        self.headline.show_words(
            Level.BAD, self._words.headline(accident), self._words.details(accident)
        )
        self.bar.show_words(self._words.detail(run, accident))
        if changed:
            tensors, (key, picked) = run.history.rates.tensors, self._picked
            named = picked if key == self._key() else plotted_tensor(accident, tensors)
            self.bar.show_tensors(tensors, named)
            self._draw()
            self._offer_steps()
        paused = run.state is RunState.PAUSED
        self._resume.setHidden(not paused)
        self._buttons.arrange()
        self._pages.setCurrentWidget(self._content)

    @Slot(str)
    def _pick(self, tensor: str) -> None:
        self._picked = (self._key(), tensor)
        self._draw()

    def _draw(self) -> None:
        """Draw the accident with the tensor that is chosen."""
        if self._run is not None and self._accident is not None:
            self.plot.show_accident(self._run, self._accident, self.bar.tensor)
            self.plot.mark_step(self._steps.currentData())

    def _show_empty(self, dismissed: Accident | None) -> None:
        sentence = self.tr("Nothing has gone wrong.")
        if dismissed is not None:
            sentence = self.tr("Nothing has gone wrong since step {}.").format(
                f"{dismissed.step:,}"
            )
        self._empty.setText(sentence)
        self._again.setVisible(dismissed is not None)
        self._pages.setCurrentWidget(self._empty_page)

    def _offer_steps(self) -> None:
        """List the kept steps before the accident, the last good one chosen."""
        accident, kept = self._accident, self.kept_steps
        steps = [step for step in kept if accident is None or step < accident.step]
        chosen = last_good_step(steps, accident.onset) if accident else None
        self._steps.blockSignals(True)
        self._steps.clear()
        for step in sorted(steps, reverse=True):
            self._steps.addItem(f"{step:,}", step)
        self._steps.setCurrentIndex(self._steps.findData(chosen))
        self._steps.blockSignals(False)
        self._on_step_chosen()

    @Slot()
    def _on_step_chosen(self) -> None:
        step = self._steps.currentData()
        self._steps.setHidden(not self._steps.count())
        self._rewind.setEnabled(step is not None)
        self.plot.mark_step(step)
        if step is None or self._run is None:
            self._rewind.setText(self.tr("&Rewind and divide lr by 10"))
            tip = self.tr("No state from before is in memory any more.")
        else:
            text = self.tr("&Rewind to step {} and divide lr by 10")
            self._rewind.setText(text.format(f"{step:,}"))
            lr = self._run.plan.optimizer.lr
            tip = self.tr(
                "Goes on from the state after step {0}, with lr {1} in place of {2}."
            ).format(f"{step:,}", format_number(divided_lr(lr)), format_number(lr))
        self._rewind.setToolTip(tip)
        self._rewind.setAccessibleDescription(tip)
        self._buttons.arrange()

    def _key(self) -> _Key | None:
        run = self._run
        event = last_trouble(run) if run is not None else None
        if run is None or event is None:
            return None
        return run.id, event.step, isinstance(event, RunDiverged)

    def _is_dismissed(self) -> bool:
        return bool(self._dismissed) and self._key() in self._dismissed

    def _make_buttons(self) -> None:
        self._steps = QComboBox()
        self._steps.setObjectName("kept_steps")
        self._steps.setAccessibleName(self.tr("Step to go back to"))
        self._steps.setToolTip(
            self.tr(
                "The steps whose whole state is still in memory: weights, optimizer and "
                "the order of the data. The ring in the plot marks the chosen one."
            )
        )
        self._steps.currentIndexChanged.connect(self._on_step_chosen)
        add = self._make_button
        self._rewind = add("rewind", "", self.rewind)
        self._resume = add("go_on", self.tr("&Go on anyway"), self.resume_requested)
        self._resume.setToolTip(self.tr("Lets the paused run go on as it is."))
        self._dismiss = add("dismiss", self.tr("&Dismiss"), self.dismiss)
        self._dismiss.setToolTip(self.tr("Puts this out of sight; the run stays as it is."))
        self._buttons = TwoRows((self._steps, self._rewind), (self._resume, self._dismiss))
        self._again = add("show_again", self.tr("&Show it again"), self.show_again)
        self._again.setToolTip(self.tr("Shows the accident that was dismissed."))

    def _make_button(
        self, name: str, text: str, slot: Callable[[], None] | SignalInstance
    ) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _make_empty(self) -> None:
        self._empty = QLabel()
        self._empty.setObjectName("postmortem_empty")
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)

    def _lay_out(self) -> None:
        self._content = QWidget()
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.headline)
        layout.addWidget(self.bar)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self._buttons)
        self._empty_page = QWidget()
        self._empty_page.setBackgroundRole(QPalette.ColorRole.Base)
        self._empty_page.setAutoFillBackground(True)
        page = QVBoxLayout(self._empty_page)
        page.setContentsMargins(24, 24, 24, 24)
        page.addStretch(1)
        page.addWidget(self._empty)
        page.addWidget(self._again, 0, Qt.AlignmentFlag.AlignCenter)
        page.addStretch(1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty_page)
        self._pages.addWidget(self._content)


def _count(run: Run) -> int:
    return len(run.explosions) + (run.divergence is not None)
