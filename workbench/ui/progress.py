"""How fast a run goes and how long it will take; knows neither Qt nor the wall clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_RATE_SPAN_S = 3.0  # steps per second: quick to show a change
_LEFT_SPAN_S = 60.0  # time left: steady
_TRUSTED_AFTER_S = 1.0  # an estimate from less training time would jump about
_SAMPLE_GAP_S = 0.05


class _Window:
    """The newest samples (time in seconds, step) that span a given time."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, step: int) -> None:
        samples = self._samples
        if len(samples) > 1 and now_s - samples[-2][0] < _SAMPLE_GAP_S:
            samples.pop()  # many updates a second need not all be kept
        samples.append((now_s, step))
        while len(samples) > 2 and now_s - samples[1][0] >= self._span_s:
            samples.popleft()

    def rate(self) -> float | None:
        """Return steps per second, or None where the samples do not tell."""
        if len(self._samples) < 2:
            return None
        (first_s, first), (last_s, last) = self._samples[0], self._samples[-1]
        if last_s <= first_s or last <= first:
            return None
        return (last - first) / (last_s - first_s)


class Progress:
    """Progress of one run, fed with the step that it has reached.

    Only steps and time since `begin` count, so a continued run is judged by what it
    does now, and pauses are left out. `clock` gives seconds and never goes back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.begin(total_steps=0)

    def begin(self, total_steps: int, first_step: int = 0) -> None:
        """Start to count: `first_step` steps are done, `total_steps` is the end."""
        self.step = first_step
        self.total_steps = total_steps
        self._started_s: float | None = self._clock()  # None while time stands still
        self._active_s = 0.0  # until `_started_s`
        self._short, self._long = _Window(_RATE_SPAN_S), _Window(_LEFT_SPAN_S)
        self._sample()

    def update(self, step: int) -> None:
        """Take in how many steps are done; the same or a lower number changes nothing."""
        if step > self.step:
            self.step = step
            self._sample()

    def pause(self) -> None:
        """Let time stand still until `resume`; also at the end of the run."""
        self._active_s, self._started_s = self.elapsed_s, None

    def resume(self) -> None:
        """Let time go on."""
        if self._started_s is None:
            self._started_s = self._clock()

    @property
    def elapsed_s(self) -> float:
        """Return the seconds since `begin` without pauses."""
        if self._started_s is None:
            return self._active_s
        return self._active_s + self._clock() - self._started_s

    @property
    def steps_per_s(self) -> float | None:
        """Return the present speed, or None while it is not known yet."""
        return self._short.rate() if self._is_trusted() else None

    @property
    def left_s(self) -> float | None:
        """Return the seconds that the rest will take, or None while not known yet."""
        rate = self._long.rate() if self._is_trusted() else None
        remaining = max(0, self.total_steps - self.step)
        return None if rate is None else remaining / rate

    def _is_trusted(self) -> bool:
        return self.elapsed_s >= _TRUSTED_AFTER_S

    def _sample(self) -> None:
        now_s = self.elapsed_s
        self._short.add(now_s, self.step)
        self._long.add(now_s, self.step)


def format_duration(seconds: float | None) -> str:
    """Show a time as m:ss, h:mm:ss or days and hours; a dash for none."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    minutes, secs = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours}:{minutes:02}:{secs:02}"
    return f"{minutes}:{secs:02}"


def format_rate(steps_per_s: float | None) -> str:
    """Show a speed in steps a second, or in seconds a step where it is slow."""
    if steps_per_s is None or steps_per_s <= 0:
        return "– steps/s"
    if steps_per_s < 0.5:
        return f"{1 / steps_per_s:.1f} s/step"
    if steps_per_s < 100:
        return f"{steps_per_s:.1f} steps/s"
    return f"{steps_per_s:,.0f} steps/s"
