"""All sound rows of a session file, grouped by what they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import apsw

from workbench.core.errors import SettingsError
from workbench.storage import schema
from workbench.storage.damage import Damage
from workbench.storage.jsontext import loads
from workbench.storage.opening import Opened
from workbench.storage.salvage import UNREADABLE, sound_rows
from workbench.storage.schema import SESSION, Table

T = TypeVar("T")

SeriesKey = tuple[int, str]  # run, name
BlobKey = tuple[int, str, int]  # run, name, generation
_MOST_REMARKS = 5


@dataclass(frozen=True)
class Chunk:
    """Rows `first` up to `first + count` of a series, as bytes."""

    first: int
    count: int
    data: bytes


@dataclass(frozen=True)
class Content:
    """Rows whose hash is right; whether they make sense is for the reader to say."""

    size: int  # of the file, in bytes: nothing in it can be larger
    runs: dict[int, tuple[str, str]] = field(default_factory=dict)  # facts, plan
    series: dict[SeriesKey, tuple[str, int]] = field(default_factory=dict)  # layout, rows
    chunks: dict[SeriesKey, dict[int, Chunk]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    blobs: dict[BlobKey, tuple[str, int]] = field(default_factory=dict)  # facts, size
    parts: dict[BlobKey, dict[int, bytes]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    counts: dict[str, int] = field(default_factory=dict)  # sound rows of each table
    next_seq: dict[SeriesKey, int] = field(default_factory=dict)  # behind the last chunk

    def numbers(self) -> list[int]:
        """List the numbers of all runs of which something is left."""
        named = (key[0] for keys in (self.series, self.chunks) for key in keys)
        versioned = (key[0] for keys in (self.blobs, self.parts) for key in keys)
        return sorted({*self.runs, *named, *versioned} - {SESSION})

    def generations(self, run: int, name: str) -> list[int]:
        """List the generations of a blob, the newest first."""
        keys = {*self.blobs, *self.parts}
        return sorted((key[2] for key in keys if key[:2] == (run, name)), reverse=True)

    def blob(self, key: BlobKey) -> tuple[Any, bytes]:
        """Return the facts and the bytes of one generation of a blob.

        Raises:
            ValueError: where they are not all there.
        """
        if key not in self.blobs:
            raise ValueError("what it is, is missing")
        facts, size = self.blobs[key]
        parts = self.parts.get(key, {})
        data = b"".join(parts[seq] for seq in sorted(parts))
        if sorted(parts) != list(range(len(parts))) or len(data) != size:
            raise ValueError(f"{len(data):,} of {size:,} bytes are there")
        return loads(facts), data


def read_content(opened: Opened, damage: Damage, *, thorough: bool = False) -> Content:
    """Read everything that is sound; name what is not.

    Raises:
        apsw.Error: where SQLite gives up.
    """
    for remark in opened.remarks:
        damage.add(remark)
    _check_structure(opened.connection, damage, thorough=thorough)
    content = Content(opened.size)
    _fill(content, opened.connection, damage)
    _compare_with_header(opened, content.counts, damage)
    return content


def _check_structure(
    connection: apsw.Connection, damage: Damage, *, thorough: bool
) -> None:
    """Let SQLite check its pages, and with `thorough` its indices too."""
    check = "integrity_check" if thorough else "quick_check"
    try:
        remarks = [str(row[0]) for row in connection.execute(f"PRAGMA {check}")]
    except UNREADABLE as error:
        remarks = [str(error)]
    for remark in remarks[:_MOST_REMARKS]:
        if remark != "ok":
            damage.add(f"the structure of the file is broken ({_first_of(remark)})")


def _first_of(remark: str) -> str:
    """Return the first of the lines that SQLite put below a heading, and count the rest."""
    lines = [line for line in remark.splitlines() if line and not line.startswith("***")]
    first, rest = (lines or [remark])[0][:200], len(lines) - 1
    return f"{first}, and {rest:,} more" if rest > 0 else first


def _fill(content: Content, connection: apsw.Connection, damage: Damage) -> None:
    """Put all sound rows where they belong, and count those of each table."""
    content.counts.update(dict.fromkeys((table.name for table in schema.COUNTED), 0))

    def rows(table: Table) -> Iterator[Any]:
        for row in sound_rows(connection, table, damage):
            content.counts[table.name] += 1
            yield row

    for number, facts, plan in rows(schema.RUN):
        content.runs[number] = facts, plan
    for run, name, layout, count in rows(schema.SERIES):
        content.series[run, name] = layout, count
    for run, name, seq, first, count, data in rows(schema.CHUNK):
        content.chunks[run, name][seq] = Chunk(first, count, data)
        content.next_seq[run, name] = max(seq + 1, content.next_seq.get((run, name), 0))
    for run, name, generation, facts, size in rows(schema.BLOB):
        content.blobs[run, name, generation] = facts, size
    for run, name, generation, seq, data in rows(schema.PART):
        content.parts[run, name, generation][seq] = data


def _compare_with_header(opened: Opened, counts: Mapping[str, int], damage: Damage) -> None:
    """Compare ids and numbers of rows with what the row of ids says."""
    headers = list(sound_rows(opened.connection, schema.HEADER, damage))
    if len(headers) != 1:
        damage.add("the row of ids is missing" if not headers else "two rows of ids")
        return
    _, application_id, user_version, _, _, rows = headers[0]
    if (application_id, user_version) != (schema.APPLICATION_ID, opened.user_version):
        damage.add("the version of the file is damaged")
    try:
        given = loads(str(rows))
        wanted = {name: int(given[name]) for name in counts}
    except (ValueError, TypeError, KeyError):
        damage.add("the row of ids has no counts")
        return
    for name, count in counts.items():
        if count != wanted[name]:
            damage.add(
                f"{count:,} of {wanted[name]:,} rows of the table '{name}' are sound"
            )


def newest(
    content: Content,
    place: SeriesKey,
    make: Callable[[BlobKey], T],
    damage: Damage,
) -> T | None:
    """Return what `make` makes of the newest sound generation of a blob; name the others.

    `make` raises a ValueError or SettingsError where a generation is not sound.
    """
    for generation in content.generations(*place):
        try:
            return make((*place, generation))
        except (ValueError, SettingsError) as error:
            words = f"{place[1]} {generation} cannot be read: {str(error)[:200]}"
            damage.add(words, place[0])
    return None
