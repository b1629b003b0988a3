"""Says in words from where a run can go on, and how it did."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject

from workbench.core.events import ResumeReport
from workbench.core.run import Run, RunState
from workbench.ui.plain_text import one_line


class ResumeWords(QObject):
    """The sentences about continuing runs."""

    def why_not(self, run: Run | None) -> str:
        """Say why a run cannot be continued; empty where it can."""
        if run is None:
            return self.tr("Select a run that was stopped to continue it.")
        if run.can_continue:
            return ""
        if run.state is RunState.FINISHED:
            return self.tr("{0} has done all its epochs.").format(run.name)
        if run.state is RunState.DIVERGED:
            return self.tr(
                "{0} would diverge again: start a new run from an earlier step."
            ).format(run.name)
        if not run.state.is_over:
            return self.tr("{0} is under way.").format(run.name)
        return self.tr("No state of {0} has been stored.").format(run.name)

    def offer(self, run: Run) -> str:
        """Say from which step a run would go on, and what is trained again."""
        step = 0 if run.checkpoint is None else run.checkpoint.step
        again = run.num_steps - step
        words = self.tr("Go on with {name} from step {step}").format(
            name=run.name, step=f"{step:,}"
        )
        if not again:
            return self.tr("{0}, where it stopped.").format(words)
        return f"{words}; {self.repeated(again)}."

    def repeated(self, steps: int) -> str:
        """Say how many steps after a state are done a second time."""
        if steps == 1:
            return self.tr("1 step after it is trained again")
        return self.tr("{0} steps after it are trained again").format(f"{steps:,}")

    def summary(self, run: Run, report: ResumeReport) -> str:
        """Say whether a run goes on as if it had never stopped, or from where it began."""
        if began_from_parent(run, report):
            return "; ".join(self._of_fork(run, report)) + "."
        wrong = [check.what for check in report.checks if not check.is_equal]
        exact = self.tr("resumed exactly at step {0}")
        words = exact if report.is_exact else self.tr("resumed at step {0}")
        words = words.format(f"{report.step:,}")
        if wrong:
            return self.tr("{0}; not as it was: {1}.").format(words, ", ".join(wrong))
        if report.differences:
            return self.tr("{0}; last digits may differ because {1}.").format(
                words, "; ".join(report.differences)
            )
        return f"{words}."

    def _of_fork(self, run: Run, report: ResumeReport) -> Iterator[str]:
        assert run.parent is not None  # noqa: S101 - else it is no fork
        yield self.tr("began from step {0} of {1}").format(
            f"{report.step:,}", one_line(run.parent.name)
        )
        changed = [check for check in report.checks if not check.is_equal]
        wrong = [check.what for check in changed if not check.is_chosen]
        chosen = [check.what for check in changed if check.is_chosen]
        if wrong:
            yield self.tr("not as it was: {0}").format(", ".join(wrong))
        if chosen:
            yield self.tr("anew, as chosen: {0}").format(", ".join(chosen))


def began_from_parent(run: Run, report: ResumeReport) -> bool:
    """Say whether a run began then with the state of another, and another plan."""
    return run.parent is not None and run.parent.step == report.step
