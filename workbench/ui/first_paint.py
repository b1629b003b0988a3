"""Waits until a window can be seen."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from typing_extensions import override


class FirstPaint(QObject):
    """Notes when a widget, which is not shown yet, has been painted for the first time."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._happened = asyncio.Event()
        widget.installEventFilter(self)

    async def wait(self) -> None:
        """Return after the widget and all in it have been painted."""
        await self._happened.wait()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._happened.set()  # who waits goes on in the next turn of the loop
        return super().eventFilter(watched, event)
