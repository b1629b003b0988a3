"""Finds out whether a write-ahead log has lost commits that were once on the disk.

SQLite reads a log up to the first frame whose checksum is wrong, since that is how a
power cut in the middle of a commit looks, and says nothing. But each commit is synced
before the next one begins: where a whole commit and the beginning of another stand behind
such a frame, it was no power cut.

The format: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_PART_BYTES = 1 << 16
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}  # with the order of bytes of the checksums


def remark_on_log(log: Path, num_read: int) -> str | None:
    """Say in words what a log has lost, of which SQLite could read that many frames."""
    with log.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        is_empty = len(header) < _HEADER_BYTES or not (any(header) or _is_used(file))
    if is_empty:
        return None
    if not _is_sound(header):
        return "the log beside it is damaged; what stood in it is lost"
    if _has_more(_frames_behind(log, header, num_read)):
        return "the log beside it is damaged; the last commits in it are lost"
    return None


def _is_used(file: BinaryIO) -> bool:
    """Say whether anything but zeros follows: the header is synced before all of it."""
    return any(any(part) for part in iter(lambda: file.read(_PART_BYTES), b""))


def _is_sound(header: bytes) -> bool:
    magic, *_, first, second = struct.unpack(">8I", header)
    if magic not in _MAGIC:
        return False
    a = b = 0
    for x, y in struct.iter_unpack(f"{_MAGIC[magic]}2I", header[:24]):
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return (a, b) == (first, second)


def _frames_behind(log: Path, header: bytes, num_read: int) -> Iterator[int]:
    """Yield of each frame that was not read how many pages a commit leaves; 0: no commit.

    Those of an earlier use of the log, whose salts are others, are left out.
    """
    page_bytes, salts = struct.unpack(">I", header[8:12])[0], header[16:24]
    with log.open("rb") as file:
        file.seek(_HEADER_BYTES + num_read * (_FRAME_HEADER_BYTES + page_bytes))
        while len(frame := file.read(_FRAME_HEADER_BYTES)) == _FRAME_HEADER_BYTES:
            if frame[8:16] == salts:
                yield struct.unpack(">I", frame[4:8])[0]
            file.seek(page_bytes, 1)


def _has_more(commits: Iterator[int]) -> bool:
    """Say whether anything follows the end of a commit."""
    return any(commits) and next(commits, None) is not None
