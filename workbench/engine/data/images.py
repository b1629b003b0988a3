"""Images in memory: their split, the statistics of their channels, their data set."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.core.datasets import Digits, GeneratedImages, ImageFolder
from workbench.engine.data.dataset import Dataset, ScaleImages, Split
from workbench.engine.data.splits import split_classes

Bytes = NDArray[np.uint8]
Labels = NDArray[np.int64]
_BLOCK = 4096  # images counted at once


def image_dataset(
    images: Bytes,
    labels: Labels,
    class_names: tuple[str, ...],
    settings: Digits | GeneratedImages | ImageFolder,
) -> Dataset:
    """Split images by class and make a data set of them.

    Args:
        images: (N, 3, H, W), uint8, writable.
        labels: (N,), indices into `class_names`.
        class_names: In the order of their indices.
        settings: The split, and whether to standardise.

    Raises:
        SettingsError: where the test share would leave a part without some class.
    """
    share, seed = settings.test_share, settings.seed
    train_rows, test_rows = split_classes(labels, class_names, share, seed)
    if test_rows is None:
        train, test = make_split(images, labels), None
    else:
        train = make_split(images[train_rows], labels[train_rows])
        test = make_split(images[test_rows], labels[test_rows])
    scale = image_scale(train.inputs, standardise=settings.standardise_images)
    return Dataset(train, test, class_names, scale)


def make_split(images: Bytes, labels: Labels) -> Split:
    """Wrap arrays as tensors without a copy."""
    return Split(torch.from_numpy(images), torch.from_numpy(labels))


def image_scale(images: Tensor, *, standardise: bool) -> ScaleImages:
    """Return the transform of images (N, C, H, W), uint8, measured on them if asked to."""
    if not standardise:
        return ScaleImages()
    mean, std = channel_statistics(images)
    return ScaleImages(mean, std)


def channel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure mean and standard deviation of each channel in the scale 0…1.

    Exact: each byte value is counted, then summed in float64. A channel that does not
    vary gets the deviation 1, so that dividing by it is harmless.

    Args:
        images: (N, C, H, W), uint8.

    Returns:
        Means and standard deviations (divided by the count), one a channel.
    """
    counts = sum(map(_count_values, images.split(_BLOCK)))
    shares = np.asarray(counts, dtype=np.float64) / (images[:, 0].numel() or 1)
    values = np.arange(256) / 255
    means = shares @ values
    stds = np.sqrt((shares * (values - means[:, None]) ** 2).sum(axis=1))
    stds[np.count_nonzero(shares, axis=1) <= 1] = 1.0
    return tuple(means.tolist()), tuple(stds.tolist())


def _count_values(images: Tensor) -> NDArray[np.int64]:
    """Count each byte value by channel: (C, 256)."""
    channels = images.numpy().swapaxes(0, 1)
    return np.stack([np.bincount(c.reshape(-1), minlength=256) for c in channels])
