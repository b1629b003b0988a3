"""Tables of numbers: the made ones, the bundled one, and how any becomes a data set."""

from __future__ import annotations

from importlib.metadata import distribution

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.datasets import CsvTable, Diabetes, MakeRegression, RandomRegression
from workbench.engine.data.dataset import Dataset, Split, identity
from workbench.engine.data.limits import refuse_too_large
from workbench.engine.data.splits import split_rows
from workbench.engine.data.standardising import Standardiser

Floats = NDArray[np.float64]
TableSettings = RandomRegression | MakeRegression | Diabetes | CsvTable


def load_random(settings: RandomRegression) -> Dataset:
    """Draw inputs, then targets, from a standard normal with torch's generator.

    Raises:
        SettingsError: where the test share leaves nothing to train on.
        DataError: where the table would be too large.
    """
    _refuse_too_large(settings)
    generator = torch.Generator().manual_seed(settings.seed)
    inputs = torch.randn(settings.samples, settings.features, generator=generator)
    targets = torch.randn(settings.samples, generator=generator)
    return table_dataset(inputs.double().numpy(), targets.double().numpy(), settings)


def load_make_regression(settings: MakeRegression) -> Dataset:
    """Make the samples of `sklearn.datasets.make_regression`, number for number.

    Raises:
        SettingsError: where the test share leaves nothing to train on.
        DataError: where the table would be too large.
    """
    _refuse_too_large(settings)
    from sklearn.datasets import make_regression

    inputs, targets = make_regression(
        n_samples=settings.samples,
        n_features=settings.features,
        n_informative=settings.informative,
        noise=settings.noise,
        random_state=settings.seed,
    )
    return table_dataset(inputs, targets.reshape(-1), settings)  # one sample: a scalar


def load_diabetes(settings: Diabetes) -> Dataset:
    """Read the 442 patients that scikit-learn brings along, in their own units.

    Unscaled, as they were measured (age in years and so on), so that the switch that
    standardises the inputs does what it says.

    Raises:
        SettingsError: where the test share leaves nothing to train on.
    """
    try:
        inputs, targets = _bundled("diabetes_data_raw"), _bundled("diabetes_target")
    except OSError:  # another version of scikit-learn, which must be asked itself
        from sklearn.datasets import load_diabetes as load_bundled

        inputs, targets = load_bundled(return_X_y=True, scaled=False)
    return table_dataset(inputs, targets, settings)


def table_dataset(inputs: Floats, targets: Floats, settings: TableSettings) -> Dataset:
    """Split a table, fill its gaps, standardise it, and make float32 tensors of it.

    All statistics are measured in float64 on the training samples only, as by
    scikit-learn's StandardScaler: mean 0, variance 1 (divided by n), and a column that
    does not vary becomes 0.

    Args:
        inputs: (N, features), float64; NaN is a gap, which the column's mean over the
            training samples fills (0 where no training sample has a value).
        targets: (N,), float64, without gaps.
        settings: What to split and to standardise.

    Raises:
        SettingsError: where the test share leaves nothing to train on.
    """
    train_rows, test_rows = split_rows(len(targets), settings.test_share, settings.seed)
    parts = [train_rows] if test_rows is None else [train_rows, test_rows]
    xs = [inputs[rows] for rows in parts]
    ys = [targets[rows].reshape(-1, 1) for rows in parts]
    _fill_gaps(xs)
    if settings.standardise_inputs:
        _standardise(xs)
    mean, std = _standardise(ys) if settings.standardise_target else (0.0, 1.0)
    splits = [Split(_tensor(x), _tensor(y)) for x, y in zip(xs, ys, strict=True)]
    test = splits[1] if len(splits) > 1 else None
    return Dataset(splits[0], test, (), identity, mean, std)


def _bundled(name: str) -> Floats:
    """Read a table that scikit-learn brings along without importing it, which takes long.

    Raises:
        OSError: where there is no such file.
    """
    file = distribution("scikit-learn").locate_file(f"sklearn/datasets/data/{name}.csv.gz")
    return np.loadtxt(str(file))


def _fill_gaps(parts: list[Floats]) -> None:
    """Put the means of the first part's columns into the gaps of all, in place."""
    known = ~np.isnan(parts[0])
    sums = np.sum(parts[0], axis=0, where=known)
    means = sums / np.maximum(known.sum(axis=0), 1)
    for part in parts:
        rows, columns = np.nonzero(np.isnan(part))
        part[rows, columns] = means[columns]


def _standardise(parts: list[Floats]) -> tuple[float, float]:
    """Scale all parts in place by the first one's statistics; return those of column 0."""
    standardiser = Standardiser.fit(parts[0])
    for part in parts:
        standardiser.apply(part)
    return float(standardiser.mean[0]), float(standardiser.scale[0])


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(values).to(torch.float32)


def _refuse_too_large(settings: RandomRegression | MakeRegression) -> None:
    needed = settings.samples * (settings.features + 1) * 8  # float64 while it is made
    refuse_too_large(needed, "choose fewer samples or features")
