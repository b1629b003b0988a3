"""What the benchmarks make of their measurements."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.benchmarks.harness import (
    Figure,
    Goal,
    Measurement,
    Skipped,
    alternate,
    check_equal,
    speed,
)
from tests.benchmarks.report import load, save, table, to_values


def figure(goal: Goal | None = None) -> Figure:
    return Figure("a frame", "ms", [2.0, 9.0, 4.0], [1.0, 3.0, 1.0], "idle", goal)


def test_that_competitors_take_turns_after_one_warm_up_each() -> None:
    turns: list[str] = []

    def note(name: str) -> Measurement:
        turns.append(name)
        return Measurement(float(len(turns)), 0.0)

    results = alternate(2, {name: lambda name=name: note(name) for name in "ab"})
    assert turns == ["a", "b"] * 3
    assert [one.seconds for one in results["a"]] == [3.0, 5.0]


def test_that_the_ratio_is_the_median_of_neighbours() -> None:
    assert figure().ratios == [2.0, 3.0, 4.0]
    assert figure().ratio == 3.0  # not 4 ÷ 1, the ratio of the medians
    assert figure().middle == 4.0


def test_that_a_faster_loop_has_a_ratio_above_one() -> None:
    ours, plain = [Measurement(1.0, 2.0)], [Measurement(2.0, 3.0)]
    found = speed("loop", 100, ours, plain)
    assert (found.ours, found.reference) == ([100.0], [50.0])
    assert found.ratio == 2.0
    assert list(found.cpu_ratios) == [1.5]


@pytest.mark.parametrize(
    ("goal", "is_met"),
    [
        (Goal(3.0), True),
        (Goal(3.1), False),
        (Goal(2.9, at_least=False), False),
        (Goal(4.0, at_least=False, of_ours=True), True),
        (Goal(3.9, at_least=False, of_ours=True), False),
        (None, None),
    ],
)
def test_that_a_goal_is_of_the_ratio_or_of_ours(
    goal: Goal | None, is_met: bool | None
) -> None:
    assert figure(goal).is_met is is_met


def test_that_other_losses_are_noticed_in_the_last_bit() -> None:
    loss = 0.1
    near = math.nextafter(loss, 1)
    check_equal([Measurement(1, 1, [loss])], [Measurement(1, 1, [loss])])
    with pytest.raises(AssertionError, match="losses"):
        check_equal([Measurement(1, 1, [loss])], [Measurement(1, 1, [near])])


def test_that_figures_come_back_from_their_file(tmp_path: Path) -> None:
    results = [figure(Goal(16, at_least=False, of_ours=True)), Skipped("CUDA", "no GPU")]
    path = tmp_path / "deep" / "figures.json"
    save(path, {"cores": 2}, [to_values(result) for result in results])
    assert [to_values(result) for result in load(path)] == [
        to_values(result) for result in results
    ]


def test_that_the_table_says_what_was_met_and_what_was_left_out() -> None:
    lines = table([figure(Goal(2.0, at_least=False)), Skipped("CUDA", "no GPU")]).split(
        "\n"
    )
    assert "4 ms (2–9)" in lines[2]
    assert "3.00 (2.00–4.00)" in lines[2]
    assert "≤ 2: missed" in lines[2]
    assert lines[-1] == "Not measured: CUDA: no GPU"
