import torch
from sklearn.datasets import load_digits as sklearn_digits

from workbench.core.datasets import Digits
from workbench.engine.data.digits import load_digits


def test_that_every_digit_is_there_in_both_parts():
    data = load_digits(Digits())
    assert (len(data.train), len(data.test)) == (1437, 360)
    assert data.class_names == tuple("0123456789")
    assert data.train.targets.unique().tolist() == list(range(10))
    assert data.test.targets.bincount().min() > 30


def test_that_each_grey_level_becomes_a_square_of_equal_bytes():
    data = load_digits(Digits(test_share=0.0))
    pixels, labels = sklearn_digits(return_X_y=True)
    images = data.train.inputs
    assert images.shape == (1797, 3, 32, 32)
    assert images.dtype == torch.uint8
    assert data.train.targets.tolist() == labels.tolist()
    levels = torch.from_numpy(pixels.reshape(-1, 8, 8))
    for row, column, channel in ((0, 0, 0), (3, 1, 1), (2, 3, 2)):
        shrunk = images[:, channel, row::4, column::4].double()
        assert (shrunk - levels * 255 / 16).abs().max() <= 0.5
    assert int(images.max()) == 255
