"""Files of newer and of older versions: refused, copied or migrated, never spoilt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.faults.conftest import Note
from tests.faults.disks import Operation, listening
from tests.faults.growing import check_growth, grown
from tests.faults.nursery import nursery
from tests.helpers.sessions import content_of, execute
from workbench.core.errors import SessionError
from workbench.core.saving import Home
from workbench.storage import schema
from workbench.storage.session_file import SessionFiles

_OLD = Path(__file__).parents[1] / "data" / "sessions" / "version-1.wbs"
_NEWER_MINOR, _NEWER_MAJOR = 9 << 16 | 1, 2


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def path(tmp_path: Path, files: SessionFiles) -> Path:
    """A session of the present version, finished, so that opening changes nothing."""
    (tmp_path / "files").mkdir()
    made = tmp_path / "files" / "a.wbs"
    files.save(grown(200), made)
    return made


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return Path(shutil.copy(_OLD, tmp_path / "files" / "old.wbs"))


def _is_of_version(path: Path, version: int) -> bool:
    return int.from_bytes(path.read_bytes()[60:64], "big") == version


def test_that_a_newer_minor_version_is_opened_as_a_copy_and_left_alone(
    files: SessionFiles, path: Path, tmp_path: Path
) -> None:
    execute(
        path,
        "CREATE TABLE later (id INTEGER NOT NULL, sha256 BLOB, PRIMARY KEY (id)) STRICT",
        f"PRAGMA user_version = {_NEWER_MINOR}",
    )
    before = path.read_bytes()
    kept = files.open(path)
    assert (kept.home, kept.origin) == (Home.COPY, path)
    assert "newer version" in kept.reason
    kept.session.layout = b"changed"
    kept.offer(kept.session.snapshot())
    kept.flush()
    with pytest.raises(SessionError, match="made by a newer version"):
        kept.write_back()
    with pytest.raises(SessionError, match="made by a newer version"):
        kept.save_as(path)
    kept.save_as(tmp_path / "b.wbs")
    kept.close()
    assert path.read_bytes() == before
    assert files.load(tmp_path / "b.wbs").layout == b"changed"


@pytest.mark.parametrize("as_copy", [True, False])
def test_that_a_newer_major_version_is_refused_in_words_and_left_alone(
    files: SessionFiles, path: Path, *, as_copy: bool
) -> None:
    execute(path, f"PRAGMA user_version = {_NEWER_MAJOR}")
    before = path.read_bytes()
    with pytest.raises(SessionError, match=r"made by a newer version.*update the"):
        files.open(path, as_copy=as_copy)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["a.wbs"]


@pytest.mark.parametrize("version", [_NEWER_MINOR, _NEWER_MAJOR])
def test_that_a_newer_version_which_stands_in_the_log_alone_counts(
    files: SessionFiles, path: Path, tmp_path: Path, version: int
) -> None:
    hot = _with_log(path, tmp_path, lambda file: file.pragma("user_version", version))
    before = {file: file.read_bytes() for file in hot.parent.iterdir()}
    if version == _NEWER_MAJOR:
        with pytest.raises(SessionError, match="made by a newer version"):
            files.open(hot)
    else:
        kept = files.open(hot)
        assert kept.home is Home.COPY
        kept.close()
    assert {file: file.read_bytes() for file in hot.parent.iterdir()} == before


def _with_log(
    path: Path, tmp_path: Path, change: Callable[[apsw.Connection], object]
) -> Path:
    """Return a copy of a file with a change that stands in its log only."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    change(connection)
    hot = tmp_path / "hot"
    shutil.copytree(path.parent, hot)
    connection.close()
    return hot / path.name


def test_that_an_older_version_is_migrated_and_backed_up(
    files: SessionFiles, old: Path, tmp_path: Path
) -> None:
    wanted, before = content_of(files.load(old)), old.read_bytes()
    kept = files.open(old)
    assert kept.home is Home.NAMED
    kept.close()
    assert _is_of_version(old, schema.USER_VERSION)
    assert content_of(files.load(old)) == wanted
    backups = list((tmp_path / "own" / "backups").glob("*/old-version-1.0.wbs"))
    (backup,) = backups
    assert _is_of_version(backup, 1)
    assert content_of(files.load(backup)) == wanted
    assert files.load(backup).damage == []
    assert before != old.read_bytes()


class _FailAt:
    """A disk on which one operation that is no mere look fails."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.count = 0

    def __call__(self, operation: Operation) -> None:
        if operation.kind in {"read", "size", "access", "lock", "unlock", "close"}:
            return
        number, self.count = self.count, self.count + 1
        if number == self._at:
            raise (
                OSError(5, "Input/output error")
                if _is_of_python(operation)
                else apsw.IOError
            )


def _is_of_python(operation: Operation) -> bool:
    return operation.kind in {"make", "fsync", "replace", "unlink"}


def test_that_a_migration_which_fails_at_any_step_leaves_the_old_file_intact(
    files: SessionFiles, old: Path, note_figure: Note, *, is_long: bool
) -> None:
    wanted, at, tried = content_of(files.load(old)), 0, 0
    while True:
        shutil.copy(_OLD, old)
        disk = _FailAt(at)
        with listening(disk):
            try:
                files.open(old).close()
            except SessionError as error:
                assert str(old) in str(error)  # noqa: PT017 - the last one succeeds
        session = files.load(old)
        assert session.damage == []
        assert content_of(session) == wanted
        files.open(old).close()
        assert _is_of_version(old, schema.USER_VERSION)
        assert content_of(files.load(old)) == wanted
        if disk.count <= at:
            break
        tried, at = tried + 1, at + (1 if is_long else 4)
    note_figure(f"migrations: failed at {tried} of {at} operations, 0 files spoilt")


def test_that_a_migration_which_is_killed_at_any_moment_spoils_nothing(
    tmp_path: Path, note_figure: Note, *, is_long: bool
) -> None:
    kills, migrated = 100 if is_long else 10, 0
    files = SessionFiles(tmp_path / "own")
    wanted = content_of(files.load(_OLD))
    with nursery() as home:
        for number in range(kills):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = Path(shutil.copy(_OLD, folder / "old.wbs"))
            home.migrate(folder, 0.02 * number / kills)
            session = files.load(path)
            assert session.damage == []
            assert content_of(session) == wanted
            kept = files.open(path)
            assert kept.home is Home.NAMED, kept.reason
            kept.close()
            assert content_of(files.load(path)) == wanted
            migrated += _is_of_version(path, schema.USER_VERSION)
            shutil.rmtree(folder)
    assert migrated == kills
    note_figure(f"migrations: killed {kills} times, 0 files spoilt")


def test_that_a_copy_of_a_migrated_file_without_its_log_is_read_as_the_old_version(
    files: SessionFiles, old: Path
) -> None:
    wanted = content_of(files.load(old))
    kept = files.open(old)
    alone = Path(shutil.copy(old, old.with_name("alone.wbs")))
    kept.close()
    session = files.load(alone)
    assert "copied while a window had it open" in session.damage[0]
    assert content_of(session) == wanted


def test_that_the_present_version_opens_in_place(files: SessionFiles, path: Path) -> None:
    kept = files.open(path)
    assert (kept.home, check_growth(kept.session)) == (Home.NAMED, 200)
    kept.close()
