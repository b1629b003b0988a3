from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from pathlib import Path

import apsw
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.sessions import full_session, small_session
from workbench.storage import schema
from workbench.storage.session_file import SessionFiles

_VALUES = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.binary(max_size=4)
)
_ROWS = st.lists(_VALUES, max_size=3).map(tuple)


def _connection(path: Path) -> apsw.Connection:
    SessionFiles().save(full_session(), path)
    return apsw.Connection(str(path))


def _column(connection: apsw.Connection, statement: str) -> list[object]:
    return [row[0] for row in connection.execute(statement)]


@given(_ROWS, _ROWS)
def test_that_two_different_rows_never_share_a_seal(
    one: tuple[schema.Value, ...], other: tuple[schema.Value, ...]
) -> None:
    same = [(type(v), repr(v)) for v in one] == [(type(v), repr(v)) for v in other]
    assert (schema.RUN.seal(one) == schema.RUN.seal(other)) == same


def test_that_the_same_row_has_another_seal_in_another_table() -> None:
    assert schema.BLOB.seal((1, "a", 0)) != schema.PART.seal((1, "a", 0))


def test_that_a_seal_is_the_hash_that_the_format_promises() -> None:
    content = (
        b"part" + b"i" + struct.pack("<q", 7) + b"s" + struct.pack("<q", 2) + b"\xc3\xbc"
    )
    content += b"b" + struct.pack("<q", 1) + b"\0" + b"f" + struct.pack("<d", 0.5)
    wanted = hashlib.sha256(content).digest()
    assert schema.PART.seal((7, "ü", b"\0", 0.5)) == wanted


def test_that_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.wbs"
    SessionFiles().save(small_session(), path)
    content = path.read_bytes()
    assert content.startswith(b"SQLite format 3\0")
    assert content[60:64] == (1 << 16 | 1).to_bytes(4, "big")
    assert content[68:72] == b"WBSN"
    assert content[18:20] == b"\1\1"  # no write-ahead log: one plain file


def test_that_the_schema_of_a_file_is_the_one_that_readers_compare_with(
    tmp_path: Path,
) -> None:
    connection = _connection(tmp_path / "a.wbs")
    statement = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
    found: Iterable[tuple[object, ...]] = connection.execute(statement)
    assert set(found) == schema.schema_objects()
    connection.close()


def test_that_no_row_is_larger_than_promised(tmp_path: Path) -> None:
    session = full_session()
    checkpoint = session.runs[0].checkpoint
    assert checkpoint is not None
    object.__setattr__(checkpoint, "tensors", bytes(9 * 2**20))
    path = tmp_path / "a.wbs"
    SessionFiles().save(session, path)
    connection = apsw.Connection(str(path))
    sizes = _column(connection, "SELECT length(data) FROM part WHERE name = 'weights'")
    assert sizes == [1000, 4 * 2**20, 4 * 2**20, 2**20]
    assert max(_column(connection, "SELECT count FROM chunk")) <= 4096  # type: ignore[type-var]  # numbers
    assert max(_column(connection, "SELECT length(data) FROM chunk")) <= 2**20  # type: ignore[type-var]  # numbers
    connection.close()


def test_that_sqlite_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    connection = _connection(tmp_path / "a.wbs")
    assert _column(connection, "PRAGMA integrity_check") == ["ok"]
    connection.close()
