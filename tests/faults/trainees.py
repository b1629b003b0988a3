"""Brings up processes that really train on the command line, and kills them.

`python -m tests.faults.trainees` reads one order a line, as JSON, and answers each by a
line. Everything is loaded once; each process is a fork of one that has no thread.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, NoReturn

from tests.helpers.window_process import user_folders
from workbench.cli import main as cli
from workbench.cli import saver
from workbench.core.session import Session
from workbench.engine import clocks
from workbench.engine.checkpointer import Checkpointer
from workbench.storage.live_file import LiveFile

ROOT = Path(__file__).parents[2]
_LOADED_ONCE = ("workbench.engine.trainer", "sklearn.datasets", "pytorch_optimizer")


@dataclass(frozen=True)
class Life:
    """What became of a process: the last step it knew to be on the disk, and its end.

    `status` is that of `os.waitpid` as an exit code, negative where it was killed.
    """

    step: int
    status: int


class Trainees:
    """Runs commands in processes of their own and tells what became of them."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

    def train(self, *arguments: str | Path) -> Life:
        """Run a command of `workbench` to its end."""
        return self._order(arguments)

    def train_for(self, delay_s: float, *arguments: str | Path) -> Life:
        """Kill a command after a while, if it still runs.

        It takes a checkpoint twenty times a second.
        """
        return self._order(arguments, delay_s=delay_s)

    def train_until(self, step: int, *arguments: str | Path) -> Life:
        """Kill a command as soon as its checkpoint of this step is on the disk.

        It has done one more step by then, and is in the next.
        """
        return self._order(arguments, step=step)

    def _order(self, arguments: tuple[str | Path, ...], **more: float) -> Life:
        values = {"arguments": [str(one) for one in arguments], **more}
        self._orders.write(f"{json.dumps(values)}\n")
        self._orders.flush()
        return Life(*json.loads(self._answers.readline()))


@contextmanager
def trainees(folder: Path) -> Iterator[Trainees]:
    """Run the process that starts the others; the program's own files go to a folder."""
    command = [sys.executable, "-m", "tests.faults.trainees"]
    pipe = subprocess.PIPE
    env = os.environ | user_folders(folder)
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=env
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Trainees(process.stdin, process.stdout)
        process.stdin.close()


def main() -> None:
    """Obey the orders of the standard input."""
    for name in _LOADED_ONCE:
        import_module(name)
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(_bring_up(**json.loads(line)))}\n")
        sys.stdout.flush()


def _bring_up(
    arguments: list[str], delay_s: float | None = None, step: int | None = None
) -> tuple[int, int]:
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.close(out)
        _live(arguments, into, is_short=delay_s is not None, until=step)
    os.close(into)
    said = b""
    if delay_s is not None:  # the moment of its death is what is asked for
        said = _listen(out, delay_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(out, "rb") as pipe:
        *whole_lines, _ = (said + pipe.read()).split(b"\n")
    _, status = os.waitpid(child, 0)
    last = int(whole_lines[-1]) if whole_lines else 0
    return last, os.waitstatus_to_exitcode(status)


def _listen(pipe: int, longest_s: float) -> bytes:
    """Return what comes through a pipe until the time is over or its other end closed."""
    said, end_s = b"", time.monotonic() + longest_s
    while select.select([pipe], [], [], max(0.0, end_s - time.monotonic()))[0]:
        part = os.read(pipe, 65536)
        if not part:
            break
        said += part
    return said


def _live(
    arguments: list[str], into: int, *, is_short: bool, until: int | None
) -> NoReturn:
    """Run the command; nothing of this process is of use to anybody afterwards."""
    os.dup2(2, 1)  # the standard output is for answers
    if is_short:
        clocks._SHORTEST_S = 0.05
    if until is not None:
        _stand_still_in(until)
    _tell_commits(into, until)
    os._exit(cli.main(arguments, lambda *_: None))


def _tell_commits(into: int, until: int | None) -> None:
    """Say each step that is on the disk; end where the checkpoint looked for is."""
    saver._EVERY_S = 0.02
    commit = LiveFile.commit

    def commit_and_tell(file: LiveFile, session: Session) -> bool:
        run = session.runs[-1]
        num_steps = run.num_steps  # it trains on meanwhile
        has_changed = commit(file, session)
        os.write(into, f"{num_steps}\n".encode())
        if until is not None and run.checkpoint and run.checkpoint.step == until:
            os.kill(os.getpid(), signal.SIGKILL)
        return has_changed

    LiveFile.commit = commit_and_tell  # type: ignore[method-assign]  # to see it


def _stand_still_in(step: int) -> None:
    """Take a checkpoint before every step up to this one, and never end the next."""
    calls = 0

    def is_due(_checkpointer: Checkpointer) -> bool:
        nonlocal calls
        calls += 1  # one step less has been done
        if calls - 1 > step:
            threading.Event().wait()
        return True

    Checkpointer.is_due = property(is_due)  # type: ignore[assignment,method-assign]  # to hold it


if __name__ == "__main__":
    main()
