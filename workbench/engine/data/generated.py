"""Made images in 10 classes of pattern: as many as a measurement needs, without files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.datasets import GeneratedImages
from workbench.engine.data.dataset import Dataset, LoadContext
from workbench.engine.data.images import Bytes, image_dataset
from workbench.engine.data.progress import Progress

Floats = NDArray[np.floating[Any]]
_SIZE = 32
_BLOCK = 1024  # images made at once: 12 MB of noise


def load_generated(settings: GeneratedImages, context: LoadContext) -> Dataset:
    """Make uint8 images of 3×32×32, the classes equally often, in a random order.

    A pattern differs from image to image in its place and in its tint. One channel at
    least spans 0 to 1 before the noise; the sum is cut to that range.

    Raises:
        CancelledError: once the person stopped.
        SettingsError: where the test share would leave a part without some class.
    """
    random = np.random.default_rng(settings.seed)
    labels = random.permutation(np.arange(settings.samples) % len(_PATTERNS))
    images = np.empty((settings.samples, 3, _SIZE, _SIZE), dtype=np.uint8)
    progress = Progress(context)
    for start in range(0, settings.samples, _BLOCK):
        progress.report("Making images", start / settings.samples)
        block = slice(start, start + _BLOCK)
        images[block] = _make_images(labels[block], settings.noise, random)
    return image_dataset(images, labels.astype(np.int64), tuple(_PATTERNS), settings)


def _make_images(
    labels: NDArray[np.int64], noise: float, random: np.random.Generator
) -> Bytes:
    """Make one image for each label: (N, 3, 32, 32)."""
    shapes = _make_shapes(labels, random.random((2, len(labels), 1, 1), dtype=np.float32))
    tints = random.uniform(0.25, 1, (len(labels), 3, 1, 1)).astype(np.float32)
    tints /= tints.max(axis=1, keepdims=True)
    images = random.standard_normal((len(labels), 3, _SIZE, _SIZE), dtype=np.float32)
    images *= np.float32(noise)
    images += shapes[:, None] * tints
    np.clip(images, 0, 1, out=images)
    images *= 255
    return np.rint(images, out=images).astype(np.uint8)


def _make_shapes(labels: NDArray[np.int64], places: Floats) -> Floats:
    """Draw the pattern of each label at its place: (N, 32, 32), from 0 to 1."""
    shapes = np.empty((len(labels), _SIZE, _SIZE), dtype=np.float32)
    y, x = np.mgrid[0:_SIZE, 0:_SIZE].astype(np.float32) / _SIZE
    for label, draw in enumerate(_PATTERNS.values()):
        mine = labels == label
        down, right = places[:, mine]
        shapes[mine] = draw(x + right, y + down, x - _near(right), y - _near(down))
    return shapes


def _near(place: Floats) -> Floats:
    """Turn a place 0…1 into a centre not far from the middle of the image."""
    centre: Floats = 0.35 + 0.3 * place
    return centre


def _wave(phase: Floats) -> Floats:
    """Swing between 0 and 1, four times for each unit of phase."""
    swing: Floats = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * phase)
    return swing


def _inside(distance: Floats, limit: float) -> Floats:
    return (distance < limit).astype(np.float32)


# Of x and y shifted at random (for what repeats), and from a centre (for what does not).
_Pattern = Callable[[Floats, Floats, Floats, Floats], Floats]
_PATTERNS: dict[str, _Pattern] = {
    "rows": lambda _x, y, _u, _v: _wave(y) + np.zeros_like(_x),
    "columns": lambda x, _y, _u, _v: _wave(x) + np.zeros_like(_y),
    "rising": lambda x, y, _u, _v: _wave((x + y) / 2**0.5),
    "falling": lambda x, y, _u, _v: _wave((x - y) / 2**0.5),
    "checks": lambda x, y, _u, _v: np.rint(_wave(x / 2)) != np.rint(_wave(y / 2)),
    "rings": lambda _x, _y, u, v: _wave(np.hypot(u, v)),
    "disc": lambda _x, _y, u, v: _inside(np.hypot(u, v), 0.28),
    "square": lambda _x, _y, u, v: _inside(np.maximum(abs(u), abs(v)), 0.25),
    "cross": lambda _x, _y, u, v: _inside(np.minimum(abs(u), abs(v)), 0.07),
    "frame": lambda _x, _y, u, v: _inside(abs(np.maximum(abs(u), abs(v)) - 0.24), 0.06),
}
