import numpy as np
import pytest

from workbench.ui.plots.sampling import gaps, spacing, spans, with_gaps


def steps(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_that_an_even_cadence_has_no_gaps() -> None:
    assert gaps(steps(1, 9, 17, 25)).tolist() == []


def test_that_another_cadence_from_some_step_on_is_no_gap() -> None:
    assert gaps(steps(1, 2, 3, 4, 12, 20, 28)).tolist() == []


def test_that_a_distance_far_larger_than_both_its_neighbours_is_a_gap() -> None:
    assert gaps(steps(8, 16, 24, 80, 88, 96)).tolist() == [3]


def test_that_lines_break_in_a_gap_and_nowhere_else() -> None:
    x, y = with_gaps(steps(8, 16, 24, 80, 88, 96), np.arange(6.0))
    assert x.tolist() == [8, 16, 24, 52, 80, 88, 96]
    assert np.isnan(y).tolist() == [False, False, False, True, False, False, False]


def test_that_bands_of_many_tensors_break_alike() -> None:
    _, band = with_gaps(steps(8, 16, 24, 80, 88, 96), np.zeros((6, 2)))
    assert band.shape == (7, 2)
    assert np.isnan(band[3]).all()


def test_that_a_sample_stands_for_the_steps_up_to_itself_and_none_after() -> None:
    left, right = spans(steps(1, 9, 17))
    assert left.tolist() == [0, 1, 9]
    assert right.tolist() == [1, 9, 17]


def test_that_no_sample_stands_for_steps_in_a_gap() -> None:
    left, right = spans(steps(8, 16, 24, 80, 88, 96))
    assert left.tolist() == [0, 8, 16, 72, 80, 88]
    assert right[-1] == 96


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), (0, 0)), ((5,), (0, 0)), ((1, 9, 17), (8, 8)), ((1, 2, 3), (1, 1))],
)
def test_that_the_spacing_is_that_of_the_steps(
    given: tuple[int, ...], expected: tuple[int, int]
) -> None:
    assert spacing(steps(*given)) == expected


def test_that_one_odd_distance_among_many_does_not_count() -> None:
    odd = np.concatenate((np.arange(1, 800, 8), [796.0]))
    assert spacing(odd) == (8, 8)


def test_that_two_cadences_are_both_told() -> None:
    assert spacing(np.concatenate((np.arange(1.0, 20), np.arange(20.0, 200, 8)))) == (1, 8)
