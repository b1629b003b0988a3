"""A row of buttons of which exactly one is down: a choice that is always in view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from workbench.ui.plots.colours import mix

Role = QPalette.ColorRole
_TINT = 0.72  # of the way from the accent to the button's own colour


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
            button = _Segment()
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


class _Segment(QToolButton):
    """A flat button that is tinted while it is down, in light and in dark alike."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        ground = palette.color(Role.Button)
        if self.isChecked():
            ground = mix(palette.color(Role.Accent), ground, _TINT)
        elif self.underMouse():
            ground = mix(palette.color(Role.ButtonText), ground, 0.92)
        edge = mix(palette.color(Role.ButtonText), palette.color(Role.Button), 0.7)
        if self.hasFocus():
            edge = palette.color(Role.Accent)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(ground)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setPen(palette.color(Role.ButtonText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
