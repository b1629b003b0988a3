"""Another program that has a session open, and does what it is told.

`python -m tests.faults.other_program OWN` reads one order a line, as JSON, and answers
each by a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.growing import GrowingSession
from workbench.core.errors import SessionError
from workbench.storage.kept_session import KeptSession
from workbench.storage.session_file import SessionFiles


class OtherProgram:
    """A process with one session."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def ask(self, order: str, argument: object = None) -> Any:
        """Give an order and wait for the answer."""
        self.tell(order, argument)
        return self.answer()

    def tell(self, order: str, argument: object = None) -> None:
        """Give an order: begin, open, grow, status or close."""
        assert self._process.stdin is not None
        given = None if argument is None else str(argument)
        self._process.stdin.write(f"{json.dumps([order, given])}\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Return the answer to an order."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def kill(self) -> None:
        """End it without a warning."""
        self._process.kill()
        self._process.wait()


@contextmanager
def other_program(own: Path) -> Iterator[OtherProgram]:
    """Run another program that shares our own folder."""
    command = [sys.executable, "-m", "tests.faults.other_program", str(own)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        program = OtherProgram(process)
        try:
            yield program
        finally:
            program.kill()


class _Session:
    """What the process does with its session."""

    def __init__(self, own: Path) -> None:
        self._files = SessionFiles(own)
        self._growing = GrowingSession()
        self._kept: KeptSession

    def obey(self, order: str, argument: str | None) -> object:
        try:
            return getattr(self, order)(argument)
        except SessionError as error:
            return f"{type(error).__name__}: {error}"

    def begin(self, path: str | None) -> str:
        given = None if path is None else Path(path)
        self._kept = self._files.begin(self._growing.session, given)
        return str(self._kept.path)

    def open(self, path: str) -> str:
        self._kept = self._files.open(Path(path))
        return str(self._kept.home)

    def grow(self, steps: str) -> int:
        self._kept.offer(self._growing.grow(int(steps)))
        self._kept.flush()
        return self._growing.step

    def status(self, _: None) -> list[object]:
        status = self._kept.status()
        return [str(status.trouble), status.is_slow, status.held_steps]

    def close(self, _: None) -> str:
        self._kept.close()
        return "closed"


def main() -> None:
    """Obey the orders of the standard input."""
    session = _Session(Path(sys.argv[1]))
    for line in sys.stdin:
        answer = session.obey(*json.loads(line))
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
