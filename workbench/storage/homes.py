"""Where an open session lives, and of what it is a copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.core.saving import Home

Moment = tuple[int, int]  # changes when somebody writes to a file
Identity = tuple[int, int]  # changes when another file is put in its place


@dataclass(frozen=True)
class Place:
    """Where a session is kept; all but `home` is known of copies only."""

    home: Home
    origin: Path | None = None
    moment: Moment | None = None  # of the origin, when it was read
    reason: str = ""  # why it is a copy
    is_fresh: bool = False  # it holds no more than its origin


def moment_of(path: Path | None) -> Moment | None:
    """Return what changes when somebody writes to a file; None where there is none."""
    if path is None:
        return None
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size


def identity_of(path: Path) -> Identity | None:
    """Return what tells a file from others, whatever they are called; None: no file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
