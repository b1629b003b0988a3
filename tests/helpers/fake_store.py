"""A session store in memory whose disk can be full, slow, in use, moved or read-only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from workbench.core.errors import SessionError
from workbench.core.saving import (
    Home,
    LeftSession,
    SaveStatus,
    SessionInUseError,
    Trouble,
)
from workbench.core.session import Session

_TIMEOUT_S = 30
_FOLDER = Path("/the/program/s/own")  # never touched


@dataclass
class Disk:
    """What is wrong with the disk at present, and the files on it."""

    files: dict[Path, Session] = field(default_factory=dict)
    trouble: Trouble = Trouble.NONE
    is_holding: bool = False  # takes offers, but writes nothing yet
    is_slow: bool = False
    locked: set[Path] = field(default_factory=set)  # open in another window
    protected: dict[Path, str] = field(default_factory=dict)  # why a copy is opened
    error: Exception | None = None  # raised by the next calls
    gate: threading.Event | None = None  # calls wait until it is set
    entered: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())

    def enter(self, call: str) -> None:
        """Note a call that reaches the disk; wait and fail as told."""
        self.calls.append(call)
        self.threads.add(threading.get_ident())
        self.entered.set()
        if self.gate is not None and not self.gate.wait(_TIMEOUT_S):
            raise TimeoutError("the gate was never opened")
        self.calls.append(f"{call} done")
        if self.error is not None:
            raise self.error

    def tick(self) -> datetime:
        """Return the time of a commit."""
        self.now += timedelta(seconds=1)
        return self.now


class FakeLive:
    """A `LiveSession` that writes an offer at once, where the disk lets it."""

    def __init__(
        self,
        disk: Disk,
        session: Session,
        path: Path,
        home: Home,
        *,
        origin: Path | None = None,
        reason: str = "",
    ) -> None:
        self.session, self.home, self.path = session, home, path
        self.origin, self.reason = origin, reason
        self.offers: list[Session] = []
        self.is_closed = False
        self._disk = disk
        self._held: Session | None = None
        self._written = _steps(session)
        self._saved_at: datetime | None = disk.tick()

    @property
    def written_steps(self) -> int:
        """Count the steps of all runs that are on the disk."""
        return sum(self._written.values())

    def offer(self, session: Session) -> None:
        assert not self.is_closed, "offered to a closed session"
        self.offers.append(session)
        self._held = session
        if not self._disk.is_holding:
            self._write()

    def status(self) -> SaveStatus:
        trouble = self._disk.trouble
        if self._held is not None and not self._disk.is_holding:
            self._write()
        return SaveStatus(
            saved_at=self._saved_at,
            trouble=trouble if self._held is not None else Trouble.NONE,
            message="" if trouble is Trouble.NONE else _sentence(trouble),
            held_steps=self._count_held(),
            is_slow=self._disk.is_slow,
            is_behind=self._held is not None,
        )

    def flush(self) -> None:
        self._disk.enter(f"flush {self.path.name}")
        self._write()
        if self._held is not None:
            raise SessionError(_sentence(self._disk.trouble))

    def save_as(self, path: Path) -> None:
        self._disk.enter(f"save as {path.name}")
        if self.home is not Home.NAMED:
            self._disk.files.pop(self.path, None)
        self.home, self.path, self.origin, self.reason = Home.NAMED, path, None, ""
        self._put(self._held or self.session)

    def write_back(self) -> None:
        assert self.origin is not None
        self._disk.enter(f"write back {self.origin.name}")
        if self.origin in self._disk.protected:
            raise SessionError(f"{self.origin.name} cannot be written to.")
        self._disk.files[self.origin] = self._disk.files[self.path]

    def retry(self) -> None:
        self.flush()

    def close(self, *, discard: bool = False) -> None:
        self._disk.enter(f"close {self.path.name}{' and discard' * discard}")
        self._write()
        self.is_closed = True
        is_ours = self.home is not Home.NAMED
        if is_ours and (discard or not self._disk.files[self.path].runs):
            del self._disk.files[self.path]
        if self._held is not None:
            raise SessionError(_sentence(self._disk.trouble))

    def _write(self) -> None:
        if self._held is not None and self._disk.trouble is Trouble.NONE:
            self._put(self._held)

    def _put(self, session: Session) -> None:
        self._disk.files[self.path] = session
        self.session, self._held = session, None
        self._written = _steps(session)
        self._saved_at = self._disk.tick()

    def _count_held(self) -> int:
        if self._held is None:
            return 0
        return sum(
            steps - self._written.get(id_, 0) for id_, steps in _steps(self._held).items()
        )


class FakeStore:
    """A `SessionStore` on a disk in memory."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.opened: list[FakeLive] = []
        self.left: list[LeftSession] = []
        self.forgotten: list[LeftSession] = []

    @property
    def live(self) -> FakeLive:
        """Return the session that was opened last."""
        return self.opened[-1]

    def load(self, path: Path) -> Session:
        self.disk.enter(f"load {path.name}")
        return self._read(path)

    def begin(self, session: Session, path: Path | None = None) -> FakeLive:
        self.disk.enter("begin" if path is None else f"begin {path.name}")
        home = Home.UNNAMED if path is None else Home.NAMED
        path = path or _FOLDER / f"{len(self.opened)}.wbs"
        self.disk.files[path] = replace(session)
        return self._opened(FakeLive(self.disk, session, path, home))

    def open(self, path: Path, *, as_copy: bool = False) -> FakeLive:
        self.disk.enter(f"open {path.name}")
        session = self._read(path)
        if path in self.disk.locked and not as_copy:
            raise SessionInUseError(f"{path.name} is open in another window.")
        reason = self.disk.protected.get(path, "")
        if not (reason or as_copy or session.damage):
            home = Home.UNNAMED if path.parent == _FOLDER else Home.NAMED
            return self._opened(FakeLive(self.disk, session, path, home))
        copy = _FOLDER / f"copy {len(self.opened)}.wbs"
        self.disk.files[copy] = session
        live = FakeLive(
            self.disk,
            session,
            copy,
            Home.COPY,
            origin=path,
            reason=reason or "it is open in another window",
        )
        return self._opened(live)

    def left_behind(self) -> list[LeftSession]:
        self.disk.enter("left behind")
        return list(self.left)

    def forget(self, left: LeftSession) -> None:
        self.disk.enter(f"forget {left.name}")
        self.left.remove(left)
        self.forgotten.append(left)

    def _read(self, path: Path) -> Session:
        if path not in self.disk.files:
            raise SessionError(f"{path.name} is no session.")
        return self.disk.files[path].snapshot()

    def _opened(self, live: FakeLive) -> FakeLive:
        self.opened.append(live)
        return live


def _steps(session: Session) -> dict[str, int]:
    """Count the steps now: histories in a session go on to grow."""
    return {run.id: run.num_steps for run in session.runs}


def _sentence(trouble: Trouble) -> str:
    return f"Nothing can be written: {trouble}."
