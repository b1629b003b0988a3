"""Writes a whole session into a new, empty database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from workbench import __version__
from workbench.core.events import Checkpoint
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage import schema
from workbench.storage.blobs import LAYOUT, NOTICES, PICTURE, PLAN, STATE, WEIGHTS
from workbench.storage.facts import CheckpointFacts, RunFacts
from workbench.storage.histories import Recording, record
from workbench.storage.jsontext import dumps
from workbench.storage.pictures import pack
from workbench.storage.schema import SESSION, Row, Table


def write_session(session: Session, path: Path, *, vfs: str | None = None) -> None:
    """Write a session to a file that is not there yet; not synced to the disk.

    Safe while a run trains: the length of every series is taken once, and what is
    appended later is left out. A file that could not be written in full is of no use.

    Raises:
        apsw.Error, OSError: where the disk refuses.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
    try:
        _forgo_recovery(connection)
        with connection:
            schema.create(connection)
            _Writer(connection).write(session)
    finally:
        connection.close()


def _forgo_recovery(connection: apsw.Connection) -> None:
    """Write straight to the file: should that fail, the file is thrown away."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, schema.MAX_ROW_BYTES)


@dataclass(frozen=True)
class _Blob:
    """Bytes to be stored under a name, in pieces that are never joined."""

    name: str
    facts: Any
    pieces: tuple[bytes, ...]

    def parts(self) -> Iterable[bytes]:
        for piece in self.pieces:
            view = memoryview(piece)
            for start in range(0, len(view), schema.PART_BYTES):
                yield bytes(view[start : start + schema.PART_BYTES])


class _Writer:
    """Adds rows, each with its hash, and counts them."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._counts: Counter[str] = Counter()

    def write(self, session: Session) -> None:
        plan = session.plan.model_dump_json().encode()
        self._write_blob(SESSION, _Blob(PLAN, None, (plan,)))
        self._write_blob(SESSION, _Blob(LAYOUT, None, (session.layout,)))
        for number, run in enumerate(tuple(session.runs), start=1):
            self._write_run(number, run)
        self._write_header()

    def _write_run(self, number: int, run: Run) -> None:
        recordings = record(run)
        plan = run.plan.model_dump_json()
        self._add(schema.RUN, (number, dumps(RunFacts.of(run)), plan))
        for recording in recordings:
            self._write_series(number, recording)
        for blob in _blobs(run):
            self._write_blob(number, blob)

    def _write_series(self, number: int, recording: Recording) -> None:
        layout = dumps(recording.layout)
        self._add(schema.SERIES, (number, recording.name, layout, recording.count))
        for seq, (first, rows) in enumerate(recording.chunks()):
            data = rows.astype("<f8", copy=False).tobytes()
            self._add(schema.CHUNK, (number, recording.name, seq, first, len(rows), data))

    def _write_blob(self, number: int, blob: _Blob) -> None:
        generation, size = 0, sum(map(len, blob.pieces))
        key = (number, blob.name, generation)
        self._add(schema.BLOB, (*key, dumps(blob.facts), size))
        for seq, data in enumerate(blob.parts()):
            self._add(schema.PART, (*key, seq, data))

    def _write_header(self) -> None:
        written_at = datetime.now(UTC).isoformat(timespec="seconds")
        ids = (schema.APPLICATION_ID, schema.USER_VERSION)
        rows = dumps({table.name: self._counts[table.name] for table in schema.COUNTED})
        self._add(schema.HEADER, (1, *ids, __version__, written_at, rows))

    def _add(self, table: Table, row: Row) -> None:
        self._connection.execute(table.insert, (*row, table.seal(row)))
        self._counts[table.name] += 1


def _blobs(run: Run) -> Iterable[_Blob]:
    if run.notices:
        yield _Blob(NOTICES, None, (dumps(tuple(run.notices)).encode(),))
    if run.picture is not None:
        facts, data = pack(run.picture)
        yield _Blob(PICTURE, facts, (data,))
    if run.checkpoint is not None:
        yield from _checkpoint_blobs(run.checkpoint)


def _checkpoint_blobs(checkpoint: Checkpoint) -> Iterable[_Blob]:
    facts = CheckpointFacts(checkpoint.step, checkpoint.epoch)
    yield _Blob(WEIGHTS, facts, (checkpoint.tensors,))
    yield _Blob(STATE, facts, (checkpoint.state.encode("utf-8", "surrogatepass"),))
