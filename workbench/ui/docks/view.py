"""What the main window needs of every view of runs that it puts into a dock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from workbench.core.run import Run
from workbench.ui.plots.plot import Plot


class RunView(Protocol):
    """A widget that shows runs. All methods are called on the thread of the window."""

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs, in this order; the others disappear."""

    def focus_run(self, run: Run | None) -> None:
        """Make this run the one that views of a single run show."""

    def refresh(self) -> None:
        """Take in what is new since the last call; nearly free where nothing is.

        Called by a timer at 20 Hz at most, less often where it takes long, and only while
        the view is visible.
        """

    def plots(self) -> Mapping[str, Plot]:
        """Return the plots that can be exported, by a name that is fit for a file."""
