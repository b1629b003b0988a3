"""Adds, replaces and removes rows of a session file with their hashes; counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import apsw

from workbench import __version__
from workbench.storage import schema
from workbench.storage.jsontext import dumps
from workbench.storage.schema import Row, Table, Value


class Rows:
    """What one transaction does to the rows; `counts` says how many there are after it."""

    def __init__(self, connection: apsw.Connection, counts: Mapping[str, int]) -> None:
        self._connection = connection
        self.counts = Counter(counts)
        self.has_changed = False

    def add(self, table: Table, row: Row) -> None:
        """Add a row whose key is new."""
        self._connection.execute(table.insert, (*row, table.seal(row)))
        self.counts[table.name] += 1
        self.has_changed = True

    def put(self, table: Table, row: Row) -> None:
        """Add a row, or put it in the place of that with the same key."""
        self.remove(table, *row[: table.key])
        self.add(table, row)

    def remove(self, table: Table, *key: Value) -> None:
        """Remove the rows whose first columns are those of the key."""
        names = tuple(table.columns)[: len(key)]
        where = " AND ".join(f"{name} = ?" for name in names)
        statement = f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608 - constants
        self._connection.execute(statement, key)
        removed = self._connection.changes()
        self.counts[table.name] -= removed
        self.has_changed |= removed > 0

    def seal_header(self) -> None:
        """Write the row of ids anew, with the counts as they are now."""
        written_at = datetime.now(UTC).isoformat(timespec="seconds")
        ids = (schema.APPLICATION_ID, schema.USER_VERSION)
        counts = dumps({table.name: self.counts[table.name] for table in schema.COUNTED})
        row = (1, *ids, __version__, written_at, counts)
        self._connection.execute("DELETE FROM header")
        self._connection.execute(schema.HEADER.insert, (*row, schema.HEADER.seal(row)))
