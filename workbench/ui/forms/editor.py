"""What all editors of a form have in common."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.core.settings import FieldSpec


class Editor(QWidget):
    """Edits one setting. Subclasses put their controls into `line`.

    `value_edited` tells of each change by the person, with the value or `BadText`;
    `set_value` is silent. `editing_finished` tells that the person went elsewhere.
    """

    value_edited = Signal(object)
    editing_finished = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(4)

    def controls(self) -> tuple[QWidget, ...]:
        """List what takes the keyboard, in Tab order."""
        raise NotImplementedError

    def value(self) -> object:
        """Return the value, or `BadText` where the text cannot be read."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Show a value (or `BadText`) without a signal."""
        raise NotImplementedError

    def hint(self) -> str:
        """Say something helpful about the value; mostly empty."""
        return ""

    def set_outlined(self, outlined: bool) -> None:
        """Mark the controls as wrong, or take the mark away."""

    def activate(self) -> None:
        """Do what a click on the field's title does."""
        self.controls()[0].setFocus()

    def describe_to(self, tooltip: str, description: str) -> None:
        """Give tooltip, accessible name and description, and an object name."""
        for control in self.controls():
            control.setObjectName(self.spec.name)
            control.setToolTip(tooltip)
            control.setAccessibleName(self.spec.title)
            control.setAccessibleDescription(description)
