"""One group of the experiment form: a header, a choice of kinds, the kind's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.core.errors import Problem
from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS
from workbench.core.settings import Settings
from workbench.ui.forms.choice_box import ChoiceBox
from workbench.ui.forms.draft import Draft
from workbench.ui.forms.field_row import RESET_WIDTH
from workbench.ui.forms.group_header import GroupHeader
from workbench.ui.forms.hint import NO_HINT, Hint
from workbench.ui.forms.marks import NoteLabel
from workbench.ui.forms.settings_form import COLUMN_GAP, SettingsForm
from workbench.ui.forms.summary import summarise

_INDENT = 8


class SectionGroup(QWidget):
    """Shows some sections of a draft under one header and forwards the edits.

    The first section gives the group its choice of kinds; further ones are parts that
    can be switched on, such as Lookahead beneath the optimizer.
    """

    kind_chosen = Signal(str, str)  # section, kind
    field_edited = Signal(str, str, object)  # section, field, value
    defaults_wished = Signal(str)  # section
    editing_finished = Signal()

    def __init__(
        self, title: str, sections: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._sections = tuple(sections)
        self._is_default = True
        self._header = GroupHeader(title, self)
        self._defaults = QToolButton(self)
        self._body = QWidget(self)
        self._kinds = ChoiceBox(self._body)
        self._kind_note = NoteLabel(self._body)
        self._kind_problem = ""
        self._forms: dict[type[Settings], _SectionForm] = {}
        self._set_up(title)
        self._lay_out()
        self._fold(False)

    def show_draft(self, draft: Draft, problems: Iterable[Problem]) -> None:
        """Show what a draft holds for these sections, and what is wrong with it."""
        mine = [p for p in problems if p.path.split(".")[0] in self._sections]
        if self._sections[0] in CATALOGUES:
            self._show_kinds(draft, mine)
        shown = {draft.settings(section) for section in self._sections}
        for section in self._sections:
            self._show_section(draft, section, mine)
        for settings, held in self._forms.items():
            held.form.setVisible(settings in shown)
        self._is_default = all(map(draft.is_default, self._sections))
        self._defaults.setVisible(self.is_open() and not self._is_default)
        self._show_summary(draft, len(mine))

    def show_hints(self, draft: Draft, hints: Mapping[str, Hint]) -> None:
        """Show remarks by `section.field`, or `section.kind`, in the forms of a draft."""
        hint = hints.get(f"{self._sections[0]}.kind", NO_HINT)
        self._kind_note.show_words(self._kind_problem, outside=hint)
        for section in self._sections:
            mine = {
                path.removeprefix(f"{section}."): hint
                for path, hint in hints.items()
                if path.startswith(f"{section}.")
            }
            self._form(section, draft.settings(section)).show_hints(mine)

    def set_open(self, is_open: bool) -> None:
        """Open or fold the group."""
        self._header.setChecked(is_open)

    def is_open(self) -> bool:
        """Say whether the group is open."""
        return self._header.isChecked()

    def _set_up(self, title: str) -> None:
        section = self._sections[0]
        self._header.setObjectName(f"{section}_header")
        self._header.toggled.connect(self._fold)
        self._defaults.setObjectName(f"{section}_defaults")
        self._defaults.setText(self.tr("Defaults"))
        self._defaults.setAutoRaise(True)
        self._defaults.setToolTip(self.tr("Set everything here back to its default"))
        self._defaults.setAccessibleName(self.tr("{0}, defaults").format(title))
        self._defaults.clicked.connect(self._wish_defaults)
        self._kinds.setObjectName(f"{section}_kind")
        self._kinds.setAccessibleName(title)
        self._kinds.setVisible(section in CATALOGUES)
        self._kinds.activated.connect(self._choose_kind)
        self._kind_note.setObjectName(f"{section}_kind_note")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self._header, 1)
        top.addWidget(self._defaults)
        self._column = body = QVBoxLayout(self._body)
        body.setContentsMargins(_INDENT, 4, 0, 12)
        body.setSpacing(4)
        kinds = QHBoxLayout()
        gap = 4 if self._sections[0] in CATALOGUES else 0
        kinds.setContentsMargins(0, 0, COLUMN_GAP + RESET_WIDTH, gap)
        kinds.addWidget(self._kinds)
        body.addLayout(kinds)
        body.addWidget(self._kind_note)
        line = QFrame(self)
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(QPalette.ColorRole.Mid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line)
        layout.addLayout(top)
        layout.addWidget(self._body)

    def _show_kinds(self, draft: Draft, problems: Sequence[Problem]) -> None:
        section = self._sections[0]
        offered = draft.offered(section)
        self._kinds.set_choices((e.key(), e.title, e.summary) for e in offered)
        self._kinds.choose(draft.kind(section))
        summaries = {entry.key(): entry.summary for entry in offered}
        self._kinds.setToolTip(summaries.get(draft.kind(section), ""))
        self._kinds.setAccessibleDescription(self._kinds.toolTip())
        wrong = [p.message for p in problems if p.path in {section, f"{section}.kind"}]
        self._kind_problem = "\n".join(wrong)

    def _show_section(
        self, draft: Draft, section: str, problems: Sequence[Problem]
    ) -> None:
        form = self._form(section, draft.settings(section))
        form.set_values(draft.values(section))
        form.show_problems(p for p in problems if p.path.startswith(f"{section}."))

    def _form(self, section: str, settings: type[Settings]) -> SettingsForm:
        """Return the form of a kind, made when it is first shown."""
        if settings not in self._forms:
            held = _SectionForm(section, settings, self)
            held.form.editing_finished.connect(self.editing_finished)
            held.field_edited.connect(self.field_edited)
            self._place(held)
            self._forms[settings] = held
        return self._forms[settings].form

    def _place(self, new: _SectionForm) -> None:
        """Put a form below those of its own and earlier sections, for Tab too."""
        rank = self._sections.index(new.section)
        above = [
            held.form
            for held in self._forms.values()
            if self._sections.index(held.section) <= rank
        ]
        self._column.insertWidget(2 + len(above), new.form)
        stop: QWidget = above[-1].focus_order()[-1] if above else self._kinds
        for following in new.form.focus_order():
            QWidget.setTabOrder(stop, following)
            stop = following

    def _show_summary(self, draft: Draft, wrong: int) -> None:
        if wrong:
            words = self.tr("1 problem") if wrong == 1 else self.tr("{0} problems")
            self._header.show_summary(words.format(wrong), is_problem=True)
            return
        section = self._sections[0]
        words = summarise(section, draft.settings(section), draft.values(section))
        for part in self._sections[1:]:
            if draft.values(part)["enabled"]:
                words += f", {part.capitalize()}"
        self._header.show_summary(words)
        self._header.setToolTip(words)

    @Slot(bool)
    def _fold(self, is_open: bool) -> None:
        self._body.setVisible(is_open)
        self._defaults.setVisible(is_open and not self._is_default)

    @Slot()
    def _choose_kind(self) -> None:
        self.kind_chosen.emit(self._sections[0], self._kinds.key())

    @Slot()
    def _wish_defaults(self) -> None:
        self.defaults_wished.emit(self._sections[0])


class _SectionForm(QObject):
    """A form that knows its section."""

    field_edited = Signal(str, str, object)

    def __init__(self, section: str, settings: type[Settings], parent: QWidget) -> None:
        super().__init__(parent)
        self.section = section
        is_part = section in PLAIN_SECTIONS and section != "loop"
        self.form = SettingsForm(settings, parent, hide_idle=is_part)
        if is_part:
            self.form.setContentsMargins(0, 4, 0, 0)
        self.form.field_edited.connect(self._forward)

    @Slot(str, object)
    def _forward(self, field: str, value: object) -> None:
        self.field_edited.emit(self.section, field, value)
