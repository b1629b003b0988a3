from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.rates import STATISTICS, Quantity, RateSeries, TensorFacts

_TENSORS = (
    TensorFacts("0.weight", (3, 2), 0, is_bias=False),
    TensorFacts("0.bias", (3,), 0, is_bias=True),
)
_SHAPE = (len(_TENSORS), len(Quantity), len(STATISTICS))


def _sample(number: float) -> np.ndarray:
    return number + np.arange(np.prod(_SHAPE), dtype=np.float64).reshape(_SHAPE) / 1000


@given(st.lists(st.integers(0, 90), max_size=6))
def test_that_samples_added_one_by_one_or_at_once_are_the_same(sizes: list[int]) -> None:
    one_by_one, at_once = RateSeries(_TENSORS), RateSeries(_TENSORS)
    done = 0
    for size in sizes:
        steps = np.arange(done, done + size, dtype=np.float64)
        values = np.array([_sample(step) for step in steps]).reshape(-1, *_SHAPE)
        at_once.extend(steps, values)
        for step, sample in zip(steps.tolist(), values, strict=True):
            one_by_one.append(int(step), sample)
        done += size
    assert len(at_once) == len(one_by_one) == done
    assert np.array_equal(at_once.steps(), one_by_one.steps())
    assert np.array_equal(at_once.values(), one_by_one.values())
    assert at_once.values().shape == (done, *_SHAPE)


def test_that_tensors_can_be_named_before_the_first_sample_and_not_after() -> None:
    rates = RateSeries()
    rates.begin(_TENSORS)
    rates.append(1, _sample(1))
    with pytest.raises(ValueError, match="samples already"):
        rates.begin(())


def test_that_readers_cannot_change_samples() -> None:
    rates = RateSeries(_TENSORS)
    rates.append(1, _sample(1))
    with pytest.raises(ValueError, match="read-only"):
        rates.values()[0] = 0


def test_that_a_reader_never_sees_a_sample_that_is_not_there_yet() -> None:
    rates = RateSeries(_TENSORS)
    total = 5000
    samples = [_sample(step) for step in range(total)]

    def write() -> None:
        for step, sample in enumerate(samples):
            rates.append(step, sample)

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while seen < total:
        seen = len(rates)
        values = rates.values(seen)
        assert len(values) == seen
        if seen:
            assert np.array_equal(values[-1], samples[seen - 1])
            assert rates.steps()[seen - 1] == seen - 1
    writer.join()


@pytest.mark.parametrize(
    ("shape", "count"), [((), 1), ((3,), 3), ((64, 32, 5, 5), 51_200), ((0, 4), 0)]
)
def test_that_a_tensor_counts_its_elements(shape: tuple[int, ...], count: int) -> None:
    assert TensorFacts("t", shape, 0, is_bias=False).num_elements == count


def test_that_every_quantity_says_what_it_is() -> None:
    assert len({quantity.label for quantity in Quantity}) == len(Quantity)
    assert all(quantity.help.endswith(".") for quantity in Quantity)
    assert Quantity.STEP_COEFFICIENT.by_element
    assert not Quantity.UPDATE_TO_WEIGHT.by_element
