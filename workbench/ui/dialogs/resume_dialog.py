"""Shows the proof that a run went on from just the state that was stored."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from workbench.core.events import ResumeCheck, ResumeReport
from workbench.core.run import Run
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.forms.marks import problem_colour
from workbench.ui.plain_text import one_line
from workbench.ui.resume_words import ResumeWords, began_from_parent

_WIDTH = 440


class ResumeDialog(QDialog):
    """A line for each part of the state, newest report of the run."""

    def __init__(
        self, run: Run, report: ResumeReport, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("resumeDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        is_fork = began_from_parent(run, report)
        title = self.tr("Begun at step {0}") if is_fork else self.tr("Resumed at step {0}")
        self.setWindowTitle(title.format(f"{report.step:,}"))
        self.setMinimumWidth(_WIDTH)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(8)
        self._add(
            f"{one_line(run.name)}: {ResumeWords(self).summary(run, report)}", "summary"
        )
        self._layout.addLayout(self._checks(report.checks))
        if report.differences:
            words = self._differences(report, is_fork=is_fork)
            self._add(words, "differences", muted=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        self._layout.addStretch(1)
        self._layout.addWidget(buttons)
        drop_icons(self)

    def _checks(self, checks: tuple[ResumeCheck, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        for row, check in enumerate(checks):
            text, words = self._sign(check)
            sign = _label(text, f"check_{row}")
            sign.setAccessibleName(words)
            if not check.is_equal and not check.is_chosen:
                palette = self.palette()
                palette.setColor(QPalette.ColorRole.WindowText, problem_colour(palette))
                sign.setPalette(palette)
            grid.addWidget(sign, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_label(check.what, ""), row, 1, Qt.AlignmentFlag.AlignTop)
            detail = _label(check.detail, "")
            detail.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            grid.addWidget(detail, row, 2, Qt.AlignmentFlag.AlignTop)
        return grid

    def _sign(self, check: ResumeCheck) -> tuple[str, str]:
        if check.is_equal:
            return "✓", self.tr("as stored")
        if check.is_chosen:
            return "–", self.tr("another, as chosen")
        return "✗", self.tr("not as stored")

    def _differences(self, report: ResumeReport, *, is_fork: bool) -> str:
        head = self.tr("What decides the last digits and is not what it was:")
        if is_fork:
            head = self.tr("What is not what it was up to there:")
        return "\n".join([head, *(f"• {words}" for words in report.differences)])

    def _add(self, text: str, name: str, *, muted: bool = False) -> None:
        label = _label(text, name)
        if muted:
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._layout.addWidget(label)


def _label(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(len(text) > 24)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
