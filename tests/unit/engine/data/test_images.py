import numpy as np
import pytest
import torch

from workbench.core.datasets import Digits
from workbench.engine.data.images import channel_statistics, image_dataset, image_scale


def random_images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 3, 8, 8), dtype=np.uint8)


def test_that_channel_statistics_are_those_of_float64():
    images = random_images(5000)  # more than one block
    images[:, 1] //= 3
    means, stds = channel_statistics(torch.from_numpy(images))
    scaled = images.astype(np.float64) / 255
    assert means == pytest.approx(scaled.mean(axis=(0, 2, 3)), rel=1e-12)
    assert stds == pytest.approx(scaled.std(axis=(0, 2, 3)), rel=1e-12)


def test_that_a_channel_of_one_value_is_divided_by_one():
    images = np.full((4, 3, 8, 8), 255, dtype=np.uint8)
    assert channel_statistics(torch.from_numpy(images)) == ((1.0,) * 3, (1.0,) * 3)


def test_that_standardised_images_have_mean_zero_and_variance_one():
    images = torch.from_numpy(random_images(50))
    scaled = image_scale(images, standardise=True)(images).double()
    assert scaled.mean((0, 2, 3)).abs().max() < 1e-5
    assert (scaled.var((0, 2, 3), correction=0) - 1).abs().max() < 1e-5


def test_that_statistics_are_measured_on_the_training_images_only():
    images, labels = random_images(40), np.arange(40) % 2
    settings = Digits(test_share=0.5, standardise_images=True)
    data = image_dataset(images, labels, ("a", "b"), settings)
    assert data.transform.mean == channel_statistics(data.train.inputs)[0]
    assert data.transform.mean != channel_statistics(torch.from_numpy(images))[0]


def test_that_images_keep_their_labels_through_the_split():
    images = np.zeros((40, 3, 8, 8), dtype=np.uint8)
    labels = np.arange(40) % 2
    images += labels[:, None, None, None].astype(np.uint8)
    data = image_dataset(images, labels, ("a", "b"), Digits(test_share=0.25))
    for part, size in ((data.train, 30), (data.test, 10)):
        assert len(part) == size
        assert torch.equal(part.inputs[:, 0, 0, 0].long(), part.targets)
