"""Says in words from where a run can go on, and how it did."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.core.events import ResumeReport
from workbench.core.run import Run, RunState


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
        if again == 1:
            return self.tr("{0}; 1 step after it is trained again.").format(words)
        return self.tr("{0}; {1} steps after it are trained again.").format(
            words, f"{again:,}"
        )

    def summary(self, run: Run, report: ResumeReport) -> str:
        """Say whether a run goes on as if it had never stopped."""
        wrong = [check.what for check in report.checks if not check.is_equal]
        words = self._where(run, report, is_exact=report.is_exact)
        if wrong:
            return self.tr("{0}; not as it was: {1}.").format(words, ", ".join(wrong))
        if report.differences:
            return self.tr("{0}; last digits may differ because {1}.").format(
                words, "; ".join(report.differences)
            )
        return f"{words}."

    def _where(self, run: Run, report: ResumeReport, *, is_exact: bool) -> str:
        step, parent = f"{report.step:,}", run.parent
        if parent is not None and parent.step == report.step:
            return self.tr("began with what was stored of {0} at step {1}").format(
                parent.name, step
            )
        words = self.tr("resumed exactly at step {0}")
        return (words if is_exact else self.tr("resumed at step {0}")).format(step)
