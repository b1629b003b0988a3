"""Keeps a session file in step with a session: writes what has changed since last time.

Whole new files are written by the same code, with nothing in them before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

import apsw

from workbench.core.events import Checkpoint
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage import schema
from workbench.storage.blobs import (
    LANDSCAPE,
    LAYOUT,
    NOTICES,
    PICTURE,
    PLAN,
    STATE,
    WEIGHTS,
)
from workbench.storage.facts import CheckpointFacts, RunFacts
from workbench.storage.histories import Recording, record
from workbench.storage.insights import CLOSE_UP, pack_landscape, record_insights
from workbench.storage.jsontext import dumps
from workbench.storage.marks import BlobMark, FileMarks, RunMark, SeriesMark
from workbench.storage.pictures import pack
from workbench.storage.rows import Rows
from workbench.storage.schema import SESSION


class SessionRecorder:
    """Writes a session again and again through one connection, each time in one piece."""

    def __init__(self, connection: apsw.Connection, marks: FileMarks | None = None) -> None:
        self._connection = connection
        self._marks = marks or FileMarks()

    @property
    def marks(self) -> FileMarks:
        """Say what is in the file."""
        return self._marks

    def write(self, session: Session) -> bool:
        """Bring the file up to date in one transaction; False where nothing was new.

        Safe while a run trains: the length of every series is taken once, and what is
        appended later is left for the next time. After an error the file is as before.

        Raises:
            apsw.Error, MemoryError: where the disk refuses.
        """
        rows = Rows(self._connection, self._marks.counts)
        with self._connection:
            after = _write(rows, session, self._marks)
            if rows.has_changed:
                rows.seal_header()
        self._marks = after
        return rows.has_changed


def _write(rows: Rows, session: Session, before: FileMarks) -> FileMarks:
    blobs = _write_blobs(rows, SESSION, _session_blobs(session), before.blobs)
    runs: dict[str, RunMark] = {}
    numbers = dict(before.numbers)
    for run in session.runs:
        number = numbers.setdefault(run.id, 1 + max(numbers.values(), default=0))
        runs[run.id] = _write_run(rows, number, run, before.runs.get(run.id))
    for gone in before.runs.keys() - runs.keys():
        for table in schema.COUNTED:
            rows.remove(table, before.runs[gone].number)
    return FileMarks(rows.counts, blobs, runs, numbers)


def _write_run(rows: Rows, number: int, run: Run, mark: RunMark | None) -> RunMark:
    facts, history = RunFacts.of(run), run.history
    if mark is None or mark.facts != facts or mark.plan is not run.plan:
        row = (number, dumps(facts), run.plan.model_dump_json())
        rows.put(schema.RUN, row)
    lengths, close_up = _lengths(run), history.close_up
    series = _remaining(rows, run, mark)
    if not series or mark is None or mark.lengths != lengths:
        recordings = (*record(run), *record_insights(history, close_up))
        series = {
            new.name: _write_series(rows, number, new, series.get(new.name))
            for new in recordings
        }
    return RunMark(
        number=number,
        facts=facts,
        plan=run.plan,
        history=history,
        close_up=close_up,
        lengths=lengths,
        series=series,
        blobs=_write_blobs(rows, number, _run_blobs(run), mark.blobs if mark else {}),
        checkpoints=_write_checkpoints(
            rows, number, run.checkpoints, mark.checkpoints if mark else {}
        ),
    )


def _remaining(rows: Rows, run: Run, mark: RunMark | None) -> Mapping[str, SeriesMark]:
    """Remove the series that have been replaced; return the marks of the others."""
    if mark is None:
        return {}
    if mark.history is not run.history:  # it has gone back
        rows.remove(schema.CHUNK, mark.number)
        rows.remove(schema.SERIES, mark.number)
        return {}
    if mark.close_up is not run.history.close_up:
        rows.remove(schema.CHUNK, mark.number, CLOSE_UP)
        rows.remove(schema.SERIES, mark.number, CLOSE_UP)
        return {name: kept for name, kept in mark.series.items() if name != CLOSE_UP}
    return mark.series


def _lengths(run: Run) -> tuple[int, ...]:
    history = run.history
    grows: tuple[Sized, ...] = (
        history.steps,
        run.epochs,
        history.rates,
        history.activity,
        history.path,
        history.close_up,
    )
    return tuple(len(series) for series in grows)


def _write_series(
    rows: Rows, number: int, recording: Recording, mark: SeriesMark | None
) -> SeriesMark:
    """Write the rows that are new, and the last chunk anew where it has grown."""
    layout, count, name = recording.layout, recording.count, recording.name
    if mark is not None and (mark.layout, mark.count) == (layout, count):
        return mark
    if mark is not None and mark.layout != layout:  # as an older version wrote it
        rows.remove(schema.CHUNK, number, name)
        mark = None
    rows.put(schema.SERIES, (number, name, dumps(layout), count))
    seq, first = (0, 0) if mark is None else (mark.seq, mark.first)
    for begin, table in recording.chunks(first):
        data = table.astype("<f8", copy=False).tobytes()
        rows.put(schema.CHUNK, (number, name, seq, begin, len(table), data))
        first = begin
        if len(table) == recording.chunk_rows:
            seq, first = seq + 1, begin + len(table)
    return SeriesMark(layout, count, seq, first)


@dataclass(frozen=True)
class _Blob:
    """Bytes to be stored under a name, and what they were made of."""

    name: str
    content: object
    pack: Any  # () -> (facts, bytes): called where the content is new


def _session_blobs(session: Session) -> Iterable[_Blob]:
    plan, layout = session.plan, session.layout
    yield _Blob(PLAN, plan, lambda: (None, plan.model_dump_json().encode()))
    yield _Blob(LAYOUT, layout, lambda: (None, layout))


def _run_blobs(run: Run) -> Iterable[_Blob]:
    notices, picture, landscape = tuple(run.notices), run.picture, run.history.landscape
    if notices:
        yield _Blob(NOTICES, notices, lambda: (None, dumps(notices).encode()))
    if picture is not None:
        yield _Blob(PICTURE, picture, lambda: pack(picture))
    if landscape is not None:
        yield _Blob(LANDSCAPE, landscape, lambda: pack_landscape(landscape))


def _write_blobs(
    rows: Rows, number: int, blobs: Iterable[_Blob], marks: Mapping[str, BlobMark]
) -> Mapping[str, BlobMark]:
    """Write what is new as the next generation, and remove the one before."""
    after: dict[str, BlobMark] = {}
    for blob in blobs:
        mark = marks.get(blob.name)
        if mark is not None and mark.content == blob.content:
            after[blob.name] = mark
            continue
        generation = 0 if mark is None else mark.generation + 1
        facts, data = blob.pack()
        _write_bytes(rows, (number, blob.name, generation), facts, data)
        after[blob.name] = BlobMark(blob.content, generation)
    for name, mark in marks.items():
        if after.get(name) != mark:
            _remove_bytes(rows, (number, name, mark.generation))
    return after


def _write_checkpoints(
    rows: Rows,
    number: int,
    checkpoints: tuple[Checkpoint, ...],
    marks: Mapping[int, Checkpoint],
) -> Mapping[int, Checkpoint]:
    """Write those that are new, each with a generation of its own; remove those gone."""
    wanted = set(map(id, checkpoints))
    known = set(map(id, marks.values()))
    after = {at: kept for at, kept in marks.items() if id(kept) in wanted}
    generation = max(marks, default=-1)
    for checkpoint in checkpoints:
        if id(checkpoint) not in known:
            generation += 1
            _write_checkpoint(rows, number, generation, checkpoint)
            after[generation] = checkpoint
    for gone in marks.keys() - after.keys():
        _remove_bytes(rows, (number, WEIGHTS, gone))
        _remove_bytes(rows, (number, STATE, gone))
    return after


def _write_checkpoint(
    rows: Rows, number: int, generation: int, checkpoint: Checkpoint
) -> None:
    facts = CheckpointFacts(checkpoint.step, checkpoint.epoch)
    state = checkpoint.state.encode("utf-8", "surrogatepass")
    _write_bytes(rows, (number, WEIGHTS, generation), facts, checkpoint.tensors)
    _write_bytes(rows, (number, STATE, generation), facts, state)


def _write_bytes(rows: Rows, key: tuple[int, str, int], facts: Any, data: bytes) -> None:
    rows.add(schema.BLOB, (*key, dumps(facts), len(data)))
    view = memoryview(data)
    for seq, start in enumerate(range(0, len(view), schema.PART_BYTES)):
        piece = bytes(view[start : start + schema.PART_BYTES])
        rows.add(schema.PART, (*key, seq, piece))


def _remove_bytes(rows: Rows, key: tuple[int, str, int]) -> None:
    rows.remove(schema.BLOB, *key)
    rows.remove(schema.PART, *key)
