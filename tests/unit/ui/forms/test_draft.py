from __future__ import annotations

import pytest

from workbench.core.datasets import DATASETS
from workbench.core.errors import Problem, SettingsError
from workbench.core.models import CnnModel, MlpModel
from workbench.core.optimizers import Adam, Sgd
from workbench.core.plan import Plan
from workbench.ui.forms.bad_text import BadText
from workbench.ui.forms.draft import Draft


def keys(draft: Draft, section: str) -> list[str]:
    return [entry.key() for entry in draft.offered(section)]


def test_that_a_plan_comes_back_as_it_was() -> None:
    plan = Plan(model=MlpModel(hidden_sizes=(3,)), optimizer=Sgd(lr=0.5))
    assert Draft.of(plan).plan() == plan


def test_that_values_of_a_kind_are_remembered() -> None:
    draft = Draft.of(Plan()).with_value("optimizer", "lr", 0.5)
    draft = draft.with_kind("optimizer", "sgd").with_value("optimizer", "momentum", 0.9)
    assert draft.plan().optimizer == Sgd(momentum=0.9)
    assert draft.with_kind("optimizer", "adam").plan().optimizer == Adam(lr=0.5)


def test_that_an_edit_leaves_the_draft_before_it_alone() -> None:
    before = Draft.of(Plan())
    before.with_value("optimizer", "lr", 0.5).with_kind("model", "cnn")
    assert before.plan() == Plan()


def test_that_only_what_fits_the_model_is_offered() -> None:
    draft = Draft.of(Plan())
    assert keys(draft, "data") == ["random", "make_regression", "diabetes", "csv"]
    assert keys(draft, "loss") == ["mse", "l1", "huber"]
    draft = draft.with_kind("model", "cnn")
    assert keys(draft, "data") == ["digits", "generated", "cifar10", "folder"]
    assert keys(draft, "loss") == ["cross_entropy"]
    assert len(keys(draft, "optimizer")) == 14


def test_that_a_new_model_brings_fitting_data_and_the_old_ones_back() -> None:
    draft = Draft.of(Plan(data=DATASETS["make_regression"]()))
    draft = draft.with_kind("loss", "huber").with_kind("model", "cnn")
    assert draft.problems() == ()
    draft = draft.with_kind("data", "generated").with_kind("model", "mlp")
    assert (draft.kind("data"), draft.kind("loss")) == ("make_regression", "huber")
    assert draft.with_kind("model", "cnn").kind("data") == "generated"


def test_that_a_model_with_nothing_chosen_before_gets_the_usual_data() -> None:
    plan = Plan.from_values(
        {
            "model": {"kind": "cnn"},
            "data": {"kind": "digits"},
            "loss": {"kind": "cross_entropy"},
        }
    )
    draft = Draft.of(plan).with_kind("model", "linear")
    assert (draft.kind("data"), draft.kind("loss")) == ("diabetes", "mse")


def test_that_a_model_of_the_same_task_keeps_the_data() -> None:
    draft = Draft.of(Plan(data=DATASETS["random"]())).with_kind("model", "mlp")
    assert draft.kind("data") == "random"


def test_that_every_problem_is_named_at_once() -> None:
    bad = BadText(("0,1",), "'0,1' has a comma", instead=0.001)
    draft = Draft.of(Plan()).with_value("optimizer", "lr", bad)
    draft = draft.with_value("loop", "epochs", 0)
    paths = [problem.path for problem in draft.problems()]
    assert paths == ["optimizer.lr", "loop.epochs"]
    assert draft.problems()[0] == Problem("optimizer.lr", "'0,1' has a comma")
    with pytest.raises(SettingsError, match="comma"):
        draft.plan()


def test_that_bad_text_over_a_bad_value_is_one_problem() -> None:
    bad = BadText(("-1x",), "'-1x' is not a number", instead=-1.0)
    draft = Draft.of(Plan()).with_value("optimizer", "lr", bad)
    assert [problem.message for problem in draft.problems()] == ["'-1x' is not a number"]


def test_that_fields_are_checked_against_what_was_there_before_bad_text() -> None:
    draft = Draft.of(Plan(optimizer=Sgd(momentum=0.9, nesterov=True)))
    bad = BadText(("0.9x",), "no number", instead=0.9)
    draft = draft.with_value("optimizer", "momentum", bad)
    assert [problem.path for problem in draft.problems()] == ["optimizer.momentum"]


def test_that_rules_between_fields_are_told_at_the_field() -> None:
    draft = Draft.of(Plan(optimizer=Sgd())).with_value("optimizer", "nesterov", True)
    (problem,) = draft.problems()
    assert problem.path == "optimizer.nesterov"
    assert "momentum" in problem.message


def test_that_defaults_are_those_of_the_chosen_kind() -> None:
    draft = Draft.of(Plan(optimizer=Sgd(lr=0.5)))
    assert not draft.is_default("optimizer")
    draft = draft.with_defaults("optimizer")
    assert draft.is_default("optimizer")
    assert draft.plan().optimizer == Sgd()


def test_that_a_plan_taken_over_keeps_what_was_typed_for_other_kinds() -> None:
    draft = Draft.of(Plan(optimizer=Sgd(lr=0.5))).with_plan(Plan(optimizer=Adam()))
    assert draft.with_kind("optimizer", "sgd").plan().optimizer == Sgd(lr=0.5)


def test_that_changed_sections_are_named() -> None:
    draft = Draft.of(Plan())
    other = draft.with_value("loop", "epochs", 3).with_kind("schedule", "step")
    assert other.changed_sections(draft) == {"loop", "schedule"}
    cnn = draft.with_kind("model", "cnn")
    assert cnn.changed_sections(draft) == {"model", "data", "loss"}
    assert isinstance(cnn.plan().model, CnnModel)
