"""A row of buttons of which exactly one is down: a choice that is always in view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QToolButton,
    QWidget,
)


class Segments(QWidget):
    """Chooses one of few; each is a text and a tooltip, named by a key."""

    chosen = Signal(str)  # the key, whoever has chosen it

    def __init__(
        self,
        name: str,
        entries: Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _, _ in entries]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for place, (key, text, tip) in enumerate(entries):
            button = QToolButton()
            button.setObjectName(f"segment_{key}")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {text}")
            button.setCheckable(True)
            button.setAutoRaise(True)  # only the chosen one is drawn as a button
            self._group.addButton(button, place)
            row.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.buttonToggled.connect(self._report)

    @property
    def current(self) -> str:
        """Return the key of the button that is down."""
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Press the button of that key."""
        self._group.button(self._keys.index(key)).setChecked(True)

    @Slot(QAbstractButton, bool)
    def _report(self, _button: QAbstractButton, down: bool) -> None:
        if down:
            self.chosen.emit(self.current)
