"""The combo box of forms: it leaves the wheel to the page unless it has the focus."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)
from typing_extensions import override

from workbench.ui.forms.marks import draw_outline


class ChoiceBox(QComboBox):
    """A combo box of keys with titles; narrow columns elide its text.

    `activated` tells of choices by the person; `set_choices` and `choose` are silent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlined = False
        self._choices: tuple[tuple[str, str, str], ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )

    def set_choices(self, choices: Iterable[tuple[str, str, str]]) -> None:
        """Offer choices, each a key, a title and a summary for its tooltip."""
        given = tuple(choices)
        if given == self._choices:
            return
        self._choices = given
        self.clear()
        for key, title, summary in given:
            self.addItem(title, key)
            self.setItemData(self.count() - 1, summary, Qt.ItemDataRole.ToolTipRole)

    def keys(self) -> list[str]:
        """List the keys on offer."""
        return [key for key, _, _ in self._choices]

    def key(self) -> str:
        """Return the chosen key, or an empty text where nothing is chosen."""
        return str(self.currentData() or "")

    def choose(self, key: str) -> None:
        """Show a choice; a key that is not on offer shows none."""
        self.setCurrentIndex(self.findData(key))

    def set_outlined(self, outlined: bool) -> None:
        """Mark the field as wrong, or take the mark away."""
        self._outlined = outlined
        self.update()

    def is_outlined(self) -> bool:
        """Say whether the field is marked as wrong."""
        return self._outlined

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @override
    def showPopup(self) -> None:
        scroll_bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        view = self.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + scroll_bar)
        super().showPopup()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as Qt does, but elide a long text, and do not grey the words for none."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        is_empty = self.currentIndex() < 0
        text = self.placeholderText() if is_empty else option.currentText
        option.currentText = self._elided(text, option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        if self._outlined:
            draw_outline(painter, self)

    def _elided(self, text: str, option: QStyleOptionComboBox) -> str:
        part = QStyle.SubControl.SC_ComboBoxEditField
        control = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(control, option, part, self).width() - 4
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
