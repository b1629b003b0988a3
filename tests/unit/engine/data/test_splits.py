import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from workbench.core.errors import SettingsError
from workbench.engine.data.splits import split_classes, split_rows

LABELS = np.repeat(np.arange(3), (50, 30, 20))
NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("count", "share", "seed"),
    [(442, 0.2, 42), (2, 0.5, 0), (10, 0.3, 1), (1000, 0.123, 2**32 - 1), (99, 0.001, 5)],
)
def test_that_rows_are_split_as_train_test_split_splits_them(count, share, seed):
    train, test = split_rows(count, share, seed)
    expected_train, expected_test = train_test_split(
        np.arange(count), test_size=share, random_state=seed
    )
    assert train.tolist() == expected_train.tolist()
    assert test.tolist() == expected_test.tolist()


def test_that_no_share_keeps_all_rows_in_their_order():
    train, test = split_rows(5, 0.0, 1)
    assert train.tolist() == [0, 1, 2, 3, 4]
    assert test is None


@pytest.mark.parametrize(("count", "share"), [(1, 0.2), (1, 0.9), (2, 0.51), (9, 0.9)])
def test_that_a_split_without_training_samples_names_the_setting(count, share):
    with pytest.raises(SettingsError, match=r"data\.test_share.*0 for no test"):
        split_rows(count, share, 0)


def test_that_the_smallest_possible_split_is_made():
    train, test = split_rows(2, 0.01, 0)
    assert sorted([*train, *test]) == [0, 1]


def test_that_each_class_has_its_share_in_both_parts():
    train, test = split_classes(LABELS, NAMES, 0.2, 7)
    assert np.bincount(LABELS[train]).tolist() == [40, 24, 16]
    assert np.bincount(LABELS[test]).tolist() == [10, 6, 4]
    assert sorted([*train, *test]) == list(range(100))


def test_that_another_seed_gives_another_split_and_the_same_seed_the_same():
    first, again, other = (split_classes(LABELS, NAMES, 0.2, s)[1] for s in (7, 7, 8))
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("sizes", "share"),
    [((50, 1), 0.2), ((3, 3), 0.1), ((3, 3), 0.9), ((1000, 2), 0.01), ((1000, 2), 0.9)],
)
def test_that_a_class_missing_in_a_part_is_an_error_that_names_it(sizes, share):
    labels = np.repeat(np.arange(2), sizes)
    with pytest.raises(SettingsError, match=r"data\.test_share.*class '[bc]'"):
        split_classes(labels, ("b", "c"), share, 0)


def test_that_classes_without_a_test_may_be_of_any_size():
    train, test = split_classes(np.array([0, 1]), ("a", "b"), 0.0, 0)
    assert train.tolist() == [0, 1]
    assert test is None
