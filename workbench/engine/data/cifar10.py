"""CIFAR-10: found on this machine or downloaded, read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from workbench.core.datasets import Cifar10
from workbench.core.errors import DataError
from workbench.engine.data.cifar10_batches import Batch, Layout, read_batch
from workbench.engine.data.cifar10_files import (
    Found,
    first_missing,
    holds_batches,
    read_archive,
    read_folder,
)
from workbench.engine.data.cifar10_official import CLASS_NAMES, Official, official
from workbench.engine.data.dataset import Dataset, LoadContext, Split
from workbench.engine.data.download import Patience, download
from workbench.engine.data.files import is_file, printable, user_path
from workbench.engine.data.images import image_scale, make_split

_ARCHIVES = ("cifar-10-python.tar.gz", "cifar-10-binary.tar.gz")


def load_cifar10(
    settings: Cifar10,
    context: LoadContext,
    facts: Official | None = None,
    patience: Patience | None = None,
) -> Dataset:
    """Read the splits that the settings ask for, in the order of the official files.

    Taken from the first that is there: the batch files in the data folder or in one of
    the official name inside it, the local archive of the settings, an archive of the
    official name in the data folder, and else the network.

    Args:
        settings: Which splits to use, and how.
        context: The data folder, progress and notices.
        facts: What the official files are; None: torchvision's.
        patience: How long to wait for the server; None: the defaults.

    Raises:
        DataError: where files are missing or damaged, or cannot be downloaded.
        CancelledError: once the person stopped.
    """
    facts = facts or official()
    names = facts.names({settings.train_on, settings.evaluate_on})
    where, files = _find(settings, context, facts, names, patience)
    batches = _read_batches(where, files, facts, context)
    train = _join(batches, facts.names({settings.train_on}))
    if settings.evaluate_on == settings.train_on:
        test: Split | None = train
    elif settings.evaluate_on == "none":
        test = None
    else:
        test = _join(batches, facts.names({settings.evaluate_on}))
    scale = image_scale(train.inputs, standardise=settings.standardise_images)
    return Dataset(train, test, CLASS_NAMES, scale)


def _find(
    settings: Cifar10,
    context: LoadContext,
    facts: Official,
    names: tuple[str, ...],
    patience: Patience | None,
) -> tuple[Path, Iterator[Found]]:
    """Return the folder or archive to read, and the files in it."""
    folder = context.data_folder
    started = [
        (place, layout)
        for layout in Layout
        for place in (folder, folder / layout.folder)
        if holds_batches(place, layout, facts.names({"train", "test"}))
    ]
    for place, layout in started:
        if first_missing(place, layout, names) is None:
            return place, read_folder(place, layout, names, context)
    archive = _find_archive(settings, folder)
    if archive is None and started:
        raise _missing(*started[0], names)
    if archive is None:
        archive = folder / _ARCHIVES[0]
        download(facts.archive, archive, context, patience)
    return archive, read_archive(archive, names, context)


def _find_archive(settings: Cifar10, folder: Path) -> Path | None:
    if settings.archive:
        return user_path(settings.archive)
    archives = (folder / name for name in _ARCHIVES)
    return next((archive for archive in archives if is_file(archive)), None)


def _missing(folder: Path, layout: Layout, names: tuple[str, ...]) -> DataError:
    file = first_missing(folder, layout, names)
    return DataError(
        f"The file {file} is missing in '{printable(folder)}'; add it, or remove the other "
        "batch files there so that CIFAR-10 is downloaded again."
    )


def _read_batches(
    where: Path, files: Iterator[Found], facts: Official, context: LoadContext
) -> dict[str, Batch]:
    """Read and check all files; one notice says which are not the official ones."""
    batches, differing = {}, []
    for name, layout, data in files:
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if layout is Layout.PYTHON and not facts.is_intact(name, md5):
            differing.append(name)
        place = f"{name}{layout.ending} in '{printable(where)}'"
        batches[name] = read_batch(data, layout, place)
    context.notice(f"CIFAR-10 was read from '{printable(where)}'.")
    if differing:
        context.notice(
            f"By their checksums, not the official files: {', '.join(differing)}. "
            "Their structure is sound, so they are used."
        )
    return batches


def _join(batches: dict[str, Batch], names: tuple[str, ...]) -> Split:
    """Put batches together in the order of the names."""
    images = np.concatenate([batches[name].images for name in names])
    labels = np.concatenate([batches[name].labels for name in names])
    return make_split(images, labels)
