"""A run that is killed loses nothing of what was on the disk, and goes on to the same bits.

The real commands, `run --save` and `resume`, are killed at random moments, again and
again until the run is done; and once in the middle of an epoch for every kind of run
there is.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Note
from tests.faults.test_resume_equality import assert_same, make_cases
from tests.faults.trainees import Life, Trainees, trainees
from tests.helpers.resuming import STOP, Interrupted, Sections, result_of, write_files
from workbench.core.plan import Plan
from workbench.core.run import Run, RunState
from workbench.core.saving import Home
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_LONGEST_S = 1.2
_REOPEN_S = 1.0
_MOST_LIVES = 100
_EVERY_NTH = 5  # of the cases, in the quick part
_LONG_RUNS: list[Sections] = [
    {
        "model": {"kind": "mlp", "hidden_sizes": (16,), "dropout": 0.2},
        "data": {"kind": "make_regression", "samples": 200},
        "optimizer": {"kind": "adamw", "lr": 0.01},
        "lookahead": {"enabled": True, "k": 5},
        "schedule": {"kind": "cosine"},
        "loop": {"epochs": 400, "full_batch": False, "batch_size": 16},
    },
    {
        "data": {"kind": "random"},
        "optimizer": {"kind": "rmsprop", "momentum": 0.9, "centered": True},
        "loop": {"epochs": 15_000},
    },
    {
        "model": {"kind": "cnn", "channels": (4,), "hidden_size": 8, "dropout": 0.2},
        "data": {"kind": "digits", "test_share": 0.2},
        "loss": {"kind": "cross_entropy"},
        "optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True},
        "loop": {"epochs": 10, "full_batch": False, "batch_size": 32},
    },
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        names = list(make_cases(metafunc.config, Path()))
        is_long = metafunc.config.getoption("long", default=False)
        metafunc.parametrize("name", names if is_long else names[::_EVERY_NTH])


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainees]:
    with trainees(tmp_path_factory.mktemp("user")) as home:
        yield home


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_files(folder)
    return folder


class KilledRun:
    """One run on the disk, and what it would be if nobody had disturbed it."""

    def __init__(self, folder: Path, data: Path, sections: Sections) -> None:
        folder.mkdir()
        self.path, self._start = folder / "run.wbs", folder / "plan.wbs"
        self._files, self._data = SessionFiles(folder / "own"), data
        plan = Plan.from_values({key: dict(part) for key, part in sections.items()})
        self._files.save(Session(plan=plan), self._start)
        whole = Interrupted(data, sections)
        whole.run()
        self._whole = whole.record

    @property
    def command(self) -> tuple[str | Path, ...]:
        """Return what begins the run, or goes on with it."""
        more = ("--data", self._data, "--quiet")
        if self._can_go_on():
            return ("resume", self.path, *more)
        return ("run", self._start, "--save", self.path, *more)

    def reopen(self, life: Life) -> tuple[float, bool]:
        """Open what a process left and judge it; say how long that took, and if done.

        Reopening is timed by the processor, whatever else the machine is busy with.
        """
        if not self.path.exists():
            assert life.step == 0
            return 0.0, False
        start_s = time.process_time()
        kept = self._files.open(self.path)
        took_s = time.process_time() - start_s
        try:
            assert kept.home is not Home.COPY, kept.reason
            (run,) = kept.session.runs
            assert kept.session.damage == []
            assert run.num_steps >= life.step
            self._check_start(run)
            return took_s, run.state is RunState.FINISHED
        finally:
            kept.close()

    def check_end(self) -> None:
        """See that it came to the same bits, through all its deaths."""
        (run,) = self._files.load(self.path).runs
        assert run.state is RunState.FINISHED, run.message
        assert all(report.is_exact for report in run.resumed), run.resumed
        assert_same(result_of(run), result_of(self._whole))

    def _can_go_on(self) -> bool:
        return self.path.exists() and self._files.load(self.path).runs[0].can_continue

    def _check_start(self, run: Run) -> None:
        """Compare every step that is on the disk with the undisturbed run."""
        for ours, whole in (
            (run.history.steps.loss, self._whole.history.steps.loss),
            (run.history.steps.lr, self._whole.history.steps.lr),
        ):
            assert ours.values().tobytes() == whole.values()[: len(ours)].tobytes()
        assert list(run.epochs) == list(self._whole.epochs)[: len(run.epochs)]


def test_that_a_run_killed_again_and_again_comes_to_the_same_bits(
    school: Trainees, data: Path, tmp_path: Path, kills: int, note_figure: Note
) -> None:
    chance = random.Random(3)  # noqa: S311 - no secret
    num_killed = num_finished = 0
    slowest_s = 0.0
    while num_killed < kills:
        sections = _LONG_RUNS[num_finished % len(_LONG_RUNS)]
        killed = KilledRun(tmp_path / str(num_finished), data, sections)
        is_done, lives = False, 0
        while not is_done:
            lives += 1
            assert lives < _MOST_LIVES, "it never gets further"
            life = school.train_for(chance.uniform(0, _LONGEST_S), *killed.command)
            num_killed += life.status == -signal.SIGKILL
            took_s, is_done = killed.reopen(life)
            slowest_s = max(slowest_s, took_s)
        killed.check_end()
        num_finished += 1
    assert slowest_s < _REOPEN_S
    note_figure(
        f"kills of real runs: {num_killed}, 0 acknowledged steps lost, opened again in "
        f"{slowest_s * 1000:.0f} ms at most, {num_finished} runs finished bit-equal"
    )


def test_that_every_kind_of_run_survives_a_kill_in_mid_epoch(
    school: Trainees, data: Path, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    sections = make_cases(request.config, data)[name]
    killed = KilledRun(tmp_path / "run", data, sections)
    life = school.train_until(STOP, *killed.command)
    assert life.status == -signal.SIGKILL
    assert life.step >= STOP
    killed.reopen(life)
    assert killed.command[0] == "resume"
    assert school.train(*killed.command).status == 0
    killed.check_end()
