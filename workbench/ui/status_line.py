"""The status bar: where the run stands, how fast it goes, what it costs, what is saved."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QStatusBar, QStyle, QStyleOption, QWidget
from typing_extensions import override

from workbench.core.events import ReplayProgressed
from workbench.core.postmortem import LOOK_BACK
from workbench.core.run import Run, RunState
from workbench.ui.docks.runs_columns import GLYPHS
from workbench.ui.forms.marks import problem_colour
from workbench.ui.memory import read_memory
from workbench.ui.plain_text import one_line, tooltip
from workbench.ui.progress import Progress, format_duration, format_rate
from workbench.ui.saved_label import SavedLabel
from workbench.ui.steady_label import SteadyLabel
from workbench.ui.theme import tabular

_SIGN_WIDTH = 24
_MUTED = QPalette.ColorRole.PlaceholderText


class ElidedLabel(QLabel):
    """A plain text on one line that is cut with an ellipsis where room is short."""

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment()),
            option.palette,
            bool(option.state & QStyle.StateFlag.State_Enabled),
            text,
            self.foregroundRole(),
        )


class StateSign(QWidget):
    """The sign of a run's state, as in the runs table: in colour while it matters."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusSign")
        self.setFixedSize(_SIGN_WIDTH, self.fontMetrics().height())
        self.state: RunState | None = None

    def show_state(self, state: RunState | None) -> None:
        """Show the sign of a state; None: nothing has been trained yet."""
        if state is not self.state:
            self.state = state
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self._colour())
        glyph = "○" if self.state is None else GLYPHS[self.state]
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, glyph)

    def _colour(self) -> QColor:
        if self.state in {RunState.DIVERGED, RunState.FAILED}:
            return problem_colour(self.palette())
        under_way = self.state is not None and not self.state.is_over
        role = QPalette.ColorRole.Accent if under_way else _MUTED
        return self.palette().color(role)


class StatusLine(QStatusBar):
    """Shows facts about the run and the program; all of its numbers stand still."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self.setSizeGripEnabled(False)
        self.sign = StateSign(self)
        self.addWidget(self.sign)
        self.state = ElidedLabel(self)
        self._set_up(self.state, "statusState")
        self.state.setAccessibleName(self.tr("State"))
        self.addWidget(self.state, 1)
        tr = self.tr
        self.epoch = self._add("statusEpoch", tr("Epoch under way"), "epoch 1,000 of 1,000")
        self.step = self._add(
            "statusStep", tr("Optimizer steps done"), "step 100,000 of 100,000"
        )
        self.rate = self._add(
            "statusRate",
            tr("Optimizer steps a second, over some seconds"),
            "10,000 steps/s",
        )
        self.left = self._add(
            "statusLeft", tr("Time that the run still needs at this speed"), "estimating…"
        )
        self.device = self._add("statusDevice", tr("What the run computes on"), "CPU")
        self.memory = self._add(
            "statusMemory", tr("Memory of this program, in millions of bytes"), "10,000 MB"
        )
        self.saved = SavedLabel(self)
        self._add_label(self.saved, "statusSaved", "saved 00:00:00")
        self.show_run(None, Progress())
        self.refresh_memory()

    def show_run(self, run: Run | None, progress: Progress) -> None:
        """Show where a run stands; None: nothing has been trained yet."""
        sentence = self._sentence(run)
        self.sign.show_state(None if run is None else run.state)
        self.state.setText(one_line(sentence, 400))
        self.state.setToolTip(tooltip(sentence))
        started = None if run is None else run.started
        for label in (self.epoch, self.step, self.device):
            label.setVisible(started is not None)
        is_moving = run is not None and not run.state.is_over and started is not None
        self.rate.setVisible(is_moving)
        self.left.setVisible(is_moving)
        if run is None or started is None:
            return
        epochs = run.plan.loop.epochs
        epoch = min(len(run.epochs) + (not run.state.is_over), epochs)
        self.epoch.setText(self.tr("epoch {0} of {1}").format(f"{epoch:,}", f"{epochs:,}"))
        self.step.setText(
            self.tr("step {0} of {1}").format(
                f"{run.num_steps:,}", f"{started.total_steps:,}"
            )
        )
        self.device.setText(describe_device(started.device, started.threads))
        self.rate.setText(format_rate(progress.steps_per_s))
        self.left.setText(self._left(progress.left_s))

    def refresh_memory(self) -> None:
        """Measure and show the memory of this process."""
        memory = read_memory()
        self.memory.setVisible(memory is not None)
        if memory is not None:
            self.memory.setText(memory.describe())

    def _left(self, seconds: float | None) -> str:
        if seconds is None:
            return self.tr("estimating…")
        return self.tr("{0} left").format(format_duration(seconds))

    def _sentence(self, run: Run | None) -> str:
        if run is None:
            return self.tr("idle")
        if isinstance(run.replay, ReplayProgressed) and not run.state.is_over:
            return self._replaying(run.replay)
        words = {
            RunState.PREPARING: self._with(self.tr("preparing"), run.message),
            RunState.TRAINING: self.tr("training"),
            RunState.PAUSED: self.tr("paused"),
            RunState.FINISHED: self.tr("finished in {0}").format(
                format_duration(run.elapsed_s)
            ),
            RunState.STOPPED: run.message or self.tr("stopped"),
            RunState.DIVERGED: run.message or self.tr("diverged"),
            RunState.FAILED: self._with(self.tr("failed"), run.message),
        }
        return words[run.state]

    def _replaying(self, replay: ReplayProgressed) -> str:
        words = self.tr("looking at the last {0} steps… {1}")
        share = f"{replay.done / max(1, replay.total):.0%}"
        return words.format(f"{min(LOOK_BACK, replay.total):,}", share)

    def _with(self, word: str, message: str) -> str:
        return f"{word}: {message}" if message else word

    def _add(self, name: str, help_text: str, widest: str) -> QLabel:
        label = SteadyLabel(self)
        self._add_label(label, name, widest)
        label.setToolTip(help_text)
        label.setAccessibleName(help_text)
        return label

    def _add_label(self, label: SteadyLabel, name: str, widest: str) -> None:
        """Put a label at the right end, with room for its widest text."""
        self._set_up(label, name)
        label.keep_room_for(widest)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.addPermanentWidget(label)

    def _set_up(self, label: QLabel, name: str) -> None:
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(tabular(label.font()))
        label.setFrameShape(QFrame.Shape.NoFrame)
        label.setMargin(4)


def describe_device(device: str, threads: int) -> str:
    """Name the device of a run, such as "CPU, 1 thread" or "cuda:0 NVIDIA H200"."""
    if not device.startswith("cpu"):
        return device
    return f"CPU, {threads} thread{'s' * (threads != 1)}"
