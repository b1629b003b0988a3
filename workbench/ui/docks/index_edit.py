"""The editor of an element's index, such as `3, 5`, checked against the shape."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.numbers import parse_int
from workbench.ui.forms.line_edit import FormLineEdit

Index = tuple[int, ...]

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class IndexEdit(FormLineEdit):
    """Edits the index of one element; Up and Down go through the elements in order."""

    index_edited = Signal(object)  # Index: a sound one
    text_rejected = Signal(str)  # a sentence that says why

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._shape: Index = ()
        self._index: Index = ()
        self.textEdited.connect(self._read)
        self.editingFinished.connect(self._normalise)

    @property
    def index(self) -> Index:
        """Return the last sound index."""
        return self._index

    def set_shape(self, shape: Index) -> None:
        """Take the shape of a tensor, and go back to its first element."""
        self._shape = shape
        self.setEnabled(bool(shape))
        example = ", ".join("0" for _ in shape)
        self.setPlaceholderText(example)
        self.set_index(tuple(0 for _ in shape))

    def set_index(self, index: Index) -> None:
        """Show an index of the shape, without a signal."""
        self._index = index
        self.setText(_write(index))
        self.set_outlined(False)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = _STEPS.get(Qt.Key(event.key()))
        if steps is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        moved = _moved(self._index, self._shape, steps)
        if moved != self._index:
            self.set_index(moved)
            self.index_edited.emit(moved)

    @Slot()
    def _read(self) -> None:
        try:
            self._index = parse_index(self.text(), self._shape)
        except ValueError as error:
            self.set_outlined(True)
            self.text_rejected.emit(str(error))
            return
        self.set_outlined(False)
        self.index_edited.emit(self._index)

    @Slot()
    def _normalise(self) -> None:
        if not self.is_outlined():
            self.setText(_write(self._index))


def parse_index(text: str, shape: Index) -> Index:
    """Read an index such as `3, 5` or `3 5` of a tensor of that shape.

    Raises:
        ValueError: with a sentence for the user.
    """
    parts = [part for part in re.split(r"[,;\s]+", text.strip("[]() \t")) if part]
    if len(parts) != len(shape):
        wanted = "1 number" if len(shape) == 1 else f"{len(shape)} numbers"
        example = _write(tuple(size - 1 for size in shape))
        raise ValueError(
            f"This tensor has the shape {say_shape(shape)}: "
            f"write {wanted}, such as {example}."
        )
    index = tuple(map(parse_int, parts))
    for place, (number, size) in enumerate(zip(index, shape, strict=True), start=1):
        if not 0 <= number < size:
            raise ValueError(
                f"Index {number} is out of range: dimension {place} goes from 0 to "
                f"{size - 1}."
            )
    return index


def say_shape(shape: Index) -> str:
    """Write a shape as people do: 64×32, or 1 for a single number."""
    return "×".join(map(str, shape)) or "1"


def _write(index: Index) -> str:
    return ", ".join(map(str, index))


def _moved(index: Index, shape: Index, steps: int) -> Index:
    """Return the index so many elements further on, the last dimension fastest."""
    flat, total = 0, 1
    for number, size in zip(index, shape, strict=True):
        flat, total = flat * size + number, total * size
    flat = min(max(flat + steps, 0), total - 1)
    moved = []
    for size in reversed(shape):
        flat, number = divmod(flat, size)
        moved.append(number)
    return tuple(reversed(moved))
