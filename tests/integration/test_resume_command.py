"""A run that was killed goes on from its file as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command_line import ROOT, assert_mistake, workbench
from workbench.core.run import RunState
from workbench.core.saving import SessionInUseError
from workbench.storage.opening import open_safely
from workbench.storage.reader import read_opened, read_session

_PLAN = ("linear-adam", "--set", "loop.epochs=40000", "--set", "loop.sample_every=500")
_TABLES = ("steps.csv", "epochs.csv", "effective_lr.csv")


def _has_checkpoint(path: Path) -> bool:
    """Look at a file that another process has open."""
    if not path.exists():
        return False
    try:
        with open_safely(path, even_in_use=True) as opened:
            runs = read_opened(opened).session.runs
    except SessionInUseError:  # it is written to all the time: look again
        return False
    return any(run.checkpoint is not None and run.num_steps > 0 for run in runs)


def _killed_run(path: Path) -> None:
    """Train until a state has been stored, and kill the program."""
    command = [sys.executable, "-m", "workbench", "run", *_PLAN, "--save", str(path)]
    with subprocess.Popen([*command, "--quiet"], cwd=ROOT) as process:
        try:
            while not _has_checkpoint(path):
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.1)  # it must not end by itself
        finally:
            process.kill()


def test_a_killed_run_goes_on_to_the_same_digits(tmp_path: Path) -> None:
    path = tmp_path / "killed.wbs"
    _killed_run(path)
    assert workbench("check", path).stdout.endswith("sound\n")
    (before,) = read_session(path).runs
    assert before.state is RunState.STOPPED
    assert 0 < before.num_steps < 40_000
    resumed = workbench("resume", path)
    assert resumed.returncode == 0, resumed.stderr
    assert "exactly, bit for bit" in resumed.stderr
    workbench("export", path, "--csv", tmp_path / "resumed")
    workbench("run", *_PLAN, "--csv", tmp_path / "whole")
    for table in _TABLES:
        whole = (tmp_path / "whole" / table).read_bytes()
        assert (tmp_path / "resumed" / table).read_bytes() == whole
    (after,) = read_session(path).runs
    assert after.resumed[0].is_exact
    assert after.num_steps == 40_000


def test_what_cannot_be_resumed_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.wbs"
    workbench("run", "linear-adam", "--epochs", "5", "--save", path)
    before = path.read_bytes()
    assert_mistake(workbench("resume", path), "finished")
    assert_mistake(workbench("resume", path, "--run", "x"), "No run is called 'x'")
    assert_mistake(workbench("resume", tmp_path / "none.wbs"), "There is no file")
    assert path.read_bytes()[100:] == before[100:]
