"""Sessions: names and colours of runs, and copies for other threads."""

from __future__ import annotations

import pytest

from workbench.core.errors import UnknownNameError
from workbench.core.events import EpochRow, NoticeGiven, RunFinished
from workbench.core.models import MlpModel
from workbench.core.optimizers import Adam, Sgd
from workbench.core.plan import Plan
from workbench.core.run import RunState
from workbench.core.session import Session


def test_that_runs_are_named_by_model_and_optimizer_and_counted() -> None:
    session = Session(plan=Plan(model=MlpModel(), optimizer=Adam()))
    first, second = session.new_run(), session.new_run()
    session.plan = Plan(optimizer=Sgd())
    third = session.new_run()
    assert [run.name for run in (first, second, third)] == [
        "mlp adam 1",
        "mlp adam 2",
        "linear sgd 1",
    ]


def test_that_a_free_number_is_taken_again_but_never_a_name_in_use() -> None:
    session = Session()
    for _ in range(3):
        session.new_run()
    session.runs[1].name = "mine"
    assert session.new_run().name == "linear adam 2"
    assert session.new_run().name == "linear adam 4"


def test_that_a_name_may_be_given() -> None:
    assert Session().new_run("mine").name == "mine"


def test_that_a_run_keeps_the_plan_that_it_started_with() -> None:
    session = Session(plan=Plan(optimizer=Sgd()))
    run = session.new_run()
    session.plan = Plan(optimizer=Adam())
    assert run.plan == Plan(optimizer=Sgd())


def test_that_a_colour_is_not_given_again_while_a_later_one_is_in_use() -> None:
    session = Session()
    runs = [session.new_run() for _ in range(3)]
    assert [run.colour for run in runs] == [0, 1, 2]
    session.runs.remove(runs[0])
    assert session.new_run().colour == 3


def test_that_a_run_is_found_by_name_and_the_last_one_without() -> None:
    session = Session()
    first, last = session.new_run("a"), session.new_run("b")
    assert session.find_run("a") is first
    assert session.find_run(None) is last


def test_that_the_newest_of_two_runs_of_one_name_is_found() -> None:
    session = Session()
    session.new_run("a")
    newest = session.new_run("a")
    assert session.find_run("a") is newest


@pytest.mark.parametrize("name", ["c", None])
def test_that_a_run_that_is_not_there_is_told(name: str | None) -> None:
    session = Session()
    if name is not None:
        session.new_run("a")
    with pytest.raises(UnknownNameError, match="No run is called"):
        session.find_run(name)


def test_that_a_snapshot_stays_as_it_was_while_the_session_goes_on() -> None:
    session = Session(layout=b"1")
    run = session.new_run("a")
    row = EpochRow(1, 1, 0.5, 0.5)
    run.history.epochs.append(row)
    copy = session.snapshot()
    run.history.epochs.append(EpochRow(2, 2, 0.4, 0.4))
    run.apply(NoticeGiven("late"))
    run.apply(RunFinished(2, 1.0))
    run.name = "b"
    session.new_run("c")
    session.layout = b"2"
    assert [(kept.id, kept.name) for kept in copy.runs] == [(run.id, "a")]
    assert copy.runs[0].epochs[0] == row  # later ones may follow: they only grow
    assert copy.runs[0].notices == []
    assert copy.runs[0].state is RunState.PREPARING
    assert copy.layout == b"1"


def test_that_a_snapshot_reads_the_same_growing_history() -> None:
    session = Session()
    run = session.new_run()
    copy = session.snapshot()
    run.history.steps.append(0.5, 0.001)
    assert copy.runs[0].history is run.history
