"""The presets that come with the workbench."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.core.datasets import Cifar10, MakeRegression, RandomRegression
from workbench.core.errors import SettingsError, UnknownNameError
from workbench.core.losses import CrossEntropyLoss, MseLoss
from workbench.core.models import CnnModel, LinearModel, MlpModel
from workbench.core.optimizers import Adam, AdamW, RmsProp, Sgd
from workbench.core.presets import DEFAULT_PRESET, Preset, find_preset, load_presets
from workbench.core.tasks import Task

PRESETS = load_presets()
DOWNLOADED = (Cifar10,)


def write_preset(folder: Path, plan: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "order.json").write_text(json.dumps(["mine"]), "utf-8")
    content = {"title": "Mine", "summary": "Of my own.", "plan": plan}
    (folder / "mine.json").write_text(json.dumps(content), "utf-8")


def test_that_the_examples_of_the_design_are_there() -> None:
    assert set(PRESETS) >= {
        *("linear-adam", "linear-rmsprop", "linear-rmsprop-full"),
        *("cifar10-sgd", "cifar10-adam", "cifar10-adam-unstable", "cifar10-adamw"),
        *("mlp-adam", "quickstart-linear", "quickstart-mlp", "quickstart-cnn"),
    }


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_that_every_preset_fits_together_and_says_what_it_is(preset: Preset) -> None:
    assert preset.plan.mismatches() == []
    assert preset.title
    assert preset.summary.endswith(".")


def test_that_no_two_presets_look_the_same() -> None:
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS)


@pytest.mark.parametrize("key", [key for key in PRESETS if key.startswith("quickstart-")])
def test_that_a_quick_start_needs_no_download(key: str) -> None:
    assert not isinstance(PRESETS[key].plan.data, DOWNLOADED)


def test_that_the_window_opens_on_a_preset_without_a_download() -> None:
    assert not isinstance(find_preset(DEFAULT_PRESET).plan.data, DOWNLOADED)


@pytest.mark.parametrize(
    ("key", "samples", "optimizer"),
    [
        ("linear-adam", 32, Adam(lr=0.001)),
        ("linear-rmsprop", 32, RmsProp(lr=0.001)),
        (
            "linear-rmsprop-full",
            100,
            RmsProp(lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0),
        ),
    ],
)
def test_that_the_linear_examples_are_as_described(
    key: str, samples: int, optimizer: Adam | RmsProp
) -> None:
    plan = PRESETS[key].plan
    assert isinstance(plan.model, LinearModel)
    assert isinstance(plan.data, RandomRegression)
    assert (plan.data.samples, plan.data.features) == (samples, 10)
    assert (plan.data.standardise_inputs, plan.data.test_share) == (False, 0.0)
    assert plan.loss == MseLoss()
    assert plan.optimizer == optimizer
    assert (plan.loop.epochs, plan.loop.full_batch) == (100, True)


@pytest.mark.parametrize(
    ("key", "optimizer", "train_on", "evaluate_on"),
    [
        ("cifar10-sgd", Sgd(lr=0.01), "test", "none"),
        ("cifar10-adam", Adam(lr=0.001), "test", "none"),
        ("cifar10-adam-unstable", Adam(lr=0.01), "test", "none"),
        ("cifar10-adamw", AdamW(), "train", "test"),
    ],
)
def test_that_the_cifar_examples_are_as_described(
    key: str, optimizer: Adam | AdamW | Sgd, train_on: str, evaluate_on: str
) -> None:
    plan = PRESETS[key].plan
    assert plan.model == CnnModel(channels=(32, 32, 64), kernel_size=5, hidden_size=64)
    assert isinstance(plan.data, Cifar10)
    assert (plan.data.train_on, plan.data.evaluate_on) == (train_on, evaluate_on)
    assert not plan.data.standardise_images
    assert plan.loss == CrossEntropyLoss()
    assert plan.optimizer == optimizer
    loop = plan.loop
    assert (loop.epochs, loop.full_batch, loop.batch_size) == (20, False, 64)
    assert not loop.shuffle


def test_that_the_mlp_example_is_as_described() -> None:
    plan = PRESETS["mlp-adam"].plan
    assert plan.model == MlpModel(hidden_sizes=(64, 64), activation="relu")
    assert plan.data == MakeRegression(
        samples=2000,
        features=10,
        noise=0.1,
        test_share=0.2,
        seed=42,
        standardise_inputs=True,
    )
    assert plan.optimizer == Adam(lr=0.001)
    assert (plan.loop.epochs, plan.loop.full_batch) == (200, True)


def test_that_each_kind_of_task_has_a_quick_start() -> None:
    tasks = {PRESETS[key].plan.model.task for key in PRESETS if key.startswith("quick")}
    assert tasks == set(Task)


def test_that_an_unknown_preset_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'linear-adam'"):
        find_preset("linear-adm")


def test_that_presets_come_in_the_order_of_their_list(tmp_path: Path) -> None:
    write_preset(tmp_path, {})
    (tmp_path / "other.json").write_text((tmp_path / "mine.json").read_text(), "utf-8")
    (tmp_path / "order.json").write_text('["other", "mine"]', "utf-8")
    assert list(load_presets(tmp_path)) == ["other", "mine"]


def test_that_lists_in_a_file_become_tuples_of_the_plan(tmp_path: Path) -> None:
    write_preset(tmp_path, {"model": {"kind": "mlp", "hidden_sizes": [3, 4]}})
    assert load_presets(tmp_path)["mine"].plan.model == MlpModel(hidden_sizes=(3, 4))


def test_that_a_preset_with_a_bad_setting_is_refused(tmp_path: Path) -> None:
    write_preset(tmp_path, {"loop": {"epochs": -1}})
    with pytest.raises(SettingsError, match=r"loop\.epochs"):
        load_presets(tmp_path)
