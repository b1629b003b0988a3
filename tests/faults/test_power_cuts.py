"""A power cut at any moment loses nothing of what was synced."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.conftest import Note
from tests.faults.disks import Operation, listening
from tests.faults.growing import GrowingSession, check_growth, grown
from tests.faults.power import Disk
from tests.helpers.sessions import content_of
from workbench.core.saving import Home
from workbench.core.session import Session
from workbench.storage.kept_session import KeptSession
from workbench.storage.probing import beside
from workbench.storage.session_file import SessionFiles

_OLD_STEP = 33  # of the file that is there from the start, and is replaced
_SAMPLE = Path(__file__).parents[1] / "data" / "sessions" / "version-1.wbs"


@dataclass(frozen=True)
class _Acknowledged:
    step: int
    path: Path


@dataclass
class _Film:
    """All that was done to the disk, and what was acknowledged in between."""

    root: Path
    start: Disk = field(default_factory=Disk)
    frames: list[Operation | _Acknowledged] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)  # frames of other things than commits
    ends: list[int] = field(default_factory=list)  # the last frame of each of these


class _Camera:
    """Plays a session from its beginning through names, idleness and closing."""

    def __init__(self, root: Path) -> None:
        self.film = _Film(root)
        self.files = SessionFiles(root / "own")
        self.growing = GrowingSession()
        self.folder = root / "files"
        self.folder.mkdir(parents=True)
        self.kept: KeptSession

    def put_old_ones(self) -> None:
        """Have two files there that will be replaced, of which one was never closed."""
        plain, hot = self.folder / "plain.wbs", self.folder / "hot.wbs"
        kept = self.files.begin(Session(), plain)
        kept.offer(grown(_OLD_STEP))
        kept.flush()
        for path in (plain, beside(plain, "-wal")):
            shutil.copy(path, path.with_name(path.name.replace("plain", "hot")))
        kept.close()
        for path in (plain, hot, beside(hot, "-wal")):
            self.film.start.put(path)

    def play(self, commits: int) -> None:
        with listening(self.film.frames.append):
            self.change(self.begin)
            self.commit(commits // 2)
            self.change(lambda: self.kept.save_as(self.folder / "first.wbs"))
            self.commit(commits // 5)
            self.change(self.kept._file.take_in_log)
            self.commit(commits // 10)
            self.change(lambda: self.kept.save_as(self.folder / "plain.wbs"))
            self.commit(commits // 5)
            self.change(self.kept.close)
            self.change(self.open)
            self.commit(2)
            self.change(lambda: self.kept.save_as(self.folder / "hot.wbs"))
            self.commit(2)
            self.change(self.kept.close)
            self.change(self.save)

    def begin(self) -> None:
        self.kept = self.files.begin(self.growing.session)

    def open(self) -> None:
        self.kept = self.files.open(self.folder / "plain.wbs")

    def save(self) -> None:
        self.files.save(self.growing.grow(3), self.folder / "hot.wbs")

    def commit(self, count: int) -> None:
        for _ in range(count):
            self.kept.offer(self.growing.grow(3))
            self.kept.flush()
            self.acknowledge()

    def change(self, do: Callable[[], object]) -> None:
        since = len(self.film.frames)
        do()
        self.film.changes += range(since, len(self.film.frames))
        self.film.ends.append(len(self.film.frames))
        self.acknowledge()

    def acknowledge(self) -> None:
        done = _Acknowledged(self.growing.step, self.kept.path)
        self.film.frames.append(done)


def _record(root: Path, commits: int) -> _Film:
    camera = _Camera(root)
    camera.put_old_ones()
    camera.play(commits)
    return camera.film


def _moments(film: _Film, count: int, chance: random.Random) -> list[int]:
    """Choose frames to cut at, half of them among those that are no mere commits."""
    changed = 3 * film.ends
    somewhere = [chance.randrange(len(film.frames)) for _ in range(count // 2)]
    rest = count - len(somewhere) - len(changed)
    changing = [chance.choice(film.changes) for _ in range(rest)]
    return sorted(somewhere + changing + changed)


def _materialize(left: dict[str, bytes], old: Path, new: Path) -> None:
    (new / "files").mkdir(parents=True)
    for name, data in left.items():
        path = new / Path(name).relative_to(old)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _judge(root: Path, wanted: _Acknowledged | None, film: _Film) -> None:
    """See that what was acknowledged is there, sound, and opens where it was."""
    files = SessionFiles(root / "own")
    for name in ("plain.wbs", "hot.wbs"):  # the old one or the new one, as a whole
        assert check_growth(files.load(root / "files" / name)) >= _OLD_STEP
    if wanted is None:
        return
    path = root / wanted.path.relative_to(film.root)
    if not path.exists():  # it was about to get its first name
        path = root / "files" / "first.wbs"
    kept = files.open(path)
    try:
        assert kept.home is not Home.COPY, kept.reason
        assert check_growth(kept.session) >= wanted.step
    finally:
        kept.close()
    if wanted.step:  # else there was no run yet, and the file goes
        assert check_growth(files.load(path)) >= wanted.step


def test_that_a_power_cut_at_any_moment_loses_no_commit(
    tmp_path: Path, note_figure: Note, *, is_long: bool
) -> None:
    cuts, chance = 1000 if is_long else 100, random.Random(11)  # noqa: S311 - no secret
    film = _record(tmp_path / "film", 100)
    disk, wanted, done = film.start, None, 0
    for number, moment in enumerate(_moments(film, cuts, chance)):
        for frame in film.frames[done : moment + 1]:
            if isinstance(frame, _Acknowledged):
                wanted = frame
            else:
                disk.do(frame)
        done = moment + 1
        root = tmp_path / f"cut-{number}"
        _materialize(disk.after_cut(chance), film.root, root)
        _judge(root, wanted, film)
        shutil.rmtree(root)
    note_figure(
        f"power cuts: {cuts} among {len(film.frames):,} operations, 0 acknowledged commits "
        "lost, 0 wrong values"
    )


def test_that_the_model_loses_what_is_not_synced(tmp_path: Path) -> None:
    """The judge must be able to condemn: here SQLite is told not to sync."""
    film, chance = _record_without_syncs(tmp_path / "film"), random.Random(3)  # noqa: S311
    lost = 0
    for number in range(10):
        disk = Disk(dict(film.start.now), dict(film.start.durable))
        wanted = None
        for frame in film.frames:
            if isinstance(frame, _Acknowledged):
                wanted = frame
            else:
                disk.do(frame)
        root = tmp_path / f"cut-{number}"
        _materialize(disk.after_cut(chance), film.root, root)
        try:
            _judge(root, wanted, film)
        except Exception:  # noqa: BLE001 - any failure will do
            lost += 1
    assert lost > 0


def _record_without_syncs(root: Path) -> _Film:
    film = _record(root, 20)
    frames = [
        frame
        for frame in film.frames
        if isinstance(frame, _Acknowledged) or frame.kind not in {"sync", "fsync"}
    ]
    return _Film(film.root, film.start, frames)


def test_that_a_power_cut_during_a_migration_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, note_figure: Note, *, is_long: bool
) -> None:
    cuts, chance = 300 if is_long else 30, random.Random(5)  # noqa: S311 - no secret
    root = tmp_path / "film"
    path = root / "files" / "old.wbs"
    path.parent.mkdir(parents=True)
    shutil.copy(_SAMPLE, path)
    film, files = _Film(root), SessionFiles(root / "own")
    film.start.put(path)
    wanted = content_of(files.load(path))
    with listening(film.frames.append):
        files.open(path).close()
    film.changes += range(len(film.frames))
    disk, done = film.start, 0
    for number, moment in enumerate(_moments(film, cuts, chance)):
        for frame in film.frames[done : moment + 1]:
            assert isinstance(frame, Operation)
            disk.do(frame)
        done = moment + 1
        cut = tmp_path / f"cut-{number}"
        _materialize(disk.after_cut(chance), root, cut)
        again = SessionFiles(cut / "own")
        session = again.load(cut / "files" / "old.wbs")
        assert session.damage == []
        assert content_of(session) == wanted
        kept = again.open(cut / "files" / "old.wbs")
        assert kept.home is Home.NAMED
        kept.close()
        assert content_of(again.load(cut / "files" / "old.wbs")) == wanted
    note_figure(f"power cuts during a migration: {cuts}, 0 files spoilt")
