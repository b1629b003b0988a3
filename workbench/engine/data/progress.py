"""Progress of lengthy loading, told often enough to cancel, not so often as to flood."""

from __future__ import annotations

import time

from workbench.engine.data.dataset import LoadContext

_INTERVAL_S = 0.1


class Progress:
    """Passes reports on at most every tenth of a second; the first one at once."""

    def __init__(self, context: LoadContext) -> None:
        self._context = context
        self._last_s: float | None = None

    def report(self, what: str, fraction: float | None = None) -> None:
        """Tell how far the work is, as `LoadContext.report`.

        Raises:
            CancelledError: once the person stopped.
        """
        now_s = time.monotonic()
        if self._last_s is None or now_s - self._last_s >= _INTERVAL_S:
            self._last_s = now_s
            self._context.report(what, fraction)
