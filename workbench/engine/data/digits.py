"""The handwritten digits that scikit-learn brings along, as small colour images."""

from __future__ import annotations

import numpy as np

from workbench.core.datasets import Digits
from workbench.engine.data.dataset import Dataset
from workbench.engine.data.images import image_dataset

_CLASS_NAMES = tuple(map(str, range(10)))


def load_digits(settings: Digits) -> Dataset:
    """Read the 1,797 digits as uint8 images of 3×32×32.

    Each of the 8×8 pixels becomes a square of 4×4, exact on every machine; the 17 grey
    levels 0…16 become 0…255, rounded; the three channels are equal.

    Raises:
        SettingsError: where the test share would leave a part without some digit.
    """
    from sklearn.datasets import load_digits as load_bundled

    pixels, labels = load_bundled(return_X_y=True)
    grey = np.rint(pixels.reshape(-1, 1, 8, 8) * (255 / 16)).astype(np.uint8)
    images = grey.repeat(4, axis=2).repeat(4, axis=3).repeat(3, axis=1)
    return image_dataset(images, labels.astype(np.int64), _CLASS_NAMES, settings)
