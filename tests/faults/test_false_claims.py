"""Files that claim what cannot be, under right hashes, cost nothing and run nothing."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.faults.guard import LONGEST_S, Guard, guarding
from tests.helpers.hostile_schemas import HOSTILE_SCHEMAS
from tests.helpers.runs import make_tensors
from tests.helpers.sessions import add_row, execute, full_session, reseal, small_session
from workbench.core.rates import STATISTICS, Quantity
from workbench.storage import schema
from workbench.storage.histories import ColumnsLayout, RatesLayout
from workbench.storage.jsontext import dumps
from workbench.storage.session_file import SessionFiles

_MEGABYTES = 50.0
_DEEP = "[" * 1_000_000
_DIGITS = "9" * 5000
_HUGE = 10 * 2**30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("claims")


@pytest.fixture(scope="module")
def guard(folder: Path) -> Iterator[Guard]:
    warm = folder / "warm.wbs"
    SessionFiles(folder / "own").save(full_session(), warm)
    with guarding(folder, [warm]) as process:
        yield process


@pytest.fixture
def path(folder: Path) -> Iterator[Path]:
    made = folder / "claims" / "a.wbs"
    made.parent.mkdir()
    SessionFiles(folder / "own").save(small_session(), made)
    yield made
    for file in made.parent.iterdir():
        file.unlink()
    made.parent.rmdir()


def _seal(table: schema.Table, **values: Any) -> Callable[[Path], None]:
    return lambda path: reseal(path, table, **values)


def _varint(number: int) -> bytes:
    """Write a number as SQLite does: seven bits a byte, the highest first."""
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))


def _claim_10_gb_in_the_record_header(path: Path) -> None:
    """Say of a row on its page that its blob has 10 GB."""
    add_row(path, schema.PART, 1, "weights", 7, 0, bytes(3000))
    old = bytes((9, 27, 1, 8)) + _varint(2 * 3000 + 12) + bytes((76,))
    old = bytes((len(old) + 1,)) + old
    new = bytes((9, 27, 1, 8)) + _varint(2 * _HUGE + 12) + bytes((76,))
    new = bytes((len(new) + 1,)) + new
    data = bytearray(path.read_bytes())
    start = data.index(old) - 3  # before it: the length of the row, and its number
    cell = _varint(_HUGE + 100) + data[start + 2 : start + 3] + new
    data[start : start + len(cell)] = cell
    path.write_bytes(data)


def _rates(tensors: int, rows: int, quantities: tuple[str, ...]) -> Callable[[Path], None]:
    """Claim rates of very many tensors, of which hardly anything is stored."""

    def change(path: Path) -> None:
        layout = {
            "tensors": make_tensors(1)[:1] * tensors,
            "quantities": quantities,
            "statistics": STATISTICS if quantities else (),
        }
        execute(path, "DELETE FROM series", "DELETE FROM chunk")
        add_row(path, schema.SERIES, 1, "rates", dumps(layout), rows)
        if rows:
            steps = struct.pack(f"<{rows}d", *range(rows))
            add_row(path, schema.CHUNK, 1, "rates", 0, 0, rows, steps)

    return change


def _layers(count: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        layout = dumps({"layers": ("",) * count})
        add_row(path, schema.SERIES, 1, "activity", layout, 0)

    return change


def _columns(path: Path) -> None:
    layout = {"columns": ("loss", "lr", *map(str, range(100_000)))}
    execute(path, "DELETE FROM series", "DELETE FROM chunk")
    add_row(path, schema.SERIES, 1, "steps", dumps(layout), 2**40)


def _shape(path: Path) -> None:
    text = dumps(RatesLayout(make_tensors(1), tuple(Quantity), STATISTICS))
    execute(path, "DELETE FROM series WHERE name = 'rates'")
    add_row(path, schema.SERIES, 1, "rates", text.replace("64", str(2**62)), 2)


def _far_chunk(path: Path) -> None:
    """Put the only row of a series so far on that all before it would be a gap."""
    execute(path, "DELETE FROM chunk", "DELETE FROM series")
    layout = dumps(ColumnsLayout(("loss", "lr")))
    add_row(path, schema.SERIES, 1, "steps", layout, 2**50)
    add_row(path, schema.CHUNK, 1, "steps", 0, 2**50 - 1, 1, bytes(16))


def _many_rows(path: Path) -> None:
    """Add 50,000 rows that belong to nothing."""
    connection = apsw.Connection(str(path))
    with connection:
        for number in range(50_000):
            row = (number + 2, "", "")
            values = (*row, schema.RUN.seal(row))
            connection.execute(schema.RUN.insert, values)
    connection.close()


class _Canary:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch canary",)


def _pickles(path: Path) -> None:
    evil = pickle.dumps(_Canary())
    for table, column in ((schema.PART, "data"), (schema.CHUNK, "data")):
        reseal(path, table, **{column: evil})
    reseal(path, schema.BLOB, size=len(evil))


_CLAIMS: dict[str, Callable[[Path], None]] = {
    "a blob of 10 GB in the header of a row": _claim_10_gb_in_the_record_header,
    "a blob of 10 GB": _seal(schema.BLOB, size=_HUGE),
    "a shape of 2^62": _shape,
    "2^62 rows": _seal(schema.SERIES, count=2**62),
    "a chunk of 2^62 rows": _seal(schema.CHUNK, count=2**62),
    "a chunk after 2^62 rows": _seal(schema.CHUNK, first=2**62),
    "a chunk behind a gap of 16 PB": _far_chunk,
    "deep facts": _seal(schema.RUN, facts=_DEEP),
    "a deep plan": _seal(schema.RUN, plan=_DEEP),
    "a deep plan of objects": _seal(schema.RUN, plan='{"a":' * 500_000),
    "a deep layout": _seal(schema.SERIES, layout=_DEEP),
    "deep facts of blobs": _seal(schema.BLOB, facts=_DEEP),
    "deep blobs": _seal(schema.PART, data=_DEEP.encode()),
    "1e999 in facts": _seal(schema.RUN, facts='{"elapsed_s":1e999}'),
    "1e999 in the plan": _seal(schema.RUN, plan='{"optimizer":{"lr":1e999}}'),
    "5,000 digits in facts": _seal(schema.RUN, facts=f'{{"colour":{_DIGITS}}}'),
    "5,000 digits in the plan": _seal(schema.RUN, plan=f'{{"a":{_DIGITS}}}'),
    "5,000 digits in a layout": _seal(schema.SERIES, layout=f'{{"columns":[{_DIGITS}]}}'),
    "5,000 digits of counts": _seal(schema.HEADER, rows=f'{{"run":{_DIGITS}}}'),
    "a name of a loss that is a function": _seal(
        schema.RUN, plan='{"loss":{"kind":"os.system"}}'
    ),
    "20,000 tensors of which nothing is stored": _rates(20_000, 1000, ()),
    "10,000 tensors of which nothing is stored": _rates(10_000, 2000, ()),
    "20,000 tensors without a sample": _rates(20_000, 0, tuple(Quantity)),
    "1,000,000 layers": _layers(1_000_000),
    "20,000 layers": _layers(20_000),
    "100,000 columns": _columns,
    "50,000 rows too many": _many_rows,
    "pickles": _pickles,
}


@pytest.mark.parametrize("claim", _CLAIMS.values(), ids=_CLAIMS.keys())
def test_that_a_false_claim_costs_nothing_and_runs_nothing(
    guard: Guard, path: Path, claim: Callable[[Path], None]
) -> None:
    before = guard.open(path, (), ()).megabytes
    claim(path)
    verdict = guard.open(path, (), ())
    assert verdict.wrong == []
    assert verdict.seconds < LONGEST_S
    assert verdict.megabytes - before < _MEGABYTES
    assert not Path("canary").exists()


@pytest.mark.parametrize("statements", HOSTILE_SCHEMAS.values(), ids=HOSTILE_SCHEMAS.keys())
@pytest.mark.parametrize("version", [schema.USER_VERSION, 9 << 16 | 1])
def test_that_a_hostile_schema_runs_nothing_however_the_file_is_opened(
    guard: Guard, path: Path, statements: list[str], version: int
) -> None:
    before = guard.open(path, (), ()).megabytes
    execute(path, *statements, f"PRAGMA user_version = {version}")
    verdict = guard.open(path, (), ())
    assert verdict.wrong == []
    assert verdict.seconds < 1
    assert verdict.megabytes - before < _MEGABYTES
