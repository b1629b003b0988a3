"""Lets widgets keep the keys that the window else takes for training: space and →."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QTabBar,
)
from typing_extensions import override

from workbench.ui.forms.group_header import GroupHeader

_OWN_USE = {
    Qt.Key.Key_Space: (QAbstractButton, QComboBox, QAbstractItemView),
    Qt.Key.Key_Right: (
        *(QAbstractItemView, QAbstractSlider, QComboBox, QTabBar),
        GroupHeader,
    ),
}


class SpaceKeyFilter(QObject):
    """Installed on the application: a key goes to the focused widget that has use for it.

    Without it a shortcut comes first, and a check box could not be ticked by keyboard.
    """

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and isinstance(watched, _OWN_USE.get(Qt.Key(event.key()), ())):
                event.accept()
                return True
        return super().eventFilter(watched, event)
