"""A program that is killed loses nothing of what was on the disk."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from tests.faults.conftest import Note
from tests.faults.growing import RUN_STEPS, check_growth
from tests.faults.nursery import Life, nursery
from workbench.core.saving import Home, LeftSession
from workbench.core.session import Session
from workbench.storage.probing import beside, is_filled
from workbench.storage.session_file import SessionFiles

_LONGEST_S = 0.3
_REOPEN_S = 1.0


def _death(folder: Path, life: Life) -> tuple[int, float]:
    """Judge what a process left; return the step that is there, and how long it took."""
    files = SessionFiles(folder / "own")
    left = files.left_behind()
    path = _newest(folder, life.path)
    if path is None:  # there was no run yet
        assert life.step <= 0
        return 0, 0.0
    has_log = is_filled(beside(path, "-wal"))
    start_s, own_start_s = time.monotonic(), time.process_time()
    kept = files.open(path)
    took_s, own_s = time.monotonic() - start_s, time.process_time() - own_start_s
    try:
        assert own_s < _REOPEN_S  # whatever else the machine is busy with
        assert kept.home is not Home.COPY, kept.reason
        step = check_growth(kept.session, life.weights_bytes)
        assert step >= life.step
        _check_offer(left, path, kept.session, has_log=has_log)
    finally:
        kept.close()
    if step:
        assert check_growth(files.load(path), life.weights_bytes) == step
    else:  # a session of ours without a run goes when it is closed
        assert not path.exists()
    return step, took_s


def _newest(folder: Path, path: Path | None) -> Path | None:
    """Return the file that was acknowledged last, or the one it was becoming."""
    if path is not None and path.exists():
        return path
    return next(folder.glob("named-*.wbs"), None)


def _check_offer(
    left: list[LeftSession], path: Path, session: Session, *, has_log: bool
) -> None:
    """See that a file which was not closed is offered with the step it got to."""
    offers = [offer for offer in left if offer.path == path and offer.crashed]
    assert offers or not (has_log and session.runs)
    for offer in offers:
        assert offer.num_runs == len(session.runs)
        under_way = session.runs and session.runs[-1].num_steps < RUN_STEPS
        assert offer.step == (session.runs[-1].num_steps if under_way else 0)
        assert offer.run == (session.runs[-1].name if under_way else "")


def test_that_a_kill_at_any_moment_loses_no_commit(
    tmp_path: Path, note_figure: Note, *, is_long: bool
) -> None:
    kills, chance = 200 if is_long else 20, random.Random(7)  # noqa: S311 - no secret
    steps: list[int] = []
    times_s: list[float] = []
    with nursery() as home:
        for number in range(kills):
            folder = tmp_path / str(number)
            folder.mkdir()
            size = 5_000_000 if number % 10 == 9 else 2000
            life = home.live(folder, chance.uniform(0, _LONGEST_S), size)
            step, took_s = _death(folder, life)
            steps.append(step)
            times_s.append(took_s)
            shutil.rmtree(folder)
    assert max(steps) > 0
    note_figure(
        f"kills: {kills} processes killed, 0 acknowledged commits lost (up to step "
        f"{max(steps)}), opened again in {max(times_s) * 1000:.0f} ms at most"
    )
