"""Two groups of buttons: in one row where there is room for it, else in two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget
from typing_extensions import override

_GRID = 8  # pixels, between the buttons and around them


class TwoRows(QWidget):
    """The first group stands left; of the second, the last button stands right."""

    def __init__(self, first: Sequence[QWidget], second: Sequence[QWidget]) -> None:
        super().__init__()
        self._groups = tuple(first), tuple(second)
        self._rows = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._rows.setContentsMargins(_GRID, _GRID // 2, _GRID, _GRID)
        self._rows.setSpacing(_GRID)
        self._rows.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        for stretch, group in enumerate(self._groups):
            row = QHBoxLayout()
            row.setSpacing(_GRID)
            for widget in group:
                row.addWidget(widget)
            row.insertStretch(len(group) - stretch, 1)
            self._rows.addLayout(row, stretch)

    @property
    def is_one_row(self) -> bool:
        """Say whether all stand beside each other."""
        return self._rows.direction() == QBoxLayout.Direction.LeftToRight

    def arrange(self) -> None:
        """Take the direction that fits, after a change of size or of what is shown."""
        way = QBoxLayout.Direction
        fits = sum(map(_width, self._groups)) + 3 * _GRID <= self.width()
        self._rows.setDirection(way.LeftToRight if fits else way.TopToBottom)
        self.updateGeometry()

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(
            max(map(_width, self._groups)) + 2 * _GRID, super().minimumSizeHint().height()
        )

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self.arrange()


def _width(group: Sequence[QWidget]) -> int:
    """Return how wide the widgets of a group are that are not hidden."""
    widths = [one.sizeHint().width() for one in group if not one.isHidden()]
    return sum(widths) + _GRID * max(0, len(widths) - 1)
