"""A disk that takes its time holds up nobody but the saving thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.disks import Operation, listening
from tests.faults.growing import GrowingSession, check_growth
from workbench.core.saving import SaveStatus, Trouble
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_PATIENCE_S = 30.0


class _Gate:
    """A disk that syncs logs only while its gate is open."""

    def __init__(self) -> None:
        self.reached, self.is_open = threading.Event(), threading.Event()

    def __call__(self, operation: Operation) -> None:
        if operation.kind == "sync" and operation.path.endswith("-wal"):
            self.reached.set()
            assert self.is_open.wait(_PATIENCE_S)


@pytest.fixture
def gate() -> Iterator[_Gate]:
    made = _Gate()
    with listening(made):
        yield made


@pytest.fixture
def growing() -> GrowingSession:
    return GrowingSession()


@pytest.fixture
def kept(tmp_path: Path, gate: _Gate, growing: GrowingSession) -> Iterator[KeptSession]:
    live = SessionFiles(tmp_path / "own").begin(growing.session, tmp_path / "a.wbs")
    yield live
    gate.is_open.set()
    live.close()


def _sink(kept: KeptSession, gate: _Gate, growing: GrowingSession) -> None:
    """Have the saving thread stand before the gate."""
    kept.offer(growing.grow(10))
    assert gate.reached.wait(_PATIENCE_S)


def test_that_offers_and_questions_are_answered_while_the_disk_is_slow(
    kept: KeptSession, gate: _Gate, growing: GrowingSession, tmp_path: Path
) -> None:
    _sink(kept, gate, growing)
    for _ in range(100):
        kept.offer(growing.grow(1))
        status = kept.status()
        assert status.is_behind
        assert status.trouble is Trouble.NONE
    assert kept.status().held_steps == 110
    gate.is_open.set()
    kept.flush()
    assert (kept.status().held_steps, kept.status().is_behind) == (0, False)
    kept.close()
    assert check_growth(SessionFiles().load(tmp_path / "a.wbs")) == 110


def test_that_a_commit_which_takes_long_is_called_slow_until_it_is_done(
    kept: KeptSession, gate: _Gate, growing: GrowingSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sink(kept, gate, growing)
    assert not kept.status().is_slow
    monkeypatch.setattr("workbench.storage.backlog._SLOW_S", 0.0)
    assert kept.status() == _slow(kept)
    gate.is_open.set()
    kept.flush()
    assert not kept.status().is_slow


def _slow(kept: KeptSession) -> SaveStatus:
    saved_at = kept.status().saved_at
    return SaveStatus(saved_at=saved_at, held_steps=10, is_slow=True, is_behind=True)


def test_that_closing_waits_for_the_disk_and_loses_nothing(
    kept: KeptSession, gate: _Gate, growing: GrowingSession, tmp_path: Path
) -> None:
    _sink(kept, gate, growing)
    kept.offer(growing.grow(10))
    with ThreadPoolExecutor() as threads:
        closing = threads.submit(kept.close)
        assert not closing.done()
        gate.is_open.set()
        closing.result(_PATIENCE_S)
    assert check_growth(SessionFiles().load(tmp_path / "a.wbs")) == 20
