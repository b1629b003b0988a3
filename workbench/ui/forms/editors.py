"""From the kind of a field to its editor."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.settings import FieldKind, FieldSpec, Range
from workbench.ui.forms.bad_text import BadText, readable
from workbench.ui.forms.choice_box import ChoiceBox
from workbench.ui.forms.choice_words import choice_words
from workbench.ui.forms.editor import Editor
from workbench.ui.forms.line_edit import FormLineEdit
from workbench.ui.forms.number_edit import NumberEdit
from workbench.ui.forms.path_editor import PathEditor


def make_editor(spec: FieldSpec, parent: QWidget | None = None) -> Editor:
    """Make the editor that a field needs."""
    if spec.length is not None:
        return PartsEditor(spec, parent)
    return _EDITORS[spec.kind](spec, parent)


class NumberEditor(Editor):
    """One number, or a list of numbers in one line such as `64 64`."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._edit = NumberEdit(spec, spec.unit, self)
        self._edit.value_edited.connect(self._announce)
        self._edit.text_rejected.connect(self._announce)
        self._edit.editingFinished.connect(self.editing_finished)
        self.line.addWidget(self._edit)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._edit,)

    @override
    def value(self) -> object:
        return self._edit.value()

    @override
    def set_value(self, value: object) -> None:
        self._edit.set_value(value)

    @override
    def hint(self) -> str:
        return self._edit.hint()

    @override
    def set_outlined(self, outlined: bool) -> None:
        self._edit.set_outlined(outlined)

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())


class PartsEditor(Editor):
    """A fixed number of numbers, one under another, each with its label inside."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        column = QVBoxLayout()
        column.setSpacing(4)
        self.line.addLayout(column)
        self._edits: list[NumberEdit] = []
        for number in range(spec.length or 0):
            part = part_of(spec, number)
            edit = NumberEdit(part, part.unit, self)
            edit.value_edited.connect(self._announce)
            edit.text_rejected.connect(self._announce)
            edit.editingFinished.connect(self.editing_finished)
            column.addWidget(edit)
            self._edits.append(edit)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return tuple(self._edits)

    @override
    def value(self) -> object:
        values = [edit.value() for edit in self._edits]
        bad = next((value for value in values if isinstance(value, BadText)), None)
        if bad is None:
            return tuple(values)
        texts = tuple(edit.text() for edit in self._edits)
        return BadText(texts, bad.why, tuple(readable(value) for value in values))

    @override
    def set_value(self, value: object) -> None:
        for number, edit in enumerate(self._edits):
            edit.set_value(self._part_value(value, number))

    @override
    def hint(self) -> str:
        hints = ((edit.accessibleName(), edit.hint()) for edit in self._edits)
        return "\n".join(f"{name} {hint}" for name, hint in hints if hint)

    @override
    def set_outlined(self, outlined: bool) -> None:
        bad = [edit for edit in self._edits if isinstance(edit.value(), BadText)]
        for edit in self._edits:
            edit.set_outlined(outlined and (not bad or edit in bad))

    @override
    def describe_to(self, tooltip: str, description: str) -> None:
        super().describe_to(tooltip, description)
        for number, edit in enumerate(self._edits):
            edit.setObjectName(f"{self.spec.name}_{number}")
            edit.setAccessibleName(part_of(self.spec, number).title)

    def _part_value(self, value: object, number: int) -> object:
        """Take one part; a readable part of a bad text becomes a value again."""
        if isinstance(value, tuple):
            return value[number]
        if not isinstance(value, BadText) or not isinstance(value.instead, tuple):
            return value
        text = value.texts[number]
        try:
            return part_of(self.spec, number).parse(text)
        except ValueError as error:
            return BadText((text,), str(error), value.instead[number])

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())


class SwitchEditor(Editor):
    """On or off."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._box = _Switch(self)
        self._box.setChecked(bool(spec.default))
        self._box.clicked.connect(self._announce)
        self.line.addWidget(self._box)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._box,)

    @override
    def value(self) -> object:
        return self._box.isChecked()

    @override
    def set_value(self, value: object) -> None:
        self._box.setChecked(bool(value))

    @override
    def activate(self) -> None:
        self._box.click()

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())


class _Switch(QCheckBox):
    """A check box whose outline can be seen on dark backgrounds too."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(part, option, self)
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawRect(box.adjusted(0, 0, -1, -1))


class ChoiceEditor(Editor):
    """One of a few words."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._box = ChoiceBox(self)
        self._box.set_choices((key, choice_words(key), "") for key in spec.choices)
        self._box.choose(str(spec.default))
        self._box.activated.connect(self._announce)
        self.line.addWidget(self._box)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._box,)

    @override
    def value(self) -> object:
        return self._box.key()

    @override
    def set_value(self, value: object) -> None:
        self._box.choose(str(value))

    @override
    def set_outlined(self, outlined: bool) -> None:
        self._box.set_outlined(outlined)

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())


class TextEditor(Editor):
    """Any text in one line."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._edit = FormLineEdit(spec.unit, self)
        self._edit.setText(str(spec.default))
        self._edit.textEdited.connect(self._announce)
        self._edit.editingFinished.connect(self.editing_finished)
        self.line.addWidget(self._edit)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._edit,)

    @override
    def value(self) -> object:
        return self._edit.text()

    @override
    def set_value(self, value: object) -> None:
        if value != self._edit.text():
            self._edit.setText(str(value))
            self._edit.setCursorPosition(0)

    @override
    def set_outlined(self, outlined: bool) -> None:
        self._edit.set_outlined(outlined)

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())


def part_of(spec: FieldSpec, number: int) -> FieldSpec:
    """Describe one number of a fixed tuple as a field of its own; its unit is its label."""
    label = spec.labels[number] if number < len(spec.labels) else ""
    one = FieldKind.INT if spec.kind is FieldKind.INTS else FieldKind.FLOAT
    ranges = spec.part_ranges
    return replace(
        spec,
        title=f"{spec.title} {label or number + 1}",
        kind=one,
        default=spec.default[number],
        range=ranges[number] if ranges else Range(),
        unit=label or spec.unit,
        length=None,
        labels=(),
        part_ranges=(),
    )


_EDITORS: dict[FieldKind, type[Editor]] = {
    FieldKind.FLOAT: NumberEditor,
    FieldKind.INT: NumberEditor,
    FieldKind.FLOATS: NumberEditor,
    FieldKind.INTS: NumberEditor,
    FieldKind.BOOL: SwitchEditor,
    FieldKind.CHOICE: ChoiceEditor,
    FieldKind.TEXT: TextEditor,
    FieldKind.FILE: PathEditor,
    FieldKind.FOLDER: PathEditor,
}
