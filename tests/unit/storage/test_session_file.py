from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.runs import partial_run, start_run
from tests.helpers.sessions import (
    content_of,
    execute,
    failed_run,
    full_session,
    make_checkpoint,
    small_session,
)
from workbench.core.errors import SessionError
from workbench.core.events import Confusion, EpochRow, RunStarted
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.session import Session
from workbench.storage.session_file import SessionFiles

_FILES = SessionFiles()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir()
    return folder / "a.wbs"


def _round_trip(session: Session, path: Path) -> Session:
    _FILES.save(session, path)
    loaded = _FILES.load(path)
    assert loaded.damage == []
    return loaded


def _fail(*_: object, **__: object) -> Any:
    raise OSError(errno.EIO, "Input/output error")


def test_that_a_session_with_runs_in_every_state_comes_back_bit_for_bit(
    path: Path,
) -> None:
    session = full_session()
    assert content_of(_round_trip(session, path)) == content_of(session)


def test_that_an_empty_session_comes_back(path: Path) -> None:
    assert content_of(_round_trip(Session(), path)) == content_of(Session())


def test_that_saving_again_gives_the_same_content(path: Path) -> None:
    session = full_session()
    again = _round_trip(_round_trip(session, path), path)
    assert content_of(again) == content_of(session)
    assert all(run.state.is_over for run in again.runs)


def test_that_a_run_saved_under_way_comes_back_as_stopped(path: Path) -> None:
    session = Session(runs=[partial_run(steps=80), partial_run(steps=1, paused=True)])
    loaded = _round_trip(session, path)
    assert [run.state for run in loaded.runs] == [RunState.STOPPED] * 2
    assert "at step 80" in loaded.runs[0].message


def test_that_a_session_is_one_plain_file_with_nothing_beside_it(path: Path) -> None:
    _round_trip(full_session(), path)
    assert [file.name for file in path.parent.iterdir()] == ["a.wbs"]


def test_that_loading_leaves_file_and_folder_untouched(path: Path) -> None:
    _FILES.save(full_session(), path)
    before = path.read_bytes(), path.stat().st_mtime_ns, path.parent.stat().st_mtime_ns
    _FILES.load(path)
    assert before == (
        path.read_bytes(),
        path.stat().st_mtime_ns,
        path.parent.stat().st_mtime_ns,
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_any_text_and_any_number_comes_back(path: Path, data: st.DataObject) -> None:
    text = st.text(st.characters(), max_size=20)  # with half surrogate pairs
    count = st.integers(0, 2**53 - 1)
    optional = st.none() | st.floats()
    row = st.builds(
        EpochRow, count, count, st.floats(), st.floats(), optional, optional, optional
    )
    run = start_run(name=data.draw(text))
    run.message, run.report = data.draw(text), data.draw(text)
    run.notices = data.draw(st.lists(text, max_size=3))
    for drawn in data.draw(st.lists(row, max_size=5)):
        run.history.epochs.append(drawn)
    run.state, run.elapsed_s = RunState.FAILED, data.draw(st.floats(allow_nan=False))
    names = data.draw(st.dictionaries(text, text, max_size=3))
    run.started = RunStarted("cpu", 1, 2, 1, 3, 4, 5, tuple(names), names)
    for loss, lr in data.draw(st.lists(st.tuples(st.floats(), st.floats()), max_size=9)):
        run.history.steps.append(loss, lr)
    session = Session(runs=[run], layout=data.draw(st.binary()))
    assert content_of(_round_trip(session, path)) == content_of(session)


@pytest.mark.parametrize(
    "name",
    [
        "'); DROP TABLE run; --",
        '<img src="x" onerror="alert(1)">',
        "\u202egnp.exe\0\x1b[2J\n",
        "模型 🧠 Größe",
        "x" * 2**20,
        '{"$float": "nan"}',
        "cos\nsystem\n(S'touch canary'\ntR.",
        "",
    ],
)
def test_that_hostile_names_are_stored_as_they_are(path: Path, name: str) -> None:
    run = failed_run(name=name)
    run.notices = [name]
    size = 2
    run.picture = Confusion("test", 1, (name, name), np.eye(size, dtype=np.int64))
    session = Session(runs=[run])
    assert content_of(_round_trip(session, path)) == content_of(session)


def test_that_ten_megabytes_of_weights_and_a_long_history_come_back(path: Path) -> None:
    run = partial_run()
    run.checkpoints = (make_checkpoint(80, 10 * 2**20 + 3),)
    run.history.steps.loss.extend(np.random.default_rng(0).random(50_000))
    run.history.steps.lr.extend(np.full(50_000, 0.1))
    session = Session(runs=[run])
    assert content_of(_round_trip(session, path)) == content_of(session)


def test_that_a_run_can_be_saved_while_it_trains(path: Path) -> None:
    run = start_run()
    stop, begun = threading.Event(), threading.Event()

    def train() -> None:
        step = 0
        while not stop.is_set():
            run.history.steps.append(float(step), float(-step))
            step += 1
            if step == 5000:
                begun.set()

    trainer = threading.Thread(target=train)
    trainer.start()
    begun.wait()
    try:
        loaded = [_round_trip(Session(runs=[run]), path) for _ in range(3)]
    finally:
        stop.set()
        trainer.join()
    for session in loaded:
        steps = session.runs[0].history.steps
        assert len(steps) >= 5000
        assert np.array_equal(steps.loss.values(), np.arange(len(steps)))
        assert np.array_equal(steps.lr.values(), -np.arange(len(steps)))


def test_that_two_loads_at_once_both_succeed(path: Path) -> None:
    session = full_session()
    _FILES.save(session, path)
    with ThreadPoolExecutor(2) as pool:
        loaded = list(pool.map(_FILES.load, [path] * 6))
    assert all(content_of(found) == content_of(session) for found in loaded)


@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "os.open"])
def test_that_the_old_file_survives_a_failing_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    _FILES.save(small_session(), path)
    old = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(call, _fail)
        with pytest.raises(SessionError, match=r"disk reported an error.*unchanged"):
            _FILES.save(Session(), path)
    assert path.read_bytes() == old
    assert [file.name for file in path.parent.iterdir()] == ["a.wbs"]


def test_that_a_folder_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(SessionError, match=r"nowhere.*no such folder"):
        _FILES.save(Session(), path.parent / "nowhere" / "a.wbs")


def test_that_a_folder_is_no_target(path: Path) -> None:
    with pytest.raises(SessionError, match="it is a folder"):
        _FILES.save(Session(), path.parent)


@pytest.mark.parametrize("name", ["a\0.wbs", "x" * 300 + ".wbs", "\udcff.wbs"])
def test_that_impossible_names_are_refused_in_words(path: Path, name: str) -> None:
    target = path.with_name(name)
    with pytest.raises(SessionError, match="choose a"):
        _FILES.save(Session(), target)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_that_a_folder_without_permission_is_named(path: Path) -> None:
    _FILES.save(Session(), path)
    path.parent.chmod(0o500)
    try:
        assert _FILES.load(path).damage == []
        with pytest.raises(SessionError, match="no permission"):
            _FILES.save(Session(), path)
    finally:
        path.parent.chmod(0o700)


def test_that_saving_through_a_link_replaces_what_it_leads_to(path: Path) -> None:
    _FILES.save(Session(), path)
    link = path.with_name("link.wbs")
    link.symlink_to(path)
    session = small_session()
    _FILES.save(session, link)
    assert link.is_symlink()
    assert content_of(_FILES.load(path)) == content_of(session)


def test_that_the_permissions_of_the_old_file_are_kept(path: Path) -> None:
    _FILES.save(Session(), path)
    path.chmod(0o640)
    _FILES.save(Session(), path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_that_a_file_of_a_newer_version_is_not_written_over(path: Path) -> None:
    _FILES.save(small_session(), path)
    execute(path, f"PRAGMA user_version = {9 << 16 | 1}")
    old = path.read_bytes()
    with pytest.raises(SessionError, match=r"newer version.*another name"):
        _FILES.save(Session(), path)
    assert path.read_bytes() == old


def test_that_a_damaged_file_is_kept_beside_the_new_one(path: Path) -> None:
    _FILES.save(small_session(), path)
    execute(path, "UPDATE chunk SET first = first + 1 WHERE series = 'steps'")
    damaged = path.read_bytes()
    session = _FILES.load(path)
    assert session.damage
    _FILES.save(session, path)
    _FILES.save(session, path)
    kept = [file for file in path.parent.iterdir() if file != path]
    assert [file.read_bytes() for file in kept] == [damaged]
    assert kept[0].name.startswith("a.wbs.damaged-")
    assert _FILES.load(path).damage == session.damage == []


def test_that_the_settings_in_the_form_are_kept_apart_from_those_of_runs(
    path: Path,
) -> None:
    session = small_session()
    session.plan = Plan.from_values({"optimizer": {"kind": "sgd", "lr": 0.25}})
    loaded = _round_trip(session, path)
    assert loaded.plan == session.plan
    assert loaded.runs[0].plan == session.runs[0].plan


@pytest.mark.parametrize(
    "name",
    ["a b", "é 模型 🧠", "two\nlines", "a%20b?x=1#y", "'); DROP", ":memory:", "x" * 243],
)
def test_that_a_file_of_any_name_is_saved_changed_and_read(
    tmp_path: Path, name: str
) -> None:
    files, path = SessionFiles(tmp_path / "own"), tmp_path / f"{name}.wbs"
    files.save(Session(), path)
    kept = files.open(path)
    kept.session.layout = b"changed"
    kept.offer(kept.session.snapshot())
    kept.close()
    assert kept.path == path
    assert files.load(path).layout == b"changed"
