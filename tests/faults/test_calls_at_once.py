"""What is asked of an open session at the wrong moment, twice, or from two threads."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.faults.growing import GrowingSession, check_growth, do_step, grown
from tests.helpers.sessions import content_of, execute
from workbench.core.errors import SessionError
from workbench.core.landscape import PathSeries
from workbench.core.saving import Home, SessionInUseError, Trouble
from workbench.core.series import Floats
from workbench.core.session import Session
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles

_PATIENCE_S = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for the person's own files."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path / "own")


@pytest.fixture
def kept(files: SessionFiles) -> Iterator[KeptSession]:
    """An open session without a name; closed at the end whatever happened to it."""
    live = files.begin(Session())
    yield live
    live.close()


class _Runs(list[Any]):
    """A list that tells when somebody looks at what is in it."""

    def __init__(self, tell: Callable[[], None]) -> None:
        super().__init__()
        self._tell = tell

    def __iter__(self) -> Iterator[Any]:
        self._tell()
        return super().__iter__()


@pytest.fixture
def restless(kept: KeptSession) -> Session:
    """A session in whose place another one is offered whenever it is being written."""
    session = Session(layout=b"restless")
    session.runs = _Runs(lambda: kept.offer(session))
    return session


def test_that_a_flush_does_not_mind_what_is_offered_meanwhile(
    kept: KeptSession, restless: Session
) -> None:
    kept.offer(restless)
    kept.flush()
    assert kept.status().trouble is Trouble.NONE


def test_that_a_name_can_be_given_whatever_is_offered_meanwhile(
    kept: KeptSession, files: SessionFiles, folder: Path, restless: Session
) -> None:
    kept.offer(restless)
    kept.save_as(folder / "a.wbs")
    kept.close()
    assert files.load(folder / "a.wbs").layout == b"restless"


def test_that_closing_does_not_mind_what_is_offered_meanwhile(
    kept: KeptSession, files: SessionFiles, restless: Session
) -> None:
    kept.offer(restless)
    kept.close()
    assert files.left_behind() == []


def test_that_the_disk_counts_as_behind_until_the_commit_is_done(kept: KeptSession) -> None:
    seen: list[bool] = []
    is_asking = threading.Lock()

    def ask() -> None:
        if is_asking.acquire(blocking=False):  # asking looks at the list as well
            seen.append(kept.status().is_behind)
            is_asking.release()

    kept.offer(Session(runs=_Runs(ask), layout=b"new"))
    kept.flush()
    assert seen
    assert all(seen)
    assert not kept.status().is_behind


def test_that_a_run_which_trains_is_written_again_and_again(
    kept: KeptSession, files: SessionFiles
) -> None:
    growing = GrowingSession()
    session = growing.grow(1)
    (run,) = session.runs
    is_enough = threading.Event()

    def train() -> None:
        for inside in itertools.count(2):
            do_step(run, inside)
            if is_enough.is_set() or inside > 50_000:
                return

    with ThreadPoolExecutor() as threads:
        training = threads.submit(train)
        for _ in range(30):
            kept.offer(session.snapshot())
            kept.flush()
        is_enough.set()
        training.result(_PATIENCE_S)
    kept.offer(session.snapshot())
    kept.close()
    loaded = files.load(kept.path)
    assert loaded.damage == []
    assert content_of(loaded) == content_of(session)


class _Eager(PathSeries):
    """A path that grows while it is read."""

    @override
    def steps(self) -> Floats:
        found = super().steps()
        self.append(len(found), 0.5, 0.25)
        return found


def test_that_a_path_may_grow_while_it_is_written(
    kept: KeptSession, files: SessionFiles
) -> None:
    session = grown(30)
    session.runs[0].history.path = _Eager()
    session.runs[0].history.path.append(0, 0.5, 0.25)
    for _ in range(3):
        kept.offer(session.snapshot())
        kept.flush()
    kept.close()
    (run,) = files.load(kept.path).runs
    assert run.history.path.points().tolist() == [[0.5, 0.25]] * len(run.history.path)


def test_that_closing_twice_is_the_same_as_closing_once(files: SessionFiles) -> None:
    growing = GrowingSession()
    kept = files.begin(growing.session)
    kept.offer(growing.grow(30))
    kept.close()
    kept.close()
    kept.close(discard=True)
    assert check_growth(files.load(kept.path)) == 30


def test_that_a_second_close_leaves_the_note_of_the_next_owner(files: SessionFiles) -> None:
    kept = files.begin(grown(30))
    kept.offer(grown(30))
    kept.close()
    owner = files.open(kept.path)
    kept.close()
    owner._file.abandon()  # as if the program had been killed
    assert [left.crashed for left in files.left_behind()] == [True]
    owner.close()


def test_that_a_second_close_does_not_empty_the_file_on_the_network(
    files: SessionFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.wbs"
    files.save(grown(30), path)
    _put_on_network(monkeypatch, folder)
    kept = files.open(path)
    assert kept.home is Home.COPY
    kept.close()
    kept.close()
    assert check_growth(files.load(path)) == 30


def _put_on_network(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def is_remote(path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(folder)

    for module in ("live_file", "kept_session"):
        monkeypatch.setattr(f"workbench.storage.{module}.is_remote", is_remote)


@pytest.mark.parametrize("call", ["flush", "retry", "write_back", "save_as"])
def test_that_a_session_which_is_closed_says_so(
    files: SessionFiles, folder: Path, call: str
) -> None:
    kept = files.begin(grown(30))
    kept.offer(grown(30))
    kept.close()
    kept.offer(grown(40))
    ask = getattr(kept, call)
    with pytest.raises(SessionError, match="is closed"):
        ask(folder / "a.wbs") if call == "save_as" else ask()
    assert kept.status().is_behind
    assert not (folder / "a.wbs").exists()
    assert check_growth(files.load(kept.path)) == 30


def test_that_offers_go_on_while_the_session_gets_a_name_again_and_again(
    kept: KeptSession, files: SessionFiles, folder: Path
) -> None:
    growing, done = GrowingSession(), threading.Event()

    def name_it() -> None:
        try:
            for number in range(9):
                kept.save_as(folder / f"{number % 3}.wbs")
                kept.flush()
                kept.retry()
        finally:
            done.set()

    with ThreadPoolExecutor() as threads:
        naming = threads.submit(name_it)
        while not done.wait(0.001):
            kept.offer(growing.grow(1))
            assert kept.status().trouble is Trouble.NONE
        naming.result(_PATIENCE_S)
    kept.flush()
    kept.close()
    for number in range(3):
        check_growth(files.load(folder / f"{number}.wbs"))
    assert check_growth(files.load(folder / "2.wbs")) == growing.step


def test_that_all_calls_at_once_lose_nothing(files: SessionFiles, folder: Path) -> None:
    growing = GrowingSession()
    kept = files.begin(growing.session)
    calls: list[Callable[[], object]] = [
        kept.flush,
        kept.retry,
        lambda: kept.save_as(folder / "a.wbs"),
        lambda: kept.save_as(folder / "b.wbs"),
        kept.status,
    ]
    with ThreadPoolExecutor(len(calls)) as threads:
        for _ in range(6):
            kept.offer(growing.grow(10))
            for answer in [threads.submit(call) for call in calls]:
                answer.result(_PATIENCE_S)
    kept.close()
    assert check_growth(files.load(kept.path)) == 60


def test_that_a_session_closes_while_it_is_given_a_name(
    files: SessionFiles, folder: Path
) -> None:
    kept = files.begin(grown(50))
    kept.offer(grown(60))
    with ThreadPoolExecutor() as threads:
        for answer in [
            threads.submit(kept.save_as, folder / "a.wbs"),
            threads.submit(kept.close),
        ]:
            try:
                answer.result(_PATIENCE_S)
            except SessionError as error:
                assert "is closed" in str(error)  # noqa: PT017 - whoever comes first
    assert check_growth(files.load(kept.path)) == 60


@pytest.mark.parametrize("way", ["itself", "symbolic link", "hard link"])
def test_that_saving_as_itself_changes_nothing_but_writes_all(
    kept: KeptSession, files: SessionFiles, folder: Path, way: str
) -> None:
    path, again = folder / "a.wbs", folder / "b.wbs"
    kept.save_as(path)
    kept.offer(grown(40))
    if way == "symbolic link":
        again.symlink_to(path)
    elif way == "hard link":
        again.hardlink_to(path)
    else:
        again = path
    kept.save_as(again)
    kept.offer(grown(60))
    kept.flush()
    assert kept.status().trouble is Trouble.NONE
    kept.close()
    assert check_growth(files.load(path)) == 60
    assert check_growth(files.load(again)) == 60


def _refuse(kept: KeptSession, path: Path, words: str) -> None:
    before = kept.path, kept.home
    with pytest.raises(SessionError, match=words):
        kept.save_as(path)
    assert (kept.path, kept.home) == before
    kept.offer(grown(50))
    kept.flush()


def test_that_saving_into_a_folder_that_is_not_there_is_refused(
    kept: KeptSession, files: SessionFiles, folder: Path
) -> None:
    _refuse(kept, folder / "missing" / "a.wbs", "no such folder")
    kept.close()
    assert check_growth(files.load(kept.path)) == 50
    assert list(folder.iterdir()) == []


def test_that_saving_over_a_folder_is_refused(
    kept: KeptSession, files: SessionFiles, folder: Path
) -> None:
    _refuse(kept, folder, "it is a folder")
    kept.close()
    assert check_growth(files.load(kept.path)) == 50


def test_that_saving_over_a_session_that_is_open_is_refused(
    kept: KeptSession, files: SessionFiles, folder: Path
) -> None:
    path = folder / "a.wbs"
    other = files.begin(grown(20), path)
    _refuse(kept, path, "open in another window")
    with pytest.raises(SessionInUseError):
        files.save(Session(), path)
    with pytest.raises(SessionInUseError):
        files.begin(Session(), path)
    other.offer(grown(30))
    other.close()
    assert check_growth(files.load(path)) == 30


def test_that_a_name_is_given_even_where_no_note_can_be_left(
    kept: KeptSession, files: SessionFiles, folder: Path, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "own" / "open")
    (tmp_path / "own" / "open").write_text("no folder any more")
    kept.offer(grown(30))
    kept.save_as(folder / "a.wbs")
    kept.offer(grown(40))
    kept.close()
    assert check_growth(files.load(folder / "a.wbs")) == 40


def test_that_a_defect_in_one_commit_is_reported_and_the_next_one_is_written(
    kept: KeptSession, files: SessionFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[BaseException | None] = []
    monkeypatch.setattr(
        threading, "excepthook", lambda given: reported.append(given.exc_value)
    )
    wrong = grown(30)
    wrong.runs[0].report = {"not": "text"}  # type: ignore[assignment]  # the defect
    wrong.runs[0].elapsed_s = object()  # type: ignore[assignment]  # that JSON cannot hold
    kept.offer(wrong)
    with pytest.raises(SessionError, match="cannot be written"):
        kept.flush()
    assert kept.status().trouble is Trouble.DISK_ERROR
    kept.offer(grown(40))
    kept.retry()
    assert kept.status().trouble is Trouble.NONE
    kept.close()
    assert check_growth(files.load(kept.path)) == 40


def test_that_a_copy_of_a_damaged_session_stays_sound_after_it_got_a_name(
    files: SessionFiles, folder: Path
) -> None:
    path, named = folder / "a.wbs", folder / "b.wbs"
    files.save(grown(450), path)
    execute(path, "DELETE FROM chunk WHERE run = 1 AND series = 'rates'")
    copy = files.open(path)
    assert copy.home is Home.COPY
    session = copy.session
    for round_ in range(6):
        session.layout = f"round {round_}".encode()
        session.runs[-1].notices.append(f"round {round_}")
        session.runs[-1].history.steps.append(0.5, 0.25)
        copy.offer(session.snapshot())
        copy.flush()
        if round_ == 2:
            copy.save_as(named)
    copy.close()
    assert content_of(files.load(named)) == content_of(session)
