"""What is left of a damaged session: the sound parts, and a name for each other one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from tests.helpers.runs import finished_run, start_run
from tests.helpers.sessions import (
    add_row,
    content_of,
    content_of_run,
    execute,
    full_session,
    make_checkpoint,
    reseal,
    small_session,
)
from workbench.core.errors import SessionError
from workbench.core.plan import Plan
from workbench.core.session import Session
from workbench.storage import schema
from workbench.storage.check import check_session
from workbench.storage.jsontext import dumps
from workbench.storage.probing import DamagedError
from workbench.storage.reader import read_session
from workbench.storage.session_file import SessionFiles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.wbs"


def _save(session: Session, path: Path) -> None:
    SessionFiles().save(session, path)


def _long_run(steps: int = 10_000) -> Session:
    run = start_run(name="long")
    run.history.steps.loss.extend(np.arange(steps))
    run.history.steps.lr.extend(-np.arange(steps))
    return Session(runs=[run])


def test_that_sound_runs_open_and_the_damaged_one_is_named(path: Path) -> None:
    session = full_session()
    _save(session, path)
    execute(path, "UPDATE run SET plan = replace(plan, 'adam', 'adaM') WHERE number = 2")
    loaded = read_session(path)
    wanted = [run for index, run in enumerate(session.runs) if index != 1]
    assert content_of(loaded)["runs"] == [content_of_run(run) for run in wanted]
    assert "run 2: its settings and facts is damaged" in loaded.damage
    assert "run 2: cannot be shown: its settings and facts are lost" in loaded.damage


def test_that_a_damaged_stretch_of_steps_is_a_gap_and_not_the_end(path: Path) -> None:
    _save(_long_run(), path)
    execute(path, "UPDATE chunk SET data = zeroblob(65536) WHERE seq = 1")
    loaded = read_session(path)
    steps = loaded.runs[0].history.steps
    wanted = np.arange(10_000, dtype=np.float64)
    wanted[4096:8192] = np.nan
    assert np.array_equal(steps.loss.values(), wanted, equal_nan=True)
    assert np.array_equal(steps.lr.values(), -wanted, equal_nan=True)
    assert "run 'long': rows 4,097 to 8,192 of its steps are lost" in loaded.damage


def test_that_damage_at_the_end_shortens_the_steps(path: Path) -> None:
    _save(_long_run(), path)
    execute(path, "DELETE FROM chunk WHERE seq = 2 AND series = 'steps'")
    loaded = read_session(path)
    assert len(loaded.runs[0].history.steps) == 8192
    assert "run 'long': rows 8,193 to 10,000 of its steps are lost" in loaded.damage


@pytest.mark.parametrize("name", ["epochs", "rates"])
def test_that_other_series_leave_out_what_is_damaged(path: Path, name: str) -> None:
    run = finished_run(steps=5000 if name == "epochs" else 700)
    _save(Session(runs=[run]), path)
    execute(path, "UPDATE chunk SET count = 3 WHERE series <> 'steps' AND seq = 0")
    loaded = read_session(path)
    found = loaded.runs[0]
    if name == "epochs":
        lost = len(run.epochs) - len(found.epochs)  # as many as fit into the first chunk
        assert 0 < lost < len(run.epochs)
        assert found.epochs == run.epochs[lost:]
    else:
        rates, whole = found.history.rates, run.history.rates
        lost = len(whole) - len(rates)  # as many as fit into the first chunk
        assert 0 < lost < len(whole)
        assert np.array_equal(rates.steps(), whole.steps()[lost:])
        assert np.array_equal(rates.values(), whole.values()[lost:], equal_nan=True)
    assert f"rows 1 to {lost:,} of its {name} are lost" in "\n".join(loaded.damage)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM header", "the row of ids is missing"),
        ("UPDATE header SET program = 'other'", "the row of ids is damaged"),
        ("DELETE FROM series WHERE name = 'steps'", "its steps are lost"),
        ("UPDATE series SET count = count + 1", "what its steps series is is damaged"),
        ("DELETE FROM chunk", "rows 1 to 6 of its steps are lost"),
        ("DELETE FROM blob WHERE name = 'weights'", "weights 0 cannot be read"),
        ("DELETE FROM blob WHERE name = 'state'", "what it is, is missing"),
        ("DELETE FROM blob WHERE name = 'notices'", "notices 0 cannot be read"),
        ("DELETE FROM part WHERE name = 'picture'", "picture 0 cannot be read"),
        ("DELETE FROM part WHERE name = 'plan'", "the settings of the form are lost"),
        ("DELETE FROM part WHERE name = 'layout'", "the layout of the window is lost"),
        ("UPDATE part SET run = 7 WHERE name = 'picture'", "run 7: part 0 of its"),
        ("UPDATE part SET data = x'00' WHERE name = 'layout'", "layout is damaged"),
        ("DELETE FROM blob WHERE name = 'picture' ", "of the table 'blob' are sound"),
        ("DELETE FROM run", "cannot be shown: its settings and facts are lost"),
    ],
)
def test_that_every_kind_of_damage_is_named(path: Path, statement: str, words: str) -> None:
    _save(small_session(), path)
    execute(path, statement)
    assert words in "\n".join(read_session(path).damage)
    assert words in "\n".join(check_session(path))


def test_that_rows_swapped_between_runs_are_damage(path: Path) -> None:
    _save(full_session(), path)
    execute(
        path,
        "UPDATE chunk SET run = 100 WHERE run = 1",
        "UPDATE chunk SET run = 1 WHERE run = 2",
        "UPDATE chunk SET run = 2 WHERE run = 100",
    )
    loaded = read_session(path)
    assert [len(run.history.steps) for run in loaded.runs[:2]] == [0, 0]


def test_that_a_session_of_which_nothing_is_left_is_refused(path: Path) -> None:
    _save(small_session(), path)
    execute(path, "UPDATE run SET facts = ''", "UPDATE blob SET size = 0")
    with pytest.raises(DamagedError, match="neither settings nor runs"):
        read_session(path)
    assert len(check_session(path)) == 1


def test_that_the_checkpoint_before_is_taken_where_the_newest_is_damaged(
    path: Path,
) -> None:
    _save(small_session(), path)
    newer = make_checkpoint(9, 40)
    facts, blobs = dumps({"step": 9, "epoch": 9}), [("weights", newer.tensors)]
    blobs.append(("state", newer.state.encode()))
    for name, data in blobs:
        add_row(path, schema.BLOB, 1, name, 1, facts, len(data))
        add_row(path, schema.PART, 1, name, 1, 0, data)
    checkpoint = read_session(path).runs[0].checkpoint
    assert checkpoint is not None
    assert (checkpoint.step, checkpoint.tensors) == (9, newer.tensors)
    execute(path, "UPDATE part SET seq = 1 WHERE generation = 1 AND name = 'state'")
    loaded = read_session(path)
    assert loaded.runs[0].checkpoint is not None
    assert loaded.runs[0].checkpoint.tensors == make_checkpoint(6, 40).tensors
    assert any("weights 1 cannot be read" in line for line in loaded.damage)


_CLAIMS: list[tuple[schema.Table, dict[str, Any]]] = [
    (schema.SERIES, {"count": 2**62}),
    (schema.SERIES, {"layout": '{"columns":[]}'}),
    (schema.SERIES, {"layout": '{"columns":["loss"]}'}),
    (schema.SERIES, {"layout": '{"columns":3}'}),
    (schema.SERIES, {"layout": "[" * 100_000}),
    (schema.CHUNK, {"count": 2**62}),
    (schema.CHUNK, {"first": 2**62}),
    (schema.CHUNK, {"first": -1}),
    (schema.CHUNK, {"count": 0, "data": b""}),
    (schema.CHUNK, {"data": b"\xff" * 48}),
    (schema.BLOB, {"size": 2**62}),
    (schema.BLOB, {"size": -1}),
    (schema.BLOB, {"facts": "NaN"}),
    (schema.BLOB, {"facts": '{"step":1e999,"epoch":1}'}),
    (schema.PART, {"data": b"\xff" * 40}),
    (schema.RUN, {"facts": '{"name":1}'}),
    (schema.RUN, {"facts": "null"}),
    (schema.RUN, {"facts": '{"name":"a","name":"b"}'}),
    (schema.RUN, {"facts": "9" * 5000}),
    (schema.RUN, {"plan": "{}" * 2}),
    (schema.RUN, {"plan": '{"loss":{"kind":"os.system"}}'}),
    (schema.RUN, {"plan": '{"optimizer":{"kind":"adam","lr":NaN}}'}),
    (schema.RUN, {"plan": '{"optimizer":{"kind":"adam","lr":1e999}}'}),
    (schema.RUN, {"plan": "[" * 100_000}),
    (schema.HEADER, {"rows": "[]"}),
    (schema.HEADER, {"rows": '{"run":"x"}'}),
    (schema.HEADER, {"user_version": 2}),
]


@pytest.mark.parametrize(("table", "values"), _CLAIMS)
def test_that_false_claims_under_a_right_hash_are_named_and_cost_nothing(
    path: Path, table: schema.Table, values: dict[str, Any]
) -> None:
    _save(small_session(), path)
    reseal(path, table, **values)
    loaded = read_session(path)
    assert loaded.damage
    assert sum(len(run.history.steps) for run in loaded.runs) <= 6


def _set_facts(path: Path, changes: dict[str, Any]) -> None:
    facts = {
        "id": "0" * 32,
        "name": "crafted",
        "colour": 0,
        "created_at": "2026-01-02T03:04:05+00:00",
        "state": "finished",
        "message": "",
        "report": "",
        "elapsed_s": 1.0,
        "started": None,
    }
    reseal(path, schema.RUN, facts=dumps({**facts, **changes}))


_STARTED = {
    "device": "cpu",
    "threads": 1,
    "total_steps": 1,
    "steps_per_epoch": 1,
    "num_parameters": 1,
    "num_train_samples": 1,
    "num_test_samples": 1,
    "class_names": [],
    "environment": {},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "os.system"},
        {"colour": -1},
        {"colour": True},
        {"colour": 2**63},
        {"created_at": "yesterday"},
        {"elapsed_s": "1"},
        {"started": {**_STARTED, "steps_per_epoch": 0}},
        {"started": {**_STARTED, "total_steps": -1}},
        {"started": {**_STARTED, "class_names": "abc"}},
        {"started": {**_STARTED, "environment": {"a": 1}}},
        {"started": {"device": "cpu"}},
    ],
)
def test_that_facts_which_make_no_sense_are_refused(
    path: Path, changes: dict[str, Any]
) -> None:
    _save(small_session(), path)
    _set_facts(path, changes)
    loaded = read_session(path)
    assert loaded.runs == []
    assert any("cannot be shown" in line for line in loaded.damage)


def test_that_facts_of_a_later_minor_version_are_read(path: Path) -> None:
    _save(small_session(), path)
    _set_facts(path, {"started": _STARTED, "invented_later": [1, 2]})
    loaded = read_session(path)
    assert loaded.damage == []
    assert loaded.runs[0].name == "crafted"


def test_that_two_runs_of_the_same_id_are_not_both_shown(path: Path) -> None:
    _save(Session(runs=[finished_run(), finished_run(name="other", colour=1)]), path)
    _set_facts(path, {"id": "same"})
    loaded = read_session(path)
    assert len(loaded.runs) == 1
    assert any("same id" in line for line in loaded.damage)


def test_that_damage_of_a_huge_name_stays_one_readable_line(path: Path) -> None:
    session = small_session()
    session.runs[0].name = "x" * 100_000
    _save(session, path)
    execute(path, "DELETE FROM chunk WHERE series = 'steps'")
    assert max(map(len, read_session(path).damage)) < 200


def _flip(content: bytes, place: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << place % 8
    return bytes(changed)


def _assert_right_or_named(path: Path, wanted: dict[str, Any]) -> bool:
    """Return whether all is as it was; what differs must be named, never just differ."""
    try:
        loaded = read_session(path)
    except SessionError:
        return False
    found = content_of(loaded)
    if not loaded.damage:
        assert found == wanted
        return True
    for run in found["runs"]:
        whole = wanted["runs"][0]
        for field in ("facts", "ended", "plan", "started"):
            assert run[field] == whole[field]
        for field in ("loss", "lr", "sampled", "rates", "epochs", "notices", "picture"):
            assert not run[field] or run[field] == whole[field]
        assert run["tensors"] in ((), whole["tensors"])
        assert run["checkpoints"] in ([], whole["checkpoints"])
    assert found["plan"] in (Plan(), wanted["plan"])
    assert found["layout"] in (b"", wanted["layout"])
    return False


def test_that_a_flipped_bit_never_changes_a_value_in_silence(
    path: Path, tmp_path: Path
) -> None:
    session = small_session()
    session.plan = Plan.from_values({"optimizer": {"kind": "sgd", "lr": 0.25}})
    _save(session, path)
    content, changed = path.read_bytes(), tmp_path / "changed.wbs"
    unharmed = 0
    for place in range(0, len(content), 97):
        changed.write_bytes(_flip(content, place))
        unharmed += _assert_right_or_named(changed, content_of(session))
    assert path.read_bytes() == content
    assert unharmed  # bytes that nothing uses


@pytest.mark.parametrize("word", [b"CREATE TABLE header", b"index", b"sqlite_autoindex"])
def test_that_a_schema_that_is_no_text_any_more_is_damage(path: Path, word: bytes) -> None:
    _save(small_session(), path)
    path.write_bytes(path.read_bytes().replace(word, word[:-1] + b"\xff", 1))
    with pytest.raises(DamagedError, match="backup"):
        read_session(path)


def test_that_a_file_cut_short_anywhere_is_never_taken_for_whole(
    path: Path, tmp_path: Path
) -> None:
    session = small_session()
    _save(session, path)
    content, cut = path.read_bytes(), tmp_path / "cut.wbs"
    for size in range(0, len(content), 1024):
        cut.write_bytes(content[:size])
        assert not _assert_right_or_named(cut, content_of(session))


def test_that_a_page_of_rubbish_costs_only_what_stood_on_it(path: Path) -> None:
    session = Session(runs=[finished_run(name=f"run {n}", colour=n) for n in range(4)])
    _save(session, path)
    content = bytearray(path.read_bytes())
    page = len(content) // 4096 // 2 * 4096
    content[page : page + 4096] = b"\xaa" * 4096
    path.write_bytes(content)
    loaded = read_session(path)
    sound = [content_of_run(run) for run in loaded.runs]
    wanted = content_of(session)["runs"]
    assert loaded.damage
    assert sum(run in wanted for run in sound) >= 3


def test_that_what_the_database_says_of_its_pages_is_one_line(path: Path) -> None:
    _save(_long_run(), path)
    size = int.from_bytes(path.read_bytes()[16:18], "big")
    with path.open("r+b") as file:  # the next page of a chain is none of the file
        file.seek(path.stat().st_size // 2 // size * size)
        file.write(b"\x5a" * size)
    damage = read_session(path).damage
    (line,) = (line for line in damage if line.startswith("the structure of the file"))
    assert all("\n" not in line and "***" not in line for line in damage)
    assert line.startswith("the structure of the file is broken (")


def test_that_checking_finds_damage_in_indices_too(path: Path) -> None:
    _save(full_session(), path)
    connection = apsw.Connection(str(path))
    root = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_series_1'"
    ).get
    connection.close()
    content = bytearray(path.read_bytes())
    place = content.index(b"steps", (root - 1) * 4096)
    content[place : place + 5] = b"spets"
    path.write_bytes(content)
    assert len(read_session(path).runs) == len(full_session().runs)
    assert check_session(path)


def test_that_a_sound_file_has_no_damage(path: Path) -> None:
    _save(full_session(), path)
    assert check_session(path) == []


def test_that_checking_what_is_no_session_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no file"):
        check_session(tmp_path / "missing.wbs")
    shutil.copy(__file__, tmp_path / "text.wbs")
    with pytest.raises(SessionError, match="it is text"):
        check_session(tmp_path / "text.wbs")
