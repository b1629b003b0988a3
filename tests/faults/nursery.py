"""Brings up processes that keep a growing session on the disk, and kills them.

`python -m tests.faults.nursery` reads one order a line, as JSON, and answers each by a
line with what the process had acknowledged. Everything is loaded once; each process is a
fork, made while no file is open.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from tests.faults.growing import GrowingSession
from workbench.storage.session_file import SessionFiles

_ROUND = 5  # commits between two changes of the file


@dataclass(frozen=True)
class Life:
    """What a process said before it was killed: the last step and the file it is in."""

    weights_bytes: int
    step: int = -1
    path: Path | None = None


class Nursery:
    """Starts processes in folders of their own and tells what became of them."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

    def live(self, folder: Path, delay_s: float, weights_bytes: int = 2000) -> Life:
        """Let a process live for a while in a folder; return what it acknowledged."""
        said = self._order("grow", folder, delay_s, weights_bytes)
        if not said:
            return Life(weights_bytes)
        step, path = said[-1].split(" ", 1)
        return Life(weights_bytes, int(step), Path(path))

    def migrate(self, folder: Path, delay_s: float) -> None:
        """Let a process open `old.wbs` in a folder again and again, for a while."""
        self._order("migrate", folder, delay_s)

    def _order(self, what: str, folder: Path, *given: float) -> list[str]:
        self._orders.write(f"{json.dumps([what, str(folder), *given])}\n")
        self._orders.flush()
        return [str(line) for line in json.loads(self._answers.readline())]


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Run a nursery in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.nursery"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Nursery(process.stdin, process.stdout)
        process.stdin.close()


def main() -> None:
    """Obey the orders of the standard input."""
    lives = {"grow": _grow_for_ever, "migrate": _migrate_for_ever}
    for line in sys.stdin:
        what, folder, delay_s, *given = json.loads(line)
        said = _bring_up(partial(lives[what], Path(folder)), delay_s, given)
        sys.stdout.write(f"{json.dumps(said)}\n")
        sys.stdout.flush()


def _bring_up(live: Callable[..., None], delay_s: float, given: list[int]) -> list[str]:
    """Fork a process, kill it, and return its whole lines."""
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        live(into, *given)
    os.close(into)
    time.sleep(delay_s)  # the moment of its death is what is asked for
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(out) as pipe:
        text = pipe.read()
    return text.splitlines() if text.endswith("\n") else text.splitlines()[:-1]


def _migrate_for_ever(folder: Path, _: int) -> None:
    files = SessionFiles(folder / "own")
    while True:
        files.open(folder / "old.wbs").close()


def _grow_for_ever(folder: Path, into: int, weights_bytes: int) -> None:
    """Commit, give names, close and open again; say each step that is on the disk."""
    files = SessionFiles(folder / "own")
    growing = GrowingSession(weights_bytes)
    kept = files.begin(growing.session)

    def acknowledge() -> None:
        os.write(into, f"{growing.step} {kept.path}\n".encode())

    acknowledge()
    for turn in range(10_000):
        for _ in range(_ROUND):
            kept.offer(growing.grow(3))
            kept.flush()
            acknowledge()
        if turn % 3 == 0:
            kept.save_as(folder / f"named-{turn % 2}.wbs")
            acknowledge()
        if turn % 3 == 1:
            kept.close()
            kept = files.open(kept.path)


if __name__ == "__main__":
    main()
