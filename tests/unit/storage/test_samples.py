"""Files of every released version of the format still open, with all that is in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.sessions import content_of
from workbench.core.events import Confusion, Predictions
from workbench.core.run import RunState
from workbench.core.saving import Home
from workbench.core.series import Floats
from workbench.storage.check import check_session
from workbench.storage.reader import read_session
from workbench.storage.session_file import SessionFiles

_SAMPLES = Path(__file__).parents[2] / "data" / "sessions"


def _losses(count: int) -> Floats:
    return 1 / (1 + np.arange(count, dtype=np.float64))


def test_that_version_1_opens() -> None:
    path = _SAMPLES / "version-1.wbs"
    assert check_session(path) == []
    session = read_session(path)
    assert session.layout == b"layout of version 1"
    assert session.plan.optimizer.kind == "sgd"
    assert [run.name for run in session.runs] == ["regression", "Klassen ✓", "diverged"]
    assert [run.state for run in session.runs] == [
        RunState.FINISHED,
        RunState.STOPPED,
        RunState.DIVERGED,
    ]


@pytest.mark.parametrize("name", ["version-1.wbs"])
def test_that_a_file_of_an_older_version_stays_whole_when_it_is_written_to(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    shutil.copy(_SAMPLES / name, path)
    files = SessionFiles(tmp_path / "own")
    for word in ("first", "second"):
        kept = files.open(path)
        assert kept.home is Home.NAMED
        kept.session.runs[0].notices.append(word)
        kept.session.runs[0].history.steps.append(0.5, 0.25)
        kept.offer(kept.session.snapshot())
        kept.close()
        assert check_session(path) == []
        assert content_of(read_session(path)) == content_of(kept.session)


def test_that_the_runs_of_version_1_have_all_their_parts() -> None:
    regression, classes, diverged = read_session(_SAMPLES / "version-1.wbs").runs
    assert np.array_equal(regression.history.steps.loss.values(), _losses(30))
    assert regression.epochs[-1].test_loss == 1.2 * _losses(30)[-1]
    assert regression.history.rates.values().shape[:2] == (5, 4)
    assert regression.history.rates.tensors[1].name == "layers.0.bias"
    assert isinstance(regression.picture, Predictions)
    assert regression.checkpoint is not None
    assert regression.checkpoint.tensors == bytes(range(256))
    assert regression.notices == ["a notice"]
    assert isinstance(classes.picture, Confusion)
    assert classes.picture.counts.tolist() == [[3, 1], [0, 4]]
    assert classes.picture.class_names == ("Katze", "Hund")
    assert diverged.history.steps.loss.values()[-1] == np.inf
    assert "at step 60" in diverged.message
