"""The window closed in the middle of a run, again and again: always in good order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Note
from tests.helpers.window_process import end_of, start_window, user_folders
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.session import Session
from workbench.storage.check import check_session
from workbench.storage.session_file import SessionFiles

_CLOSES = 100
_AT_ONCE = 2
_SCRIPT = """
def script(window):
    yield lambda: window.windowTitle().startswith("mine.wbs")
    window.window_actions["train"].trigger()
    run = lambda: window.runs._controller.run
    yield lambda: run() is not None and run().num_steps > {steps}
    window.close()
    yield lambda: button(window, "stop_run") is not None
    button(window, "stop_run").click()
"""


@pytest.mark.slow
def test_a_hundred_closes_in_the_middle_of_a_run_all_exit_with_0(
    tmp_path: Path, note_figure: Note, *, is_long: bool
) -> None:
    closes = _CLOSES if is_long else _AT_ONCE
    for number in range(0, closes, _AT_ONCE):
        files = [_session(tmp_path / str(number + k)) for k in range(_AT_ONCE)]
        windows = [
            start_window(
                _SCRIPT.replace("{steps}", str(37 * (number + k) % 1000)),
                file,
                **user_folders(file.parent),
            )
            for k, file in enumerate(files)
        ]
        for window, file in zip(windows, files, strict=True):
            status, _, errors = end_of(window)
            assert (status, errors) == (0, "")
            assert check_session(file) == []
            (run,) = SessionFiles().load(file).runs
            assert run.state is RunState.STOPPED
            assert run.checkpoint is not None
            assert run.checkpoint.step == run.num_steps
    note_figure(f"{closes} closes in the middle of a run: {closes} × exit status 0")


def _session(folder: Path) -> Path:
    folder.mkdir()
    values = Plan().values()
    values["loop"]["epochs"] = 10**6
    path = folder / "mine.wbs"
    SessionFiles().save(Session(plan=Plan.from_values(values)), path)
    return path
