"""What the program finds around it: no output, no home, few files, a display that goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.command_line import ROOT, workbench
from tests.helpers.window_process import end_of, start_window, user_folders
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.session import Session
from workbench.storage.check import check_session
from workbench.storage.session_file import SessionFiles

_FULL = Path("/dev/full")
_PATIENCE_S = 60.0
_SMALL = ("linear-adam", "--epochs", "5")
_WITH_NOTICE = (*_SMALL, "--set", "optimizer=rprop", "--set", "schedule=cosine")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="takes Linux to arrange")


def _run(
    *arguments: str | Path, stdout: int, stderr: int, prepare: Callable[[], None] | None
) -> tuple[int, str]:
    """Run `workbench run`; return its exit status and what it said on stderr."""
    with subprocess.Popen(
        [sys.executable, "-m", "workbench", "run", *map(str, arguments)],
        stdout=stdout,
        stderr=stderr,
        text=True,
        cwd=ROOT,
        preexec_fn=prepare,  # noqa: PLW1509 - no threads are left here
    ) as process:
        _, errors = process.communicate(timeout=_PATIENCE_S)
    return process.returncode, errors


def _is_finished(path: Path) -> bool:
    (run,) = SessionFiles().load(path).runs
    return run.state is RunState.FINISHED and check_session(path) == []


def _close_all() -> None:
    for number in range(3):
        os.close(number)


def test_that_a_run_without_any_output_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.wbs"
    status, _ = _run(*_WITH_NOTICE, "--save", path, stdout=1, stderr=2, prepare=_close_all)
    assert status == 0
    assert _is_finished(path)


@pytest.fixture
def full() -> Iterator[int]:
    if not _FULL.exists():
        pytest.skip("no device that is always full")
    with _FULL.open("wb") as file:
        yield file.fileno()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_that_output_to_a_full_disk_is_told_in_a_line_and_the_run_is_saved(
    tmp_path: Path, full: int, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    path = tmp_path / "a.wbs"
    pipe = subprocess.PIPE
    told = _run(*_SMALL, "--save", path, stdout=full, stderr=pipe, prepare=None)
    words = "workbench: the output cannot be written: No space left on device\n"
    assert told == (2, words)
    assert _is_finished(path)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_that_a_run_goes_on_where_its_notices_find_no_room(
    tmp_path: Path, full: int, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    path, pipe = tmp_path / "a.wbs", subprocess.PIPE
    told = _run(*_WITH_NOTICE, "--save", path, stdout=pipe, stderr=full, prepare=None)
    assert told[0] == 0
    assert _is_finished(path)


def test_that_a_run_is_saved_where_there_is_no_home(tmp_path: Path) -> None:
    nowhere = dict.fromkeys((*user_folders(tmp_path), "HOME", "TMPDIR"), "/proc/none")
    done = workbench("run", *_SMALL, "--save", tmp_path / "a.wbs", **nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert _is_finished(tmp_path / "a.wbs")


_TRAIN = """
import locale
import resource

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def script(window):
    yield lambda: window._parts.document.path is not None
    window.window_actions["train"].trigger()
    yield lambda: window.runs._controller.run.num_steps > 20
    say(window._parts.document.path)
    say(locale.setlocale(locale.LC_NUMERIC))
    window.close()
    yield lambda: button(window, "stop_run") is not None
    button(window, "stop_run").click()
"""


@pytest.mark.slow
def test_that_the_window_trains_and_saves_in_poor_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No home, no runtime folder, nowhere for temporary files, 64 files at most."""
    for name in ("HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    poor = {"TMPDIR": "/proc/none", "LC_ALL": "C.UTF-8", **user_folders(tmp_path)}
    status, output, errors = end_of(start_window(_TRAIN, **poor))
    assert (status, errors) == (0, "")
    path, numbers = output.splitlines()
    assert numbers == "C"  # else C libraries misread numbers in some countries
    (run,) = SessionFiles().load(Path(path)).runs
    assert run.can_continue


_SAY_WHEN_SAVED = """
from tests.helpers.journeys import is_stored


def script(window):
    yield lambda: window.windowTitle().startswith("mine.wbs")
    window.window_actions["train"].trigger()
    yield lambda: window.runs._controller.run.checkpoint is not None
    window.window_actions["pause"].trigger()
    run = window.runs._controller.run
    yield lambda: run.state.value == "paused"
    yield lambda: is_stored(window)
    say(run.num_steps)
"""


@pytest.fixture
def display() -> Iterator[subprocess.Popen[bytes]]:
    """Start an X server without a screen; its attribute `args` is the display's name."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no Xvfb")
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[theirs], stderr=subprocess.DEVNULL)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        number = pipe.readline().strip()
    if not number:
        pytest.skip("Xvfb does not start here")
    server.args = f":{number}"
    yield server
    server.kill()
    server.wait()


@pytest.mark.slow
def test_that_a_display_which_is_lost_costs_no_step(
    tmp_path: Path, display: subprocess.Popen[bytes]
) -> None:
    values = Plan().values()
    values["loop"]["epochs"] = 10**6
    path, folders = tmp_path / "mine.wbs", user_folders(tmp_path)
    SessionFiles().save(Session(plan=Plan.from_values(values)), path)
    variables = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": str(display.args)}
    window = start_window(_SAY_WHEN_SAVED, path, **folders, **variables)
    assert window.stdout is not None
    steps = int(window.stdout.readline())
    display.kill()
    status, _, _ = end_of(window)
    assert status != 0
    kept = SessionFiles(tmp_path / "own").open(path)
    (run,) = kept.session.runs
    assert (run.num_steps, run.can_continue) == (steps, True)
    kept.close()
