"""Two starts at once take turns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lock

HOLD = """
import sys
from pathlib import Path
from lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=Path(lock.__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_that_the_second_waits_for_the_first_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "tools" / "lock"
    said = []
    with holder(path) as first:

        def say(text):
            said.append(text)
            assert first.poll() is None
            first.stdin.close()  # only now does the first let go

        monkeypatch.setattr(lock, "say", say)
        monkeypatch.setattr(lock, "_RETRY_S", 0.01)
        with lock.only_one(path):
            assert len(said) == 1


def test_that_a_killed_holder_blocks_nobody(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    with holder(path) as first:
        first.kill()
        first.wait()
    monkeypatch.setattr(lock, "say", refuse_to_wait)
    with lock.only_one(path):
        assert path.exists()


def refuse_to_wait(text: str) -> None:
    raise AssertionError(text)
