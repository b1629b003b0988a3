"""The session as a document that is on the disk all the time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from tests.helpers.fake_store import FakeLive, FakeStore
from workbench.core.errors import SessionError
from workbench.core.optimizers import Sgd
from workbench.core.overview import Overview
from workbench.core.plan import Plan
from workbench.core.saving import Home, Trouble
from workbench.core.session import Session
from workbench.ui.session_document import SessionDocument

Loop = asyncio.AbstractEventLoop
Do = Callable[[Coroutine[Any, Any, Any]], Any]
A, B = Path("/x/a.wbs"), Path("/x/b.wbs")


class Person:
    """Names files as told, and notes what was suggested."""

    def __init__(self) -> None:
        self.file: Path | None = None
        self.asked: list[Path] = []

    async def ask_file_to_open(self, folder: Path) -> Path | None:
        self.asked.append(folder)
        return self.file

    async def ask_file_to_save(self, suggestion: Path) -> Path | None:
        self.asked.append(suggestion)
        return self.file


class Heard:
    """The facts that a document told, in order."""

    def __init__(self, document: SessionDocument) -> None:
        self.facts: list[tuple[str, object]] = []
        for name in (
            *("session_replaced", "title_changed", "saved", "opened"),
            *("in_use", "failed", "not_opened"),
        ):
            getattr(document, name).connect(self._take(name))

    def _take(self, name: str) -> Callable[[object], None]:
        return lambda value: self.facts.append((name, value))

    def of(self, name: str) -> list[object]:
        return [value for fact, value in self.facts if fact == name]


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def do(loop: Loop) -> Do:
    return loop.run_until_complete


@pytest.fixture
def document(
    store: FakeStore, person: Person, ini: QSettings, do: Do, qtbot: QtBot
) -> SessionDocument:
    """Return a document that has begun."""
    document = SessionDocument(store, person, ini)
    assert do(document.begin())
    return document


@pytest.fixture
def heard(document: SessionDocument) -> Heard:
    return Heard(document)


def add_run(document: SessionDocument) -> None:
    document.session.new_run()
    document.mark_modified()


def written(live: FakeLive, store: FakeStore) -> Session:
    return store.disk.files[live.path]


def test_that_a_session_is_on_the_disk_from_the_first_moment(
    document: SessionDocument, store: FakeStore
) -> None:
    assert store.disk.calls[0] == "begin"
    assert document.home is Home.UNNAMED
    assert document.path in store.disk.files
    assert document.title == "Untitled[*] – Training Workbench"


def test_that_a_change_reaches_the_disk_by_itself(
    document: SessionDocument, store: FakeStore, qtbot: QtBot
) -> None:
    add_run(document)
    qtbot.waitUntil(lambda: len(written(store.live, store).runs) == 1)
    qtbot.waitUntil(lambda: not document.saver.is_at_work)


def test_that_saving_asks_for_a_name_the_first_time_only(
    document: SessionDocument, heard: Heard, person: Person, store: FakeStore, do: Do
) -> None:
    unnamed, person.file = document.path, A
    assert do(document.save())
    assert document.home is Home.NAMED
    assert unnamed not in store.disk.files
    assert do(document.save())
    assert len(person.asked) == 1
    assert document.path == A
    assert heard.of("saved") == [A, A]
    assert set(heard.of("title_changed")) == {"a.wbs[*] – Training Workbench"}


def test_that_saving_on_purpose_waits_for_the_disk(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    do(document.save_as(A))
    store.disk.is_holding = True
    add_run(document)
    assert do(document.save())
    assert len(store.disk.files[A].runs) == 1


@pytest.mark.parametrize(
    ("name", "saved"), [("a", "a.wbs"), ("a.b", "a.b.wbs"), ("a.WBS", "a.WBS")]
)
def test_that_the_extension_is_added_where_it_was_left_out(
    document: SessionDocument, do: Do, name: str, saved: str
) -> None:
    assert do(document.save_as(A.with_name(name)))
    assert document.path == A.with_name(saved)


def test_that_a_name_with_the_mark_of_changes_is_shown_as_it_is(
    document: SessionDocument, do: Do
) -> None:
    do(document.save_as(Path("/x/a[*].wbs")))
    assert document.title == "a[*][*].wbs[*] – Training Workbench"


def test_that_nothing_is_saved_where_no_file_is_chosen(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    calls = list(store.disk.calls)
    assert not do(document.save())
    assert store.disk.calls == calls


def test_that_the_disk_is_reached_off_this_thread(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    do(document.save_as(A))
    do(document.save())
    do(document.new(Session()))
    do(document.open(A))
    do(document.close())
    assert threading.get_ident() not in store.disk.threads


def test_that_a_failed_save_says_so_and_changes_nothing(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    session, path = document.session, document.path
    store.disk.error = SessionError("The folder is gone.")
    assert not do(document.save_as(A))
    assert heard.of("failed") == ["The folder is gone."]
    assert (document.session, document.path) == (session, path)


def test_that_a_defect_of_the_store_is_not_swallowed(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    store.disk.error = ValueError("a bug")
    with pytest.raises(ValueError, match="a bug"):
        do(document.save_as(A))


def test_that_calls_come_one_after_the_other(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    store.disk.calls.clear()
    store.disk.entered.clear()
    store.disk.gate = gate = threading.Event()

    async def save_twice() -> bool:
        first = asyncio.ensure_future(document.save_as(A))
        second = asyncio.ensure_future(document.save_as(B))
        await asyncio.to_thread(store.disk.entered.wait, 30)
        gate.set()
        return await first and await second

    assert do(save_twice())
    assert store.disk.calls == [
        *("save as a.wbs", "save as a.wbs done"),
        *("save as b.wbs", "save as b.wbs done"),
    ]
    assert document.path == B


def test_that_opening_puts_the_read_session_in_place_and_closes_the_old_one(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    old = store.live
    store.disk.files[A] = Session(plan=Plan(optimizer=Sgd()))
    assert do(document.open(A))
    assert document.session.plan.optimizer.kind == "sgd"
    assert document.path == A
    assert heard.of("session_replaced") == [document.session]
    assert heard.of("opened") == [A]
    assert old.is_closed
    assert old.path not in store.disk.files  # it had no runs


def test_that_the_runs_of_a_session_are_ready_before_it_is_put_in_place(
    document: SessionDocument,
    heard: Heard,
    store: FakeStore,
    do: Do,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[object, bool]] = []

    def note(overview: Overview) -> None:
        here = threading.get_ident() == threading.main_thread().ident
        told.append((overview, here or bool(heard.of("session_replaced"))))

    session = Session()
    run = session.new_run()
    store.disk.files[A] = session
    monkeypatch.setattr(Overview, "prepare", note)
    assert do(document.open(A))
    assert told == [(run.history.overview, False)]


def test_that_a_session_without_a_name_is_kept_where_it_has_runs(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    old = store.live
    add_run(document)
    assert do(document.new(Session()))
    assert document.session.runs == []
    assert len(written(old, store).runs) == 1


def test_that_changes_made_while_another_session_is_read_are_kept(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    old = store.live
    add_run(document)
    store.disk.files[A] = Session()

    async def edit_meanwhile() -> bool:
        await document.flush()
        store.disk.entered.clear()
        store.disk.gate = gate = threading.Event()
        opening = asyncio.ensure_future(document.open(A))
        await asyncio.to_thread(store.disk.entered.wait, 30)
        add_run(document)
        gate.set()
        return await opening

    assert do(edit_meanwhile())
    assert len(written(old, store).runs) == 2


def test_that_a_session_stays_where_another_cannot_be_opened(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    session = document.session
    assert not do(document.open(B))
    assert heard.of("not_opened") == ["b.wbs is no session."]
    assert heard.of("session_replaced") == []
    assert document.session is session
    assert not store.live.is_closed
    assert not document.is_opening


def test_that_a_file_that_is_open_elsewhere_is_told_and_can_be_opened_as_a_copy(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    store.disk.files[A] = Session()
    store.disk.locked.add(A)
    assert not do(document.open(A))
    assert heard.of("in_use") == [A]
    assert heard.of("failed") == []
    assert do(document.open(A, as_copy=True))
    assert document.home is Home.COPY
    assert document.title == "a.wbs (copy)[*] – Training Workbench"


def test_that_a_file_that_is_open_here_is_not_opened_again(
    document: SessionDocument, heard: Heard, tmp_path: Path, do: Do
) -> None:
    path = tmp_path / "a.wbs"
    path.touch()
    do(document.save_as(path))
    assert not do(document.open(path))
    assert heard.of("not_opened") == ["a.wbs is open already."]


def test_that_a_copy_says_why_and_is_written_back_where_that_is_possible(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    store.disk.files[A] = Session()
    store.disk.protected[A] = "it is read-only"
    do(document.open(A))
    assert document.reason == "it is read-only"
    add_run(document)
    assert not do(document.save())
    assert heard.of("failed") == ["a.wbs cannot be written to."]
    store.disk.protected.clear()
    assert do(document.save())
    assert heard.of("saved") == [A]
    assert len(store.disk.files[A].runs) == 1
    assert document.home is Home.COPY


@pytest.mark.parametrize("is_changed", [False, True])
def test_that_a_copy_is_kept_only_where_it_was_changed(
    document: SessionDocument, store: FakeStore, do: Do, *, is_changed: bool
) -> None:
    session = Session()
    session.new_run()
    store.disk.files[A] = session
    do(document.open(A, as_copy=True))
    if is_changed:
        document.mark_modified()
    copy = document.path
    assert do(document.close())
    assert (copy in store.disk.files) is is_changed
    assert A in store.disk.files


def test_that_what_cannot_be_written_keeps_the_session_open(
    document: SessionDocument, heard: Heard, store: FakeStore, do: Do
) -> None:
    add_run(document)
    store.disk.trouble = Trouble.DISK_FULL
    assert not do(document.new(Session()))
    assert not do(document.close())
    assert heard.of("failed") == ["Nothing can be written: disk full."] * 2
    assert len(document.session.runs) == 1
    assert not store.live.is_closed


def test_that_it_can_be_closed_anyway(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    add_run(document)
    store.disk.trouble = Trouble.DISK_FULL
    assert do(document.close(anyway=True))
    assert store.live.is_closed


def test_that_a_retry_writes_what_was_held(
    document: SessionDocument, store: FakeStore, do: Do
) -> None:
    store.disk.trouble = Trouble.DISK_FULL
    add_run(document)
    document.saver.tick()
    document.saver.look()
    assert document.saver.status.trouble is Trouble.DISK_FULL
    assert not do(document.retry())
    store.disk.trouble = Trouble.NONE
    assert do(document.retry())
    assert document.saver.status.trouble is Trouble.NONE
    assert len(written(store.live, store).runs) == 1


def test_that_a_disk_that_takes_nothing_at_the_start_is_trouble_until_a_retry(
    store: FakeStore, person: Person, ini: QSettings, do: Do, qtbot: QtBot
) -> None:
    document = SessionDocument(store, person, ini)
    store.disk.error = SessionError("The folder cannot be made.")
    assert not do(document.begin())
    assert document.saver.status.message == "The folder cannot be made."
    assert document.saver.is_behind
    add_run(document)
    assert not do(document.close())
    store.disk.error = None
    assert do(document.retry())
    assert not document.saver.is_behind
    qtbot.waitUntil(lambda: len(written(store.live, store).runs) == 1)


def test_that_a_session_that_never_reached_the_disk_can_be_saved_elsewhere(
    store: FakeStore, person: Person, ini: QSettings, do: Do, qtbot: QtBot
) -> None:
    document = SessionDocument(store, person, ini)
    store.disk.error = SessionError("The folder cannot be made.")
    do(document.begin())
    add_run(document)
    store.disk.error = None
    assert do(document.save_as(A))
    assert document.home is Home.NAMED
    assert len(store.disk.files[A].runs) == 1


def test_that_what_views_change_while_they_take_a_session_is_no_change(
    document: SessionDocument, store: FakeStore, do: Do, qtbot: QtBot
) -> None:
    document.session_replaced.connect(document.mark_modified)
    store.disk.files[A] = Session()
    do(document.open(A))
    qtbot.waitUntil(lambda: not document.saver.is_at_work)
    assert store.live.offers == []


def test_that_the_last_folder_is_offered_next_time_and_after_a_restart(
    document: SessionDocument, person: Person, ini: QSettings, tmp_path: Path, do: Do
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    do(document.save_as(folder / "a.wbs"))
    do(document.choose())
    do(document.new(Session()))
    do(document.save())
    assert person.asked == [folder, folder / "session.wbs"]
    again = SessionDocument(FakeStore(), person, ini)
    do(again.choose())
    assert person.asked[-1] == folder


@pytest.mark.parametrize("value", ["/no/such/folder", "", 5, ["a"]])
def test_that_a_last_folder_that_is_gone_is_not_offered(
    document: SessionDocument, person: Person, ini: QSettings, do: Do, value: object
) -> None:
    ini.setValue("session/folder", value)
    do(document.choose())
    (folder,) = person.asked
    assert str(folder) not in {"/no/such/folder", ""}


def test_that_save_as_offers_the_present_file_and_for_a_copy_the_original(
    document: SessionDocument, person: Person, do: Do
) -> None:
    do(document.save_as(A))
    do(document.save_as())
    do(document.open(A, as_copy=True))
    do(document.save_as())
    assert person.asked == [A, A]
