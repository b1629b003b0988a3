"""Asks a guarded process to open files; see `guarded`."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

LONGEST_S = 5.0  # on the processor, for one way of opening a file
_HANG_S = 60.0  # for all of them, together with what judges them


@dataclass(frozen=True)
class Verdict:
    """What came of opening one file."""

    wrong: list[str]
    megabytes: float  # the most memory that the process ever had
    seconds: float  # on the processor, for the slowest way of opening it


class Guard:
    """A process that opens files; an assertion fails where it crashes or hangs."""

    def __init__(self, process: subprocess.Popen[str], out: IO[str]) -> None:
        self._process, self._out = process, out
        self.megabytes = 0.0

    def open(self, path: Path, states: Sequence[int], quiet: Sequence[int]) -> Verdict:
        """Have a file opened in all ways; see `guarded.States`."""
        assert self._process.stdin is not None
        order = {"path": str(path), "states": list(states), "quiet": list(quiet)}
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        answer = self._answer(path)
        megabytes = answer["kilobytes"] / 1024
        return Verdict(answer["wrong"], megabytes, answer["seconds"])

    def _answer(self, path: Path) -> dict[str, Any]:
        before_s = self._cpu_s()
        while not select.select([self._out], [], [], _HANG_S)[0]:
            if self._cpu_s() - before_s > _HANG_S:
                self._process.kill()
                raise AssertionError(f"{path} hangs")
        line = self._out.readline()
        assert line, f"{path} crashes"
        return dict(json.loads(line))

    def _cpu_s(self) -> float:
        """Return the time that the process has computed for: others may be busy too."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def guarding(folder: Path, originals: Sequence[Path]) -> Iterator[Guard]:
    """Run a guarded process that may write into `folder` only."""
    temporary = folder / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "tests.faults.guarded", folder, *originals]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Guard(process, process.stdout)
        process.stdin.close()
