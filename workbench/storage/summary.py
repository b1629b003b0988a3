"""Says in a few facts what is in a session file, without reading all of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workbench.storage import histories, schema
from workbench.storage.damage import Damage
from workbench.storage.facts import RunFacts
from workbench.storage.jsontext import loads
from workbench.storage.opening import Opened, open_safely
from workbench.storage.salvage import sound_rows


@dataclass(frozen=True)
class Summary:
    """What a session file holds; `run` was under way when it was last written."""

    written_at: datetime  # local time
    num_runs: int
    run: str = ""
    step: int = 0  # how far that run got
    is_empty: bool = False  # nothing is lost with it: there is no run, sound or damaged


def summarize(path: Path) -> Summary:
    """Read the facts of a session and its runs.

    Raises:
        SessionInUseError: where it is open elsewhere.
        SessionError: where it cannot be read or is no session.
    """
    with open_safely(path) as opened:
        runs, written_at = _runs(opened), _written_at(opened)
        under_way = [(number, run) for number, run in runs if not run.state.is_over]
        if not under_way:
            is_empty = not runs and _says_that_it_is_empty(opened)
            return Summary(written_at, len(runs), is_empty=is_empty)
        number, run = under_way[-1]
        return Summary(written_at, len(runs), run.name, _steps(opened, number))


def _runs(opened: Opened) -> list[tuple[int, RunFacts]]:
    found = []
    for number, facts, _ in sound_rows(opened.connection, schema.RUN, Damage()):
        try:
            found.append((int(number), RunFacts.from_values(loads(str(facts)))))
        except ValueError:
            continue
    return sorted(found, key=lambda run: run[0])


def _says_that_it_is_empty(opened: Opened) -> bool:
    """Say whether there never was a run: rows that are damaged are counted too."""
    for header in sound_rows(opened.connection, schema.HEADER, Damage()):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return int(loads(str(header[5]))[schema.RUN.name]) == 0
    return False


def _written_at(opened: Opened) -> datetime:
    for header in sound_rows(opened.connection, schema.HEADER, Damage()):
        try:
            return datetime.fromisoformat(str(header[4])).astimezone()
        except ValueError:
            break
    return datetime.fromtimestamp(opened.path.stat().st_mtime).astimezone()


def _steps(opened: Opened, number: int) -> int:
    for row in sound_rows(opened.connection, schema.SERIES, Damage()):
        if row[:2] == (number, histories.STEPS):
            return int(row[3])
    return 0
