"""Writing only what has changed gives the same session as writing all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import numpy as np
import pytest

from tests.helpers.runs import add_rates, add_steps, make_tensors, start_run
from tests.helpers.sessions import content_of, full_session, make_checkpoint, small_session
from workbench.core.events import CheckpointTaken, NoticeGiven, RunStopped
from workbench.core.rates import RateSeries
from workbench.core.run import Run
from workbench.core.session import Session
from workbench.storage import schema
from workbench.storage.check import check_session
from workbench.storage.reader import read_session
from workbench.storage.recorder import SessionRecorder


class _File:
    """A database in a folder of its own, with a recorder on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = apsw.Connection(str(path))
        schema.create(self.connection)
        self.recorder = SessionRecorder(self.connection)

    def assert_same_as(self, session: Session) -> None:
        assert check_session(self.path) == []
        assert content_of(read_session(self.path)) == content_of(session)

    def count(self, table: str, where: str = "1") -> int:
        statement = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 - ours
        return int(str(self.connection.execute(statement).fetchall()[0][0]))


@pytest.fixture
def file(tmp_path: Path) -> Iterator[_File]:
    opened = _File(tmp_path / "a.wbs")
    yield opened
    opened.connection.close()


def _growing() -> tuple[Session, Run]:
    run = start_run(name="growing")
    run.history.rates.begin(make_tensors(2))
    return Session(runs=[run]), run


def test_a_session_that_grows_between_two_writes_is_kept_whole(file: _File) -> None:
    session, run = _growing()
    for count in (0, 1, 3000, 1, 9000, 0, 7):
        add_steps(run, [0.5 + k for k in range(count)])
        file.recorder.write(session)
        file.assert_same_as(session)


def test_the_last_chunk_is_written_anew_until_it_is_full(file: _File) -> None:
    session, run = _growing()
    for _ in range(10):
        add_steps(run, [0.5] * 1000)
        file.recorder.write(session)
    assert file.count("chunk", "series = 'steps'") == 3  # 4,096 rows each
    file.assert_same_as(session)


def test_rates_epochs_and_notices_grow_too(file: _File) -> None:
    session, run = _growing()
    for samples in range(1, 6):
        add_steps(run, [0.5] * 100)
        add_rates(run, samples=samples)
        run.apply(NoticeGiven(f"notice {samples}"))
        file.recorder.write(session)
        file.assert_same_as(session)
    assert file.count("blob", "name = 'notices'") == 1


def test_nothing_is_written_where_nothing_is_new(file: _File) -> None:
    session = full_session()
    assert file.recorder.write(session)
    before = file.path.read_bytes()
    assert not file.recorder.write(session.snapshot())
    assert file.path.read_bytes() == before


def test_checkpoints_come_and_go_with_those_of_the_run(file: _File) -> None:
    session, run = _growing()
    add_steps(run, [0.5] * 1000)
    for step in range(100, 2100, 100):
        run.apply(CheckpointTaken(make_checkpoint(step)))
        file.recorder.write(session)
    assert file.count("blob", "name = 'weights'") == len(run.checkpoints) == 8
    assert file.count("part", "name = 'state'") == 8
    (kept,) = read_session(file.path).runs
    assert [state.step for state in kept.checkpoints] == [
        state.step for state in run.checkpoints
    ]
    assert [state.tensors for state in kept.checkpoints] == [
        state.tensors for state in run.checkpoints
    ]


def test_a_run_that_goes_back_is_written_anew_even_where_it_has_as_many_steps(
    file: _File,
) -> None:
    session, run = _growing()
    add_steps(run, [0.5] * 5000)
    run.apply(CheckpointTaken(make_checkpoint(3000)))
    run.apply(RunStopped(5000, 1.0))
    file.recorder.write(session)
    state = run.checkpoint
    assert state is not None
    run.go_back_to(state)
    add_steps(run, [0.25] * 2000)
    file.recorder.write(session)
    file.assert_same_as(session)


def test_a_new_close_up_takes_the_place_of_the_old_one(file: _File) -> None:
    session, run = _growing()
    for samples in (5, 3, 0):
        run.history.close_up = RateSeries(make_tensors(2))
        steps = np.arange(1.0, samples + 1)
        shape = (samples, *run.history.close_up.values().shape[1:])
        run.history.close_up.extend(steps, np.full(shape, 0.5))
        file.recorder.write(session)
        (kept,) = read_session(file.path).runs
        assert kept.history.close_up.steps().tolist() == steps.tolist()
        assert check_session(file.path) == []


def test_a_deleted_run_leaves_nothing_and_comes_back_at_its_place(file: _File) -> None:
    session = full_session()
    file.recorder.write(session)
    runs = list(session.runs)
    del session.runs[0]
    file.recorder.write(session)
    for table in schema.COUNTED:
        column = "number" if table.name == "run" else "run"
        assert file.count(table.name, f"{column} = 1") == 0
    file.assert_same_as(session)
    session.runs[:] = runs
    file.recorder.write(session)
    file.assert_same_as(session)


def test_after_an_error_the_next_write_makes_up_for_it(file: _File) -> None:
    session, run = _growing()
    add_steps(run, [0.5] * 10)
    file.recorder.write(session)
    run.apply(CheckpointTaken(make_checkpoint(10, schema.MAX_ROW_BYTES)))
    file.connection.limit(apsw.SQLITE_LIMIT_LENGTH, 100_000)
    add_steps(run, [0.25] * 10)
    with pytest.raises(apsw.TooBigError):
        file.recorder.write(session)
    assert read_session(file.path).runs[0].num_steps == 10
    file.connection.limit(apsw.SQLITE_LIMIT_LENGTH, schema.MAX_ROW_BYTES)
    file.recorder.write(session)
    file.assert_same_as(session)


def test_what_was_read_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.wbs"
    first = _File(path)
    first.recorder.write(small_session())
    first.connection.close()
    before = path.read_bytes()
    from workbench.storage.live_file import LiveFile

    live = LiveFile.open(path)
    assert not live.commit(live.session)
    live.close()
    assert path.read_bytes()[100:] == before[100:]
