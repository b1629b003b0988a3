"""What an earlier start left: after a crash, or without a name."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QTableWidget

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.fake_store import FakeStore
from tests.helpers.journeys import run_for
from tests.helpers.runs import partial_run
from tests.helpers.sessions import make_checkpoint
from tests.helpers.window_process import end_of, start_window, user_folders
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.saving import Home, LeftSession
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

OpenDesk = Callable[[], Desk]
STUDY = Path("/x/study.wbs")
NOON = datetime(2026, 1, 2, 12, 3, 41, tzinfo=UTC)


def left(path: Path = STUDY, **changes: object) -> LeftSession:
    values: dict[str, object] = {
        "path": path,
        "name": path.name,
        "home": Home.NAMED,
        "written_at": NOON,
        "num_runs": 2,
        "crashed": True,
        "run": "mlp adam 2",
        "step": 3412,
    }
    return LeftSession(**{**values, **changes})  # type: ignore[arg-type]  # as named above


def broken_off() -> Session:
    """Return a session as it is read after a crash in the middle of a run."""
    run = partial_run(name="mlp adam 2", steps=80)
    run.state = RunState.STOPPED
    run.checkpoints = (make_checkpoint(60),)
    return Session(runs=[run])


def look(desk: Desk) -> None:
    """Let the window look what was left, as it does at its start."""
    desk.window.begin()
    desk.settle()


def buttons(desk: Desk, key: str) -> list[str]:
    line = desk.window.notices.findChild(object, f"{key}_line")  # type: ignore[type-var]  # a widget
    return [
        button.text() for button in line.findChildren(QPushButton) if button.isVisible()
    ]


def test_that_after_a_crash_one_click_continues_the_run(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    store.left = [left()]
    store.disk.files[STUDY] = broken_off()
    look(desk)
    assert desk.notice_of("recovery") == (
        "Training Workbench ended unexpectedly while “study.wbs” was open: recovered to "
        "step 3,412 of “mlp adam 2”."
    )
    assert not desk.is_asking()
    assert buttons(desk, "recovery") == ["Continue run", "Open", "Not now"]
    desk.push("continue_left")
    desk.wait(lambda: launcher.runs)
    (start,) = launcher.starts
    assert start is not None
    assert start.checkpoint.step == 60
    assert desk.title == "study.wbs"
    assert desk.run.num_steps == 60
    assert desk.notice_of("recovery") == ""


def test_that_after_a_crash_it_can_be_opened_alone_or_left_for_later(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    store.left = [left(run="", step=0)]
    store.disk.files[STUDY] = broken_off()
    look(desk)
    assert desk.notice_of("recovery").endswith("while “study.wbs” was open: recovered.")
    assert buttons(desk, "recovery") == ["Open", "Not now"]
    desk.push("not_now")
    assert desk.notice_of("recovery") == ""
    look(desk)
    desk.push("open_left")
    desk.settle()
    assert desk.title == "study.wbs"
    assert launcher.runs == []


def test_that_several_are_listed_and_those_without_a_name_can_be_deleted(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    unnamed = left(
        Path("/x/untitled.wbs"), name="", home=Home.UNNAMED, crashed=False, run=""
    )
    store.left = [left(), left(Path("/x/b.wbs")), unnamed]
    store.disk.files[Path("/x/b.wbs")] = broken_off()
    look(desk)
    assert "And 1 more." in desk.notice_of("recovery")
    desk.push("show_left")
    dialog = desk.question("leftSessions")
    table = dialog.findChild(QTableWidget, "leftTable")
    shown = [[table.item(row, column).text() for column in range(4)] for row in range(3)]
    assert shown == [
        ["study.wbs", "2026-01-02 12:03", "2", "step 3,412 of mlp adam 2"],
        ["b.wbs", "2026-01-02 12:03", "2", "step 3,412 of mlp adam 2"],
        ["Unnamed session", "2026-01-02 12:03", "2", "closed"],
    ]
    delete = dialog.findChild(QPushButton, "deleteLeft")
    assert not delete.isEnabled()
    table.selectRow(2)
    desk.push("deleteLeft", dialog)
    desk.push("agree_to_delete", desk.question("ask_to_delete"))
    desk.wait(lambda: store.forgotten == [unnamed])
    desk.wait(lambda: table.rowCount() == 2)
    table.selectRow(1)
    desk.push("openLeft", dialog)
    desk.settle()
    assert desk.title == "b.wbs"


def test_that_a_session_that_stays_is_not_deleted(
    fake_desk: Desk, store: FakeStore
) -> None:
    desk = fake_desk
    store.left = [left(name="", home=Home.UNNAMED, crashed=False)]
    look(desk)
    desk.pick("recent_menu", "&Show all…")
    desk.push("deleteLeft", desk.question("leftSessions"))
    QTest.keyClick(desk.question("ask_to_delete"), Qt.Key.Key_Escape)
    desk.settle()
    assert store.forgotten == []


def test_that_the_last_session_without_a_name_is_offered_quietly_at_the_next_start(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk()
    desk.set_field("loop", "epochs", "3")
    desk.train()
    desk.close()
    again = open_desk()
    offer = again.notice_of("recovery")
    assert offer.startswith("Your last session has no name yet: today ")
    assert offer.endswith(" · 1 run.")
    again.push("open_left")
    again.settle()
    assert [run.name for run in again.runs] == ["mlp adam 1"]
    assert again.notice_of("recovery") == ""
    again.save_as(tmp_path / "named.wbs")
    again.close()
    assert open_desk().notice_of("recovery") == ""


def test_that_an_empty_session_leaves_nothing_to_be_offered(open_desk: OpenDesk) -> None:
    open_desk().close()
    desk = open_desk()
    assert desk.notice_of("recovery") == ""
    texts = [action.text() for action in desk.open_menu("recent_menu").actions()]
    assert "Unnamed sessions" not in texts


_TRAIN = """
from tests.helpers.journeys import is_stored


def script(window):
    yield lambda: window.windowTitle().startswith("mine.wbs")
    window.window_actions["train"].trigger()
    yield lambda: window.runs._controller.run.num_steps > 200
    yield lambda: window.runs._controller.run.checkpoint is not None
    window.window_actions["pause"].trigger()
    run = window.runs._controller.run
    yield lambda: run.state.value == "paused"
    yield lambda: is_stored(window)
    say(run.num_steps)
"""
_CONTINUE = """
def script(window):
    yield lambda: button(window, "continue_left") is not None
    say(window.findChild(QLabel, "recovery_text").text())
    button(window, "continue_left").click()
    yield lambda: window.runs._controller.run is not None
    run = window.runs._controller.run
    yield lambda: run.resumed
    say(run.resumed[-1].step, run.resumed[-1].is_exact)
    yield lambda: run.num_steps > run.resumed[-1].step + 5
    window.close()
    yield lambda: button(window, "stop_run") is not None
    button(window, "stop_run").click()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes otherwise")
def test_that_a_killed_program_is_recovered_to_the_last_step_by_one_click(
    tmp_path: Path,
) -> None:
    values = Plan().values()
    values["loop"]["epochs"] = 10**6
    path, folders = tmp_path / "mine.wbs", user_folders(tmp_path)
    SessionFiles().save(Session(plan=Plan.from_values(values)), path)
    first = start_window(_TRAIN, path, **folders)
    assert first.stdout is not None
    reached = int(first.stdout.readline())
    first.send_signal(signal.SIGKILL)
    assert end_of(first)[0] == -signal.SIGKILL

    status, output, errors = end_of(start_window(_CONTINUE, **folders))
    assert (status, errors) == (0, "")
    offer, resumed = output.splitlines()
    assert f"recovered to step {reached:,} of" in offer
    assert resumed == f"{reached} True"
    session = SessionFiles().load(path)
    assert session.damage == []
    (run,) = session.runs
    assert run.num_steps > reached
    assert run.state is RunState.STOPPED


def test_that_a_run_that_was_left_without_a_state_is_opened_all_the_same(
    fake_desk: Desk, launcher: FakeLauncher, store: FakeStore
) -> None:
    desk = fake_desk
    session = broken_off()
    session.runs[0].checkpoints = ()
    store.left, store.disk.files[STUDY] = [left()], session
    look(desk)
    desk.push("continue_left")
    desk.settle()
    assert desk.title == "study.wbs"
    assert desk.notice == "No state of mlp adam 2 has been stored."
    assert launcher.runs == []


def test_that_what_is_open_now_is_not_offered(
    quick_desk: Desk, launcher: FakeLauncher
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    look_again = desk.window.keeping.recovery.look
    desk.tasks.start(look_again())
    desk.settle()
    assert desk.notice_of("recovery") == ""
