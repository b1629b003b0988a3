"""Reading the pickled CIFAR-10 batches without running anything that a pickle asks for.

A pickle may name any function to be called. Here the few names that arrays need are
known, and even these stand for the small classes below, not for numpy's own: they
take plain bytes for whole numbers and nothing else.
"""

from __future__ import annotations

import io
import pickle
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

_INTEGERS = re.compile(r"[<>|=]?[iu][1248]")


class PickledArray:
    """Stands for numpy.ndarray while unpickling: whole numbers from plain bytes."""

    values: NDArray[Any]

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take numpy's state: version, shape, dtype, Fortran order, bytes."""
        _version, shape, dtype, is_fortran, raw = state
        self.values = _whole_numbers(raw, dtype).reshape(
            tuple(shape), order="F" if is_fortran else "C"
        )


class _Dtype:
    """Stands for numpy.dtype; only whole numbers of up to 8 bytes are known."""

    def __init__(self, code: str | bytes, *_flags: object) -> None:
        self.code = _text(code)
        if not _INTEGERS.fullmatch(self.code):
            raise pickle.UnpicklingError(f"it has an array of '{self.code}'")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """Take numpy's state, of which the byte order alone matters here."""
        order = _text(state[1])
        if order in {"<", ">"}:
            self.code = order + self.code.lstrip("<>|=")


def unpickle_batch(data: bytes) -> dict[str, Any]:
    """Read a pickled dictionary of lists, texts, numbers and `PickledArray`.

    Bytes of Python 2 become text as latin-1, as torchvision reads them.

    Raises:
        ValueError: saying what is wrong with it.
    """
    try:
        batch = _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except Exception as error:  # a damaged pickle fails in every way there is
        raise ValueError(f"no readable pickle ({str(error)[:200]})") from error
    if not isinstance(batch, dict):
        raise ValueError("the pickle is no dictionary")  # noqa: TRY004 - about the file
    return batch


class _Unpickler(pickle.Unpickler):
    """Finds the names that arrays of whole numbers need, and no others."""

    @override
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Return what stands for a name.

        Raises:
            pickle.UnpicklingError: for every other name.
        """
        module = module_name.replace("numpy._core", "numpy.core")
        try:
            return _KNOWN[module, global_name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for '{module_name}.{global_name}', which images do not need"
            ) from None


def _reconstruct(*_arguments: object) -> PickledArray:
    """Stand for numpy's: an empty array, filled by its state."""
    return PickledArray()


def _frombuffer(raw: bytes, dtype: _Dtype, shape: Any, order: str) -> PickledArray:
    """Stand for numpy's: how arrays are pickled from protocol 5 on."""
    array = PickledArray()
    array.__setstate__((1, shape, dtype, order == "F", raw))
    return array


def _scalar(dtype: _Dtype, raw: str | bytes) -> int:
    (value,) = _whole_numbers(raw, dtype).tolist()
    return int(value)


def _encode(text: str, _encoding: str) -> bytes:
    """Stand for codecs.encode: how Python 2 and protocol 2 write bytes."""
    return text.encode("latin1")


def _whole_numbers(raw: str | bytes, dtype: _Dtype) -> NDArray[Any]:
    if not isinstance(dtype, _Dtype):
        raise pickle.UnpicklingError("an array has no type")
    data = raw.encode("latin1") if isinstance(raw, str) else raw
    return np.frombuffer(data, dtype=np.dtype(dtype.code))


def _text(value: str | bytes) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else value


_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
}
