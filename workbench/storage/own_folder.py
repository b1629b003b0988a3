"""The program's own folder of sessions: those without a name, copies, backups, notes.

A note lies there for every session that is open. It goes when the session is closed, so
that one which is found later tells of a program that ended without closing it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import apsw

from workbench.core.saving import Home
from workbench.storage.atomic import replacing
from workbench.storage.homes import Moment
from workbench.storage.probing import beside

_BACKUPS_KEPT = 3
_LARGEST_BACKUP = 2 * 2**30
_DAY_S = 86_400.0
_SPARE = re.compile(r"[^\w. -]")


@dataclass(frozen=True)
class Note:
    """What is known of a session that is, or was, open."""

    path: Path
    home: Home
    origin: Path | None = None
    moment: Moment | None = None  # of the origin, when it was read


class OwnFolder:
    """Makes names in the folder, and keeps the notes; all programs of a person share it."""

    def __init__(self, folder: Path) -> None:
        self._sessions = folder = Path(os.path.realpath(folder))
        self._notes = folder / "open"
        self._backups = folder / "backups"

    def new_name(self, stem: str) -> Path:
        """Return the name of a file that is not there yet; makes the folder.

        Raises:
            OSError: where the folder cannot be made.
        """
        self._sessions.mkdir(parents=True, exist_ok=True)
        moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        plain = _SPARE.sub("_", stem)[:60] or "session"
        return self._sessions / f"{plain}-{moment}-{secrets.token_hex(3)}.wbs"

    def is_ours(self, path: Path) -> bool:
        """Say whether a file is one of this folder."""
        return Path(os.path.realpath(path)).parent == self._sessions

    def sweep(self) -> None:
        """Remove drafts that a program which was killed has left a day or more ago."""
        for draft in self._sessions.glob(".workbench-*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - draft.stat().st_mtime > _DAY_S:
                    draft.unlink()

    def sessions(self) -> list[Path]:
        """List the session files in the folder."""
        return sorted(self._sessions.glob("*.wbs"))

    def remove(self, path: Path) -> None:
        """Remove a session of this folder and all that belongs to it.

        Raises:
            OSError: where the disk refuses.
        """
        if not self.is_ours(path):
            raise ValueError(f"{path} is not a file of the program's own folder")
        for name in (path, beside(path, "-wal"), beside(path, "-journal")):
            name.unlink(missing_ok=True)

    def note(self, note: Note) -> None:
        """Note that a session is open; a note for the same file is replaced.

        Raises:
            OSError: where the disk refuses.
        """
        self._notes.mkdir(parents=True, exist_ok=True)
        values = {
            "path": str(note.path.absolute()),
            "home": note.home.value,
            "origin": None if note.origin is None else str(note.origin),
            "moment": note.moment,
        }
        with replacing(self._note_of(note.path)) as draft:
            draft.write_text(json.dumps(values))

    def erase_note(self, path: Path) -> None:
        """Forget that a session was open."""
        with contextlib.suppress(OSError):
            self._note_of(path).unlink(missing_ok=True)

    def notes(self) -> list[Note]:
        """Return all notes that can be read."""
        notes = map(_read, sorted(self._notes.glob("*.json")))
        return [note for note in notes if note is not None]

    def note_of(self, path: Path) -> Note | None:
        """Return what was noted of a file."""
        return _read(self._note_of(path))

    def back_up(self, path: Path, copy_to: Callable[[Path], None]) -> None:
        """Have a file copied once a day, and keep the newest of these copies.

        What the disk refuses is left out: a backup is no reason to stop.
        """
        folder = self.backup_folder(path)
        name = folder / f"{path.stem}-{date.today():%Y%m%d}.wbs"  # noqa: DTZ011 - local day
        with contextlib.suppress(apsw.Error, OSError):
            if not name.exists() and path.stat().st_size < _LARGEST_BACKUP:
                folder.mkdir(parents=True, exist_ok=True)
                copy_to(name)
                self._thin_backups(folder)

    def backup_folder(self, path: Path) -> Path:
        """Return where the backups of a file go."""
        return self._backups / f"{_SPARE.sub('_', path.stem)[:40]}-{_digest(path)}"

    def _note_of(self, path: Path) -> Path:
        return self._notes / f"{_digest(path)}.json"

    @staticmethod
    def _thin_backups(folder: Path) -> None:
        """Remove all daily backups but the newest."""
        days = sorted(folder.glob("*-[0-9]*[0-9].wbs"))
        daily = [file for file in days if re.search(r"-\d{8}\.wbs$", file.name)]
        for file in daily[:-_BACKUPS_KEPT]:
            file.unlink()


def _read(file: Path) -> Note | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(file.read_text())
        path, origin = Path(values["path"]), values["origin"]
        home, moment = Home(values["home"]), values["moment"]
        return Note(
            path,
            home,
            None if origin is None else Path(origin),
            None if moment is None else (int(moment[0]), int(moment[1])),
        )
    return None


def _digest(path: Path) -> str:
    real = os.path.realpath(path)
    return hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
