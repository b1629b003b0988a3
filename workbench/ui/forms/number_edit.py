"""The editor of numbers: one strict grammar, the same in every locale."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.settings import FieldKind, FieldSpec
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.line_edit import FormLineEdit
from workbench.ui.forms.magnitude import is_extreme, say_magnitude
from workbench.ui.forms.stepping import decade_float, step_float, step_int

_WHEEL_NOTCH = 120  # eighths of a degree
_PAGE = 10
_KEYS = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: _PAGE,
    Qt.Key.Key_PageDown: -_PAGE,
}


class NumberEdit(FormLineEdit):
    """Edits what a `FieldSpec` of numbers describes: one number, or a list in one line.

    Up, Down and the wheel (with focus only) step along a grid that fits the range;
    Page Up and Page Down go by a factor of ten, or by ten for whole numbers.
    """

    value_edited = Signal(object)  # by the person, to this value
    text_rejected = Signal(str)  # by the grammar, with a sentence

    def __init__(
        self, spec: FieldSpec, suffix: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(suffix, parent)
        self.spec = spec
        self._last: object = spec.default
        self._wheel = 0
        self._value: object = spec.default
        self.textChanged.connect(self._reread)
        self.textEdited.connect(self._announce)
        self.editingFinished.connect(self._normalise)
        if spec.optional:
            self.setPlaceholderText(self.tr("automatic"))
        self.setText(spec.format(spec.default))

    def value(self) -> object:
        """Return the value of the text, or `BadText` where it cannot be read."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show a value; text that already means it is left as it is."""
        if value == self._value:
            return
        if isinstance(value, BadText):
            self._last = value.instead
            self.setText(value.texts[0])
        else:
            self.setText(self.spec.format(value))
        self.setCursorPosition(0)

    def hint(self) -> str:
        """Say the size of an extreme number in words; empty for all others."""
        value = self._value
        if value == self.spec.default or not isinstance(value, float):
            return ""
        return say_magnitude(value) if is_extreme(value) else ""

    @override
    def is_outlined(self) -> bool:
        return super().is_outlined() or isinstance(self._value, BadText)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = _KEYS.get(Qt.Key(event.key()))
        if steps is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        self._step(steps)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the page scrolls instead
            return
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= notches * _WHEEL_NOTCH
        for _ in range(abs(notches)):
            self._step(1 if notches > 0 else -1)
        event.accept()

    @Slot()
    def _reread(self) -> None:
        text = self.text()
        try:
            self._value = self._last = self.spec.parse(text)
        except ValueError as error:
            self._value = BadText((text,), str(error), self._last)
        self.update()

    @Slot()
    def _announce(self) -> None:
        self._reread()  # a line edit tells of edits before it tells of changes
        if isinstance(self._value, BadText):
            self.text_rejected.emit(self._value.why)
        else:
            self.value_edited.emit(self._value)

    @Slot()
    def _normalise(self) -> None:
        """Show exactly what is stored once the person is done typing."""
        if not isinstance(self._value, BadText):
            text = self.spec.format(self._value)
            if text != self.text():
                self.setText(text)

    def _step(self, steps: int) -> None:
        moved = self._stepped(steps)
        if moved != self._value:
            self.setText(self.spec.format(moved))
            self._announce()

    def _stepped(self, steps: int) -> object:
        value, bounds, up = self._value, self.spec.range, steps > 0
        if self.spec.kind is FieldKind.INT and isinstance(value, int):
            return step_int(value, steps, bounds)
        if self.spec.kind is not FieldKind.FLOAT or not isinstance(value, float):
            return value
        if abs(steps) == _PAGE:
            return decade_float(value, up=up, bounds=bounds)
        default = self.spec.default or 0.0
        return step_float(value, up=up, bounds=bounds, default=default)
