"""Times what measuring costs: only measured steps are timed, so the others cost nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.core.measuring import MeasuringCost
from workbench.core.run import History
from workbench.engine.clocks import Stopwatch


class MeasuringClock:
    """Adds up the time spent measuring, and tells the history.

    On CUDA a measurement waits for what the step has queued before, so the cost is at
    most what is told.
    """

    def __init__(self, history: History, training: Stopwatch) -> None:
        self._history = history
        self._training = training
        self._spent_s = 0.0
        self._samples = 0
        self._began_s = 0.0
        self._began_at = 0  # steps that had been done

    def begin(self) -> None:
        """Count from here: time and steps before belong to another start of the run."""
        self._began_s = self._training.elapsed_s
        self._began_at = len(self._history.steps)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time until the end of the block."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self._spent_s += time.perf_counter() - began_s

    def tell(self, step: int, beside_s: float = 0.0) -> None:
        """Put the cost up to this step, which was measured, into the history.

        `beside_s` is what was spent on measuring elsewhere, since `begin`.
        """
        self._samples += 1
        self._history.measuring = MeasuringCost(
            spent_s=self._spent_s + beside_s,
            elapsed_s=self._training.elapsed_s - self._began_s,
            samples=self._samples,
            steps=step - self._began_at,
        )
