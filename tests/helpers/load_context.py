"""A load context that remembers what it was told and can be stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.errors import CancelledError


@dataclass
class FakeLoadContext:
    """Records reports and notices; `stop_at` names a report that the person stops at."""

    data_folder: Path = Path("nowhere")
    stop_at: str | None = None
    reports: list[tuple[str, float | None]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def report(self, what: str, fraction: float | None = None) -> None:
        self.reports.append((what, fraction))
        if self.stop_at is not None and self.stop_at in what:
            raise CancelledError("stopped")

    def notice(self, text: str) -> None:
        self.notices.append(text)
