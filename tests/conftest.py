"""What every test starts from: no screen, no files of the user's, no thread left behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

# Read by Qt and by OpenMP when they are first loaded, so before any test imports them.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong.
settings.register_profile("workbench", deadline=None)
settings.load_profile("workbench")

_USER_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_GRACE_S = 5.0  # for threads that were told to end and are ending


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Delete here what a test with threads leaves of Qt.

    Else the collector comes upon it on whichever thread it happens to run in a later
    test, and nothing of Qt may be deleted there.
    """
    result = yield
    if "loop" in getattr(item, "fixturenames", ()):
        gc.collect()
    return result


@pytest.fixture(scope="session", autouse=True)
def _runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give Qt the private folder that a login gives; it warns where there is none."""
    with pytest.MonkeyPatch.context() as patch:
        if "XDG_RUNTIME_DIR" not in os.environ:
            folder = tmp_path_factory.mktemp("runtime")
            folder.chmod(0o700)
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the user's settings, data and logs into a folder of the test's own."""
    folder = tmp_path / "user"
    for name in _USER_FOLDERS:
        monkeypatch.setenv(name, str(folder / name.lower()))
    return folder


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """Fail a test whose threads outlive it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if _is_ours(thread, before)]
    for thread in left:
        thread.join(_GRACE_S)
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left behind: {', '.join(alive)}"


def _is_ours(thread: threading.Thread, before: set[threading.Thread]) -> bool:
    """Tell threads that Python started from those of Qt and other libraries."""
    foreign = isinstance(thread, threading._DummyThread)
    return thread not in before and not foreign
