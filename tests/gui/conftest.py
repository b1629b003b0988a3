"""Windows with the real engine, real files, and settings of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.fake_store import FakeStore
from workbench.core import paths
from workbench.core.saving import Trouble
from workbench.engine import warmup
from workbench.engine.runner import ThreadLauncher

OpenDesk = Callable[[], Desk]


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """Return an asyncio loop that counts as running: tasks live while a test waits."""
    loop = qasync.QEventLoop(qapp)
    asyncio._set_running_loop(loop)
    yield loop
    asyncio._set_running_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def _engine() -> None:
    """Load torch once, so that no test waits for it."""
    for load in warmup.PARTS:
        load()


@pytest.fixture
def open_desk(
    qtbot: QtBot, qapp: QApplication, loop: asyncio.AbstractEventLoop, _engine: None
) -> Iterator[OpenDesk]:
    """Open windows with the real engine, one after the other; they share settings."""
    opened: list[Desk] = []

    def open_one() -> Desk:
        opened.append(Desk(qtbot, qapp, ThreadLauncher(paths.data_folder())))
        opened[-1].show()
        return opened[-1]

    yield open_one
    for desk in opened:
        desk.leave()


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """Return a window with the real engine."""
    return open_desk()


@pytest.fixture
def launcher() -> FakeLauncher:
    return FakeLauncher()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def fake_desk(
    qtbot: QtBot,
    qapp: QApplication,
    loop: asyncio.AbstractEventLoop,
    launcher: FakeLauncher,
    store: FakeStore,
) -> Iterator[Desk]:
    """Return a window whose runs and whose disk do what the test says."""
    desk = Desk(qtbot, qapp, launcher, store)
    desk.show()
    yield desk
    store.disk.trouble = Trouble.NONE
    if launcher.runs and not launcher.run.joined:
        launcher.run.stop()
        launcher.run.obey()
    desk.leave()


@pytest.fixture
def quick_desk(
    qtbot: QtBot,
    qapp: QApplication,
    loop: asyncio.AbstractEventLoop,
    launcher: FakeLauncher,
) -> Iterator[Desk]:
    """Return a window whose runs do what the test says."""
    desk = Desk(qtbot, qapp, launcher)
    desk.show()
    yield desk
    if launcher.runs and not launcher.run.joined:
        launcher.run.stop()
        launcher.run.obey()
    desk.leave()
