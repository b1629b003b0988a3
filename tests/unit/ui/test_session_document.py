"""The session as a document."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from workbench.core.errors import SessionError
from workbench.core.optimizers import Sgd
from workbench.core.plan import Plan
from workbench.core.session import Session
from workbench.ui.dialogs.questions import Answer
from workbench.ui.session_document import SessionDocument

Loop = asyncio.AbstractEventLoop
_TIMEOUT_S = 30


class Files:
    """A store in memory that notes its calls, and waits at a gate where one is set."""

    def __init__(self) -> None:
        self.files: dict[Path, Session] = {}
        self.calls: list[str] = []
        self.threads: set[int] = set()
        self.error: Exception | None = None
        self.gate: threading.Event | None = None
        self.entered = threading.Event()

    def load(self, path: Path) -> Session:
        self._enter(f"load {path.name}")
        if path not in self.files:
            raise SessionError(f"{path.name} is no session.")
        return self.files[path]

    def save(self, session: Session, path: Path) -> None:
        self._enter(f"save {path.name}")
        self.files[path] = session

    def _enter(self, call: str) -> None:
        self.calls.append(call)
        self.threads.add(threading.get_ident())
        self.entered.set()
        if self.gate is not None and not self.gate.wait(_TIMEOUT_S):
            raise TimeoutError("the gate was never opened")
        self.calls.append(f"{call} done")
        if self.error is not None:
            raise self.error


class Person:
    """Answers questions as told, and notes them."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.file: Path | None = None
        self.asked: list[object] = []

    async def ask_to_save(self, name: str) -> Answer:
        self.asked.append(name)
        return self.answers.pop(0)

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
            *("session_replaced", "modified_changed", "title_changed", "saved"),
            *("opened", "failed", "notice"),
        ):
            getattr(document, name).connect(self._take(name))

    def _take(self, name: str) -> Callable[[object], None]:
        return lambda value: self.facts.append((name, value))

    def of(self, name: str) -> list[object]:
        return [value for fact, value in self.facts if fact == name]


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def document(
    files: Files, person: Person, ini: QSettings, loop: Loop, qtbot: QtBot
) -> SessionDocument:
    return SessionDocument(files, person, ini)


@pytest.fixture
def heard(document: SessionDocument) -> Heard:
    return Heard(document)


@pytest.fixture
def do(loop: Loop) -> Callable[[Awaitable[bool]], bool]:
    return loop.run_until_complete  # type: ignore[return-value]  # a coroutine in, its result out


Do = Callable[[Awaitable[bool]], bool]


def is_as_before(document: SessionDocument, session: Session, *, modified: bool) -> bool:
    return document.session is session and document.is_modified is modified


def test_that_a_new_document_is_untitled_and_unmodified(document: SessionDocument) -> None:
    assert document.title == "Untitled[*] – Training Workbench"
    assert not document.is_modified
    assert document.path is None


def test_that_a_change_is_told_once(document: SessionDocument, heard: Heard) -> None:
    document.mark_modified()
    document.mark_modified()
    assert document.is_modified
    assert heard.of("modified_changed") == [True]


def test_that_saving_asks_for_a_file_the_first_time_only(
    document: SessionDocument, heard: Heard, person: Person, tmp_path: Path, do: Do
) -> None:
    person.file = tmp_path / "a.wbs"
    document.mark_modified()
    assert do(document.save())
    assert do(document.save())
    assert len(person.asked) == 1
    assert document.path == person.file
    assert heard.of("saved") == [person.file] * 2
    assert heard.of("modified_changed") == [True, False]
    assert heard.of("title_changed")[0] == "a.wbs[*] – Training Workbench"


@pytest.mark.parametrize(
    ("name", "saved"), [("a", "a.wbs"), ("a.b", "a.b.wbs"), ("a.WBS", "a.WBS")]
)
def test_that_the_extension_is_added_where_it_was_left_out(
    document: SessionDocument, tmp_path: Path, do: Do, name: str, saved: str
) -> None:
    assert do(document.save_as(tmp_path / name))
    assert document.path == tmp_path / saved


def test_that_a_name_with_the_mark_of_changes_is_shown_as_it_is(
    document: SessionDocument, tmp_path: Path, do: Do
) -> None:
    do(document.save_as(tmp_path / "a[*].wbs"))
    assert document.title == "a[*][*].wbs[*] – Training Workbench"


def test_that_nothing_is_saved_when_no_file_is_chosen(
    document: SessionDocument, files: Files, do: Do
) -> None:
    document.mark_modified()
    assert not do(document.save())
    assert files.calls == []
    assert document.is_modified


def test_that_files_are_read_and_written_off_this_thread(
    document: SessionDocument, files: Files, tmp_path: Path, do: Do
) -> None:
    do(document.save_as(tmp_path / "a.wbs"))
    do(document.open(tmp_path / "a.wbs"))
    assert files.threads
    assert threading.get_ident() not in files.threads


def test_that_a_failed_save_says_so_and_changes_nothing(
    document: SessionDocument, heard: Heard, files: Files, tmp_path: Path, do: Do
) -> None:
    document.mark_modified()
    session = document.session
    files.error = SessionError("The disk is full.")
    assert not do(document.save_as(tmp_path / "a.wbs"))
    assert heard.of("failed") == ["The disk is full."]
    assert is_as_before(document, session, modified=True)
    assert document.path is None
    assert not document.is_busy


def test_that_a_defect_of_the_store_is_not_swallowed(
    document: SessionDocument, files: Files, tmp_path: Path, do: Do
) -> None:
    files.error = ValueError("a bug")
    with pytest.raises(ValueError, match="a bug"):
        do(document.save_as(tmp_path / "a.wbs"))
    assert not document.is_busy


def test_that_the_layout_can_be_put_in_at_the_last_moment(
    document: SessionDocument, files: Files, tmp_path: Path, do: Do
) -> None:
    def give_layout() -> None:
        document.session.layout = b"docks"

    document.about_to_save.connect(give_layout)
    do(document.save_as(tmp_path / "a.wbs"))
    assert files.files[tmp_path / "a.wbs"].layout == b"docks"


def test_that_changes_made_while_saving_are_still_unsaved(
    document: SessionDocument, files: Files, tmp_path: Path, do: Do
) -> None:
    document.mark_modified()
    files.gate = threading.Event()

    async def edit_meanwhile() -> bool:
        saving = asyncio.ensure_future(document.save_as(tmp_path / "a.wbs"))
        await asyncio.to_thread(files.entered.wait, _TIMEOUT_S)
        assert document.is_busy
        document.session.new_run("late")
        document.mark_modified()
        files.gate.set()
        return await saving

    assert do(edit_meanwhile())
    assert document.is_modified
    assert files.files[tmp_path / "a.wbs"].runs == []
    assert do(document.save())
    assert not document.is_modified
    assert [run.name for run in files.files[tmp_path / "a.wbs"].runs] == ["late"]


def test_that_two_saves_come_one_after_the_other(
    document: SessionDocument, files: Files, tmp_path: Path, do: Do
) -> None:
    files.gate = threading.Event()

    async def save_twice() -> bool:
        first = asyncio.ensure_future(document.save_as(tmp_path / "a.wbs"))
        second = asyncio.ensure_future(document.save_as(tmp_path / "b.wbs"))
        await asyncio.to_thread(files.entered.wait, _TIMEOUT_S)
        files.gate.set()
        return await first and await second

    assert do(save_twice())
    calls = ["save a.wbs", "save a.wbs done", "save b.wbs", "save b.wbs done"]
    assert files.calls == calls
    assert document.path == tmp_path / "b.wbs"


def test_that_opening_puts_the_read_session_in_place(
    document: SessionDocument,
    heard: Heard,
    files: Files,
    person: Person,
    tmp_path: Path,
    do: Do,
) -> None:
    read = Session(plan=Plan(optimizer=Sgd()))
    person.file = tmp_path / "a.wbs"
    files.files[person.file] = read
    assert do(document.open())
    assert is_as_before(document, read, modified=False)
    assert document.path == person.file
    assert heard.of("session_replaced") == [read]
    assert heard.of("opened") == [person.file]
    assert heard.of("notice") == []


def test_that_what_was_damaged_is_told(
    document: SessionDocument, heard: Heard, files: Files, tmp_path: Path, do: Do
) -> None:
    files.files[tmp_path / "a.wbs"] = Session(damage=["run 1 lost its picture"])
    do(document.open(tmp_path / "a.wbs"))
    assert heard.of("notice") == ["run 1 lost its picture"]


def test_that_a_session_survives_when_another_cannot_be_opened(
    document: SessionDocument, heard: Heard, person: Person, tmp_path: Path, do: Do
) -> None:
    session = document.session
    document.mark_modified()
    person.answers = [Answer.DISCARD]
    assert not do(document.open(tmp_path / "b.wbs"))
    assert heard.of("failed") == ["b.wbs is no session."]
    assert heard.of("session_replaced") == []
    assert is_as_before(document, session, modified=True)


def test_that_opening_without_a_choice_changes_nothing(
    document: SessionDocument, files: Files, do: Do
) -> None:
    session = document.session
    assert not do(document.open())
    assert files.calls == []
    assert is_as_before(document, session, modified=False)


def test_that_changes_made_while_opening_are_asked_about(
    document: SessionDocument, files: Files, person: Person, tmp_path: Path, do: Do
) -> None:
    session = document.session
    files.files[tmp_path / "a.wbs"] = Session()
    files.gate = threading.Event()
    person.answers = [Answer.CANCEL]

    async def edit_meanwhile() -> bool:
        opening = asyncio.ensure_future(document.open(tmp_path / "a.wbs"))
        await asyncio.to_thread(files.entered.wait, _TIMEOUT_S)
        document.mark_modified()
        files.gate.set()
        return await opening

    assert not do(edit_meanwhile())
    assert person.asked == ["Untitled"]
    assert is_as_before(document, session, modified=True)


@pytest.mark.parametrize(
    ("answer", "goes_on", "saved"),
    [
        (Answer.SAVE, True, True),
        (Answer.DISCARD, True, False),
        (Answer.CANCEL, False, False),
    ],
)
def test_that_the_person_decides_about_changes(
    document: SessionDocument,
    files: Files,
    person: Person,
    tmp_path: Path,
    do: Do,
    *,
    answer: Answer,
    goes_on: bool,
    saved: bool,
) -> None:
    session = document.session
    person.answers, person.file = [answer], tmp_path / "a.wbs"
    document.mark_modified()
    assert do(document.new()) is goes_on
    assert (document.session is not session) is goes_on
    assert bool(files.files) is saved
    assert document.is_modified is not goes_on


def test_that_a_save_that_fails_stops_what_would_lose_the_changes(
    document: SessionDocument, files: Files, person: Person, tmp_path: Path, do: Do
) -> None:
    session = document.session
    person.answers, person.file = [Answer.SAVE], tmp_path / "a.wbs"
    files.error = SessionError("The disk is full.")
    document.mark_modified()
    assert not do(document.new())
    assert is_as_before(document, session, modified=True)


def test_that_nobody_is_asked_about_an_unmodified_session(
    document: SessionDocument, person: Person, do: Do
) -> None:
    assert do(document.settle_changes())
    assert do(document.new())
    assert person.asked == []


def test_that_a_new_session_has_no_file(
    document: SessionDocument, heard: Heard, tmp_path: Path, do: Do
) -> None:
    do(document.save_as(tmp_path / "a.wbs"))
    given = Session()
    assert do(document.new(given))
    assert document.path is None
    assert document.session is given
    assert heard.of("title_changed")[-1] == "Untitled[*] – Training Workbench"


def test_that_what_views_change_while_they_take_a_session_is_no_change(
    document: SessionDocument, do: Do
) -> None:
    document.session_replaced.connect(document.mark_modified)
    do(document.new())
    assert not document.is_modified


def test_that_changes_can_be_forgotten(document: SessionDocument, heard: Heard) -> None:
    document.mark_modified()
    document.forget_changes()
    document.forget_changes()
    assert heard.of("modified_changed") == [True, False]


def test_that_the_last_folder_is_offered_next_time_and_after_a_restart(
    document: SessionDocument, person: Person, ini: QSettings, tmp_path: Path, do: Do
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    do(document.save_as(folder / "a.wbs"))
    do(document.open())
    do(document.new())
    do(document.save())
    assert person.asked == [folder, folder / "session.wbs"]
    again = SessionDocument(Files(), person, ini)
    do(again.open())
    assert person.asked[-1] == folder


@pytest.mark.parametrize("value", ["/no/such/folder", "", 5, ["a"]])
def test_that_a_last_folder_that_is_gone_is_not_offered(
    document: SessionDocument, person: Person, ini: QSettings, do: Do, value: object
) -> None:
    ini.setValue("session/folder", value)
    do(document.open())
    (folder,) = person.asked
    assert isinstance(folder, Path)
    assert str(folder) not in {"/no/such/folder", ""}


def test_that_save_as_offers_the_present_file(
    document: SessionDocument, person: Person, tmp_path: Path, do: Do
) -> None:
    do(document.save_as(tmp_path / "a.wbs"))
    do(document.save_as())
    assert person.asked == [tmp_path / "a.wbs"]
