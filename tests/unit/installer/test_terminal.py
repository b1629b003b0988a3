"""Other programs are started visibly, and a long one is never silent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import terminal

INSTALLER = Path(terminal.__file__).parent


def test_that_the_exit_status_of_a_program_is_returned():
    assert terminal.start([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_that_a_long_program_is_reported_until_it_ends(tmp_path, monkeypatch):
    """The program ends when the second line was said, so the test waits for both."""
    said = []

    def say(text):
        said.append(text)
        if len(said) == 2:
            (tmp_path / "enough").touch()

    monkeypatch.setattr(terminal, "say", say)
    program = "import os, time\nwhile not os.path.exists('enough'): time.sleep(0.01)"
    command = [sys.executable, "-c", program]
    assert terminal.start(command, "digging", folder=tmp_path, heartbeat_s=0.01) == 0
    assert all(line.startswith("  ... digging, ") for line in said)


def test_that_a_program_that_speaks_for_itself_is_not_reported(monkeypatch):
    said = []
    monkeypatch.setattr(terminal, "say", said.append)
    terminal.start([sys.executable, "-c", "pass"], heartbeat_s=0.0)
    assert said == []


def test_that_listening_returns_what_was_printed():
    assert terminal.listen([sys.executable, "-c", "print('yes')"]).strip() == "yes"


def test_that_listening_to_a_failing_or_missing_program_returns_nothing():
    assert terminal.listen([sys.executable, "-c", "print('no'); raise SystemExit(1)"]) == ""
    assert terminal.listen(["no-program-has-this-name"]) == ""


def test_that_becoming_a_program_leaves_its_status_and_variables():
    program = (
        "import sys, terminal\n"
        "child = 'import os; raise SystemExit(int(os.environ[\"STATUS\"]))'\n"
        "sys.exit(terminal.become([sys.executable, '-c', child], {'STATUS': '5'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=INSTALLER, check=False)
    assert done.returncode == 5
