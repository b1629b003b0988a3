"""Which view is refreshed when, by a clock that the test turns."""

from __future__ import annotations

import pytest

from workbench.ui.refresh_schedule import Pace, RefreshSchedule

_TICK_S = 0.005


class Window:
    """A window whose views cost what the test says, in seconds."""

    def __init__(self, costs_s: dict[str, float], share: float = 0.08) -> None:
        self.now_s = self.spent_s = 0.0
        self._costs_s = costs_s
        self._paces = dict.fromkeys(costs_s, Pace(shortest_s=0.05, share=share))
        self._schedule = RefreshSchedule[str](lambda: self.now_s, lambda: self.spent_s)

    def live(self, seconds: float) -> list[str]:
        """Return the views in the order of their refreshes."""
        refreshed, end_s = [], self.now_s + seconds
        while self.now_s < end_s:
            view = self._schedule.choose(self._paces)
            if view is not None:
                refreshed.append(view)
                self.spent_s += self._costs_s[view]
                self.now_s += self._costs_s[view]
            self.now_s += _TICK_S
        return refreshed


def test_that_views_are_refreshed_in_turn_one_at_a_tick() -> None:
    order = Window({"a": 0.001, "b": 0.001, "c": 0.001}).live(1.0)
    assert set(order[:3]) == {"a", "b", "c"}
    assert order[3:6] == order[:3]


def test_that_a_quick_view_is_refreshed_at_its_shortest_interval() -> None:
    assert len(Window({"a": 0.001}).live(10.0)) == pytest.approx(200, rel=0.02)


@pytest.mark.parametrize("share", [0.03, 0.08])
def test_that_a_view_takes_its_share_of_the_time_at_most(share: float) -> None:
    window = Window({"a": 0.010}, share)
    window.live(2.0)
    spent_s = window.spent_s
    window.live(10.0)
    assert window.spent_s - spent_s == pytest.approx(10 * share, rel=0.05)


def test_that_a_view_that_came_late_is_not_refreshed_in_a_hurry() -> None:
    window = Window({"a": 0.001})
    window.live(1.0)
    window.now_s += 5.0  # the window stood still
    assert len(window.live(0.5)) <= 11


def test_that_a_slow_view_does_not_hold_up_a_quick_one() -> None:
    order = Window({"quick": 0.001, "slow": 0.020}).live(10.0)
    assert order.count("quick") > 150
    assert order.count("slow") == pytest.approx(40, abs=5)


def test_that_even_the_slowest_view_is_refreshed_twice_a_second() -> None:
    assert Window({"a": 0.2}).live(10.0).count("a") >= 15


def test_that_a_view_that_has_become_quick_is_refreshed_more_often_again() -> None:
    costs_s = {"a": 0.02}
    window = Window(costs_s)
    slow = len(window.live(4.0))
    costs_s["a"] = 0.001
    window.live(4.0)
    assert len(window.live(4.0)) > 3 * slow


def test_that_nothing_is_refreshed_where_nothing_can_be_seen() -> None:
    assert Window({}).live(1.0) == []
