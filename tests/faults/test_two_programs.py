"""One session and two programs: the second is told, and whoever dies leaves no lock."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.growing import RUN_STEPS, check_growth, grown
from tests.faults.other_program import OtherProgram, other_program
from tests.helpers.sessions import execute
from workbench.core.saving import Home, SessionInUseError
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_PATIENCE_S = 30.0


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wbs"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherProgram]:
    with other_program(tmp_path / "own") as program:
        yield program


@pytest.mark.parametrize("way", ["its name", "a symbolic link", "a hard link"])
def test_that_the_second_program_is_told_and_may_have_a_copy(
    files: SessionFiles, path: Path, other: OtherProgram, way: str
) -> None:
    other.ask("begin", path)
    assert other.ask("grow", 50) == 50
    again = path if way == "its name" else path.with_name("b.wbs")
    if way == "a symbolic link":
        again.symlink_to(path)
    if way == "a hard link":
        again.hardlink_to(path)
    for refused in (files.open, files.load):
        with pytest.raises(SessionInUseError, match="in use by another window or program"):
            refused(again)
    with pytest.raises(SessionInUseError, match="open in another window"):
        files.save(Session(), again)
    copy = files.open(again, as_copy=True)
    assert copy.home is Home.COPY
    if way == "a hard link":  # which does not lead to the log
        assert "copied while a window had it open" in copy.session.damage[0]
    else:
        assert check_growth(copy.session) == 50
    copy.close()
    assert not copy.path.exists()
    assert other.ask("grow", 50) == 100
    assert other.ask("close") == "closed"
    assert check_growth(files.load(path)) == 100


def test_that_a_copy_shows_the_last_commit_of_an_owner_that_goes_on(
    files: SessionFiles, path: Path, other: OtherProgram
) -> None:
    other.ask("begin", path)
    for _ in range(10):
        done = other.ask("grow", 10)
        other.tell("grow", 10)  # while the copy is made
        copy = files.open(path, as_copy=True)
        assert check_growth(copy.session) >= done
        copy.close()
        other.answer()
    assert other.ask("close") == "closed"


def test_that_a_session_in_use_is_not_offered_as_left_behind(
    files: SessionFiles, other: OtherProgram
) -> None:
    other.ask("begin")
    other.ask("grow", 20)
    assert files.left_behind() == []
    assert other.ask("status") == ["none", False, 0]
    assert other.ask("close") == "closed"
    (left,) = files.left_behind()
    assert (left.crashed, left.home) == (False, Home.UNNAMED)


def test_that_of_two_programs_that_open_a_file_at_once_one_gets_it(
    tmp_path: Path, files: SessionFiles, path: Path, other: OtherProgram
) -> None:
    files.save(grown(RUN_STEPS), path)
    with other_program(tmp_path / "own") as third:
        for _ in range(10):
            for program in (other, third):
                program.tell("open", path)
            answers = {program: str(program.answer()) for program in (other, third)}
            winners = [program for program, said in answers.items() if said == "named"]
            assert len(winners) <= 1
            losers = [said for said in answers.values() if said != "named"]
            assert all(said.startswith("SessionInUseError") for said in losers)
            for program in winners:
                assert program.ask("close") == "closed"
    assert check_growth(files.load(path)) == RUN_STEPS


@pytest.mark.parametrize("is_named", [True, False])
def test_that_a_program_which_is_killed_leaves_no_lock_and_an_offer(
    files: SessionFiles, path: Path, other: OtherProgram, *, is_named: bool
) -> None:
    made = Path(other.ask("begin", path if is_named else None))
    other.ask("grow", 50)
    other.kill()
    (left,) = files.left_behind()
    assert (left.path, left.crashed, left.step) == (made, True, 50)
    assert left.home is (Home.NAMED if is_named else Home.UNNAMED)
    assert left.name == ("a.wbs" if is_named else "")
    kept = files.open(left.path)
    assert kept.home is left.home
    assert check_growth(kept.session) == 50
    assert files.left_behind() == []
    kept.close()
    assert [one.crashed for one in files.left_behind()] == ([] if is_named else [False])


def test_that_a_note_of_a_dead_program_is_forgotten_with_its_session(
    files: SessionFiles, other: OtherProgram
) -> None:
    made = Path(other.ask("begin"))
    other.ask("grow", 50)
    other.kill()
    (left,) = files.left_behind()
    files.forget(left)
    assert not made.exists()
    assert not made.with_name(f"{made.name}-wal").exists()
    assert files.left_behind() == []


def test_that_a_session_of_which_only_the_file_is_gone_is_no_longer_offered(
    files: SessionFiles, path: Path, other: OtherProgram
) -> None:
    other.ask("begin", path)
    other.ask("grow", 50)
    other.kill()
    path.unlink()
    assert files.left_behind() == []


def test_that_damage_never_makes_a_session_count_as_empty(
    files: SessionFiles, other: OtherProgram
) -> None:
    made = Path(other.ask("begin"))
    other.ask("grow", 50)
    other.ask("close")
    execute(made, "UPDATE run SET facts = 'damaged'")
    _make_old(made)
    (left,) = files.left_behind()
    assert left.path == made
    kept = files.open(made)
    assert kept.home is Home.COPY
    kept.close()
    assert made.exists()


def test_that_an_empty_session_is_removed_but_not_under_the_hands_of_its_owner(
    files: SessionFiles, other: OtherProgram
) -> None:
    made = Path(other.ask("begin"))
    other.kill()
    assert files.left_behind() == []
    assert made.exists()  # it may have been made by a program that is about to open it
    _make_old(made)
    assert files.left_behind() == []
    assert not made.exists()


def _make_old(path: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"path": 3}', '{"path": "/dev/zero"}', "\xff"]
)
def test_that_a_note_that_is_none_is_passed_over(
    files: SessionFiles, tmp_path: Path, text: str
) -> None:
    notes = tmp_path / "own" / "open"
    notes.mkdir(parents=True)
    (notes / "a.json").write_bytes(text.encode("latin-1"))
    assert files.left_behind() == []


def test_that_a_note_never_has_a_file_of_the_person_removed(
    files: SessionFiles, tmp_path: Path, path: Path
) -> None:
    files.save(Session(), path)
    _make_old(path)
    notes = tmp_path / "own" / "open"
    notes.mkdir(parents=True)
    text = f'{{"path": "{path}", "home": "unnamed", "origin": null, "moment": null}}'
    (notes / "a.json").write_text(text)
    for left in files.left_behind():
        files.forget(left)
    assert path.exists()


def test_that_a_program_which_was_suspended_goes_on_as_if_nothing_had_been(
    files: SessionFiles, path: Path, other: OtherProgram
) -> None:
    other.ask("begin", path)
    other.ask("grow", 20)
    os.kill(other.pid, signal.SIGSTOP)
    _until(lambda: _state_of(other.pid) == "T")
    with pytest.raises(SessionInUseError):
        files.open(path)
    copy = files.open(path, as_copy=True)
    assert check_growth(copy.session) == 20
    copy.close()
    os.kill(other.pid, signal.SIGCONT)
    assert other.ask("grow", 20) == 40
    assert other.ask("status") == ["none", False, 0]
    assert other.ask("close") == "closed"
    assert check_growth(files.load(path)) == 40


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def _until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end_s
