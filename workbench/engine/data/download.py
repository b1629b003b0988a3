"""Downloading one known file: with progress, resumed where it broke off, verified."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from workbench.core.errors import DataError
from workbench.engine.data.dataset import LoadContext
from workbench.engine.data.files import printable
from workbench.engine.data.progress import Progress
from workbench.engine.data.transfer import Answer, Interrupted, RefusedError, Transfer

_MB = 10**6


@dataclass(frozen=True)
class Download:
    """A file on the network whose size and checksum are known beforehand."""

    url: str
    size: int  # bytes
    sha256: str

    @property
    def host(self) -> str:
        """Who is asked for it."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to try."""

    stall_s: float = 30.0  # without a byte, until the connection counts as dropped
    pause_s: float = 1.0  # before the second try; then twice, three times as long, …
    poll_s: float = 0.2  # between looks at whether the person stopped
    tries: int = 8


class _DamagedError(Exception):
    """All bytes are there but they are not those of the file."""


def download(
    source: Download, target: Path, context: LoadContext, patience: Patience | None = None
) -> None:
    """Bring a file to `target`, which exists only when it is whole and verified.

    What has come so far stays in `target` + ".part" when the person stops, the network
    fails or the disk is full; the next call goes on from there.

    Raises:
        DataError: without a network, space, permission, or with the wrong content.
        CancelledError: once the person stopped.
    """
    patience = patience or Patience()
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        try:
            _complete(source, part, context, patience)
        except _DamagedError:
            if not resumed:
                raise
            _complete(source, part, context, patience)  # its beginning may have been bad
        part.replace(target)
    except _DamagedError:
        raise DataError(
            f"What {source.host} sent is not the expected file (its SHA-256 differs), so "
            "it was removed; try again later or use a local archive."
        ) from None
    except OSError as error:
        raise DataError(
            f"Cannot write to '{printable(target.parent)}': {error.strerror or error}; "
            "make room or choose another data folder."
        ) from None


def _complete(
    source: Download, part: Path, context: LoadContext, patience: Patience
) -> None:
    """Fill the part file, through dropped connections, and verify it."""
    answered = False
    progress = Progress(context)
    for number in range(1, patience.tries + 1):
        try:
            _fetch(source, part, progress, patience)
            break
        except Interrupted as error:
            answered = answered or error.answered
            if not answered or number == patience.tries:
                raise _unreachable(source, error, part) from None
            _pause(number * patience.pause_s, source, progress, patience)
    _verify(source, part, progress)


def _fetch(source: Download, part: Path, progress: Progress, patience: Patience) -> None:
    """Bring the missing end of the part file.

    Raises:
        Interrupted: where the connection fails or ends too early.
        DataError: where the server has no such file.
    """
    have = part.stat().st_size if part.exists() else 0
    if have == source.size:
        return
    have = have if have < source.size else 0
    _refuse_full_disk(source, part, have)
    with contextlib.closing(Transfer(source.url, have, patience.stall_s)) as transfer:
        progress.report(f"Connecting to {source.host}")
        answer = _answer(transfer, source, have, progress, patience)
        with part.open("ab" if answer.start else "wb") as file:
            _receive(file, answer.start, transfer, source, progress, patience.poll_s)


def _answer(
    transfer: Transfer,
    source: Download,
    have: int,
    progress: Progress,
    patience: Patience,
) -> Answer:
    """Wait for what the server says, and check that it speaks of the same file."""
    try:
        while (answer := transfer.answer(patience.poll_s)) is None:
            progress.report(f"Connecting to {source.host}")
    except RefusedError as error:
        raise DataError(
            f"{source.host} answered '{error}' for {source.url}; try again later or use a "
            "local archive (data.archive)."
        ) from None
    if answer.total not in {source.size, None} or answer.start not in {0, have}:
        raise DataError(
            f"{source.host} offers another file ({answer.total} bytes instead of "
            f"{source.size}); is there a sign-in page in between? Or use a local archive "
            "(data.archive)."
        )
    return answer


def _receive(
    file: BinaryIO,
    have: int,
    transfer: Transfer,
    source: Download,
    progress: Progress,
    poll_s: float,
) -> None:
    for chunk in transfer.chunks(poll_s):
        if have >= source.size:
            break
        file.write(chunk[: source.size - have])
        have += len(chunk)
        what = f"Downloading {have / _MB:.1f} of {source.size / _MB:.1f} MB"
        progress.report(f"{what} from {source.host}", min(have / source.size, 1.0))
    if have < source.size:
        raise Interrupted("the connection ended too early", answered=True)
    file.flush()
    os.fsync(file.fileno())


def _verify(source: Download, part: Path, progress: Progress) -> None:
    digest = hashlib.sha256()
    for block in _blocks(part):
        progress.report("Verifying the download")
        digest.update(block)
    if digest.hexdigest() != source.sha256:
        part.unlink()
        raise _DamagedError


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(2**20):
            yield block


def _pause(
    pause_s: float, source: Download, progress: Progress, patience: Patience
) -> None:
    """Wait before the next try, ready to be stopped."""
    end_s = time.monotonic() + pause_s
    while (left_s := end_s - time.monotonic()) > 0:
        progress.report(f"Connection to {source.host} lost; trying again")
        time.sleep(min(left_s, patience.poll_s))


def _refuse_full_disk(source: Download, part: Path, have: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < source.size - have:
        raise DataError(
            f"'{printable(part.parent)}' has {free / _MB:.0f} MB free, the download needs "
            f"{(source.size - have) / _MB:.0f}; make room or choose another data folder."
        )


def _unreachable(source: Download, error: Interrupted, part: Path) -> DataError:
    kept = " What has come so far is kept." if part.exists() else ""
    return DataError(
        f"No connection to {source.host} ({error}).{kept} Connect and try again, use a "
        "local archive (data.archive), name the folder that holds the files (--data DIR), "
        "or choose a preset that needs no download."
    )
