"""Reads every sound row of a database, step by step around the damaged ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apsw

from workbench.storage.damage import Damage
from workbench.storage.schema import Row, Table

_MOST_TRIES = 5_000  # rows after unreadable ones that are looked for, one by one
UNREADABLE = (apsw.CorruptError, apsw.TooBigError, apsw.IOError, UnicodeDecodeError)


def sound_rows(connection: apsw.Connection, table: Table, damage: Damage) -> Iterator[Row]:
    """Yield the rows whose types and hash are right; name the others.

    No index is used, and rowids must grow, so that pages which lead in circles end.
    """
    seen: set[Row] = set()
    for row in _readable_rows(connection, table, damage):
        *values, seal = row
        problem = _problem(table, tuple(values), seal)
        key = tuple(values[: table.key])
        if problem is None and key in seen:
            problem = "stands twice"
        if problem is None:
            seen.add(key)
            yield tuple(values)
        else:
            damage.add(f"{_place(table, key)} {problem}", _run_of(table, key))


def _problem(table: Table, values: tuple[Any, ...], seal: Any) -> str | None:
    if [type(value) for value in values] != list(table.columns.values()):
        return "is of the wrong type"
    if type(seal) is not bytes or table.seal(values) != seal:
        return "is damaged"
    return None


def _readable_rows(
    connection: apsw.Connection, table: Table, damage: Damage
) -> Iterator[tuple[Any, ...]]:
    """Yield rows without their rowid; where one cannot be read, go on behind it."""
    last, tries = 0, 0
    while tries <= _MOST_TRIES:
        try:
            for rowid, *values in connection.execute(table.select, (last,)):
                if rowid <= last:
                    raise apsw.CorruptError
                last, tries = rowid, 0
                yield tuple(values)
        except UNREADABLE:
            damage.add(f"part of the table '{table.name}' cannot be read")
            last, tries = last + 1, tries + 1
        else:
            return


def _place(table: Table, key: tuple[Any, ...]) -> str:
    """Name a row by its key, whose values may be anything."""
    words = {
        "header": "the row of ids",
        "run": "its settings and facts",
        "series": "what its {1} series is",
        "chunk": "part {2} of its {1}",
        "blob": "what its {1} is",
        "part": "part {3} of its {1}",
    }[table.name]
    shown = [str(value)[:40] for value in key]
    if _run_of(table, key) == 0:
        words = words.replace("its", "the session's")
    return words.format(*shown)


def _run_of(table: Table, key: tuple[Any, ...]) -> int | None:
    number = key[0] if key else None
    return number if table.name != "header" and type(number) is int else None
