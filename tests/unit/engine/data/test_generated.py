import numpy as np
import pytest
import torch

from tests.helpers.load_context import FakeLoadContext
from workbench.core.datasets import GeneratedImages
from workbench.core.errors import CancelledError
from workbench.engine.data.generated import load_generated


def spectra(images: torch.Tensor) -> np.ndarray:
    """Take what does not depend on the place of a pattern: (N, 32 × 17)."""
    grey = images.double().mean(1).numpy()
    spectrum = np.abs(np.fft.rfft2(grey - grey.mean((1, 2), keepdims=True)))
    spectrum /= np.linalg.norm(spectrum, axis=(1, 2), keepdims=True)
    return spectrum.reshape(len(images), -1)


def test_that_the_classes_can_be_told_apart():
    data = load_generated(GeneratedImages(samples=600, test_share=0.5), FakeLoadContext())
    known, asked = spectra(data.train.inputs), spectra(data.test.inputs)
    means = np.stack([known[data.train.targets == k].mean(0) for k in range(10)])
    guesses = (asked @ means.T).argmax(1)
    assert (guesses == data.test.targets.numpy()).mean() > 0.95


def test_that_all_classes_are_equally_frequent_and_named():
    data = load_generated(GeneratedImages(samples=100, test_share=0.0), FakeLoadContext())
    assert data.train.targets.bincount().tolist() == [10] * 10
    assert len(set(data.class_names)) == 10
    assert data.train.inputs.shape == (100, 3, 32, 32)
    assert data.train.inputs.dtype == torch.uint8


def test_that_patterns_without_noise_span_all_bytes():
    settings = GeneratedImages(samples=50, noise=0.0, test_share=0.0)
    images = load_generated(settings, FakeLoadContext()).train.inputs
    brightest = images.amax((1, 2, 3))
    assert int(brightest.min()) > 240
    assert int(images.amin((1, 2, 3)).max()) < 15


def test_that_the_noise_has_the_deviation_asked_for():
    quiet, noisy = (
        load_generated(
            GeneratedImages(samples=200, noise=noise, test_share=0.0), FakeLoadContext()
        ).train.inputs.double()
        / 255
        for noise in (0.0, 0.05)
    )
    middle = (quiet > 0.3) & (quiet < 0.7)  # where nothing is cut off
    assert (noisy - quiet)[middle].std().item() == pytest.approx(0.05, rel=0.03)


def test_that_the_seed_decides_over_every_pixel():
    first, again, other = (
        load_generated(GeneratedImages(samples=60, seed=seed), FakeLoadContext())
        for seed in (1, 1, 2)
    )
    assert torch.equal(first.train.inputs, again.train.inputs)
    assert torch.equal(first.test.targets, again.test.targets)
    assert not torch.equal(first.train.inputs, other.train.inputs)


def test_that_making_images_can_be_stopped():
    with pytest.raises(CancelledError):
        load_generated(GeneratedImages(), FakeLoadContext(stop_at="Making images"))
