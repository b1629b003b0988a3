"""Paths as people write them and read them."""

from __future__ import annotations

import os
from pathlib import Path


def user_path(text: str) -> Path:
    """Read a path that a person gave; a leading ~ is their home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody of that name
        return Path(text)


def is_file(path: Path) -> bool:
    """Say whether a regular file is there; a path that no file can have is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, not permitted, a null character
        return False


def printable(path: Path | str) -> str:
    """Show a path in one line of valid text, whatever bytes its name is made of."""
    text = os.fsencode(path).decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
