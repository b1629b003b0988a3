"""Commits that a damaged log has lost are missed; those that a power cut tore are not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.sessions import small_session
from workbench.core.saving import Home
from workbench.storage.check import check_session
from workbench.storage.reader import read_session
from workbench.storage.session_file import SessionFiles

_COMMITS = 4


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def ends(files: SessionFiles, tmp_path: Path) -> Iterator[list[int]]:
    """Lengths of the log after each commit; beside `session.wbs`, which is in use."""
    kept = files.begin(small_session(), tmp_path / "live.wbs")
    log, found = tmp_path / "live.wbs-wal", []
    for number in range(_COMMITS):
        kept.session.layout = f"layout {number}".encode()
        kept.offer(kept.session.snapshot())
        kept.flush()
        found.append(log.stat().st_size)
    for suffix in ("", "-wal"):
        shutil.copy(f"{kept.path}{suffix}", tmp_path / f"session.wbs{suffix}")
    yield found
    kept.close()


@pytest.fixture
def path(tmp_path: Path, ends: list[int]) -> Path:
    assert len(ends) == _COMMITS
    return tmp_path / "session.wbs"


def _damage(path: Path, place: int, length: int = 1) -> None:
    with path.with_name(f"{path.name}-wal").open("r+b") as file:
        file.seek(place)
        old = file.read(length)
        file.seek(place)
        file.write(bytes(255 - byte for byte in old))


def test_a_log_that_is_sound_has_lost_nothing(path: Path) -> None:
    session = read_session(path)
    assert (session.damage, session.layout) == ([], b"layout 3")


@pytest.mark.parametrize("commit", range(_COMMITS - 1))
def test_commits_behind_a_damaged_one_are_missed(
    path: Path, ends: list[int], commit: int
) -> None:
    _damage(path, ends[commit] - 100)
    session = read_session(path)
    assert session.layout != b"layout 3"
    assert session.damage == [
        "the log beside it is damaged; the last commits in it are lost"
    ]
    assert check_session(path) == session.damage


def test_a_commit_that_was_torn_at_the_end_is_no_damage(
    path: Path, ends: list[int]
) -> None:
    _damage(path, ends[-2] + 200, ends[-1] - ends[-2] - 200)
    session = read_session(path)
    assert (session.damage, session.layout) == ([], b"layout 2")


@pytest.mark.parametrize("place", [0, 3, 5, 9, 13, 17, 21, 25, 31])
def test_a_log_whose_beginning_is_damaged_is_missed(path: Path, place: int) -> None:
    _damage(path, place)
    damage = read_session(path).damage
    assert damage == ["the log beside it is damaged; what stood in it is lost"]


def test_what_is_left_of_an_earlier_use_of_the_log_is_no_damage(
    files: SessionFiles, tmp_path: Path
) -> None:
    kept = files.begin(small_session(), tmp_path / "live.wbs")
    connection = kept._file._connection
    for number in range(_COMMITS):
        kept.session.layout = bytes(100_000 // (number + 1))
        kept.offer(kept.session.snapshot())
        kept.flush()
        if number == 1:
            connection.wal_checkpoint()  # the log begins anew with the next commit
    for suffix in ("", "-wal"):
        shutil.copy(f"{kept.path}{suffix}", tmp_path / f"session.wbs{suffix}")
    kept.close()
    session = read_session(tmp_path / "session.wbs")
    assert (session.damage, len(session.layout)) == ([], 25_000)


def test_a_session_with_a_damaged_log_is_opened_as_a_copy_and_left_alone(
    files: SessionFiles, path: Path, ends: list[int]
) -> None:
    _damage(path, ends[0] - 100)
    log = path.with_name("session.wbs-wal")
    before = path.read_bytes(), log.read_bytes()
    kept = files.open(path)
    assert kept.home is Home.COPY
    assert "the log beside it is damaged" in kept.reason
    assert "the log beside it is damaged" in kept.session.damage[0]
    kept.close()
    assert (path.read_bytes(), log.read_bytes()) == before


@pytest.mark.parametrize(("behind", "words"), [(b"", ""), (b"\0x", "is lost")])
def test_a_log_that_begins_with_zeros_is_missed_where_there_is_more(
    path: Path, behind: bytes, words: str
) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(bytes(4096) + behind)
    damage = read_session(path).damage
    assert bool(damage) is bool(words)
    assert all(words in line for line in damage)
