import pytest

from workbench.core.measuring import MeasuringCost


def test_that_the_share_is_that_of_the_training_time() -> None:
    assert MeasuringCost(0.5, 10.0, samples=50, steps=1000).share == 0.05


@pytest.mark.parametrize("cost", [MeasuringCost(0, 0, 0, 0), MeasuringCost(0, 1, 0, 5)])
def test_that_nothing_spent_is_no_share(cost: MeasuringCost) -> None:
    assert cost.share == 0
    assert cost.share_if(1) == 0


def test_that_a_share_never_exceeds_the_whole() -> None:
    assert MeasuringCost(2.0, 1.0, samples=1, steps=1).share == 1
    assert MeasuringCost(2.0, 1.0, samples=1, steps=1).share_if(1) == 1


@pytest.mark.parametrize(("every", "share"), [(1, 0.5), (3, 0.25), (99, 0.01)])
def test_that_another_stride_is_foretold_from_what_a_sample_and_a_bare_step_took(
    every: int, share: float
) -> None:
    cost = MeasuringCost(spent_s=1.0, elapsed_s=11.0, samples=100, steps=1000)
    assert cost.share_if(every) == pytest.approx(share)
