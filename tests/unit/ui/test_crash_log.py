"""What a crash inside a library leaves for the next start."""

from __future__ import annotations

import faulthandler
from pathlib import Path

from workbench.ui.crash_log import CrashLog


def test_that_what_was_written_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "crash.log"
    first = CrashLog(path)
    assert first.last == ""
    assert faulthandler.is_enabled()
    with path.open("a") as file:
        faulthandler.dump_traceback(file)
    first.close()
    second = CrashLog(path)
    second.close()
    assert "most recent call first" in second.last
    third = CrashLog(path)
    third.close()
    assert third.last == ""


def test_that_closing_leaves_the_handler_as_it_was(tmp_path: Path) -> None:
    was_enabled = faulthandler.is_enabled()
    CrashLog(tmp_path / "crash.log").close()
    assert faulthandler.is_enabled() is was_enabled


def test_that_it_works_without_a_place_for_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = CrashLog(tmp_path / "file" / "crash.log")
    assert log.last == ""
    log.close()
