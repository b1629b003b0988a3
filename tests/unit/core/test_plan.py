"""Plans: sections, problems, texts and what fits what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from workbench.core.datasets import DATASETS, Diabetes, Digits
from workbench.core.errors import SettingsError, UnknownNameError
from workbench.core.loop import LoopSettings
from workbench.core.models import CnnModel, LinearModel, MlpModel
from workbench.core.optimizers import OPTIMIZERS, Adam, Lookahead, Sgd
from workbench.core.plan import Plan, apply_text, fits
from workbench.core.presets import load_presets
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import Settings


def problems(values: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        Plan.from_values(values)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_that_absent_sections_and_fields_take_their_defaults() -> None:
    plan = Plan.from_values({"optimizer": {"kind": "adam"}})
    assert plan == Plan()
    assert plan.optimizer == Adam()
    assert plan.lookahead == Lookahead()


@pytest.mark.parametrize("preset", load_presets().values(), ids=lambda p: p.key)
def test_that_a_plan_survives_values_and_json(preset: Any) -> None:
    assert Plan.from_values(preset.plan.values()) == preset.plan
    assert Plan.from_json(preset.plan.model_dump_json()) == preset.plan


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS), ids=lambda entry: entry.key())
@pytest.mark.parametrize("schedule", list(SCHEDULES), ids=lambda entry: entry.key())
def test_that_every_optimizer_and_schedule_survives_json(
    optimizer: type[Settings], schedule: type[Settings]
) -> None:
    plan = Plan(optimizer=optimizer(), schedule=schedule())  # type: ignore[arg-type]  # any
    assert Plan.from_json(plan.model_dump_json()) == plan


def test_that_problems_of_all_sections_are_told_together() -> None:
    found = problems(
        {
            "optimizer": {"kind": "adam", "lr": -1.0},
            "loop": {"epochs": 0, "batch": 3},
            "model": {"kind": "mlpp"},
            "optimiser": {},
        }
    )
    assert set(found) == {"optimizer.lr", "loop.epochs", "loop.batch", "model", "optimiser"}
    assert "Did you mean 'mlp'?" in found["model"]
    assert "Did you mean 'optimizer'?" in found["optimiser"]


def test_that_images_for_a_regressor_are_refused_with_what_would_fit() -> None:
    found = problems({"model": {"kind": "mlp"}, "data": {"kind": "cifar10"}})
    assert set(found) == {"data.kind"}
    assert found["data.kind"].endswith("random, make_regression, diabetes, csv")


def test_that_a_loss_for_the_other_task_is_refused_with_what_would_fit() -> None:
    found = problems({"loss": {"kind": "cross_entropy"}})
    assert found["loss.kind"].endswith("choose one of: mse, l1, huber")


def test_that_a_classifier_needs_images_and_cross_entropy() -> None:
    found = problems({"model": {"kind": "cnn"}})
    assert set(found) == {"data.kind", "loss.kind"}


def test_that_only_models_and_data_of_one_task_and_shape_fit() -> None:
    fitting = {
        model.key(): {data.key() for data in DATASETS if fits(model, data)}
        for model in (LinearModel, MlpModel, CnnModel)
    }
    tables = {"random", "make_regression", "diabetes", "csv"}
    images = {"digits", "generated", "cifar10", "folder"}
    assert fitting == {"linear": tables, "mlp": tables, "cnn": images}
    assert fits(CnnModel(), Digits())
    assert not fits(MlpModel(), Digits())


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"optimizer": 1}', '{"x": {}}', '{"loop": {"epochs": 0}}'],
)
def test_that_text_that_is_no_plan_is_refused_as_settings(text: str) -> None:
    with pytest.raises(SettingsError):
        Plan.from_json(text)


def test_that_json_of_a_plan_that_does_not_fit_is_refused() -> None:
    text = Plan().model_dump_json().replace('"kind":"mse"', '"kind":"cross_entropy"')
    with pytest.raises(SettingsError, match=r"loss\.kind"):
        Plan.from_json(text.replace('"delta"', '"label_smoothing"'))


def test_that_a_setting_is_read_from_text_and_the_plan_stays_as_it_was() -> None:
    plan = Plan()
    values = plan.with_text("optimizer.betas", "0.8 0.99")
    assert Plan.from_values(values).optimizer == Adam(betas=(0.8, 0.99))
    assert plan == Plan()


@pytest.mark.parametrize("path", ["optimizer", "optimizer.kind"])
def test_that_another_kind_comes_with_its_own_defaults(path: str) -> None:
    plan = Plan(optimizer=Adam(lr=0.5))
    assert Plan.from_values(plan.with_text(path, "sgd")).optimizer == Sgd()


def test_that_texts_apply_one_after_the_other() -> None:
    values = apply_text(Plan().values(), "data", "make_regression")
    values = apply_text(values, "data.samples", "1e3")
    values = apply_text(values, "lookahead.enabled", "on")
    plan = Plan.from_values(values)
    assert plan.data.model_dump()["samples"] == 1000
    assert plan.lookahead.enabled


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("optimiser.lr", "1"),
        ("optimizer.learning_rate", "1"),
        ("optimizer", "adamm"),
        ("loop", "3"),
        ("", "3"),
        ("loop.kind", "x"),
    ],
)
def test_that_an_unknown_path_or_kind_is_refused(path: str, text: str) -> None:
    with pytest.raises(UnknownNameError):
        Plan().with_text(path, text)


def test_that_unreadable_text_is_told_with_its_path() -> None:
    with pytest.raises(SettingsError, match=r"optimizer\.lr: '0,1' has a comma"):
        Plan().with_text("optimizer.lr", "0,1")


@pytest.mark.parametrize(
    ("path", "text", "section", "expected"),
    [
        ("optimizer.lr", "0.5", "optimizer", Adam(lr=0.5)),
        ("loop.epochs", "7", "loop", LoopSettings(epochs=7)),
    ],
)
def test_that_text_for_an_absent_section_means_its_default_kind(
    path: str, text: str, section: str, expected: Settings
) -> None:
    plan = Plan.from_values(apply_text({}, path, text))
    assert getattr(plan, section) == expected


def test_that_the_default_plan_fits_and_needs_no_download() -> None:
    assert Plan().mismatches() == []
    assert Plan().data == Diabetes()


def test_that_every_optimizer_has_a_positive_rate() -> None:
    for entry in OPTIMIZERS:
        assert entry().lr > 0
