"""Runs that go on from a step of another: what they share, and what is their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.datasets import RandomRegression
from workbench.core.events import (
    Checkpoint,
    CheckpointTaken,
    EpochRow,
    LossExploded,
    NoticeGiven,
    RunDiverged,
)
from workbench.core.landscape import Landscape
from workbench.core.optimizers import Adam, Sgd
from workbench.core.plan import Plan
from workbench.core.rates import STATISTICS, Quantity, TensorFacts
from workbench.core.resuming import Carried, Start
from workbench.core.run import History, Parent, Run, RunState
from workbench.core.session import Session

TENSORS = (TensorFacts("linear.weight", (1, 3), 0, is_bias=False),)
SHAPE = (len(TENSORS), len(Quantity), len(STATISTICS))


def make_history(steps: int, every: int = 4) -> History:
    """Make a history whose every value tells its step."""
    history = History()
    history.rates.begin(TENSORS)
    history.activity.begin(("relu1", "relu2"))
    history.landscape = Landscape(np.array([2.0, 1.0]), (2.0, 1.0), 0.5)
    history.path.append(0, 0.0, 0.0)
    for step in range(1, steps + 1):
        history.steps.append(step, step / 10)
        if (step - 1) % every == 0:
            history.rates.append(step, np.full(SHAPE, float(step)))
            history.activity.append(step, (step, -step))
            history.path.append(step, step, -step)
    return history


@given(steps=st.integers(0, 40), cut=st.integers(0, 40))
def test_that_a_copy_has_all_up_to_the_step_and_nothing_after(steps: int, cut: int) -> None:
    cut = min(steps, cut)
    copy, expected = make_history(steps).copy_until(cut), make_history(cut)

    assert len(copy.steps) == cut
    assert copy.steps.loss.values().tolist() == expected.steps.loss.values().tolist()
    assert copy.steps.lr.values().tolist() == expected.steps.lr.values().tolist()
    assert copy.rates.tensors == TENSORS
    assert copy.rates.steps().tolist() == expected.rates.steps().tolist()
    assert copy.rates.values().tolist() == expected.rates.values().tolist()
    assert copy.activity.layers == ("relu1", "relu2")
    assert copy.activity.steps().tolist() == expected.activity.steps().tolist()
    assert copy.activity.latest() == expected.activity.latest()
    assert copy.path.steps().tolist() == expected.path.steps().tolist()
    assert copy.path.points().tolist() == expected.path.points().tolist()


def test_that_a_copy_has_of_the_close_up_what_is_up_to_the_step() -> None:
    original = make_history(12, every=1)
    original.close_up = original.rates.copy_until(9)
    copy = original.copy_until(7)
    assert copy.close_up.steps().tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert np.array_equal(copy.close_up.values(), original.close_up.values(7))
    assert original.close_up.steps()[-1] == 9


def test_that_copy_and_original_go_on_apart() -> None:
    original = make_history(8)
    copy = original.copy_until(8)
    for history, value in ((copy, 0.25), (original, 0.75)):
        history.steps.append(value, value)
        history.rates.append(9, np.full(SHAPE, value))
        history.path.append(9, value, value)
        history.activity.append(9, (value, value))

    assert (copy.steps.loss.values()[8], original.steps.loss.values()[8]) == (0.25, 0.75)
    assert copy.rates.values()[-1].max() == 0.25
    assert original.rates.values()[-1].max() == 0.75
    assert copy.path.points()[-1].tolist() == [0.25, 0.25]
    assert original.activity.latest() == {"relu1": 0.75, "relu2": 0.75}


def test_that_a_copy_keeps_the_landscape_and_has_a_tap_of_its_own() -> None:
    original = make_history(3)
    original.elements.wanted = "linear.weight"
    copy = original.copy_until(2)
    assert copy.landscape is original.landscape
    assert copy.elements.wanted is None


def state_at(step: int, carried: Carried = Carried.EVERYTHING) -> Start:
    return Start(Checkpoint(step, epoch=0, tensors=b"", state=""), carried)


def diverged_run(session: Session) -> Run:
    run = session.new_run("mlp adam 1")
    run.history = make_history(10)
    for epoch in (1, 2):
        run.history.epochs.append(EpochRow(epoch, 4 * epoch, 0.5, 2.0))
    run.apply(NoticeGiven("of the parent"))
    run.apply(LossExploded(6, 900.0, 1.0))
    run.apply(LossExploded(9, 900.0, 1.0))
    run.apply(RunDiverged(10, 1.0, float("inf"), "linear.weight", "weight"))
    return run


def test_that_a_forked_run_shares_what_was_up_to_the_step() -> None:
    session = Session(plan=Plan(optimizer=Adam()))
    parent = diverged_run(session)
    plan = Plan(optimizer=Adam(lr=1e-4))
    fork = session.fork_run(parent, plan, state_at(7))

    assert session.runs == [parent, fork]
    assert fork.name == "mlp adam 1 from step 7"
    assert (fork.plan, fork.colour) == (plan, 1)
    assert fork.num_steps == 7
    assert [row.epoch for row in fork.epochs] == [1]
    assert [event.step for event in fork.explosions] == [6]
    assert fork.state is RunState.PREPARING
    assert (fork.divergence, fork.message, fork.notices) == (None, "", [])
    assert fork.id != parent.id


def test_that_the_parent_stays_as_it_was() -> None:
    session = Session()
    parent = diverged_run(session)
    fork = session.fork_run(parent, Plan(optimizer=Sgd()), state_at(7))
    fork.history.epochs.append(EpochRow(2, 8, 0.1, 0.4))

    assert parent.num_steps == 10
    assert len(parent.epochs) == 2
    assert parent.plan == session.plan


def test_that_forks_of_the_same_step_have_names_of_their_own() -> None:
    session = Session()
    parent = diverged_run(session)
    names = [session.fork_run(parent, parent.plan, state_at(7)).name for _ in range(3)]
    assert names == [
        "mlp adam 1 from step 7",
        "mlp adam 1 from step 7 (2)",
        "mlp adam 1 from step 7 (3)",
    ]


@pytest.mark.parametrize("step", [-1, 11])
def test_that_a_step_that_the_parent_has_not_done_is_refused(step: int) -> None:
    session = Session()
    parent = diverged_run(session)
    with pytest.raises(ValueError, match="has 10 steps"):
        session.fork_run(parent, parent.plan, state_at(step))
    assert session.runs == [parent]


def test_that_a_snapshot_does_not_see_later_leaps() -> None:
    session = Session()
    run = session.new_run()
    copy = session.snapshot()
    run.apply(LossExploded(9, 900.0, 1.0))
    assert copy.runs[0].explosions == []


@pytest.mark.parametrize("carried", list(Carried))
def test_that_a_fork_has_its_parents_state_and_knows_what_of_it_was_chosen(
    carried: Carried,
) -> None:
    session = Session()
    parent = diverged_run(session)
    start = state_at(7, carried)
    fork = session.fork_run(parent, parent.plan, start)

    assert fork.parent == Parent(parent.id, parent.name, 7, carried)
    assert fork.checkpoints == (start.checkpoint,)
    assert fork.start == start


def test_that_a_fork_with_a_state_of_its_own_goes_on_with_all_of_that() -> None:
    session = Session()
    fork = session.fork_run(
        diverged_run(session), Plan(optimizer=Sgd()), state_at(7, Carried.WEIGHTS)
    )
    own = state_at(9).checkpoint
    fork.apply(CheckpointTaken(own))

    assert fork.start == Start(own, Carried.EVERYTHING)


def test_that_a_run_without_a_state_has_nothing_to_go_on_from() -> None:
    assert Session().new_run().start is None


def test_that_a_fork_on_other_data_has_no_bowl_of_its_parent() -> None:
    session = Session()
    parent = diverged_run(session)
    same = session.fork_run(parent, Plan(optimizer=Sgd()), state_at(7))
    other = session.fork_run(parent, Plan(data=RandomRegression()), state_at(7))

    assert len(same.history.path) == len(parent.history.path.copy_until(7)) > 0
    assert len(other.history.path) == 0
    assert other.history.landscape is None
