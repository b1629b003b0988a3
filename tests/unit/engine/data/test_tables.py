import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes as sklearn_diabetes
from sklearn.datasets import make_regression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from workbench.core.datasets import Diabetes, MakeRegression, RandomRegression
from workbench.core.errors import DataError, SettingsError
from workbench.engine.data import tables
from workbench.engine.data.dataset import identity
from workbench.engine.data.tables import (
    load_diabetes,
    load_make_regression,
    load_random,
    table_dataset,
)

PRESET = Path(__file__).parents[4] / "resources" / "presets" / "mlp-adam.json"


def test_that_random_samples_are_standard_normal_draws_of_the_seed():
    data = load_random(RandomRegression(samples=32, features=10, seed=5))
    generator = torch.Generator().manual_seed(5)
    assert torch.equal(data.train.inputs, torch.randn(32, 10, generator=generator))
    assert torch.equal(data.train.targets[:, 0], torch.randn(32, generator=generator))
    assert data.test is None
    assert data.class_names == ()
    assert data.transform is identity


def test_that_making_random_samples_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    load_random(RandomRegression())
    load_make_regression(MakeRegression(samples=50))
    assert torch.equal(torch.get_rng_state(), before)


def test_that_the_data_of_the_mlp_preset_are_those_of_scikit_learns_own_calls():
    values = json.loads(PRESET.read_text())["plan"]["data"]
    data = load_make_regression(MakeRegression(**values))
    x, y = make_regression(n_samples=2000, n_features=10, noise=0.1, random_state=42)
    parts = train_test_split(x, y, test_size=0.2, random_state=42)
    scaler = StandardScaler().fit(parts[0])
    expected_train = scaler.transform(parts[0]).astype(np.float32)
    expected_test = scaler.transform(parts[1]).astype(np.float32)
    assert data.train.inputs.numpy().tobytes() == expected_train.tobytes()
    assert data.test.inputs.numpy().tobytes() == expected_test.tobytes()
    assert data.train.targets[:, 0].tolist() == parts[2].astype(np.float32).tolist()
    assert data.test.targets[:, 0].tolist() == parts[3].astype(np.float32).tolist()
    assert (data.target_mean, data.target_std) == (0.0, 1.0)


def test_that_standardised_inputs_and_targets_have_mean_zero_and_variance_one():
    settings = MakeRegression(samples=500, standardise_target=True)
    data = load_make_regression(settings)
    for values in (data.train.inputs.double(), data.train.targets.double()):
        assert values.mean(0).abs().max() < 1e-6
        assert (values.var(0, correction=0) - 1).abs().max() < 1e-6


def test_that_mean_and_deviation_of_the_target_undo_its_standardisation():
    raw = load_make_regression(MakeRegression(samples=100))
    scaled = load_make_regression(MakeRegression(samples=100, standardise_target=True))
    for part, expected in ((scaled.train, raw.train), (scaled.test, raw.test)):
        original = part.targets.double() * scaled.target_std + scaled.target_mean
        assert torch.allclose(original, expected.targets.double(), rtol=1e-5, atol=1e-4)


def test_that_the_shapes_and_types_are_those_of_the_loop():
    data = load_diabetes(Diabetes())
    assert data.train.inputs.shape == (353, 10)
    assert data.test.targets.shape == (89, 1)
    for part in (data.train, data.test):
        assert part.inputs.dtype == part.targets.dtype == torch.float32


def test_that_diabetes_unscaled_is_in_the_units_of_the_measurements():
    data = load_diabetes(Diabetes(standardise_inputs=False, standardise_target=False))
    x, y = sklearn_diabetes(return_X_y=True, scaled=False)
    x_train, _, y_train, _ = train_test_split(x, y, test_size=0.2, random_state=42)
    assert np.array_equal(data.train.inputs.numpy(), x_train.astype(np.float32))
    assert np.array_equal(data.train.targets[:, 0].numpy(), y_train.astype(np.float32))


def test_that_diabetes_is_asked_of_scikit_learn_where_its_file_is_not_found(monkeypatch):
    expected = load_diabetes(Diabetes())
    monkeypatch.setattr(tables, "distribution", lambda _: Elsewhere())
    data = load_diabetes(Diabetes())
    assert torch.equal(data.train.inputs, expected.train.inputs)
    assert torch.equal(data.test.targets, expected.test.targets)


class Elsewhere:
    """A scikit-learn that keeps its tables in another place."""

    def locate_file(self, path):
        return Path("nowhere") / path


def test_that_a_table_beyond_the_limit_is_refused_before_it_is_made():
    for load, settings in (
        (load_random, RandomRegression(samples=10**6, features=10_000)),
        (load_make_regression, MakeRegression(samples=10**6, features=10_000)),
    ):
        with pytest.raises(DataError, match=r"74\.5 GiB.*fewer samples"):
            load(settings)


def test_that_one_sample_cannot_be_split():
    with pytest.raises(SettingsError, match=r"data\.test_share"):
        load_make_regression(MakeRegression(samples=1))


def test_that_one_sample_can_be_trained_on():
    settings = RandomRegression(samples=1, standardise_inputs=True, standardise_target=True)
    data = load_random(settings)
    assert data.train.inputs.tolist() == [[0.0] * 10]  # it does not vary
    assert data.target_std == 1.0


def test_that_gaps_get_the_training_means_and_columns_without_any_value_zero():
    x = np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])
    settings = RandomRegression(test_share=0.0)
    data = table_dataset(x, np.array([1.0, 2.0, 3.0]), settings)
    assert data.train.inputs.tolist() == [[1.0, 0.0], [2.5, 0.0], [4.0, 0.0]]


def test_that_gaps_among_test_samples_get_the_mean_of_the_training_samples_alone():
    settings = RandomRegression(test_share=0.5, seed=3)
    train, test = train_test_split(np.arange(4), test_size=0.5, random_state=3)
    x = np.zeros((4, 1))
    x[train, 0] = [2.0, 4.0]
    x[test, 0] = [np.nan, 1000.0]
    data = table_dataset(x, np.arange(4.0), settings)
    assert data.test.inputs[:, 0].tolist() == [3.0, 1000.0]


def test_that_fewer_features_than_informative_by_default_are_all_informative():
    data = load_make_regression(MakeRegression(samples=20, features=3, test_share=0.0))
    _, y = make_regression(20, 3, n_informative=3, noise=0.1, random_state=42)
    assert data.train.targets[:, 0].tolist() == y.astype(np.float32).tolist()
