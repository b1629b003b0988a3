"""Many runs and many tensors: all there, and a small change stays a small change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.disks import Operation, listening
from tests.helpers.runs import add_rates, add_steps, make_tensors, noisy_losses, start_run
from tests.helpers.sessions import content_of
from workbench.core.events import RunFinished
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_RUNS, _TENSORS = 1000, 500


def _many_runs() -> Session:
    return Session(runs=[_small_run(number) for number in range(_RUNS)])


def _small_run(number: int) -> Run:
    run = start_run(name=f"run {number}", colour=number, total_steps=5)
    run.history.rates.begin(make_tensors(2))
    add_steps(run, noisy_losses(5, seed=number))
    add_rates(run, samples=2, seed=number)
    run.apply(RunFinished(5, 0.5))
    return run


def _many_tensors() -> Session:
    run = start_run(name="wide", total_steps=100)
    run.history.rates.begin(make_tensors(_TENSORS // 2))
    add_steps(run, noisy_losses(100))
    add_rates(run, samples=20)
    run.apply(RunFinished(100, 0.5))
    return Session(runs=[run])


@pytest.mark.parametrize("make", [_many_runs, _many_tensors])
def test_that_a_large_session_opens_grows_and_closes(
    tmp_path: Path, make: type[Session]
) -> None:
    files, session, path = SessionFiles(tmp_path / "own"), make(), tmp_path / "a.wbs"
    files.save(session, path)
    kept = files.open(path)
    assert content_of(kept.session) == content_of(session)
    written: list[Operation] = []
    with listening(written.append):
        kept.offer(kept.session.snapshot())
        kept.flush()
        assert [one for one in written if _writes_to(path, one)] == []
    add_steps(kept.session.runs[0], [0.5])
    kept.session.new_run("new")
    kept.offer(kept.session.snapshot())
    kept.close()
    assert content_of(files.load(path)) == content_of(kept.session)


def _writes_to(path: Path, operation: Operation) -> bool:
    return operation.kind == "write" and operation.path.startswith(str(path))


def test_that_one_step_of_one_run_among_many_writes_a_few_pages(tmp_path: Path) -> None:
    written: list[Operation] = []
    with listening(written.append):
        kept = SessionFiles(tmp_path / "own").begin(_many_runs())
        kept.offer(kept.session.snapshot())
        kept.flush()
        written.clear()
        add_steps(kept.session.runs[500], [0.5])
        kept.offer(kept.session.snapshot())
        kept.flush()
        pages = [one for one in written if one.kind == "write" and len(one.data) > 100]
        assert 0 < len(pages) < 40
        kept.close()
