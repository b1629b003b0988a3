"""Makes a session of a session file, from everything in it that is sound."""

from __future__ import annotations

from pathlib import Path

from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage.blobs import LAYOUT, PLAN
from workbench.storage.content import BlobKey, Content, newest, read_content
from workbench.storage.damage import Damage
from workbench.storage.opening import open_safely
from workbench.storage.probing import DamagedError
from workbench.storage.run_reader import RunReader, read_plan
from workbench.storage.schema import SESSION


def read_session(path: Path, *, thorough: bool = False) -> Session:
    """Read a session; what is damaged is left out and named in its `damage`.

    A run that was under way when it was saved comes back as stopped. With `thorough`
    the indices, which reading does not need, are checked too.

    Raises:
        SessionError: where the file is no session, or nothing in it can be read.
    """
    damage = Damage()
    with open_safely(path) as opened:
        content = read_content(opened, damage, thorough=thorough)
        if not (content.runs or content.blobs):
            raise DamagedError(
                f"'{path}' is damaged: neither settings nor runs can be read; the file "
                "is left as it is. Open a backup copy."
            )
        return _session(content, damage)


def _session(content: Content, damage: Damage) -> Session:
    def draft(key: BlobKey) -> Plan:
        return read_plan(content.blob(key)[1].decode())

    def bytes_of(key: BlobKey) -> bytes:
        return content.blob(key)[1]

    plan = newest(content, (SESSION, PLAN), draft, damage)
    if plan is None:
        damage.add("the settings of the form are lost; it shows the defaults")
    layout = newest(content, (SESSION, LAYOUT), bytes_of, damage)
    if layout is None:
        damage.add("the layout of the window is lost; it is the default one")
    runs = _runs(content, damage)
    lines = damage.lines()
    return Session(plan=plan or Plan(), runs=runs, layout=layout or b"", damage=lines)


def _runs(content: Content, damage: Damage) -> list[Run]:
    runs: dict[str, Run] = {}
    for number in content.numbers():
        run = RunReader(content, number, damage).read()
        if run is not None and run.id in runs:
            damage.add("cannot be shown: another run has the same id", number)
        elif run is not None:
            runs[run.id] = run
    return list(runs.values())
