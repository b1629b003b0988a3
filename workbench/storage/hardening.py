"""Makes a connection to a file that nobody vouches for harmless.

Nothing that a file defines is ever run: views, triggers and expressions in its schema are
switched off, and a schema that is not ours to the letter is refused before anything else
is read.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import apsw

from workbench.storage import schema
from workbench.storage.probing import DamagedError, is_newer

_SETTINGS = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
    (apsw.SQLITE_DBCONFIG_DQS_DDL, 0),
    (apsw.SQLITE_DBCONFIG_DQS_DML, 0),
)
_NO_ATTACHING = (
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, 0),
)
_LIMITS = (
    (apsw.SQLITE_LIMIT_LENGTH, schema.MAX_ROW_BYTES),
    (apsw.SQLITE_LIMIT_SQL_LENGTH, 10_000),
    (apsw.SQLITE_LIMIT_COLUMN, 32),
    (apsw.SQLITE_LIMIT_EXPR_DEPTH, 32),
    (apsw.SQLITE_LIMIT_COMPOUND_SELECT, 2),
    (apsw.SQLITE_LIMIT_WORKER_THREADS, 0),
)
_TABLES = {"sqlite_master", "sqlite_schema", *(table.name for table in schema.TABLES)}
_PRAGMAS = {"quick_check", "integrity_check", "application_id", "user_version"}
_READ_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
_PLAIN_TABLE = re.compile(  # no parentheses inside, so no expressions
    r"CREATE TABLE \w+ \([\w ,]+(, PRIMARY KEY \([\w ,]+\))?\) STRICT"
)
_SECONDS, _BYTES_PER_SECOND = 20.0, 10 * 2**20  # more than a slow machine needs
_OPCODES = 10_000  # between two looks at the clock


def harden(connection: apsw.Connection) -> None:
    """Switch off everything in SQLite that a file could make use of."""
    for option, value in _SETTINGS:
        connection.config(option, value)
    for limit, value in _LIMITS:
        connection.limit(limit, value)
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # a log needs no shared memory


def allow_only_reading(connection: apsw.Connection, size: int) -> None:
    """Let nothing be written, and nothing take longer than a file of `size` may take."""
    for option, value in _NO_ATTACHING:
        connection.config(option, value)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    deadline = time.monotonic() + _SECONDS + size / _BYTES_PER_SECOND
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _OPCODES)
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorize)


def allow_all(connection: apsw.Connection) -> None:
    """Take back `allow_only_reading`: what is in the file has been found sound."""
    connection.set_authorizer(None)
    connection.set_progress_handler(None)
    connection.execute("PRAGMA query_only = OFF")
    for option, _ in _NO_ATTACHING:
        connection.config(option, 1)
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 1)  # VACUUM INTO attaches its target


def check_schema(path: Path, connection: apsw.Connection, user_version: int) -> None:
    """Compare every object of the schema with ours, before anything else is read.

    Checks of integrity would already evaluate what a foreign schema defines, so they
    come later.

    Raises:
        DamagedError: where it is another one.
    """
    found = set()
    for kind, name, table, sql in connection.execute(_READ_SCHEMA):
        found.add((kind, name, table, sql or ""))
        if len(found) > 100:
            break
    wanted = schema.schema_objects()
    extra = {row for row in found - wanted if not _is_later_addition(row, user_version)}
    if extra or wanted - found:
        raise DamagedError(
            f"'{path}' has not the tables of a session: it is damaged or was changed by "
            "another program. Open a backup copy."
        )


def _authorize(
    operation: int, first: str | None, second: str | None, *_: str | None
) -> int:
    """Allow reading our tables and asking for checks, nothing else."""
    del second
    allowed = (
        operation == apsw.SQLITE_SELECT
        or (operation == apsw.SQLITE_READ and first in _TABLES)
        or (operation == apsw.SQLITE_PRAGMA and first in _PRAGMAS)
    )
    return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY


def _is_later_addition(row: tuple[object, ...], user_version: int) -> bool:
    """Say whether a newer minor version may have added this: a plain table, no code."""
    kind, _, _, sql = row
    is_automatic = kind == "index" and not sql
    is_plain = kind == "table" and _PLAIN_TABLE.fullmatch(str(sql)) is not None
    return is_newer(user_version) and (is_automatic or is_plain)
