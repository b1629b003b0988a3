"""The line above a group of fields that folds it: a name, and what it holds in short."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QEnterEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QStyle, QStyleOption, QWidget
from typing_extensions import override

from workbench.ui.forms.marks import problem_colour

_HEIGHT = 32
_ARROW = 16
_GAP = 8
_BAR = 2


class GroupHeader(QAbstractButton):
    """A checkable line; checked means open. Right and Left open and fold it too."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = ""
        self._is_problem = False
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.setToolTip(self.tr("Show or hide these settings"))

    def show_summary(self, text: str, *, is_problem: bool = False) -> None:
        """Show what the group holds, or that something in it is wrong."""
        self._summary, self._is_problem = text, is_problem
        self.setAccessibleDescription(text)
        self.update()

    def summary(self) -> str:
        """Return what is shown beside the name of a folded group."""
        return self._summary

    @override
    def sizeHint(self) -> QSize:
        return QSize(160, _HEIGHT)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Right, Qt.Key.Key_Left}:
            self.setChecked(event.key() == Qt.Key.Key_Right)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.toggle()
        else:
            super().keyPressEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.underMouse():
            painter.fillRect(self.rect(), self.palette().alternateBase())
        self._draw_arrow(painter)
        left = self._draw_title(painter)
        if self._is_problem or not self.isChecked():
            self._draw_summary(painter, left)
        if self.hasFocus():
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw_arrow(self, painter: QPainter) -> None:
        option = QStyleOption()
        option.initFrom(self)
        option.rect = QRect(4, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
        elements = QStyle.PrimitiveElement
        arrow = elements.PE_IndicatorArrowRight
        if self.isChecked():
            arrow = elements.PE_IndicatorArrowDown
        self.style().drawPrimitive(arrow, option, painter, self)

    def _draw_title(self, painter: QPainter) -> int:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        left = _ARROW + _GAP
        width = QFontMetrics(font).horizontalAdvance(self.text())
        where = QRect(left, 0, width + 1, self.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, self.text())
        return left + width + 2 * _GAP

    def _draw_summary(self, painter: QPainter, left: int) -> None:
        painter.setFont(self.font())
        role = QPalette.ColorRole
        painter.setPen(
            self.palette().color(
                role.WindowText if self._is_problem else role.PlaceholderText
            )
        )
        if self._is_problem:
            bar = QRect(left, _GAP, _BAR, self.height() - 2 * _GAP)
            painter.fillRect(bar, problem_colour(self.palette()))
            left += _GAP
        width = self.width() - left - _GAP
        text = self.fontMetrics().elidedText(
            self._summary, Qt.TextElideMode.ElideRight, width
        )
        where = QRect(left, 0, width, self.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, text)
