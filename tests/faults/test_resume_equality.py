"""Stopping and going on gives the same bits as never having stopped.

For every optimizer with and without Lookahead, every schedule, model, loss and offline
data set, in the middle of an epoch, with shuffled data and dropout: after a pause, and
after a session was saved, closed and gone on with in a new process. With `--long`, every
optimizer × every schedule × every model.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.resume_process import resume_all
from tests.helpers.resuming import (
    STOP,
    Interrupted,
    Result,
    Sections,
    long_cases,
    quick_cases,
    result_of,
    write_files,
)
from workbench.core.run import Run, RunState
from workbench.core.session import Session
from workbench.engine.same_bits import first_difference
from workbench.storage.session_file import SessionFiles


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", make_cases(metafunc.config, Path()))


def make_cases(config: pytest.Config, folder: Path) -> dict[str, Sections]:
    is_long = config.getoption("long", default=False)
    return (long_cases if is_long else quick_cases)(folder)


class Bench:
    """All cases, each trained once undisturbed and once in two processes."""

    def __init__(self, folder: Path, cases: dict[str, Sections]) -> None:
        write_files(folder)
        self.folder, self._cases = folder, cases
        self._whole: dict[str, Result] = {}
        self.resumed: dict[str, Run] = {}

    def whole(self, name: str) -> Result:
        """Return what the undisturbed run came to."""
        if name not in self._whole:
            self._whole[name] = result_of(self.train(name))
        return self._whole[name]

    def train(self, name: str, *, stop: int = 0, pause: int = 0) -> Run:
        recorder = Interrupted(self.folder, self._cases[name], stop=stop, pause=pause)
        recorder.run()
        return recorder.record

    def resume(self) -> None:
        """Stop every case, save all in one file, and go on in a new process."""
        session = Session()
        for name in self._cases:
            run = self.train(name, stop=STOP)
            assert run.state is RunState.STOPPED, f"{name}: {run.message}"
            run.name = name
            session.runs.append(run)
        files = SessionFiles()
        stopped, done = self.folder / "stopped.wbs", self.folder / "done.wbs"
        files.save(session, stopped)
        resume_all(self.folder, stopped, done)
        self.resumed = {run.name: run for run in files.load(done).runs}


@pytest.fixture(scope="module")
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    folder = tmp_path_factory.mktemp("resume")
    made = Bench(folder, make_cases(request.config, folder))
    made.resume()
    return made


def assert_same(ours: Result, whole: Result) -> None:
    assert ours.losses == whole.losses
    assert ours.lrs == whole.lrs
    assert ours.rows == whole.rows
    assert first_difference(ours.state, whole.state) is None


def test_that_a_new_process_goes_on_to_the_same_bits(bench: Bench, name: str) -> None:
    run = bench.resumed[name]
    assert run.state is RunState.FINISHED, run.message
    (report,) = run.resumed
    assert report.is_exact, report
    assert report.step == STOP

    assert_same(result_of(run), bench.whole(name))


def test_that_a_pause_leaves_no_trace(bench: Bench, name: str) -> None:
    run = bench.train(name, pause=STOP)
    assert run.state is RunState.FINISHED, run.message

    assert_same(result_of(run), bench.whole(name))


def test_that_the_cases_are_what_they_claim_to_be(bench: Bench) -> None:
    """All go on in the middle of an epoch but those whose epoch is one step."""
    middles = {name: _batch_at_stop(run) for name, run in bench.resumed.items()}

    assert [name for name, batch in middles.items() if batch == 0] == ["full batch"]


def _batch_at_stop(run: Run) -> int:
    assert run.started is not None
    return STOP % run.started.steps_per_epoch


def test_that_runs_of_other_numbers_are_told_apart(bench: Bench) -> None:
    """The comparison sees one changed bit."""
    whole = bench.whole("adam")
    state = result_of(bench.train("adam")).state
    weights = next(iter(state["model"].values())).view(-1)
    weights[0] = torch.nextafter(weights[0], torch.tensor(torch.inf))

    assert first_difference(state, whole.state) is not None
    assert bench.whole("adam with lookahead").losses != whole.losses
