"""Says what is damaged in a session file."""

from __future__ import annotations

from pathlib import Path

from workbench.storage.probing import DamagedError
from workbench.storage.reader import read_session


def check_session(path: Path) -> list[str]:
    """Verify everything in a session file; return a line for each damage, none if sound.

    Raises:
        SessionError: where it is no session file of a version that this program reads.
    """
    try:
        return read_session(path, thorough=True).damage
    except DamagedError as error:
        return [str(error)]
