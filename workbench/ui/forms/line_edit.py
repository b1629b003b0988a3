"""The line edit of forms: a suffix inside, a mark for problems, the form's own undo."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from workbench.ui.forms.marks import draw_outline

_GAP = 8
_FRAME = 8  # what style and cursor need beside the text


class FormLineEdit(QLineEdit):
    """A line edit that shows a muted suffix such as a unit as long as there is room."""

    def __init__(self, suffix: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suffix = suffix
        self._outlined = False
        self.setMinimumWidth(48)
        self.textChanged.connect(self._make_room)

    def suffix_width(self) -> int:
        """Return the pixels that the suffix takes now: 0 where the text needs them."""
        if not self._suffix:
            return 0
        metrics = self.fontMetrics()
        wanted = metrics.horizontalAdvance(self._suffix)
        text = metrics.horizontalAdvance(self.text() or self.placeholderText())
        return wanted if text + wanted + _GAP + 2 * _FRAME <= self.width() else 0

    def set_outlined(self, outlined: bool) -> None:
        """Mark the field as wrong, or take the mark away."""
        self._outlined = outlined
        self.update()

    def is_outlined(self) -> bool:
        """Say whether the field is marked as wrong."""
        return self._outlined

    @override
    def event(self, event: QEvent) -> bool:
        # A line edit would keep undo for itself; the form has one history for all.
        is_key = event.type() == QEvent.Type.ShortcutOverride
        if is_key and isinstance(event, QKeyEvent) and _is_history(event):
            event.ignore()
            return False
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_history(event):
            event.ignore()
            return
        super().keyPressEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        if width := self.suffix_width():
            self._draw_suffix(painter, width)
        if self.is_outlined():
            draw_outline(painter, self)

    def _make_room(self) -> None:
        width = self.suffix_width()
        self.setTextMargins(0, 0, width + _GAP if width else 0, 0)

    def _draw_suffix(self, painter: QPainter, width: int) -> None:
        where = QRect(self.width() - width - _FRAME, 0, width, self.height())
        roles = QPalette.ColorRole
        role = roles.PlaceholderText if self.isEnabled() else roles.Text
        painter.setPen(self.palette().color(role))
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, self._suffix)


def _is_history(event: QKeyEvent) -> bool:
    keys = QKeySequence.StandardKey
    return event.matches(keys.Undo) or event.matches(keys.Redo)
