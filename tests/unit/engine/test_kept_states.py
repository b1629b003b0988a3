"""States kept in memory: which ones, for how long, and within which bounds."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from workbench.core.errors import UserError
from workbench.engine.checkpoint import WholeState, read_state
from workbench.engine.kept_states import KeptStates

MIB = 2**20


class Walk:
    """Walks through steps with a state of a given size, keeping what is due."""

    def __init__(self, budget_bytes: int = 256 * MIB) -> None:
        self.told: list[str] = []
        self.kept = KeptStates(self.told.append, budget_bytes)
        self.weights = torch.zeros(MIB // 4)

    def to(self, stop: int, start: int = 0, *, is_good: bool = True) -> Walk:
        for step in range(start, stop):
            if step >= self.kept.due:
                self.kept.keep(self.state(step), is_good=is_good)
        return self

    @property
    def recent(self) -> list[int]:
        return [state.step for state in self.kept.recent]

    def state(self, step: int) -> WholeState:
        self.weights.fill_(step)
        content: dict[str, Any] = {"model": {"weight": self.weights}, "name": ("a", [1.5])}
        return WholeState(step, 0, content)


def test_that_the_last_two_hundred_steps_are_covered_by_five_states() -> None:
    assert Walk().to(1000).kept.steps == (750, 800, 850, 900, 950)
    assert Walk().to(901).kept.steps == (700, 750, 800, 850, 900)
    assert Walk().to(3).kept.steps == (0,)


def test_that_a_run_that_starts_in_between_keeps_its_start() -> None:
    assert Walk().to(205, start=73).kept.steps == (73, 100, 150, 200)


def test_that_a_kept_state_is_what_it_was_then() -> None:
    walk = Walk().to(1000)
    state = walk.kept.checkpoint(850)
    content = read_state(state)
    assert (state.step, state.epoch) == (850, 0)
    assert content["model"]["weight"].unique().tolist() == [850.0]
    assert content["name"] == ("a", [1.5])


def test_that_a_step_that_is_not_kept_is_refused_with_those_that_are() -> None:
    with pytest.raises(UserError, match=r"step 849 .* 750, 800, 850, 900, 950"):
        Walk().to(1000).kept.checkpoint(849)


@pytest.mark.parametrize(
    ("room", "steps"),
    [
        (5, (750, 800, 850, 900, 950)),
        (4, (737, 804, 871, 938)),
        (3, (700, 800, 900)),
        (2, (600, 800)),
        (1, (800,)),
    ],
)
def test_that_large_states_are_fewer_and_further_apart(
    room: int, steps: tuple[int, ...]
) -> None:
    walk = Walk(budget_bytes=room * MIB + 1000).to(1000)
    assert walk.kept.steps == steps
    assert len(walk.told) == (room < 5)
    assert all(f"Only {room} " in text and "1 MiB" in text for text in walk.told)


def test_that_a_state_larger_than_all_room_is_not_kept_and_that_is_said_once() -> None:
    walk = Walk(budget_bytes=1000).to(1000)
    assert walk.kept.steps == ()
    (text,) = walk.told
    assert "cannot be rewound" in text


def test_that_states_that_grow_make_room_at_once() -> None:
    walk = Walk(budget_bytes=5 * MIB + 1000).to(240)
    walk.weights = torch.zeros(MIB // 2)
    walk.to(1000, start=240)
    assert walk.kept.steps == (600, 800)


def test_that_what_came_after_the_last_good_step_is_dropped() -> None:
    walk = Walk().to(1000)
    walk.kept.protect(870)
    assert walk.kept.steps == (750, 800, 850)


def test_that_the_last_good_state_stays_however_long_the_run_goes_on() -> None:
    walk = Walk().to(1000)
    walk.kept.protect(870)
    walk.to(3000, start=1000)
    assert walk.kept.steps == (850, 2800, 2850, 2900, 2950)


def test_that_a_newer_last_good_state_takes_its_place() -> None:
    walk = Walk().to(1000)
    walk.kept.protect(870)
    walk.to(3000, start=1000)
    walk.kept.protect(2999)
    walk.to(4000, start=3000)
    assert walk.kept.steps == (2950, 3800, 3850, 3900, 3950)


def test_that_the_only_room_goes_to_the_newest_state() -> None:
    walk = Walk(budget_bytes=MIB + 1000).to(300)
    walk.kept.protect(299)
    walk.to(500, start=300)
    assert walk.kept.steps == (400,)


def test_that_the_states_of_an_accident_are_recent_but_not_to_be_gone_back_to() -> None:
    walk = Walk().to(1000)
    walk.kept.protect(870)
    walk.to(1010, start=1000, is_good=False)
    assert walk.kept.steps == (750, 800, 850)
    assert walk.recent == [750, 800, 850, 900, 950, 1000]
    walk.kept.forget_bad()
    assert walk.recent == [750, 800, 850]


@pytest.mark.parametrize("is_good", [True, False])
@pytest.mark.parametrize("protected", [0, 870, 999])
def test_that_the_last_two_hundred_steps_can_always_be_done_again(
    protected: int, *, is_good: bool
) -> None:
    walk = Walk().to(1000)
    walk.kept.protect(protected)
    for last in range(1000, 1500):
        walk.to(last, start=last - 1, is_good=is_good)
        assert any(step <= last - 200 for step in walk.recent), last
        assert len(walk.recent) <= 5 + 6


def test_that_states_aside_take_no_more_than_the_room_that_is_left() -> None:
    walk = Walk(budget_bytes=7 * MIB + 1000).to(1000)
    walk.kept.protect(999)
    walk.to(2000, start=1000, is_good=False)
    assert walk.kept.steps == (750, 800, 850, 900, 950)
    assert walk.recent[5:] == [1900, 1950]
    full = Walk(budget_bytes=5 * MIB + 1000).to(1000)
    full.kept.protect(999)
    full.to(2000, start=1000, is_good=False)
    assert full.recent == [750, 800, 850, 900, 950]


def test_that_a_good_state_finds_room_before_those_that_are_not() -> None:
    walk = Walk(budget_bytes=5 * MIB + 1000).to(1000)
    walk.kept.protect(870)
    walk.to(1100, start=1000, is_good=False)
    assert walk.recent == [750, 800, 850, 1000, 1050]
    walk.to(1300, start=1100)
    assert walk.kept.steps == (850, 1100, 1150, 1200, 1250)
    assert walk.recent == [850, 1100, 1150, 1200, 1250]


def test_that_a_run_without_accidents_keeps_nothing_aside() -> None:
    walk = Walk().to(2000)
    assert walk.recent == list(walk.kept.steps)
