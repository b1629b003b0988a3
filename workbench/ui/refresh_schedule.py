"""Decides which view is refreshed next, so that no frame is long and all cost little.

Views are refreshed one at a time, in turn, so that a click never waits for all of them.
Painting holds up whatever trains, so a view that takes long is refreshed less often.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

View = TypeVar("View")  # hashable

_LONGEST_S = 0.5  # between two refreshes, whatever they cost
_MOST_LATE_S = 0.02
_NEW_WEIGHT = 0.2  # of what a refresh cost, in the mean of all


@dataclass(frozen=True)
class Pace:
    """How often a view may be refreshed.

    `shortest_s` is the time from one refresh to the next on the average, at the
    shortest; `share` what the view may take of the window's thread, as far as that is
    enough for twice a second.
    """

    shortest_s: float
    share: float


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
        self._due_s: dict[View, float] = {}  # when each was to be refreshed last
        self._last: View | None = None
        self._spent_before_s = 0.0

    def choose(self, paces: Mapping[View, Pace]) -> View | None:
        """Return the view that has waited longest beyond its time, None before any has.

        `paces` names all views that can be seen.
        """
        self._charge()
        overdue_s = self._overdue_s(paces)
        chosen = max(overdue_s, key=overdue_s.__getitem__, default=None)
        if chosen is None or overdue_s[chosen] < 0:
            return None
        late_s = min(overdue_s[chosen], _MOST_LATE_S)  # made up for by the next time
        self._last, self._due_s[chosen] = chosen, self._now_s() - late_s
        self._spent_before_s = self._spent_s()
        return chosen

    def idle_s(self, paces: Mapping[View, Pace]) -> float:
        """Return for how long no view will be due; 0 where one is, infinite without any."""
        overdue_s = self._overdue_s(paces)
        return max(0.0, -max(overdue_s.values(), default=-math.inf))

    def _overdue_s(self, paces: Mapping[View, Pace]) -> dict[View, float]:
        """Return how long each view has waited beyond its time; below 0: not yet due."""
        now_s = self._now_s()
        return {
            view: now_s - self._due_s.get(view, -_LONGEST_S) - self._wait_s(view, pace)
            for view, pace in paces.items()
        }

    def _wait_s(self, view: View, pace: Pace) -> float:
        wanted_s = self._costs_s.get(view, 0.0) / pace.share
        return max(pace.shortest_s, min(wanted_s, _LONGEST_S))

    def _charge(self) -> None:
        """Take in what the last refresh cost."""
        if self._last is None:
            return
        cost_s = self._spent_s() - self._spent_before_s
        known_s = self._costs_s.get(self._last, cost_s)
        self._costs_s[self._last] = known_s + _NEW_WEIGHT * (cost_s - known_s)
        self._last = None
