"""One field of a form: title, editor, a way back to the default, words beneath."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from workbench.core.settings import FieldKind, FieldSpec
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.choice_words import choice_words
from workbench.ui.forms.editors import make_editor
from workbench.ui.forms.hint import NO_HINT, Hint
from workbench.ui.forms.marks import NoteLabel

RESET_WIDTH = 20  # of the button that goes back to the default, kept free


class FieldRow(QObject):
    """The widgets of one field; the form decides where they stand."""

    edited = Signal(str, object)  # by the person: the field's name, its value
    editing_finished = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.spec = spec
        self._problem = ""
        self._hint = NO_HINT
        self.editor = make_editor(spec, parent)
        self._title = _Title(spec.title, parent)
        self._reset = QToolButton(parent)
        self._note = NoteLabel(parent)
        self._set_up()
        self.editor.value_edited.connect(self._announce)
        self.editor.editing_finished.connect(self.editing_finished)
        self._title.pressed.connect(self.editor.activate)
        self._reset.clicked.connect(self.go_back)

    def place(self, grid: QGridLayout) -> None:
        """Put the widgets into the next two rows of a grid of three columns."""
        at, top = grid.rowCount(), Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._title, at, 0, top)
        grid.addWidget(self.editor, at, 1)
        grid.addWidget(self._reset, at, 2, top)
        grid.addWidget(self._note, at + 1, 0, 1, 3)

    def stops(self) -> tuple[QWidget, ...]:
        """List where the Tab key stops."""
        return (*self.editor.controls(), self._reset)

    def value(self) -> object:
        """Return the value, or `BadText` where the text cannot be read."""
        return self.editor.value()

    def set_value(self, value: object) -> None:
        """Show a value without a signal."""
        self.editor.set_value(value)
        self.refresh()

    def show_problem(self, message: str) -> None:
        """Name what is wrong beneath the field; an empty text takes it away."""
        self._problem = message
        self.refresh()

    def show_hint(self, hint: Hint) -> None:
        """Show a remark from outside beneath the field; it stays until another comes."""
        if hint != self._hint:
            self._hint = hint
            self.refresh()

    def problem(self) -> str:
        """Return the words that name what is wrong; empty where nothing is."""
        value = self.value()
        return value.why if isinstance(value, BadText) else self._problem

    def set_enabled(self, enabled: bool) -> None:
        """Let the field be edited, or show that it has no effect now."""
        for widget in (self._title, self.editor, self._reset):
            widget.setEnabled(enabled)

    def set_visible(self, visible: bool) -> None:
        """Show or hide the whole row."""
        for widget in (self._title, self.editor):
            widget.setVisible(visible)
        self._reset.setVisible(visible and self.is_changed())
        self._note.setVisible(visible and bool(self._note.text()))

    def is_changed(self) -> bool:
        """Say whether the value differs from the default."""
        return bool(self.value() != self.spec.default)

    @Slot()
    def go_back(self) -> None:
        """Take the default, as the person's own edit."""
        self.editing_finished.emit()
        self.editor.set_value(self.spec.default)
        self.editor.controls()[0].setFocus()
        self._announce()
        self.editing_finished.emit()

    @Slot()
    def _announce(self) -> None:
        self.refresh()
        self.edited.emit(self.spec.name, self.value())

    def refresh(self) -> None:
        """Bring marks, words and the way back in line with the value."""
        is_shown = not self.editor.isHidden()
        problem = self.problem()
        self.editor.set_outlined(bool(problem))
        self._note.show_words(problem, self.editor.hint(), self._hint)
        self._note.setVisible(is_shown and bool(self._note.text()))
        self._reset.setVisible(is_shown and self.is_changed())

    def _set_up(self) -> None:
        spec, name = self.spec, self.spec.name
        tooltip = _tooltip(spec, self._default_words(), self.tr("Default"))
        self.editor.describe_to(tooltip, spec.help)
        self._title.setObjectName(f"{name}_title")
        self._title.setToolTip(tooltip)
        self._title.setBuddy(self.editor.controls()[0])
        self._note.setObjectName(f"{name}_note")
        self._set_up_reset()

    def _set_up_reset(self) -> None:
        self._reset.setObjectName(f"{self.spec.name}_reset")
        self._reset.setText("↺")
        self._reset.setAutoRaise(True)
        self._reset.setFixedSize(QSize(RESET_WIDTH, 24))
        self._reset.setToolTip(self.tr("Back to the default: ") + self._default_words())
        self._reset.setAccessibleName(self.spec.title + self.tr(", back to the default"))

    def _default_words(self) -> str:
        default = self.spec.default
        if default is None:
            return self.tr("automatic")
        if self.spec.kind is FieldKind.BOOL:
            return self.tr("on") if default else self.tr("off")
        words = self.spec.format(default)
        if self.spec.kind is FieldKind.CHOICE:
            return choice_words(words)
        return words or self.tr("empty")


class _Title(QLabel):
    """A title that takes a click for its editor."""

    pressed = Signal()

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setMinimumHeight(24)
        self.setMinimumWidth(0)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        event.accept()


def _tooltip(spec: FieldSpec, default: str, default_word: str) -> str:
    """Say help, default, range and unit as rich text, which wraps."""
    facts = [f"{default_word}: {default}"]
    if span := spec.range.describe():
        facts.append(span)
    for label, bounds in zip(spec.labels, spec.part_ranges, strict=False):
        if not span and bounds.describe():
            facts.append(f"{label}: {bounds.describe()}")
    if spec.unit:
        facts.append(spec.unit)
    return f"<p>{escape(spec.help)}</p><p>{escape(' · '.join(facts))}</p>"
