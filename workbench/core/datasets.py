"""Settings of the data sets."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ValidationInfo, field_validator

from workbench.core.catalogue import Catalogue
from workbench.core.settings import CatalogueSettings, setting
from workbench.core.tasks import Inputs, Task

_OFF, _ON = False, True  # defaults of switches


class DataSettings(CatalogueSettings):
    """What every data set declares beside its own settings."""

    task: ClassVar[Task]
    inputs: ClassVar[Inputs]


def _seed(default: int, what: str) -> int:
    seed: int = setting(default, what, title="Seed", minimum=0, maximum=2**32 - 1)
    return seed


def _test_share(default: float) -> float:
    share: float = setting(
        default,
        "Share of the samples that is kept for testing and never trained on; 0 keeps none.",
        title="Test share",
        minimum=0,
        maximum=0.9,
    )
    return share


def _standardise_inputs(*, default: bool) -> bool:
    switch: bool = setting(
        default,
        "Shift and scale every input to mean 0 and variance 1, measured on the "
        "training samples.",
        title="Standardise inputs",
    )
    return switch


def _standardise_target(*, default: bool) -> bool:
    switch: bool = setting(
        default,
        "Shift and scale the target to mean 0 and variance 1, measured on the training "
        "samples; losses are then in units of its variance.",
        title="Standardise target",
    )
    return switch


def _standardise_images() -> bool:
    switch: bool = setting(
        _OFF,
        "Shift and scale each colour channel to mean 0 and variance 1, measured on the "
        "training images; off: values from 0 to 1.",
        title="Standardise images",
    )
    return switch


class TableData(DataSettings):
    """A table of numbers with one target column."""

    task = Task.REGRESSION
    inputs = Inputs.TABLE


class ImageData(DataSettings):
    """Images in classes."""

    task = Task.CLASSIFICATION
    inputs = Inputs.IMAGES


class RandomRegression(TableData):
    """Inputs and targets drawn from a standard normal: nothing to learn but noise."""

    title = "Random samples"
    summary = "Inputs and targets from a standard normal distribution, unrelated."
    kind: Literal["random"] = "random"
    samples: int = setting(
        32, "Number of samples.", title="Samples", minimum=1, maximum=10**6
    )
    features: int = setting(
        10, "Inputs of one sample.", title="Features", minimum=1, maximum=10_000
    )
    test_share: float = _test_share(0.0)
    standardise_inputs: bool = _standardise_inputs(default=False)
    standardise_target: bool = _standardise_target(default=False)
    seed: int = _seed(0, "Seed of the samples and of the split.")


class MakeRegression(TableData):
    """scikit-learn's make_regression: a noisy linear function of random inputs."""

    title = "Made regression"
    summary = "A linear function of random inputs with noise, made by scikit-learn."
    kind: Literal["make_regression"] = "make_regression"
    samples: int = setting(
        2000, "Number of samples.", title="Samples", minimum=1, maximum=10**6
    )
    features: int = setting(
        10, "Inputs of one sample.", title="Features", minimum=1, maximum=10_000
    )
    informative: int = setting(
        10,
        "Inputs that the target depends on; at most the number of features.",
        title="Informative",
        minimum=1,
        maximum=10_000,
    )
    noise: float = setting(
        0.1,
        "Standard deviation of the noise on the target.",
        title="Noise",
        minimum=0,
        maximum=1e9,
        unit="target units",
    )
    test_share: float = _test_share(0.2)
    standardise_inputs: bool = _standardise_inputs(default=True)
    standardise_target: bool = _standardise_target(default=False)
    seed: int = _seed(42, "Seed (random_state) of the samples and of the split.")

    @field_validator("informative")
    @classmethod
    def _check_informative(cls, value: int, info: ValidationInfo) -> int:
        features = info.data.get("features", value)
        if value > features:
            raise ValueError(
                f"Informative must be at most the number of features, {features}"
            )
        return value


class Diabetes(TableData):
    """442 patients, bundled with scikit-learn."""

    title = "Diabetes (bundled)"
    summary = "442 real patients, 10 measurements each; target: progression after a year."
    kind: Literal["diabetes"] = "diabetes"
    test_share: float = _test_share(0.2)
    standardise_inputs: bool = _standardise_inputs(default=True)
    standardise_target: bool = _standardise_target(default=True)
    seed: int = _seed(42, "Seed of the split.")


class CsvTable(TableData):
    """A CSV file of the user's."""

    title = "CSV file"
    summary = "A table of your own with a header line; you choose the target column."
    kind: Literal["csv"] = "csv"
    path: str = setting("", "The file to read.", title="File", path="file")
    target: str = setting(
        "",
        "Name of the column to predict; empty: the last column of numbers.",
        title="Target column",
    )
    gaps: Literal["refuse", "drop", "mean"] = setting(
        "refuse",
        "What to do with rows that lack a value: refuse the file, drop them, or fill in "
        "the column's mean over the training samples.",
        title="Gaps",
    )
    test_share: float = _test_share(0.2)
    standardise_inputs: bool = _standardise_inputs(default=True)
    standardise_target: bool = _standardise_target(default=True)
    seed: int = _seed(42, "Seed of the split.")


class Digits(ImageData):
    """1,797 handwritten digits, bundled with scikit-learn."""

    title = "Digits (bundled)"
    summary = "1,797 real handwritten digits in 10 classes, scaled to 3×32×32."
    kind: Literal["digits"] = "digits"
    test_share: float = _test_share(0.2)
    standardise_images: bool = _standardise_images()
    seed: int = _seed(42, "Seed of the split.")


class GeneratedImages(ImageData):
    """Made images, as many as wanted, for measurements."""

    title = "Generated images"
    summary = "32×32 colour images in 10 classes of pattern, as many as you like."
    kind: Literal["generated"] = "generated"
    samples: int = setting(
        2000, "Number of images.", title="Images", minimum=10, maximum=200_000
    )
    noise: float = setting(
        0.2,
        "Standard deviation of the noise on each pixel; the pattern itself spans 0 to 1.",
        title="Noise",
        minimum=0,
        maximum=10,
    )
    test_share: float = _test_share(0.2)
    standardise_images: bool = _standardise_images()
    seed: int = _seed(0, "Seed of the images and of the split.")


class Cifar10(ImageData):
    """The CIFAR-10 photographs."""

    title = "CIFAR-10"
    summary = "60,000 photographs of 32×32 pixels in 10 classes; downloaded once (163 MB)."
    kind: Literal["cifar10"] = "cifar10"
    train_on: Literal["train", "test"] = setting(
        "train",
        "Train on the 50,000 images of the train split or the 10,000 of the test split.",
        title="Train on",
    )
    evaluate_on: Literal["test", "train", "none"] = setting(
        "test", "The split that is measured after each epoch.", title="Evaluate on"
    )
    standardise_images: bool = _standardise_images()
    archive: str = setting(
        "",
        "A cifar-10-python.tar.gz or cifar-10-binary.tar.gz that you already have; "
        "empty: look in the data folder, then download.",
        title="Local archive",
        path="file",
    )


class ImageFolder(ImageData):
    """A folder of the user's with one folder of images for each class."""

    title = "Image folder"
    summary = "Images of your own: one folder a class, or train and test folders with such."
    kind: Literal["folder"] = "folder"
    path: str = setting(
        "",
        "The folder that holds the class folders (or train and test folders of them).",
        title="Folder",
        path="folder",
    )
    size: int = setting(
        32,
        "Images are cropped to a square and scaled to this many pixels.",
        title="Size",
        minimum=8,
        maximum=256,
        unit="pixels",
    )
    test_share: float = _test_share(0.2)
    standardise_images: bool = _standardise_images()
    seed: int = _seed(42, "Seed of the split.")


Data = (
    RandomRegression
    | MakeRegression
    | Diabetes
    | CsvTable
    | Digits
    | GeneratedImages
    | Cifar10
    | ImageFolder
)
DATASETS: Catalogue[DataSettings] = Catalogue(
    "data set",
    (
        RandomRegression,
        MakeRegression,
        Diabetes,
        CsvTable,
        Digits,
        GeneratedImages,
        Cifar10,
        ImageFolder,
    ),
)
