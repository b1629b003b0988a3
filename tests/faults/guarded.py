"""Opens files that nobody vouches for, in a process that watches what this brings about.

`python -m tests.faults.guarded FOLDER ORIGINAL…` opens the originals, then forbids
everything that opening a file has no need of, then reads one order a line, as JSON, and
answers it by a line. Nothing outside FOLDER may be written.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.truth import Truth
from workbench.core.errors import SessionError
from workbench.core.saving import Home
from workbench.core.session import Session
from workbench.storage.check import check_session
from workbench.storage.session_file import SessionFiles
from workbench.storage.summary import summarize

_FORBIDDEN = {
    *("exec", "compile", "import", "code.__new__", "function.__new__", "marshal.loads"),
    *("pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.fork"),
    *("os.spawn", "subprocess.Popen", "socket.__new__", "socket.connect", "pty.spawn"),
    *("ctypes.dlopen", "ctypes.call_function", "sqlite3.connect", "webbrowser.open"),
}
_CHANGING = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink"}
_WRITING = 0o3 | 0o100  # O_WRONLY, O_RDWR, O_CREAT


@dataclass(frozen=True)
class States:
    """The originals that a file may be made of, by number.

    It may be read as one of the `quiet` ones without a word about damage. Without any
    it may be read as anything.
    """

    all: list[int]
    quiet: list[int]


class _Watch:
    """Notes and forbids what opening a file has no need of."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self.seen: list[str] = []

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN or self._writes_outside(event, details):
            self.seen.append(f"{event} {details!r:.300}")
            raise RuntimeError(f"{event} is forbidden here")

    def _writes_outside(self, event: str, details: tuple[Any, ...]) -> bool:
        if event == "open":
            path, _, flags = details
            return bool(flags & _WRITING) and not self._is_inside(path)
        folder = details[-1] if event in {"os.remove", "os.rmdir"} else -1
        return event in _CHANGING and not self._is_inside(details[0], folder)

    def _is_inside(self, path: object, folder: int = -1) -> bool:
        if isinstance(path, int):  # of a file that is open
            return True
        start = "" if folder < 0 else os.readlink(f"/proc/self/fd/{folder}")  # noqa: PTH115
        return os.path.join(start, str(path)).startswith(self._folder)  # noqa: PTH118


class _Guard:
    """Opens files in all the ways that there are, and judges what comes of it."""

    def __init__(self, folder: Path, originals: list[Session]) -> None:
        self._files = SessionFiles(folder / "own")
        self._truths = [Truth(original) for original in originals]
        self._is_damaged = False  # what was loaded last
        self.longest_s = 0.0  # of one way to open a file, on the processor

    def open_all_ways(self, path: Path, states: States) -> list[str]:
        """Return what is wrong."""
        before, self._is_damaged = _hashes(path), False
        wrong = [
            *self._try(lambda: self._load(path, states)),
            *self._try(lambda: self._check(path)),
            *self._try(lambda: self._summarize(path)),
        ]
        if _hashes(path) != before:
            wrong.append("reading has changed the file")
        return [*wrong, *self._try(lambda: self._open(path, states))]

    def _try(self, do: Callable[[], list[str]]) -> list[str]:
        """Return what is wrong; a refusal in words is not."""
        start_s = time.process_time()
        try:
            return do()
        except SessionError as error:
            return [] if str(error).endswith(".") else [f"no sentence: {error}"]
        except BaseException as error:  # noqa: BLE001 - it is what is looked for
            return [f"{type(error).__name__}: {error}"]
        finally:
            self.longest_s = max(self.longest_s, time.process_time() - start_s)

    def _load(self, path: Path, states: States) -> list[str]:
        session = self._files.load(path)
        self._is_damaged = bool(session.damage)
        return self._judge(session, states)

    def _judge(self, session: Session, states: States) -> list[str]:
        if not states.all:
            return []
        if not session.damage:
            is_one = any(self._truths[state].is_whole(session) for state in states.quiet)
            return [] if is_one else ["it is another session, and nobody says so"]
        verdicts: list[list[str]] = []
        for state in states.all:
            verdicts.append(list(self._truths[state].lies(session)))
            if not verdicts[-1]:
                break
        return verdicts[-1] and verdicts[0]

    def _check(self, path: Path) -> list[str]:
        is_overlooked = self._is_damaged and not check_session(path)
        return ["the check overlooks damage"] if is_overlooked else []

    @staticmethod
    def _summarize(path: Path) -> list[str]:
        return ["too many runs"] if summarize(path).num_runs > 10 else []

    def _open(self, path: Path, states: States) -> list[str]:
        before = _hashes(path)
        kept = self._files.open(path)
        wrong = self._judge(kept.session, states)
        is_copy = kept.home is Home.COPY
        if not is_copy and kept.session.damage:
            wrong.append("a damaged file is opened in place")
        kept.close()
        if is_copy and _hashes(path) != before:
            wrong.append("a damaged file was changed")
        if not is_copy and self._files.load(path).damage:
            wrong.append("a sound file was damaged")
        return wrong


def _hashes(path: Path) -> dict[str, str]:
    """Return the hashes of a file and of what stands beside it, but not of empty ones."""
    beside = [file for file in sorted(path.parent.iterdir()) if file.is_file()]
    files = [file for file in beside if file.stat().st_size]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main() -> None:
    """Obey the orders of the standard input."""
    folder, *paths = map(Path, sys.argv[1:])
    files = SessionFiles(folder / "own")
    originals = [files.load(path) for path in paths]
    guard = _Guard(folder, originals)
    for number, path in enumerate(paths):  # loads whatever is loaded at first use
        assert guard.open_all_ways(path, States([number], [number])) == []
    with tempfile.TemporaryDirectory():
        watch = _Watch(folder)
    sys.addaudithook(watch)
    for line in sys.stdin:
        order = json.loads(line)
        states = States(order["states"], order["quiet"])
        guard.longest_s = 0.0
        wrong = guard.open_all_ways(Path(order["path"]), states)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        answer = {"wrong": [*wrong, *watch.seen], "kilobytes": usage.ru_maxrss}
        answer["seconds"] = guard.longest_s
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
