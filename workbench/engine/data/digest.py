"""A fingerprint of a data set, to tell whether it is still the same one."""

from __future__ import annotations

import hashlib

from torch import Tensor

from workbench.engine.data.dataset import Dataset, Split

_MOST_BYTES = 256 * 2**20  # a tenth of a second; of larger tensors, evenly spread samples


def digest(dataset: Dataset) -> str:
    """Return the SHA-256 of the samples as the model gets them, on the CPU, as hex."""
    total = hashlib.sha256()
    for split in (dataset.train, dataset.test):
        if split is not None:
            _add(total, split)
    return total.hexdigest()


def _add(total: hashlib._Hash, split: Split) -> None:
    for tensor in (split.inputs, split.targets):
        total.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(_some_of(tensor).numpy().data)


def _some_of(samples: Tensor) -> Tensor:
    stride = -(-samples.nbytes // _MOST_BYTES) or 1
    return samples[::stride].contiguous()
