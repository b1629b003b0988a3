"""The program from its start to its exit status, in a process of its own."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.sessions import small_session
from tests.helpers.window_process import (
    end_of,
    environment,
    run_module,
    start_window,
    user_folders,
)
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_DONE = (0, "")  # exit status, and nothing on stderr

_TRAIN = """
def script(window):
    yield lambda: window.windowTitle().startswith("mine.wbs")
    window.window_actions["train"].trigger()
    yield lambda: window.runs._controller.run.num_steps > 20
    say("training")
"""
_CLOSE_WHILE_TRAINING = (
    _TRAIN
    + """
    window.close()
    yield lambda: button(window, "stop_run") is not None
    button(window, "stop_run").click()
"""
)
_CLOSE_AT_ONCE = """
def script(window):
    yield window.isVisible
    window.close()
"""
_TELL_AND_CLOSE = """
def script(window):
    def told():
        notice = window.findChild(QLabel, "notice_text")
        return window.status.currentMessage() or (notice and notice.text())
    yield told
    say(window.windowTitle())
    say(len(window.keeping.sessions._document.session.runs))
    say(told())
    window.close()
"""


@dataclass(frozen=True)
class Ending:
    """How a window ended whose run was under way, and the file it left."""

    status: int
    errors: str
    file: Path


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ending]:
    """End three windows in the middle of a run; they load torch side by side."""
    scripts = {"close": _CLOSE_WHILE_TRAINING, "SIGTERM": _TRAIN, "SIGINT": _TRAIN}
    files = {way: _long_session(tmp_path_factory.mktemp(way)) for way in scripts}
    started = {
        way: start_window(script, files[way], **user_folders(files[way].parent))
        for way, script in scripts.items()
    }
    for way, process in started.items():
        if hasattr(signal, way):
            assert process.stdout is not None
            process.stdout.readline()  # it trains
            process.send_signal(getattr(signal, way))
    ends = {way: end_of(process) for way, process in started.items()}
    return {way: Ending(end[0], end[2], files[way]) for way, end in ends.items()}


def _long_session(folder: Path) -> Path:
    """Write a session whose plan trains for hours."""
    values = Plan().values()
    values["loop"]["epochs"] = 10**6
    path = folder / "mine.wbs"
    SessionFiles().save(Session(plan=Plan.from_values(values)), path)
    return path


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes otherwise")
@pytest.mark.parametrize("way", ["close", "SIGTERM", "SIGINT"])
def test_that_an_end_in_the_middle_of_a_run_saves_it_and_exits_with_0(
    endings: dict[str, Ending], way: str
) -> None:
    ending = endings[way]
    assert (ending.status, ending.errors) == _DONE
    (run,) = SessionFiles().load(ending.file).runs
    assert run.state is RunState.STOPPED
    assert run.checkpoint is not None
    assert run.checkpoint.step == run.num_steps == len(run.epochs) > 20


@pytest.mark.slow
def test_that_ten_windows_opened_and_closed_at_once_all_exit_with_0() -> None:
    for _ in range(5):
        pair = [start_window(_CLOSE_AT_ONCE) for _ in range(2)]
        for process in pair:
            status, output, errors = end_of(process)
            assert (status, output, errors) == (0, "", "")


def test_that_a_file_named_at_the_start_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "given.wbs"
    SessionFiles().save(small_session(), path)
    status, output, errors = end_of(start_window(_TELL_AND_CLOSE, path))
    assert (status, errors) == _DONE
    title, count, said = output.splitlines()
    assert title == "given.wbs[*] – Training Workbench"
    assert count == "1"
    assert said == f"Opened {path}"


def test_that_a_file_that_is_not_there_is_named_in_the_window(tmp_path: Path) -> None:
    status, output, errors = end_of(start_window(_TELL_AND_CLOSE, tmp_path / "no.wbs"))
    assert (status, errors) == _DONE
    title, count, notice = output.splitlines()
    assert title.startswith("Untitled")
    assert count == "0"
    assert "no.wbs" in notice


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a display always")
def test_that_without_a_display_one_sentence_says_what_to_do() -> None:
    gone = {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}
    env = {name: value for name, value in environment().items() if name not in gone}
    status, output, errors = run_module(env=env)
    assert (status, output) == (2, "")
    assert errors.startswith("workbench: there is no display")
    assert len(errors.splitlines()) == 1
    assert "workbench run PRESET" in errors


_WITHOUT_A_NAME = """
def script(window):
    yield lambda: window._parts.document.path is not None
    window.window_actions["train"].trigger()
    yield lambda: window.runs._controller.run.num_steps > 20
    say(window._parts.document.path)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes otherwise")
@pytest.mark.parametrize("way", ["SIGTERM", "SIGHUP"])
def test_that_a_session_without_a_name_survives_the_end_by_the_system(
    tmp_path: Path, way: str
) -> None:
    process = start_window(_WITHOUT_A_NAME, **user_folders(tmp_path))
    assert process.stdout is not None
    path = Path(process.stdout.readline().strip())
    process.send_signal(getattr(signal, way))
    status, _, errors = end_of(process)
    assert (status, errors) == _DONE
    (run,) = SessionFiles().load(path).runs
    assert run.state is RunState.STOPPED
    assert run.can_continue


_LOG_OFF = (
    _WITHOUT_A_NAME
    + """
    from PySide6.QtWidgets import QApplication
    QApplication.instance().commitDataRequest.emit(None)
"""
)


@pytest.mark.slow
def test_that_a_session_survives_the_end_of_the_desktop(tmp_path: Path) -> None:
    status, output, errors = end_of(start_window(_LOG_OFF, **user_folders(tmp_path)))
    assert (status, errors) == _DONE
    (run,) = SessionFiles().load(Path(output.strip())).runs
    assert run.can_continue


_HANG = """
import threading

def script(window):
    yield lambda: window._parts.document.path is not None
    threading.Thread(target=threading.Event().wait, name="hangs").start()
    say("ready")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes otherwise")
def test_that_a_thread_that_hangs_does_not_keep_the_program_from_ending(
    tmp_path: Path,
) -> None:
    process = start_window(_HANG, **user_folders(tmp_path))
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert end_of(process)[0] == 0


_OPEN_A_COPY = """
def script(window):
    yield lambda: button(window, "open_copy") is not None
    say(window.findChild(QLabel, "notice_text").text())
    button(window, "open_copy").click()
    yield lambda: "(copy)" in window.windowTitle()
    say(window.windowTitle())
    window.close()
"""
_HOLD = """
def script(window):
    yield lambda: window.windowTitle().startswith("mine.wbs")
    say("open")
"""


@pytest.mark.slow
def test_that_a_second_program_opens_what_the_first_has_open_as_a_copy(
    tmp_path: Path,
) -> None:
    path, folders = tmp_path / "mine.wbs", user_folders(tmp_path)
    SessionFiles().save(small_session(), path)
    first = start_window(_HOLD, path, **folders)
    assert first.stdout is not None
    first.stdout.readline()
    status, output, errors = end_of(start_window(_OPEN_A_COPY, path, **folders))
    first.terminate()
    assert (status, errors) == _DONE
    sentence, title = output.splitlines()
    assert sentence == "“mine.wbs” is open in another window."
    assert title.startswith("mine.wbs (copy)")
    assert end_of(first)[0] == 0


def test_that_a_crash_inside_a_library_is_reported_at_the_next_start(
    tmp_path: Path,
) -> None:
    folders = user_folders(tmp_path)
    status, _, _ = end_of(start_window(_CRASH, **folders))
    assert status != 0
    status, output, errors = end_of(start_window(_READ_REPORT, **folders))
    assert (status, errors) == _DONE
    assert "Segmentation fault" in output


_CRASH = """
import ctypes

def script(window):
    yield window.isVisible
    ctypes.string_at(0)
"""
_READ_REPORT = """
from PySide6.QtWidgets import QPlainTextEdit

def script(window):
    yield lambda: window.findChild(QPlainTextEdit, "errorReport").toPlainText()
    say(window.findChild(QPlainTextEdit, "errorReport").toPlainText())
    window.close()
"""
