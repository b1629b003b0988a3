"""The rule that tells a leap of the loss from its ordinary ups and downs.

A loss explodes when it exceeds `factor` × the median of the 200 losses before it, of
which at least 50 must be known, and also the run's first loss: a model that has learnt
its samples by heart has a tiny loss, whose leaps undo nothing.
"""

from __future__ import annotations

import math

import numpy as np

from workbench.core.series import Column

_WINDOW = 200
_KNOWN = 50
_CALM = 50  # steps in a row without a leap that end an episode
_REFRESH = 25  # steps for which a limit serves; below (_KNOWN + 1) // 2, see `_refresh`


class ExplosionRule:
    """Reports the first step of each episode of exploded losses.

    An episode ends once 50 losses in a row were not above what the first one exceeded.
    An ordinary step costs one comparison; medians are taken only now and then.
    """

    def __init__(self, losses: Column, factor: float) -> None:
        self._losses = losses
        self._factor = factor
        self.in_episode = False
        self._limit = math.inf  # no loss up to here is above the rule
        self._left = _KNOWN - len(losses)  # steps for which the limit serves
        if self._left <= 0:
            self._refresh()

    def observe(self, loss: float) -> float | None:
        """Take in a finite loss that was appended just now.

        Returns the median that it exceeds where it is the first of an episode.
        """
        if loss > self._limit:
            return self._look_closer(loss)
        self._left -= 1
        if not self._left:
            self._refresh()
        return None

    def _look_closer(self, loss: float) -> float | None:
        if self.in_episode:
            self._left = _CALM
            return None
        usual = usual_loss(self._losses)
        limit = self._at_least(usual)
        if loss > limit:
            self.in_episode, self._limit, self._left = True, limit, _CALM
            return usual
        self._left -= 1
        if not self._left:
            self._refresh()
        return None

    def _refresh(self) -> None:
        """Find a limit under which the rule cannot hold for the next steps.

        In that time fewer than 25 losses join the window, which pushes its middle down
        by fewer than 25 ranks; those that leave can only push it up.
        """
        known = np.sort(self._losses.values(max(0, len(self._losses) - _WINDOW)))
        rank = (len(known) + 1) // 2 - _REFRESH  # from 0
        self.in_episode, self._left = False, _REFRESH
        self._limit = self._at_least(float(known[rank]))

    def _at_least(self, usual: float) -> float:
        return max(self._factor * usual, float(self._losses.values(0, 1)[0]))


def usual_loss(losses: Column) -> float:
    """Return the median of the 200 losses before the last; NaN where there is none."""
    last = len(losses) - 1
    before = losses.values(max(0, last - _WINDOW), last)
    return float(np.median(before)) if len(before) else math.nan
