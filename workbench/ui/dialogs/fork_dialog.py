"""Asks from which step a new run begins, and what it takes over of the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.carrying import obstacles
from workbench.core.differences import differences
from workbench.core.epoch_scale import EpochScale
from workbench.core.errors import Problem
from workbench.core.events import Checkpoint
from workbench.core.numbers import format_short
from workbench.core.plan import Plan
from workbench.core.resuming import Carried, Start
from workbench.core.run import Run
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.forms.marks import problem_colour
from workbench.ui.plain_text import one_line

_WIDTH = 480
_INDENT = 24  # pixels: a reason stands beneath the words of its button


@dataclass(frozen=True)
class ForkWish:
    """From which step to begin, and with what."""

    step: int
    carried: Carried


class ForkDialog(QDialog):
    """Offers the stored steps of a run to begin a new one of another plan.

    `kept_steps` are those whose state is in memory only. What cannot be carried over is
    not offered, and the dialog says why.
    """

    def __init__(
        self,
        run: Run,
        plan: Plan,
        kept_steps: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("forkDialog")
        self.setWindowTitle(self.tr("New run from “{0}”").format(one_line(run.name, 60)))
        self.setMinimumWidth(_WIDTH)
        self._run, self._plan = run, plan
        self._scale = EpochScale()
        self._scale.update(run.epochs, run.started.steps_per_epoch if run.started else 1)
        self._steps = self._make_steps(kept_steps)
        self._everything = self._make_choice(
            "carryEverything", self.tr("&Weights and optimizer state")
        )
        self._weights = self._make_choice("carryWeights", self.tr("Weights &only"))
        self._everything_note = self._make_note("everythingNote")
        self._weights_note = self._make_note("weightsNote")
        self._weights_note.setText(
            self.tr("The optimizer starts afresh, and so does the schedule.")
        )
        self._problem = self._make_note("forkProblem", is_problem=True)
        self._buttons = self._make_buttons()
        self._lay_out()
        drop_icons(self)
        self._check()
        self._everything.setChecked(self._everything.isEnabled())
        self._weights.setChecked(not self._everything.isEnabled())

    @property
    def wish(self) -> ForkWish:
        """Return what is chosen."""
        carried = Carried.EVERYTHING if self._everything.isChecked() else Carried.WEIGHTS
        return ForkWish(int(self._steps.currentData()), carried)

    @Slot()
    def _check(self) -> None:
        """Offer what can be carried over from the chosen step."""
        everything = self._obstacles(Carried.EVERYTHING)
        weights = self._obstacles(Carried.WEIGHTS)
        self._everything.setEnabled(not everything)
        self._weights.setEnabled(not weights)
        if everything and not weights:
            self._weights.setChecked(True)
        goes_on = self.tr("The optimizer goes on with its averages and step counts.")
        reason = "" if weights else _in_words(everything)  # else told once, below
        self._everything_note.setText(reason or goes_on)
        self._problem.setText(_in_words(weights))
        self._problem.setVisible(bool(weights))
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(self._everything.isEnabled() or self._weights.isEnabled())

    def _obstacles(self, carried: Carried) -> list[Problem]:
        step = int(self._steps.currentData())
        epochs = sum(row.step <= step for row in self._run.epochs)
        start = Start(Checkpoint(step, epochs, b"", ""), carried)
        return obstacles(self._run.plan.values(), self._plan, start)

    def _make_steps(self, kept_steps: Sequence[int]) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName("forkStep")
        box.setAccessibleName(self.tr("Step to begin from"))
        stored = {checkpoint.step for checkpoint in self._run.checkpoints}
        for step in sorted(stored | set(kept_steps), reverse=True):
            box.addItem(self._describe(step), step)
        box.currentIndexChanged.connect(self._check)
        return box

    def _describe(self, step: int) -> str:
        """Name a step with its epoch and its loss."""
        words = [self.tr("step {0}").format(f"{step:,}")]
        epochs = float(self._scale.epochs_of(np.array([step]))[0])
        words.append(self.tr("epoch {0}").format(f"{epochs:,.1f}".removesuffix(".0")))
        if step:
            loss = self._run.history.steps.loss.values(step - 1, step)
            words.append(self.tr("loss {0}").format(format_short(float(loss[0]))))
        return " · ".join(words)

    def _settings(self) -> str:
        """Say in what the form's settings differ from those of the run."""
        before, after = differences([self._run.plan, self._plan])
        if not before and not after:
            return self.tr("The form shows the settings of {0}, unchanged.").format(
                one_line(self._run.name)
            )
        return self.tr("{old}  →  {new}").format(
            old=" · ".join(before) or "–", new=" · ".join(after) or "–"
        )

    def _make_choice(self, name: str, text: str) -> QRadioButton:
        button = QRadioButton(text, self)
        button.setObjectName(name)
        return button

    def _make_note(self, name: str, *, is_problem: bool = False) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if is_problem:
            palette = self.palette()
            palette.setColor(QPalette.ColorRole.WindowText, problem_colour(palette))
            label.setPalette(palette)
        elif name.endswith("Note"):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            label.setIndent(_INDENT)
        return label

    def _make_buttons(self) -> QDialogButtonBox:
        standard = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        box.button(standard.Ok).setText(self.tr("&Train"))
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def _lay_out(self) -> None:
        settings = self._make_note("forkSettings")
        settings.setText(self._settings())
        carry = QVBoxLayout()
        carry.setSpacing(4)
        for widget in (
            *(self._everything, self._everything_note),
            *(self._weights, self._weights_note),
        ):
            carry.addWidget(widget)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(self.tr("Begin at"), self._steps)
        form.addRow(self.tr("Settings"), settings)
        form.addRow(self.tr("Carry over"), carry)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addWidget(self._buttons)


def _in_words(problems: Sequence[Problem]) -> str:
    words = "; ".join(problem.message for problem in problems)
    return f"{words[:1].upper()}{words[1:]}{'.' * bool(words)}"
