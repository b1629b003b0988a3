"""What is no session, and what only pretends to be one."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tests.helpers.hostile_schemas import HOSTILE_SCHEMAS
from tests.helpers.sessions import content_of, execute, full_session, small_session
from workbench.core.errors import SessionError
from workbench.storage import schema
from workbench.storage.probing import DamagedError
from workbench.storage.reader import read_session
from workbench.storage.session_file import SessionFiles


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small session on the disk, alone in its folder."""
    (tmp_path / "sessions").mkdir()
    path = tmp_path / "sessions" / "a.wbs"
    SessionFiles().save(small_session(), path)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"S", "it is text"),
        ("Verluste: größer\n".encode() * 20, "it is text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG picture"),
        (b"PK\x03\x04" + bytes(50), "ZIP archive"),
        (pickle.dumps({"a": 1}), "Python pickle"),
        (bytes(range(256)), "of another kind"),
        (b"SQLite format 3\0", "another program"),
        (b"SQLite format 3\0" + bytes(84), "another program"),
    ],
)
def test_that_a_file_of_another_kind_is_named_for_what_it_is(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "other.wbs"
    path.write_bytes(content)
    with pytest.raises(SessionError, match=words) as failure:
        read_session(path)
    assert str(path) in str(failure.value)
    assert "hoose" in str(failure.value)
    assert path.read_bytes() == content


def test_that_a_database_of_another_program_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    execute(path, "CREATE TABLE run (number INTEGER PRIMARY KEY)")
    with pytest.raises(SessionError, match="database of another program"):
        read_session(path)


def test_that_what_is_no_file_is_named_and_does_not_hang(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path, words in (
        (tmp_path, "is a folder"),
        (pipe, "device or pipe"),
        (Path("/dev/zero"), "device or pipe"),
        (tmp_path / "missing.wbs", "no file"),
        (pipe / "a.wbs", "no file"),
        (tmp_path / "a\0b", "no file"),
        (loop, "leads back to itself"),
    ):
        with pytest.raises(SessionError, match=words):
            read_session(path)


def test_that_a_name_which_is_no_text_is_refused(saved: Path) -> None:
    strange = saved.with_name(os.fsdecode(b"\xff.wbs"))
    shutil.copy(saved, strange)
    with pytest.raises(SessionError, match="not valid text"):
        read_session(strange)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_that_a_file_which_may_not_be_read_is_named(saved: Path) -> None:
    saved.chmod(0)
    with pytest.raises(SessionError, match="no permission"):
        read_session(saved)


@pytest.mark.parametrize("version", [2, 99, 5 << 16 | 2])
def test_that_a_newer_major_version_is_refused_politely(saved: Path, version: int) -> None:
    execute(saved, f"PRAGMA user_version = {version}")
    before = saved.read_bytes()
    with pytest.raises(SessionError, match=r"newer version.*update"):
        read_session(saved)
    assert saved.read_bytes() == before


def test_that_a_newer_minor_version_opens_and_says_so(saved: Path) -> None:
    version = 9 << 16 | 1
    execute(
        saved,
        "CREATE TABLE later (id INTEGER NOT NULL, sha256 BLOB, PRIMARY KEY (id)) STRICT",
        f"PRAGMA user_version = {version}",
    )
    session = read_session(saved)
    assert content_of(session)["runs"] == content_of(read_session(saved))["runs"]
    assert len(session.runs) == 1
    assert "newer version" in session.damage[0]


def test_that_version_zero_is_damage(saved: Path) -> None:
    execute(saved, "PRAGMA user_version = 0")
    with pytest.raises(DamagedError, match="never was"):
        read_session(saved)


@pytest.mark.parametrize("statements", HOSTILE_SCHEMAS.values(), ids=HOSTILE_SCHEMAS.keys())
@pytest.mark.parametrize("version", [schema.USER_VERSION, 9 << 16 | 1])
def test_that_a_hostile_schema_is_refused_at_once(
    saved: Path, statements: list[str], version: int
) -> None:
    execute(saved, *statements, f"PRAGMA user_version = {version}")
    start = time.monotonic()
    with pytest.raises(DamagedError, match="not the tables of a session"):
        read_session(saved)
    assert time.monotonic() - start < 1


def test_that_a_schema_written_by_hand_into_the_master_table_is_refused(
    saved: Path,
) -> None:
    connection = apsw.Connection(str(saved))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE run (number, facts, plan, "
        "sha256 DEFAULT (load_extension(1)))' WHERE name = 'run'"
    )
    connection.close()
    with pytest.raises(DamagedError):
        read_session(saved)


@pytest.fixture
def hot(tmp_path: Path, saved: Path) -> Iterator[Path]:
    """A copy of a session whose last changes are still in its write-ahead log."""
    connection = apsw.Connection(str(saved))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("DELETE FROM blob WHERE name = 'picture'")
    folder = tmp_path / "hot"
    shutil.copytree(saved.parent, folder)
    (folder / "a.wbs-shm").unlink()
    yield folder / "a.wbs"
    connection.close()


def test_that_a_hot_log_is_read_without_touching_it(hot: Path) -> None:
    before = {file.name: file.read_bytes() for file in hot.parent.iterdir()}
    assert set(before) == {"a.wbs", "a.wbs-wal"}
    changed = hot.parent.stat().st_mtime_ns
    session = read_session(hot)
    assert session.runs[0].picture is None  # the change in the log counts
    assert {file.name: file.read_bytes() for file in hot.parent.iterdir()} == before
    assert hot.parent.stat().st_mtime_ns == changed


def test_that_a_copy_without_its_log_opens_too(hot: Path) -> None:
    hot.with_name("a.wbs-wal").unlink()
    session = read_session(hot)
    assert session.runs[0].picture is not None
    assert "copied while a window had it open" in session.damage[0]


def test_that_a_rollback_journal_is_never_honoured(saved: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    name = str(victim).encode()
    journal = bytes.fromhex("d9d505f920a163d7") + bytes(504)
    total = sum(name).to_bytes(4, "big")
    tail = (0x40000001).to_bytes(4, "big") + name + len(name).to_bytes(4, "big") + total
    beside = saved.with_name("a.wbs-journal")
    beside.write_bytes(journal + tail + bytes.fromhex("d9d505f920a163d7"))
    session = read_session(saved)
    assert victim.read_bytes() == b"precious"
    assert beside.exists()
    assert len(session.runs) == 1
    assert any("a.wbs-journal" in line for line in session.damage)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_that_a_file_in_use_is_said_to_be_in_use(saved: Path, mode: str) -> None:
    connection = apsw.Connection(str(saved))
    connection.execute(f"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = {mode}")
    connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SessionError, match="in use"):
        read_session(saved)
    connection.execute("COMMIT")
    connection.close()


def test_that_reading_leaves_the_locks_of_this_process_in_place(saved: Path) -> None:
    connection = apsw.Connection(str(saved))
    connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SessionError, match="in use"):
        read_session(saved)
    code = (
        "import apsw, sys\n"
        "try: apsw.Connection(sys.argv[1]).execute('SELECT * FROM run').fetchall()\n"
        "except apsw.BusyError: print('busy')"
    )
    command = [sys.executable, "-c", code, str(saved)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    connection.close()
    assert found.stdout == "busy\n"


_AUDITED = """
import sys
from pathlib import Path
from workbench.storage.check import check_session
from workbench.storage.session_file import SessionFiles

def load(path):
    try:
        return SessionFiles().load(Path(path))
    except Exception as error:
        return error

files = sys.argv[1:]
load(files[0])  # whatever is imported on first use
check_session(Path(files[0]))
seen = []
FORBIDDEN = {"exec", "compile", "import", "marshal.loads", "pickle.find_class",
             "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "os.remove",
             "os.rename", "socket.connect", "ctypes.dlopen", "sqlite3.connect"}

def watch(event, details):
    if event in FORBIDDEN:
        seen.append((event, details))
    if event == "open" and details[1] not in (None, "r", "rb"):
        seen.append((event, details))

sys.addaudithook(watch)
for file in files:
    load(file)
print(seen)
"""


def test_that_loading_runs_nothing_and_writes_nothing(tmp_path: Path) -> None:
    class Canary:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path}/canary",)

    evil = pickle.dumps(Canary(), protocol=0).decode()
    session = full_session()
    for run in session.runs:
        run.name = run.report = evil
        run.notices = [evil, "__import__('os').system('true')"]
    session.layout = pickle.dumps(Canary())
    sound, damaged, foreign = (tmp_path / name for name in ("a.wbs", "b.wbs", "c.wbs"))
    SessionFiles().save(session, sound)
    shutil.copy(sound, damaged)
    execute(damaged, "UPDATE run SET plan = replace(plan, 'mse', 'os.system')")
    foreign.write_bytes(pickle.dumps(Canary()))
    command = [sys.executable, "-c", _AUDITED, str(sound), str(damaged), str(foreign)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
    assert not (tmp_path / "canary").exists()
