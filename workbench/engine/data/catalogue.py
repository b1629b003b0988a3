"""The loader of every kind of data settings."""

from __future__ import annotations

from workbench.core.datasets import (
    Cifar10,
    CsvTable,
    Data,
    Diabetes,
    Digits,
    GeneratedImages,
    ImageFolder,
    MakeRegression,
    RandomRegression,
)
from workbench.core.errors import DataError
from workbench.engine.data.cifar10 import load_cifar10
from workbench.engine.data.csv_table import load_csv
from workbench.engine.data.dataset import Dataset, LoadContext
from workbench.engine.data.digits import load_digits
from workbench.engine.data.generated import load_generated
from workbench.engine.data.image_folder import load_image_folder
from workbench.engine.data.tables import load_diabetes, load_make_regression, load_random
from workbench.engine.failures import is_out_of_memory


def load_dataset(settings: Data, context: LoadContext) -> Dataset:
    """Read, download or make the data set of the settings, split and scaled.

    Raises:
        DataError: where it cannot be read, downloaded or used.
        SettingsError: where the settings do not fit the data; paths start with `data.`.
        CancelledError: once the person stopped.
    """
    try:
        return _load(settings, context)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise DataError(
            f"There is not enough memory for the data set '{settings.title}'; choose a "
            "smaller one."
        ) from None


def _load(settings: Data, context: LoadContext) -> Dataset:  # noqa: PLR0911 - one a kind
    match settings:
        case RandomRegression():
            return load_random(settings)
        case MakeRegression():
            return load_make_regression(settings)
        case Diabetes():
            return load_diabetes(settings)
        case CsvTable():
            return load_csv(settings, context)
        case Digits():
            return load_digits(settings)
        case GeneratedImages():
            return load_generated(settings, context)
        case Cifar10():
            return load_cifar10(settings, context)
        case ImageFolder():
            return load_image_folder(settings, context)
