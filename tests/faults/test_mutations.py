"""Files with any damage open without a crash, and nothing in them is a lie."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Note
from tests.faults.growing import GrowingSession, grown
from tests.faults.guard import LONGEST_S, Guard, guarding
from tests.faults.mutations import MUTATIONS
from tests.helpers.sessions import full_session, small_session
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_GROWN_MB = 100.0
_OLD = Path(__file__).parents[1] / "data" / "sessions" / "version-1.wbs"


@dataclass(frozen=True)
class _Sample:
    """A session file, perhaps with a log, and the numbers of what it may be read as."""

    name: str
    data: bytes
    states: tuple[int, ...]
    log: bytes = b""


class _Samples:
    """Session files of all kinds, and the originals that they are compared with."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = SessionFiles(folder / "samples-own")
        self.originals: list[Path] = []
        self.all = [
            self._plain("small", small_session()),
            self._plain("full", full_session()),
            self._plain("grown", grown(450)),
            self._old(),
            self._hot(),
        ]

    def _plain(self, name: str, session: Session) -> _Sample:
        state = self._add(session)
        return _Sample(name, self.originals[state].read_bytes(), (state,))

    def _old(self) -> _Sample:
        state = self._add(self._files.load(_OLD))
        return _Sample("old", _OLD.read_bytes(), (state,))

    def _hot(self) -> _Sample:
        """Return a session that was killed with five commits in its log."""
        growing = GrowingSession()
        kept = self._files.begin(growing.grow(150), self._folder / "hot.wbs")
        states = [self._add(growing.session)]
        for _ in range(5):
            kept.offer(growing.grow(20))
            kept.flush()
            states.append(self._add(growing.session))
        data, log = (Path(f"{kept.path}{s}").read_bytes() for s in ("", "-wal"))
        kept.close()
        return _Sample("hot", data, tuple(reversed(states)), log)

    def _add(self, session: Session) -> int:
        path = self._folder / f"original-{len(self.originals)}.wbs"
        self._files.save(session, path)
        self.originals.append(path)
        return len(self.originals) - 1


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> _Samples:
    return _Samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture
def guard(tmp_path: Path, samples: _Samples) -> Iterator[Guard]:
    with guarding(tmp_path, samples.originals) as process:
        yield process


def _mutate(sample: _Sample, folder: Path, chance: random.Random) -> tuple[Path, str]:
    """Write a damaged copy; return it and what was done to it."""
    folder.mkdir()
    is_log = bool(sample.log) and chance.random() < 0.6
    data, log = bytearray(sample.data), bytearray(sample.log)
    mutation = chance.choice(MUTATIONS)
    mutation(log if is_log else data, chance)
    path = folder / "a.wbs"
    path.write_bytes(data)
    if sample.log:
        path.with_name("a.wbs-wal").write_bytes(log)
    return path, f"{sample.name} {mutation.__name__} {'of the log' if is_log else ''}"


def _quiet(sample: _Sample, done: str) -> tuple[int, ...]:
    """Say what a file may be read as without a word about damage.

    Of a log whose end is gone, or whose last commit is torn, nobody can tell that there
    was more.
    """
    if "log" not in done:
        return sample.states[:1]
    is_cut = any(word in done for word in ("truncate", "zero", "remove", "insert"))
    return sample.states if is_cut else sample.states[:2]


def test_that_no_damage_crashes_hangs_or_changes_a_value(
    tmp_path: Path, note_figure: Note, samples: _Samples, guard: Guard, *, is_long: bool
) -> None:
    count, megabytes = 10_000 if is_long else 200, []
    for seed in range(count):
        chance = random.Random(seed)  # noqa: S311 - no secret
        sample = samples.all[seed % len(samples.all)]
        path, done = _mutate(sample, tmp_path / "damaged", chance)
        verdict = guard.open(path, sample.states, _quiet(sample, done))
        assert not verdict.wrong, f"seed {seed}: {done}: {verdict.wrong}"
        assert verdict.seconds < LONGEST_S
        megabytes.append(verdict.megabytes)
        shutil.rmtree(path.parent)
    assert megabytes[-1] - megabytes[0] < _GROWN_MB
    note_figure(
        f"damaged files: {count:,}, 0 crashes, 0 hangs, 0 changed values, nothing "
        f"executed; memory grew by {megabytes[-1] - megabytes[0]:.0f} MB"
    )
