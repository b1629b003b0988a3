"""Items with a check box whose outline can be seen on any ground."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

_GAP = 3  # pixels between the boxes of two lines


class CheckDelegate(QStyledItemDelegate):
    """Draws the outline of the box, which Fusion loses on a dark ground."""

    @override
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return super().sizeHint(option, index) + QSize(0, _GAP)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        item = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        box = option.widget.style().subElementRect(part, item, option.widget)
        painter.save()
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.restore()
