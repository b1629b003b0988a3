"""Files of every released version of the format still open, with all that is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workbench.core.events import Confusion, Predictions
from workbench.core.run import RunState
from workbench.core.series import Floats
from workbench.storage.check import check_session
from workbench.storage.reader import read_session

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
