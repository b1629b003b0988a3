import pickle

import numpy as np
import pytest

from tests.helpers.cifar10 import binary_batch, make_rows, python_batch
from workbench.core.errors import DataError
from workbench.engine.data.cifar10_batches import Layout, read_batch

PIXELS, LABELS = make_rows("test_batch")


def test_that_both_layouts_give_the_same_images_and_labels():
    for data, layout in (
        (python_batch((PIXELS, LABELS)), Layout.PYTHON),
        (binary_batch((PIXELS, LABELS)), Layout.BINARY),
    ):
        batch = read_batch(data, layout, "here")
        assert np.array_equal(batch.images, PIXELS.reshape(-1, 3, 32, 32))
        assert batch.labels.tolist() == LABELS
        assert batch.labels.dtype == np.int64


def pickled(**changes) -> bytes:
    batch = {"data": PIXELS, "labels": LABELS} | changes
    return pickle.dumps({key: value for key, value in batch.items() if value is not None})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pickled(data=None), "no array named 'data'"),
        (pickled(data=[1]), "no array named 'data'"),
        (pickled(labels=None), "no list of whole numbers named 'labels'"),
        (pickled(labels="0123"), "no list of whole numbers"),
        (pickled(labels=[True, 1, 2, 3]), "no list of whole numbers"),
        (pickled(labels=[0.0, 1, 2, 3]), "no list of whole numbers"),
        (pickled(labels=LABELS[:-1]), "4 images and 3 labels"),
        (pickled(labels=[0, 99, 2, 3]), "label of image 1 is 99, not 0 to 9"),
        (pickled(labels=[0, 1, -1, 3]), "label of image 2 is -1"),
        (pickled(labels=[0, 1, 2**70, 3]), "a label is 1180591620717411303424"),
        (pickled(data=PIXELS[:, :-1]), r"uint8 \(4, 3071\)"),
        (pickled(data=PIXELS.astype(np.int16)), r"int16 \(4, 3072\)"),
        (pickled(data=PIXELS[:0], labels=[]), "0 images"),
        (pickled(data=PIXELS.reshape(4, 3, 1024)), r"\(4, 3, 1024\)"),
        (b"", "no readable pickle"),
    ],
)
def test_that_a_damaged_python_file_is_named_with_what_is_wrong(data, words):
    with pytest.raises(DataError, match=f"test_batch in X is damaged: .*{words}"):
        read_batch(data, Layout.PYTHON, "test_batch in X")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 images"),
        (binary_batch((PIXELS, LABELS))[:-1], "12291 bytes are no whole number of 3073"),
        (binary_batch((PIXELS, [0, 1, 10, 2])), "label of image 2 is 10"),
    ],
)
def test_that_a_damaged_binary_file_is_named_with_what_is_wrong(data, words):
    with pytest.raises(DataError, match=f"test_batch in X is damaged: .*{words}"):
        read_batch(data, Layout.BINARY, "test_batch in X")
