import os
import pickle
import struct

import numpy as np
import pytest

from tests.helpers.cifar10 import make_rows, python_batch
from workbench.engine.data.cifar10_pickle import PickledArray, unpickle_batch

ROWS = make_rows("data_batch_1")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("order", ["C", "F"])
def test_that_arrays_of_every_protocol_and_order_are_read(protocol, order):
    pixels = np.asarray(ROWS[0], order=order)
    batch = unpickle_batch(python_batch((pixels, ROWS[1]), protocol))
    assert batch["labels"] == ROWS[1]
    assert batch["data"].values.dtype == np.uint8
    assert np.array_equal(batch["data"].values, ROWS[0])


def test_that_a_pickle_of_python_2_is_read_as_the_official_ones_are_written():
    # As numpy under Python 2 wrote it: old module names, bytes as plain strings.
    raw = bytes(range(6))
    data = (
        b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x02K\x03\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06" + raw + b"tbu."
    )
    assert unpickle_batch(data)["data"].values.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("kind", ["<i8", ">i4", "u2", "i1"])
def test_that_labels_may_be_numpy_numbers_of_any_width(kind):
    labels = np.array([3, 1, 9], dtype=kind)
    batch = unpickle_batch(pickle.dumps({"array": labels, "list": list(labels)}))
    assert batch["array"].values.tolist() == [3, 1, 9]
    assert batch["list"] == [3, 1, 9]
    assert all(type(value) is int for value in batch["list"])


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments) -> None:
        self.made = (function, arguments)

    def __reduce__(self):
        return self.made


@pytest.mark.parametrize(
    "function", [os.system, eval, exec, getattr, __import__, open, np.load, np.fromfile]
)
def test_that_nothing_that_a_pickle_asks_for_is_called(tmp_path, function):
    canary = tmp_path / "canary"
    hostile = pickle.dumps({"data": Call(function, f"open({str(canary)!r}, 'w')")})
    with pytest.raises(ValueError, match="which images do not need"):
        unpickle_batch(hostile)
    assert not canary.exists()


def test_that_numpys_own_functions_are_not_reached():
    array = unpickle_batch(pickle.dumps({"data": np.zeros(3, dtype=np.uint8)}))["data"]
    assert isinstance(array, PickledArray)
    assert not isinstance(array, np.ndarray)


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()], dtype=object),
        np.array(["a"]),
        np.array([1.0]),
        np.array([(1, 2)], dtype="u1,u1"),
        np.float64(1.0),
    ],
)
def test_that_arrays_of_anything_but_whole_numbers_are_refused(value):
    with pytest.raises(ValueError, match="pickle"):
        unpickle_batch(pickle.dumps({"data": value}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"no pickle",
        pickle.dumps([1, 2]),
        pickle.dumps({"a": 1})[:-3],
        b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b".",  # claims 4 EiB of bytes
        b"\x80\x02cnumpy\nndarray\n)R.",
        b"\x80\x02cnumpy\ndtype\nU\x02u1\x85R}b.",
        python_batch(ROWS)[:500],
        python_batch(ROWS).replace(b"u1", b"O8"),
    ],
)
def test_that_damaged_pickles_are_value_errors(data):
    with pytest.raises(ValueError, match="pickle"):
        unpickle_batch(data)
