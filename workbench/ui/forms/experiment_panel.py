"""The left side of the window: everything that decides an experiment, as one form."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QUndoStack
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.errors import Problem
from workbench.core.plan import CATALOGUES, Plan
from workbench.core.presets import DEFAULT_PRESET, Preset, load_presets
from workbench.core.settings import FieldKind, describe
from workbench.ui.forms.choice_box import ChoiceBox
from workbench.ui.forms.draft import Draft
from workbench.ui.forms.edit_command import EditCommand
from workbench.ui.forms.field_row import RESET_WIDTH
from workbench.ui.forms.hint import Hint, HintLevel
from workbench.ui.forms.section_group import SectionGroup
from workbench.ui.forms.settings_form import COLUMN_GAP

_WIDTH = 320
_WIDEST = 440  # longer fields hold no more; in a wide window the plots take the rest


class ExperimentPanel(QWidget):
    """Edits a `Plan`: presets on top, then model, data, loss, optimizer, schedule, loop.

    The widgets only show the draft and forward wishes; every edit makes a new draft,
    which is shown whole, so that undo is no special case.
    """

    plan_changed = Signal()  # after each edit by the person, undo and redo
    problems_changed = Signal(list)  # of `Problem`; empty when the plan is sound

    def __init__(
        self, presets: Mapping[str, Preset] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._given = load_presets() if presets is None else dict(presets)
        start = self._given.get(DEFAULT_PRESET)
        self._draft = Draft.of(start.plan if start else Plan())
        self._problems: list[Problem] = []
        self._hints: dict[str, Hint] = {}  # by section.field
        self._burst = 0  # counts the spells of typing
        self.setMaximumWidth(_WIDEST)
        self.undo_stack = QUndoStack(self)
        self._presets = ChoiceBox(self)
        self._groups = self._make_groups()
        self._set_up_presets()
        self._lay_out()
        self._groups["optimizer"].set_open(True)
        self._show(self._draft)

    def plan(self) -> Plan:
        """Return the plan.

        Raises:
            SettingsError: with every problem.
        """
        return self._draft.plan()

    def problems(self) -> list[Problem]:
        """List what keeps the form from being a plan."""
        return list(self._problems)

    def kind(self, section: str) -> str:
        """Return which entry of a section's catalogue is chosen."""
        return self._draft.kind(section)

    def value(self, section: str, field: str) -> object:
        """Return what one field holds: a value, or `BadText`."""
        return self._draft.values(section)[field]

    def set_plan(self, plan: Plan, *, undoable: bool = False) -> None:
        """Show a plan, without `plan_changed` and with an empty history.

        With `undoable` it is an edit like those of the person.
        """
        if undoable:
            self._push(self.tr("Settings"), self._draft.with_plan(plan))
            return
        self.undo_stack.clear()
        self._show(Draft.of(plan))

    def set_hint(self, path: str, text: str, level: str = HintLevel.INFO) -> None:
        """Say something beneath a field, named `section.field`, in each form that has it.

        It stays through edits until it is cleared. `level` is "info", or "watch" for
        what deserves a second look.
        """
        self._hints[path] = Hint(text, HintLevel(level))
        self._show_hints()

    def clear_hint(self, path: str) -> None:
        """Take the remark on a field away, if there is one."""
        if self._hints.pop(path, None) is not None:
            self._show_hints()

    def hint(self, path: str) -> Hint | None:
        """Return the remark on a field."""
        return self._hints.get(path)

    @override
    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, 640)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_stack.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.undo_stack.redo()
        else:
            super().keyPressEvent(event)

    def _make_groups(self) -> dict[str, SectionGroup]:
        titles = {
            "model": self.tr("Model"),
            "data": self.tr("Data"),
            "loss": self.tr("Loss"),
            "optimizer": self.tr("Optimizer"),
            "schedule": self.tr("Schedule"),
            "loop": self.tr("Loop"),
        }
        parts = {"optimizer": ("optimizer", "lookahead")}
        groups = {}
        for section, title in titles.items():
            group = SectionGroup(title, parts.get(section, (section,)), self)
            group.setObjectName(f"{section}_group")
            group.kind_chosen.connect(self._choose_kind)
            group.field_edited.connect(self.set_value)
            group.defaults_wished.connect(self._take_defaults)
            group.editing_finished.connect(self._end_burst)
            groups[section] = group
        return groups

    def _set_up_presets(self) -> None:
        self._presets.setObjectName("preset")
        self._presets.setAccessibleName(self.tr("Preset"))
        self._presets.setPlaceholderText(self.tr("Custom"))
        self._presets.set_choices(
            (preset.key, preset.title, preset.summary) for preset in self._given.values()
        )
        self._presets.activated.connect(self._take_preset)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(0)
        column.addLayout(self._preset_line())
        column.addSpacing(12)
        for group in self._groups.values():
            column.addWidget(group)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setObjectName("experiment_scroll")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _preset_line(self) -> QVBoxLayout:
        title = QLabel(self.tr("Preset"), self)
        title.setBuddy(self._presets)
        line = QVBoxLayout()
        line.setContentsMargins(8, 0, COLUMN_GAP + RESET_WIDTH, 0)
        line.setSpacing(4)
        line.addWidget(title)
        line.addWidget(self._presets)
        return line

    def _show(self, draft: Draft) -> None:
        self._draft = draft
        before, self._problems = self._problems, list(draft.problems())
        for group in self._groups.values():
            group.show_draft(draft, self._problems)
        self._show_hints()
        self._show_preset()
        if before != self._problems:
            self.problems_changed.emit(self.problems())

    def _show_hints(self) -> None:
        remarks = self._draft.remarks().items()
        own = {path: Hint(words, HintLevel.WATCH) for path, words in remarks}
        for group in self._groups.values():
            group.show_hints(self._draft, {**own, **self._hints})

    def _show_after_edit(self, draft: Draft) -> None:
        changed = draft.changed_sections(self._draft)
        self._show(draft)
        for section, group in self._groups.items():
            if changed == {section}:
                group.set_open(True)  # undo and redo never act out of sight
        self.plan_changed.emit()

    def _show_preset(self) -> None:
        """Show the preset whose plan this is, the one shown so far if there are more."""
        plan = None if self._problems else self.plan()
        equal = [key for key, preset in self._given.items() if preset.plan == plan]
        if self._presets.key() not in equal:
            self._presets.choose(equal[0] if equal else "")
        shown = self._given.get(self._presets.key())
        custom = self.tr("Settings of your own; choose a preset to start afresh")
        self._presets.setToolTip(shown.summary if shown else custom)

    def _push(self, text: str, draft: Draft, burst: str = "") -> None:
        if draft != self._draft:
            drafts = (self._draft, draft)
            self.undo_stack.push(EditCommand(text, drafts, self._show_after_edit, burst))

    @Slot(str, str)
    def _choose_kind(self, section: str, kind: str) -> None:
        title = CATALOGUES[section][kind].title
        self._push(title, self._draft.with_kind(section, kind))

    @Slot(str, str, object)
    def set_value(self, section: str, field: str, value: object) -> None:
        """Change one field, as an edit of the person's; the others may be invalid."""
        specs = {spec.name: spec for spec in describe(self._draft.settings(section))}
        is_typed = specs[field].kind not in {FieldKind.BOOL, FieldKind.CHOICE}
        burst = f"{section}.{field} {self._burst}" if is_typed else ""
        draft = self._draft.with_value(section, field, value)
        self._push(specs[field].title, draft, burst)

    @Slot(str)
    def _take_defaults(self, section: str) -> None:
        draft = self._draft.with_defaults(section)
        if section == "optimizer":
            draft = draft.with_defaults("lookahead")
        self._push(self.tr("Defaults"), draft)

    @Slot()
    def _take_preset(self) -> None:
        preset = self._given[self._presets.key()]
        self._push(preset.title, self._draft.with_plan(preset.plan))

    @Slot()
    def _end_burst(self) -> None:
        self._burst += 1
