"""What is loaded behind the window, and when."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence

import pytest

from workbench import app
from workbench.core.ports import DeviceFacts

CPU = DeviceFacts("cpu", "CPU", available=True)


class FakeWindow:
    """Takes what there is to compute on."""

    def __init__(self) -> None:
        self.devices: Sequence[DeviceFacts] = ()

    def set_devices(self, devices: Sequence[DeviceFacts]) -> None:
        self.devices = devices


class FakePaint:
    """A first paint that comes when the test says so."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self) -> None:
        await self.event.wait()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what has been loaded by now."""
    done: list[str] = []
    parts = [lambda: done.append("torch"), lambda: done.append("trainer")]
    monkeypatch.setattr(app.warmup, "PARTS", parts)
    monkeypatch.setattr(app.warmup, "find_devices", lambda: (CPU,))
    return done


@pytest.fixture(autouse=True)
def _paused_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


async def warm_up(loaded: list[str], *, is_painted: bool) -> tuple[list[str], FakeWindow]:
    """Return what was loaded before the window was painted, and the window."""
    window, paint = FakeWindow(), FakePaint()
    task = asyncio.create_task(app._warm_up(window, paint))
    for _ in range(5):
        await asyncio.sleep(0)  # a turn of the loop
    before = list(loaded)
    if is_painted:
        paint.event.set()
    await task
    return before, window


def test_that_nothing_is_loaded_before_the_window_has_been_painted(
    loaded: list[str],
) -> None:
    before, window = asyncio.run(warm_up(loaded, is_painted=True))
    assert before == []
    assert loaded == ["torch", "trainer"]
    assert window.devices == (CPU,)


def test_that_a_window_which_is_never_painted_is_not_waited_for(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_PAINTED_WITHIN_S", 0.0)
    _, window = asyncio.run(warm_up(loaded, is_painted=False))
    assert window.devices == (CPU,)


def test_that_garbage_is_collected_again_once_all_is_loaded(loaded: list[str]) -> None:
    asyncio.run(warm_up(loaded, is_painted=True))
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_that_garbage_is_collected_again_where_something_cannot_be_loaded(
    loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ImportError("no torch here")

    monkeypatch.setattr(app.warmup, "PARTS", [fail])
    with pytest.raises(ImportError, match="no torch here"):
        asyncio.run(warm_up(loaded, is_painted=True))
    assert gc.isenabled()
