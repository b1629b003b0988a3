"""The title bar of a dock: its name on the grid, and buttons to float and to close it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpacerItem,
    QToolButton,
    QWidget,
)
from typing_extensions import override

from workbench.ui.icons import icon

_HEIGHT = 24
_BUTTON = 20
_ICON = 14


class DockTitle(QWidget):
    """Takes no room while `set_shown` says so: in a tab, the tab names the dock.

    The mouse goes through to the dock, which is moved by it.
    """

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setObjectName(f"{dock.objectName()}_title")
        self._dock = dock
        self._is_shown = True
        name = QLabel(dock.windowTitle())
        name.setTextFormat(Qt.TextFormat.PlainText)
        font = QFont(name.font())
        font.setWeight(QFont.Weight.DemiBold)
        name.setFont(font)
        self._float = self._make_button("float", self.tr("Float {0}, or put it back"))
        self._float.clicked.connect(self._float_or_dock)
        self._close = self._make_button("close", self.tr("Close {0}; View brings it back"))
        self._close.clicked.connect(dock.close)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._parts = (name, self._float, self._close)
        self._strut = QSpacerItem(0, _HEIGHT)
        self._lay_out()
        self._give_icons()

    @property
    def is_shown(self) -> bool:
        """Say whether the title takes room."""
        return self._is_shown

    def set_shown(self, shown: bool) -> None:
        """Show the title, or leave its room to the dock."""
        if shown != self._is_shown:
            self._is_shown = shown
            self.setVisible(shown)
            for part in self._parts:  # else they would still need their room
                part.setVisible(shown)
            self._strut.changeSize(0, _HEIGHT if shown else 0)
            self._row.invalidate()
            self.updateGeometry()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._give_icons()

    @Slot()
    def _float_or_dock(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _lay_out(self) -> None:
        # The layout gives the size, not `sizeHint`: Qt asks each title hundreds of times
        # whenever the window is laid out, and Python's answers would hold up training.
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 4, 0)
        self._row.setSpacing(0)
        for part in self._parts:
            self._row.addWidget(part)
        self._row.setStretch(0, 1)
        self._row.addSpacerItem(self._strut)

    def _make_button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{self._dock.objectName()}_{name}")
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the View menu has the keys
        button.setFixedSize(_BUTTON, _BUTTON)
        button.setIconSize(QSize(_ICON, _ICON))
        button.setToolTip(tip.format(self._dock.windowTitle()))
        button.setAccessibleName(button.toolTip())
        return button

    def _give_icons(self) -> None:
        muted = QPalette.ColorRole.PlaceholderText
        self._float.setIcon(icon("float", self.palette(), muted))
        self._close.setIcon(icon("close", self.palette(), muted))
