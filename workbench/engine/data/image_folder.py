"""A folder of the user's images, one folder a class, as a data set."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.core.datasets import ImageFolder
from workbench.core.errors import DataError, Problem, SettingsError
from workbench.engine.data.dataset import Dataset, LoadContext
from workbench.engine.data.files import printable, user_path
from workbench.engine.data.image_files import UnusableImageError, read_image, strict_pillow
from workbench.engine.data.images import (
    Bytes,
    Labels,
    image_dataset,
    image_scale,
    make_split,
)
from workbench.engine.data.limits import refuse_too_large
from workbench.engine.data.progress import Progress


@dataclass(frozen=True)
class _Images:
    """What was read of one folder of class folders."""

    pixels: Bytes  # (N, 3, size, size)
    labels: Labels
    class_names: tuple[str, ...]


class _Skipped:
    """Counts what was passed over, by reason, with one example of each."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, path: Path, reason: str) -> None:
        self._counts[reason] += 1
        self._examples.setdefault(reason, printable(path))

    def describe(self) -> str:
        """List the reasons, most frequent first; empty where nothing was skipped."""
        parts = [
            f"{count} {reason} ('{self._examples[reason]}'{', …' if count > 1 else ''})"
            for reason, count in self._counts.most_common()
        ]
        return f"Skipped {self._counts.total()}: {'; '.join(parts)}." if parts else ""


def load_image_folder(settings: ImageFolder, context: LoadContext) -> Dataset:
    """Read the images below a folder of class folders, in the order of their names.

    Where the folder holds `train` and `test`, each with class folders, these are the
    split. Names that start with a point are passed over, links to folders are not
    followed; what cannot be used is counted in one notice.

    Raises:
        DataError: where there are no images, one class alone, or more than fits.
        SettingsError: where no folder is chosen, or the test share would leave a part
            without some class.
        CancelledError: once the person stopped.
    """
    if not settings.path:
        raise SettingsError(
            [Problem("data.path", "choose the folder that holds the images")]
        )
    folder = user_path(settings.path)
    skipped = _Skipped()
    try:
        return _load(folder, settings, context, skipped)
    except OSError as error:
        raise DataError(
            f"'{printable(folder)}' cannot be read: {error.strerror}; choose another "
            "folder in data.path."
        ) from None
    finally:
        if text := skipped.describe():
            context.notice(text)


def _load(
    folder: Path, settings: ImageFolder, context: LoadContext, skipped: _Skipped
) -> Dataset:
    if not folder.is_dir():
        raise DataError(
            f"There is no folder '{printable(folder)}'; choose another in data.path."
        )
    train_folder, test_folder = folder / "train", folder / "test"
    if not (_has_folders(train_folder) and _has_folders(test_folder)):
        images = _read_classes(folder, settings, context, skipped)
        _refuse_one_class(images, folder)
        return image_dataset(images.pixels, images.labels, images.class_names, settings)
    train = _read_classes(train_folder, settings, context, skipped)
    _refuse_one_class(train, train_folder)
    test = _read_classes(test_folder, settings, context, skipped)
    context.notice("Split as the folders train and test are; the test share is not used.")
    labels = _labels_as_in(train, test, test_folder)
    split = make_split(train.pixels, train.labels)
    scale = image_scale(split.inputs, standardise=settings.standardise_images)
    return Dataset(split, make_split(test.pixels, labels), train.class_names, scale)


def _labels_as_in(train: _Images, test: _Images, test_folder: Path) -> Labels:
    """Number the test images by the classes of the training images."""
    unknown = sorted(set(test.class_names) - set(train.class_names))
    if unknown:
        raise DataError(
            f"'{printable(test_folder)}' has the class '{unknown[0]}', of which train has "
            "no images; the class folders of both must have the same names."
        )
    numbers = [train.class_names.index(name) for name in test.class_names]
    return np.array(numbers, dtype=np.int64)[test.labels]


def _read_classes(
    folder: Path, settings: ImageFolder, context: LoadContext, skipped: _Skipped
) -> _Images:
    """Read all images of a folder of class folders; classes without any are dropped."""
    files = [
        (path, name)
        for name in _folders(folder, skipped)
        for path in _files_below(folder / name, skipped)
    ]
    needed = len(files) * 3 * settings.size**2
    refuse_too_large(needed, "choose a smaller size or a folder with fewer images")
    pixels = np.empty((len(files), 3, settings.size, settings.size), dtype=np.uint8)
    progress = Progress(context)
    names: list[str] = []
    with strict_pillow():
        for number, (path, name) in enumerate(files):
            progress.report(f"Reading {printable(folder)}", number / len(files))
            try:
                pixels[len(names)] = read_image(path, settings.size)
            except UnusableImageError as error:
                skipped.add(path, str(error))
            else:
                names.append(name)
    return _number_classes(pixels[: len(names)], names, folder)


def _number_classes(pixels: Bytes, names: list[str], folder: Path) -> _Images:
    classes = sorted(set(names))
    if not classes:
        raise DataError(
            f"No images in the class folders of '{printable(folder)}'; it must hold one "
            "folder of images for each class."
        )
    labels = np.array([classes.index(name) for name in names], dtype=np.int64)
    return _Images(pixels, labels, tuple(map(printable, classes)))


def _refuse_one_class(images: _Images, folder: Path) -> None:
    if len(images.class_names) == 1:
        raise DataError(
            f"'{printable(folder)}' has images of one class alone, "
            f"'{images.class_names[0]}'; it must hold at least two folders of images."
        )


def _has_folders(folder: Path) -> bool:
    return folder.is_dir() and any(entry.is_dir() for entry in folder.iterdir())


def _folders(folder: Path, skipped: _Skipped) -> list[str]:
    """List the class folders by name; what lies beside them is skipped."""
    names = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if os.path.islink(path) or not path.is_dir():  # noqa: PTH114 - quiet on loops
            skipped.add(path, "outside of the class folders")
        else:
            names.append(path.name)
    return names


def _files_below(folder: Path, skipped: _Skipped) -> list[Path]:
    """List all files below a folder in a fixed order."""
    found = []

    def tell(error: OSError) -> None:
        skipped.add(Path(error.filename), "cannot be reached")

    for root, folders, files in os.walk(folder, onerror=tell):
        here = Path(root)
        for name in sorted(folders):
            if (here / name).is_symlink():
                skipped.add(here / name, "a link to a folder")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [here / name for name in sorted(files) if not name.startswith(".")]
    return found
