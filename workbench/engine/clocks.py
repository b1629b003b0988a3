"""Time spent training, and when the next picture or checkpoint is due."""

from __future__ import annotations

import time
from collections.abc import Callable

_PICTURE_EVERY_S = 0.25
_PICTURE_SHARE = 20  # pictures may take one part in twenty of the time
_CHECKPOINT_SHARE = 200  # checkpoints one in two hundred, as long as that is often enough
_SHORTEST_S, _LONGEST_S = 2.0, 30.0  # from one checkpoint to the next


class Stopwatch:
    """Measures time while it runs; starts stopped, with what was measured before."""

    def __init__(self, before_s: float = 0.0) -> None:
        self._before_s = before_s
        self._started_s: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Return the time it has run so far."""
        running = 0.0 if self._started_s is None else time.monotonic() - self._started_s
        return self._before_s + running

    def start(self) -> None:
        """Go on."""
        self._started_s = time.monotonic()

    def stop(self) -> None:
        """Stand still."""
        self._before_s, self._started_s = self.elapsed_s, None


class PictureClock:
    """Says when the next picture may be shown, so that pictures cost little."""

    def __init__(self, clock: Stopwatch) -> None:
        self._clock = clock
        self._next_s = 0.0

    @property
    def is_due(self) -> bool:
        """Say whether a picture may be shown now."""
        return self._clock.elapsed_s >= self._next_s

    def was_shown(self, cost_s: float) -> None:
        """Note that a picture was shown and what it cost."""
        wait_s = max(_PICTURE_EVERY_S, _PICTURE_SHARE * cost_s)
        self._next_s = self._clock.elapsed_s + wait_s


class CheckpointClock:
    """Says when the next checkpoint is due: the cheaper they are, the more often.

    It is asked before every step, so the answer is one comparison.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._next_s = now_s() + _SHORTEST_S

    @property
    def is_due(self) -> bool:
        """Say whether a checkpoint should be taken now."""
        return self._now_s() >= self._next_s

    def was_taken(self, cost_s: float) -> None:
        """Note that a checkpoint was taken just now and what it cost."""
        wait_s = min(max(_SHORTEST_S, _CHECKPOINT_SHARE * cost_s), _LONGEST_S)
        self._next_s = self._now_s() + wait_s
