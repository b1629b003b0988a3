"""Makes a session of a session file, from everything in it that is sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage.blobs import LAYOUT, PLAN
from workbench.storage.content import BlobKey, Content, newest, read_content
from workbench.storage.damage import Damage
from workbench.storage.marks import FileMarks, RunMark
from workbench.storage.opening import Opened, open_safely
from workbench.storage.probing import DamagedError
from workbench.storage.run_reader import RunReader, blob_marks, read_plan
from workbench.storage.schema import SESSION


@dataclass(frozen=True)
class ReadSession:
    """A session, and what of it is where in its file."""

    session: Session
    marks: FileMarks


def read_session(path: Path, *, thorough: bool = False) -> Session:
    """Read a session; what is damaged is left out and named in its `damage`.

    A run that was under way when it was saved comes back as stopped. With `thorough`
    the indices, which reading does not need, are checked too.

    Raises:
        SessionError: where the file is no session, or nothing in it can be read.
    """
    with open_safely(path) as opened:
        return read_opened(opened, thorough=thorough).session


def read_opened(opened: Opened, *, thorough: bool = False) -> ReadSession:
    """Read the session of a file that is open; see `read_session`.

    Raises:
        DamagedError: where nothing in it can be read.
    """
    damage = Damage()
    content = read_content(opened, damage, thorough=thorough)
    if not (content.runs or content.blobs):
        raise DamagedError(
            f"'{opened.path}' is damaged: neither settings nor runs can be read; the file "
            "is left as it is. Open a backup copy."
        )
    return _Reader(content, damage).read()


class _Reader:
    """Reads all parts of a session, and marks where they are."""

    def __init__(self, content: Content, damage: Damage) -> None:
        self._content = content
        self._damage = damage
        self._runs: dict[str, RunMark] = {}

    def read(self) -> ReadSession:
        plan = newest(self._content, (SESSION, PLAN), self._draft, self._damage)
        if plan is None:
            self._damage.add("the settings of the form are lost; it shows the defaults")
        layout = newest(self._content, (SESSION, LAYOUT), self._bytes, self._damage)
        if layout is None:
            self._damage.add("the layout of the window is lost; it is the default one")
        runs = self._read_runs()
        session = Session(plan or Plan(), runs, layout or b"", self._damage.lines())
        kept = {PLAN: session.plan, LAYOUT: session.layout}
        marks = FileMarks(
            counts=self._content.counts,
            blobs=blob_marks(self._content, SESSION, kept),
            runs=self._runs,
            numbers={id_: mark.number for id_, mark in self._runs.items()},
        )
        return ReadSession(session, marks)

    def _read_runs(self) -> list[Run]:
        runs: list[Run] = []
        for number in self._content.numbers():
            reader = RunReader(self._content, number, self._damage)
            run = reader.read()
            if run is not None and run.id in self._runs:
                self._damage.add("cannot be shown: another run has the same id", number)
            elif run is not None:
                self._runs[run.id] = reader.mark(run)
                runs.append(run)
        return runs

    def _draft(self, key: BlobKey) -> Plan:
        return read_plan(self._content.blob(key)[1].decode())

    def _bytes(self, key: BlobKey) -> bytes:
        return self._content.blob(key)[1]
