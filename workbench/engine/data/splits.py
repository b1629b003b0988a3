"""Which samples are trained on and which are kept for testing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import Problem, SettingsError

Rows = NDArray[np.int64]


def split_rows(count: int, test_share: float, seed: int) -> tuple[Rows, Rows | None]:
    """Split samples 0…count−1 as scikit-learn's train_test_split does.

    Returns:
        The rows to train on and those to test on; None for a share of 0, where the
        samples keep their order.

    Raises:
        SettingsError: naming `data.test_share` where nothing is left to train on.
    """
    if test_share == 0:
        return np.arange(count), None
    if count - _test_count(count, test_share) < 1:
        raise _share_error(
            f"with {count} sample{'s' if count != 1 else ''} this share leaves none to "
            "train on; choose a smaller share, or 0 for no test"
        )
    return _shuffled(count, test_share, seed)


def split_classes(
    labels: NDArray[np.int64], class_names: tuple[str, ...], test_share: float, seed: int
) -> tuple[Rows, Rows | None]:
    """Split samples so that each class has about the same share in both parts.

    Args:
        labels: The class of each sample, indices into `class_names`.
        class_names: For the message.
        test_share: From 0 (no test) to below 1.
        seed: As scikit-learn's random_state.

    Raises:
        SettingsError: naming `data.test_share` where a class would be missing in
            either part.
    """
    if test_share == 0:
        return np.arange(len(labels)), None
    tested = _test_count(len(labels), test_share)
    sizes = np.bincount(labels, minlength=len(class_names))
    if min(tested, len(labels) - tested) < len(class_names) or sizes.min() < 2:
        raise _class_error(class_names[int(sizes.argmin())], int(sizes.min()))
    train, test = _stratified(labels, test_share, seed)
    for part in (train, test):
        left = np.bincount(labels[part], minlength=len(class_names))
        if left.min() == 0:
            rarest = int(left.argmin())
            raise _class_error(class_names[rarest], int(sizes[rarest]))
    return train, test


def _test_count(count: int, test_share: float) -> int:
    return int(np.ceil(test_share * count))


def _shuffled(count: int, test_share: float, seed: int) -> tuple[Rows, Rows]:
    """Do what train_test_split does without classes, and spare its slow import."""
    random = np.random.RandomState(seed)  # what an integer stands for in scikit-learn
    order = random.permutation(count)
    tested = _test_count(count, test_share)
    return order[tested:], order[:tested]


def _stratified(
    labels: NDArray[np.int64], test_share: float, seed: int
) -> tuple[Rows, Rows]:
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(
        np.arange(len(labels)), test_size=test_share, random_state=seed, stratify=labels
    )
    return train, test


def _class_error(name: str, size: int) -> SettingsError:
    return _share_error(
        f"this share does not leave samples of each class in both parts (class '{name}' "
        f"has {size}); choose another share, 0 for no test, or add samples"
    )


def _share_error(message: str) -> SettingsError:
    return SettingsError([Problem("data.test_share", message)])
