"""Catalogues of choices by key."""

from __future__ import annotations

import pytest

from workbench.core.catalogue import Catalogue
from workbench.core.datasets import DATASETS, Cifar10
from workbench.core.errors import SettingsError, UnknownNameError
from workbench.core.losses import LOSSES
from workbench.core.models import MODELS
from workbench.core.optimizers import OPTIMIZERS, Adam, Sgd
from workbench.core.plan import CATALOGUES
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import CatalogueSettings

ENTRIES = [entry for catalogue in CATALOGUES.values() for entry in catalogue]


def test_that_everything_of_the_design_can_be_chosen() -> None:
    assert set(MODELS.keys()) == {"linear", "cnn", "mlp"}
    assert set(DATASETS.keys()) == {
        *("random", "make_regression", "diabetes", "digits", "generated"),
        *("cifar10", "folder", "csv"),
    }
    assert set(LOSSES.keys()) == {"mse", "l1", "huber", "cross_entropy"}
    assert set(OPTIMIZERS.keys()) == {
        *("sgd", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "radam", "nadam"),
        *("adamax", "asgd", "rprop", "adafactor", "muon", "lbfgs"),
    }
    assert set(SCHEDULES.keys()) == {
        *("constant", "step", "exponential", "cosine", "one_cycle", "warmup", "plateau"),
    }


@pytest.mark.parametrize("entry", ENTRIES)
def test_that_every_entry_has_a_title_and_a_sentence(
    entry: type[CatalogueSettings],
) -> None:
    assert entry.title
    assert entry.summary.endswith(".")
    assert entry().kind == entry.key()


@pytest.mark.parametrize("catalogue", list(CATALOGUES.values()))
def test_that_no_two_entries_share_a_title(catalogue: Catalogue[CatalogueSettings]) -> None:
    titles = [entry.title for entry in catalogue]
    assert len(set(titles)) == len(titles) == len(catalogue)


def test_that_entries_come_in_the_order_of_their_keys() -> None:
    assert tuple(entry.key() for entry in OPTIMIZERS) == OPTIMIZERS.keys()
    assert OPTIMIZERS["adam"] is Adam


def test_that_an_unknown_key_is_answered_with_the_nearest_and_all_known() -> None:
    with pytest.raises(UnknownNameError) as caught:
        OPTIMIZERS["adm"]
    message = str(caught.value)
    assert "No optimizer is called 'adm'. Did you mean 'adam'?" in message
    assert all(key in message for key in OPTIMIZERS.keys())  # noqa: SIM118 - no mapping


def test_that_build_takes_the_kind_from_the_values() -> None:
    built = OPTIMIZERS.build({"kind": "sgd", "lr": 0.5}, path="optimizer")
    assert built == Sgd(lr=0.5)
    assert DATASETS.build({"kind": "cifar10"}, path="data") == Cifar10()


@pytest.mark.parametrize("values", [{}, {"kind": "sdg"}, {"kind": 3}, {"kind": None}])
def test_that_values_without_a_known_kind_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(UnknownNameError):
        OPTIMIZERS.build(values, path="optimizer")


def test_that_a_field_of_another_kind_is_refused_by_its_path() -> None:
    with pytest.raises(SettingsError, match=r"optimizer\.momentum"):
        OPTIMIZERS.build({"kind": "adam", "momentum": 0.9}, path="optimizer")


@pytest.mark.parametrize(
    ("momentum", "dampening", "valid"),
    [(0.9, 0.0, True), (0.0, 0.0, False), (0.9, 0.1, False)],
)
def test_that_nesterov_needs_momentum_without_dampening(
    momentum: float, dampening: float, valid: bool
) -> None:
    values = {
        "kind": "sgd",
        "nesterov": True,
        "momentum": momentum,
        "dampening": dampening,
    }
    if valid:
        assert OPTIMIZERS.build(values, path="optimizer").kind == "sgd"
    else:
        with pytest.raises(SettingsError, match="Nesterov needs a momentum"):
            OPTIMIZERS.build(values, path="optimizer")


def test_that_the_smallest_step_size_may_not_exceed_the_largest() -> None:
    with pytest.raises(SettingsError, match="must not exceed"):
        OPTIMIZERS.build({"kind": "rprop", "step_sizes": (1.0, 0.5)}, path="optimizer")
