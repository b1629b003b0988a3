import numpy as np
import torch
from torchvision.transforms import ToTensor

from workbench.engine.data.dataset import ScaleImages


def test_that_bytes_are_scaled_to_the_very_bits_of_to_tensor():
    every_byte = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    ours = ScaleImages()(torch.from_numpy(every_byte.transpose(2, 0, 1).copy())[None])
    assert torch.equal(ours[0], ToTensor()(every_byte))


def test_that_channels_are_shifted_and_scaled_by_their_own_statistics():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(1, 3, 1, 1)
    scale = ScaleImages(mean=(0.5, 0.2, 0.0), std=(0.5, 1.0, 0.25))
    assert torch.allclose(scale(images).flatten(), torch.tensor([-1.0, 0.0, 4.0]))


def test_that_float_images_keep_their_scale():
    images = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ScaleImages()(images), images)
