"""Lets widgets keep the keys that the window else takes for training: space and →."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QTabBar,
    QWidget,
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


_KEEPERS = tuple({kind for kinds in _OWN_USE.values() for kind in kinds})


class SpaceKeyFilter(QObject):
    """Lets a key go to the focused widget that has use for it.

    Without it a shortcut comes first, and a check box could not be ticked by keyboard.
    Only the widget with the focus is watched: a filter on the whole application would
    run Python for every event there is, and wait for the training thread each time.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.focusChanged.connect(self._follow_focus)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if plain and isinstance(watched, _OWN_USE.get(Qt.Key(event.key()), ())):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    @Slot(QWidget, QWidget)
    def _follow_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if isinstance(new, _KEEPERS):
            new.installEventFilter(self)
