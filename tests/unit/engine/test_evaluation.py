"""Evaluation: in its own mode, in one piece or in many, and back to training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from workbench.core.events import Confusion, Predictions
from workbench.core.plan import Plan
from workbench.engine import evaluation
from workbench.engine.control import RunControl
from workbench.engine.evaluation import evaluate
from workbench.engine.experiment import Experiment, RunContext, prepare


def prepared(folder: Path, kind: str) -> Experiment:
    image = {
        "model": {"kind": "cnn", "channels": (2,), "hidden_size": 4, "dropout": 0.5},
        "data": {"kind": "generated", "samples": 60},
        "loss": {"kind": "cross_entropy"},
    }
    table = {"model": {"kind": "mlp", "hidden_sizes": (4,), "dropout": 0.5}}
    plan = Plan.from_values(image if kind == "images" else table)
    return prepare(plan, RunContext(folder, RunControl(), lambda _: None))


@pytest.mark.parametrize("kind", ["images", "table"])
def test_that_nothing_is_dropped_out_in_evaluation_and_training_goes_on_as_before(
    tmp_path: Path, kind: str
) -> None:
    experiment = prepared(tmp_path, kind)
    model, test = experiment.model, experiment.dataset.test
    assert test is not None
    assert any(isinstance(part, nn.Dropout) for part in model)
    state = torch.random.get_rng_state()
    measured = evaluate(experiment, test, "test", 1).loss
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(part.training for part in model.modules())
    with torch.no_grad():
        model.eval()
        outputs = model(experiment.dataset.transform(test.inputs))
    assert measured == experiment.loss(outputs, test.targets).item()


@pytest.mark.parametrize("kind", ["images", "table"])
def test_that_a_split_in_pieces_measures_the_same(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = prepared(tmp_path, kind)
    whole = evaluate(experiment, experiment.dataset.train, "train", 3)
    monkeypatch.setattr(evaluation, "_CHUNK", dict.fromkeys(evaluation._CHUNK, 7))
    pieces = evaluate(experiment, experiment.dataset.train, "train", 3)
    assert pieces.loss == pytest.approx(whole.loss, rel=1e-6)
    assert pieces.accuracy == whole.accuracy
    ours, theirs = pieces.picture(), whole.picture()
    assert (ours.split, ours.epoch) == (theirs.split, theirs.epoch) == ("train", 3)
    if isinstance(ours, Confusion) and isinstance(theirs, Confusion):
        assert ours.counts.tolist() == theirs.counts.tolist()
    else:
        assert isinstance(ours, Predictions)
        assert isinstance(theirs, Predictions)
        assert ours.predicted == pytest.approx(theirs.predicted, rel=1e-4, abs=1e-4)
