from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import SettingsError
from workbench.core.loop import LoopSettings
from workbench.engine.batches import Batches, epoch_order
from workbench.engine.data.dataset import Split


def split_of(samples: int) -> Split:
    column = torch.arange(samples, dtype=torch.float32).unsqueeze(1)
    return Split(column, column)


def seen(batches: Batches, epoch: int, start: int = 0) -> list[list[int]]:
    return [inputs[:, 0].int().tolist() for inputs, _ in batches.epoch(epoch, start)]


def test_that_unshuffled_batches_keep_the_order_of_the_data() -> None:
    batches = Batches(
        split_of(7), LoopSettings(full_batch=False, batch_size=3, shuffle=False)
    )

    assert seen(batches, 0) == [[0, 1, 2], [3, 4, 5], [6]]
    assert batches.per_epoch == 3


def test_that_the_last_small_batch_is_left_out_on_request() -> None:
    loop = LoopSettings(full_batch=False, batch_size=3, shuffle=False, drop_last=True)
    batches = Batches(split_of(7), loop)

    assert seen(batches, 0) == [[0, 1, 2], [3, 4, 5]]
    assert batches.per_epoch == 2


def test_that_a_full_batch_is_all_samples_in_order() -> None:
    assert seen(Batches(split_of(5), LoopSettings(full_batch=True)), 3) == [[0, 1, 2, 3, 4]]


@given(samples=st.integers(1, 60), size=st.integers(1, 60), epoch=st.integers(0, 1000))
def test_that_every_shuffled_epoch_visits_each_sample_once(
    samples: int, size: int, epoch: int
) -> None:
    loop = LoopSettings(full_batch=False, batch_size=min(size, samples), shuffle=True)
    flat = [i for batch in seen(Batches(split_of(samples), loop), epoch) for i in batch]

    assert sorted(flat) == list(range(samples))


def test_that_the_order_depends_on_seed_and_epoch_alone() -> None:
    torch.manual_seed(0)
    first = epoch_order(50, seed=1, epoch=2)
    torch.manual_seed(99)

    assert torch.equal(epoch_order(50, seed=1, epoch=2), first)
    assert not torch.equal(epoch_order(50, seed=1, epoch=3), first)
    assert not torch.equal(epoch_order(50, seed=2, epoch=2), first)


def test_that_an_epoch_can_be_entered_at_any_batch() -> None:
    batches = Batches(split_of(20), LoopSettings(full_batch=False, batch_size=3, seed=4))

    assert seen(batches, 5, start=4) == seen(batches, 5)[4:]


def test_that_inputs_and_targets_stay_together() -> None:
    batches = Batches(split_of(20), LoopSettings(full_batch=False, batch_size=6))

    assert all(torch.equal(inputs, targets) for inputs, targets in batches.epoch(0))


def test_that_a_batch_larger_than_the_data_is_refused_in_words() -> None:
    with pytest.raises(
        SettingsError, match=r"loop.batch_size: a batch of 64 .* 20 training"
    ):
        Batches(split_of(20), LoopSettings(full_batch=False, batch_size=64))
