"""Decides which view is refreshed next, so that no frame is long and all cost little.

Views are refreshed one at a time, in turn, so that a click never waits for all of them.
Painting holds up whatever trains, so a view that takes long is refreshed less often.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

View = TypeVar("View")  # hashable

_SHARE = 0.08  # of the time of the window's thread, which a single view may take
_LONGEST_S = 0.5  # between two refreshes, whatever they cost
_NEW_WEIGHT = 0.2  # of what a refresh cost, in the mean of all


class RefreshSchedule(Generic[View]):
    """Says at each tick of a timer which view is to be refreshed, if any.

    What the thread spends until the next tick is that view's cost: its painting comes
    after its refresh. `now_s` is the time, `spent_s` what the thread has worked so far.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = time.monotonic,
        spent_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._now_s, self._spent_s = now_s, spent_s
        self._costs_s: dict[View, float] = {}
        self._began_s: dict[View, float] = {}
        self._last: View | None = None
        self._spent_before_s = 0.0

    def choose(self, shortest_s: Mapping[View, float]) -> View | None:
        """Return the view that has waited longest beyond its time, None before any has.

        `shortest_s` names all views that can be seen, and how long after a refresh each
        may be refreshed again at the earliest.
        """
        self._charge()
        overdue_s = self._overdue_s(shortest_s)
        chosen = max(overdue_s, key=overdue_s.__getitem__, default=None)
        if chosen is None or overdue_s[chosen] < 0:
            return None
        self._last, self._began_s[chosen] = chosen, self._now_s()
        self._spent_before_s = self._spent_s()
        return chosen

    def idle_s(self, shortest_s: Mapping[View, float]) -> float:
        """Return for how long no view will be due; 0 where one is, infinite without any."""
        overdue_s = self._overdue_s(shortest_s)
        return max(0.0, -max(overdue_s.values(), default=-math.inf))

    def _overdue_s(self, shortest_s: Mapping[View, float]) -> dict[View, float]:
        """Return how long each view has waited beyond its time; below 0: not yet due."""
        now_s = self._now_s()
        return {
            view: now_s - self._began_s.get(view, -_LONGEST_S) - self._wait_s(view, least)
            for view, least in shortest_s.items()
        }

    def _wait_s(self, view: View, least_s: float) -> float:
        wanted_s = self._costs_s.get(view, 0.0) / _SHARE
        return max(least_s, min(wanted_s, _LONGEST_S))

    def _charge(self) -> None:
        """Take in what the last refresh cost."""
        if self._last is None:
            return
        cost_s = self._spent_s() - self._spent_before_s
        known_s = self._costs_s.get(self._last, cost_s)
        self._costs_s[self._last] = known_s + _NEW_WEIGHT * (cost_s - known_s)
        self._last = None
