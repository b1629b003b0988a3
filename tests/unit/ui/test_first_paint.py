"""When a window has been painted for the first time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import qasync
from PySide6.QtGui import QPaintEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from typing_extensions import override

from workbench.ui.first_paint import FirstPaint


class Painted(QWidget):
    """Counts how often it is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.times += 1


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    loop = qasync.QEventLoop(qapp)
    asyncio._set_running_loop(loop)
    yield loop
    asyncio._set_running_loop(None)
    loop.close()


def test_that_it_waits_until_the_window_and_all_in_it_have_been_painted(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    window, content = QWidget(), Painted()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(content)
    window.resize(100, 100)
    first = FirstPaint(window)
    waiting = loop.create_task(first.wait())
    seen: list[int] = []
    waiting.add_done_callback(lambda _: seen.append(content.times))
    QApplication.sendEvent(window, QShowEvent())
    turn = loop.create_task(asyncio.sleep(0))
    qtbot.waitUntil(turn.done)
    assert not waiting.done()
    window.show()
    qtbot.waitUntil(waiting.done)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0] > 0


def test_that_a_window_painted_before_one_asks_is_not_waited_for(
    qtbot: QtBot, loop: asyncio.AbstractEventLoop
) -> None:
    window = Painted()
    qtbot.addWidget(window)
    first = FirstPaint(window)
    window.show()
    qtbot.waitUntil(lambda: window.times > 0)
    waiting = loop.create_task(first.wait())
    qtbot.waitUntil(waiting.done)
