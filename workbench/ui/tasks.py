"""Starts coroutines from slots: none is forgotten, and every error goes one way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import CancelledError, UserError


class TaskRunner(QObject):
    """Runs coroutines on the running asyncio loop and keeps hold of them.

    What is cancelled ends in silence. `problem_found` carries the sentence of a
    `UserError`, `defect_found` any other exception.
    """

    problem_found = Signal(str)
    defect_found = Signal(object)  # the exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str = "") -> None:
        """Run a coroutine from here on; must be called while the loop runs."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(coroutine, name=name or None)
        self._tasks.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._take)

    @property
    def is_busy(self) -> bool:
        """Say whether any coroutine is still under way."""
        return bool(self._tasks)

    async def close(self) -> None:
        """Cancel what is under way, except the caller itself, and wait for its end."""
        own = asyncio.current_task()
        others = [task for task in self._tasks if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _take(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        match error:
            case None | CancelledError():
                return
            case UserError():
                self.problem_found.emit(str(error))
            case _:
                self.defect_found.emit(error)
