"""The tables of a session file, and the hash that seals each of their rows.

A `.wbs` file is one SQLite database. Its content is the same whether a session is
written in one piece or grows while runs train:

- `header`: one row that repeats the ids of the file and counts the rows of all tables,
  so that rows that vanish are noticed.
- `run`: facts and settings of one run. Runs are numbered from 1 in the order in which
  they were made; number 0 stands for the session itself.
- `series` and `chunk`: what grows with every step, epoch and sample. A series says what
  its columns are and how many rows it has; its chunks hold those rows, `first` up to
  `first + count`, as float64, little-endian, row after row.
- `blob` and `part`: bytes written at once: pictures, weights, the window's layout. Blobs
  of one name may have several generations; the newest sound one counts.

Numbers in text are JSON as `workbench.storage.jsontext` writes it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import apsw

APPLICATION_ID = 0x5742534E  # "WBSN"
MAJOR, MINOR = 1, 1
USER_VERSION = MINOR << 16 | MAJOR

MAX_ROW_BYTES = 16 * 2**20  # of one row; larger ones are neither written nor read
PART_BYTES = 4 * 2**20
CHUNK_ROWS = 4096
CHUNK_BYTES = 2**16  # little enough to write the last chunk anew while it grows

SESSION = 0  # the run number of what belongs to the whole session

Value = int | float | str | bytes
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """One table: its SQL, and its columns without the hash, of which some are the key."""

    name: str
    sql: str
    columns: Mapping[str, type]
    key: int  # how many of the first columns tell a row from the others

    @property
    def insert(self) -> str:
        """Return the statement that adds a row with its hash."""
        marks = ", ".join("?" * (len(self.columns) + 1))
        return f"INSERT INTO {self.name} VALUES ({marks})"  # noqa: S608 - a constant

    @property
    def select(self) -> str:
        """Return the statement that reads the rows after a rowid, without any index."""
        columns = ", ".join(self.columns)
        return (  # the names are constants of this module
            f"SELECT rowid, {columns}, sha256 FROM {self.name} NOT INDEXED "  # noqa: S608
            "WHERE rowid > ? ORDER BY rowid"
        )

    def seal(self, row: Row) -> bytes:
        """Return the SHA-256 over the table's name and all values with their types."""
        digest = hashlib.sha256(self.name.encode())
        for value in row:
            for piece in _tagged(value):
                digest.update(piece)
        return digest.digest()


HEADER = Table(
    "header",
    "CREATE TABLE header (id INTEGER PRIMARY KEY, application_id INTEGER NOT NULL, "
    "user_version INTEGER NOT NULL, program TEXT NOT NULL, written_at TEXT NOT NULL, "
    "rows TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT",
    {
        "id": int,
        "application_id": int,
        "user_version": int,
        "program": str,
        "written_at": str,
        "rows": str,
    },
    key=1,
)
RUN = Table(
    "run",
    "CREATE TABLE run (number INTEGER PRIMARY KEY, facts TEXT NOT NULL, "
    "plan TEXT NOT NULL, sha256 BLOB NOT NULL) STRICT",
    {"number": int, "facts": str, "plan": str},
    key=1,
)
SERIES = Table(
    "series",
    "CREATE TABLE series (run INTEGER NOT NULL, name TEXT NOT NULL, "
    "layout TEXT NOT NULL, count INTEGER NOT NULL, sha256 BLOB NOT NULL, "
    "PRIMARY KEY (run, name)) STRICT",
    {"run": int, "name": str, "layout": str, "count": int},
    key=2,
)
CHUNK = Table(
    "chunk",
    "CREATE TABLE chunk (run INTEGER NOT NULL, series TEXT NOT NULL, "
    "seq INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, "
    "data BLOB NOT NULL, sha256 BLOB NOT NULL, PRIMARY KEY (run, series, seq)) STRICT",
    {"run": int, "series": str, "seq": int, "first": int, "count": int, "data": bytes},
    key=3,
)
BLOB = Table(
    "blob",
    "CREATE TABLE blob (run INTEGER NOT NULL, name TEXT NOT NULL, "
    "generation INTEGER NOT NULL, facts TEXT NOT NULL, size INTEGER NOT NULL, "
    "sha256 BLOB NOT NULL, PRIMARY KEY (run, name, generation)) STRICT",
    {"run": int, "name": str, "generation": int, "facts": str, "size": int},
    key=3,
)
PART = Table(
    "part",
    "CREATE TABLE part (run INTEGER NOT NULL, name TEXT NOT NULL, "
    "generation INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL, "
    "sha256 BLOB NOT NULL, PRIMARY KEY (run, name, generation, seq)) STRICT",
    {"run": int, "name": str, "generation": int, "seq": int, "data": bytes},
    key=4,
)

TABLES = (HEADER, RUN, SERIES, CHUNK, BLOB, PART)
COUNTED = (RUN, SERIES, CHUNK, BLOB, PART)


def schema_objects(tables: Iterable[Table] = TABLES) -> set[tuple[str, str, str, str]]:
    """Return what `sqlite_schema` must hold: (type, name, table, SQL or nothing)."""
    found = set()
    for table in tables:
        found.add(("table", table.name, table.name, table.sql))
        if "PRIMARY KEY (" in table.sql:
            index = f"sqlite_autoindex_{table.name}_1"
            found.add(("index", index, table.name, ""))
    return found


def create(connection: apsw.Connection) -> None:
    """Mark an empty database as a session file and make its tables."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {USER_VERSION}")
    for table in TABLES:
        connection.execute(table.sql)


def _tagged(value: Value) -> tuple[bytes, bytes]:
    """Return a value as bytes behind its type and length: no two rows look the same."""
    match value:
        case int():
            return b"i", struct.pack("<q", value)
        case float():
            return b"f", struct.pack("<d", value)
        case str():
            text = value.encode()
            return b"s" + struct.pack("<q", len(text)), text
        case bytes():
            return b"b" + struct.pack("<q", len(value)), value
