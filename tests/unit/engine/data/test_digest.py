"""The fingerprint of a data set changes with every sample, and with nothing else."""

from __future__ import annotations

import pytest
import torch

from workbench.engine.data import digest as module
from workbench.engine.data.dataset import Dataset, Split, identity
from workbench.engine.data.digest import digest


def split(samples: int = 6, seed: int = 0) -> Split:
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(samples, 3, generator=generator)
    return Split(inputs, inputs.sum(1, keepdim=True))


def dataset(train: Split, test: Split | None = None) -> Dataset:
    return Dataset(train, test, (), identity)


def test_that_the_same_samples_have_the_same_digest() -> None:
    assert digest(dataset(split(), split(4, 1))) == digest(dataset(split(), split(4, 1)))


@pytest.mark.parametrize("which", ["inputs", "targets"])
def test_that_the_last_bit_of_any_sample_counts(which: str) -> None:
    changed = split()
    tensor = getattr(changed, which)
    tensor[5, 0] = torch.nextafter(tensor[5, 0], torch.tensor(torch.inf))

    assert digest(dataset(changed)) != digest(dataset(split()))
    assert digest(dataset(split(), changed)) != digest(dataset(split(), split()))


def test_that_shape_and_test_samples_count() -> None:
    flat = Split(split().inputs.reshape(3, 6), split().targets)

    assert digest(dataset(flat)) != digest(dataset(split()))
    assert digest(dataset(split(), split())) != digest(dataset(split()))


def test_that_memory_layout_does_not_count() -> None:
    strided = Split(split().inputs.t().contiguous().t(), split().targets)

    assert not strided.inputs.is_contiguous()
    assert digest(dataset(strided)) == digest(dataset(split()))


def test_that_of_large_data_spread_samples_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 4 * 3 * 10)  # ten samples' inputs
    whole, unseen, seen = split(40), split(40), split(40)
    unseen.inputs[1] += 1
    seen.inputs[36] += 1

    assert digest(dataset(unseen)) == digest(dataset(whole))
    assert digest(dataset(seen)) != digest(dataset(whole))
