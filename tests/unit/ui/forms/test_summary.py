from __future__ import annotations

import pytest

from workbench.core.datasets import Diabetes
from workbench.core.loop import LoopSettings
from workbench.core.losses import L1Loss
from workbench.core.models import CnnModel, LinearModel, MlpModel
from workbench.core.optimizers import Adam
from workbench.core.schedules import CosineSchedule
from workbench.core.settings import Settings
from workbench.ui.forms.summary import summarise


@pytest.mark.parametrize(
    ("section", "settings", "words"),
    [
        ("model", MlpModel(), "MLP regressor, 64→64, ReLU"),
        ("model", CnnModel(), "CNN, 32→32→64"),
        ("model", LinearModel(), "Linear regressor"),
        ("data", Diabetes(), "Diabetes"),
        ("loss", L1Loss(), "L1"),
        ("optimizer", Adam(lr=1e-5), "Adam, lr 1e-5"),
        ("schedule", CosineSchedule(), "Cosine"),
        ("loop", LoopSettings(epochs=20), "20 epochs, full batch"),
        ("loop", LoopSettings(full_batch=False), "100 epochs, batch 64"),
    ],
)
def test_that_a_section_is_said_in_short(
    section: str, settings: Settings, words: str
) -> None:
    assert summarise(section, type(settings), settings.model_dump()) == words
