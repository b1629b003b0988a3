"""Session files as the window and the command line know them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.core import paths
from workbench.core.errors import SessionError
from workbench.core.saving import Home, LeftSession
from workbench.core.session import Session
from workbench.storage import faults
from workbench.storage.homes import Place, moment_of
from workbench.storage.kept_session import KeptSession
from workbench.storage.left_sessions import find_left
from workbench.storage.live_file import LiveFile, NotInPlaceError
from workbench.storage.opening import open_safely
from workbench.storage.own_folder import OwnFolder
from workbench.storage.reader import read_opened, read_session
from workbench.storage.whole_file import save_whole


class SessionFiles:
    """Reads and writes `.wbs` files; a `SessionStore`, usable from any thread.

    `folder` is the program's own one for sessions. `vfs` names the SQLite file layer
    that writes, None the default one.
    """

    def __init__(self, folder: Path | None = None, *, vfs: str | None = None) -> None:
        self._own = OwnFolder(folder or paths.sessions_folder())
        self._vfs = vfs

    def load(self, path: Path) -> Session:
        """Read a session; what is damaged is left out and named in its `damage`.

        Raises:
            SessionError: where the file is no session, or nothing in it can be read.
        """
        return read_session(path)

    def save(self, session: Session, path: Path) -> None:
        """Write a session in one piece; see `whole_file.save_whole`.

        Raises:
            SessionError: where the file cannot be written.
        """
        save_whole(session, path, vfs=self._vfs)

    def begin(self, session: Session, path: Path | None = None) -> KeptSession:
        """Put a new session on the disk: in the program's own folder, or at `path`.

        Raises:
            SessionError: where it cannot be written.
        """
        place = Place(Home.UNNAMED if path is None else Home.NAMED)
        target = path or self._new_name("untitled")
        save_whole(session, target, vfs=self._vfs)
        return self._keep(target, place)

    def open(self, path: Path, *, as_copy: bool = False) -> KeptSession:
        """Open a session, in place where that is safe, else as a copy that says why.

        Raises:
            SessionInUseError: where it is open elsewhere and no copy is wished.
            SessionError: where it cannot be read or is no session.
        """
        if as_copy:
            return self._open_copy(path, "it is open in another window")
        try:
            file = LiveFile.open(path, self._own.backup_folder(path), vfs=self._vfs)
        except NotInPlaceError as error:
            return self._open_copy(path, str(error))
        return KeptSession(file, self._place_of(path), self._own)

    def left_behind(self) -> list[LeftSession]:
        """List what an earlier start left: crashed ones first, then the newest first."""
        return find_left(self._own)

    def forget(self, left: LeftSession) -> None:
        """Remove the file of a session without a name; do not offer another one again.

        Raises:
            SessionError: where it cannot be removed.
        """
        self._own.erase_note(left.path)
        if left.home is Home.NAMED:
            return
        try:
            self._own.remove(left.path)
        except OSError as error:
            raise SessionError(
                f"'{left.path}' cannot be removed: {faults.reason(error)}."
            ) from None

    def _open_copy(self, path: Path, reason: str) -> KeptSession:
        """Put what can be read of a session into a file of its own."""
        origin = path.absolute()
        moment = moment_of(origin)
        with open_safely(path, even_in_use=True) as opened:
            session = read_opened(opened).session
        damage = list(session.damage)
        target = self._new_name(path.stem)
        save_whole(replace(session, damage=[]), target, vfs=self._vfs)
        kept = self._keep(target, Place(Home.COPY, origin, moment, reason, is_fresh=True))
        kept.session.damage[:] = damage
        return kept

    def _keep(self, path: Path, place: Place) -> KeptSession:
        """Open a file of ours, which is sound."""
        return KeptSession(LiveFile.open_saved(path, vfs=self._vfs), place, self._own)

    def _place_of(self, path: Path) -> Place:
        """Say what a file is that can be written in place: a crashed copy stays one."""
        if not self._own.is_ours(path):
            return Place(Home.NAMED)
        note = self._own.note_of(path)
        if note is not None and note.origin is not None:
            reason = "the program ended before it was saved under a name"
            return Place(Home.COPY, note.origin, note.moment, reason)
        return Place(Home.UNNAMED)

    def _new_name(self, stem: str) -> Path:
        try:
            return self._own.new_name(stem)
        except OSError as error:
            raise SessionError(
                f"The folder for sessions cannot be made: {faults.reason(error)}."
            ) from None
