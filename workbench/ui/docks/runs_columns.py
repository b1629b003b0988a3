"""The columns of the runs table: what each shows of a run, in words and in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from PySide6.QtCore import QObject

from workbench.core.events import EpochRow
from workbench.core.numbers import format_short
from workbench.core.resuming import Carried
from workbench.core.run import Run, RunState
from workbench.ui.plain_text import one_line
from workbench.ui.progress import Progress, format_duration
from workbench.ui.run_summary import RunSummary

NONE = "–"


class Column(IntEnum):
    """The columns from left to right."""

    SHOWN = 0
    NAME = 1
    DIFFERS = 2
    STATE = 3
    BEST = 4
    BEST_EPOCH = 5
    ACCURACY = 6
    LAST = 7
    EPOCHS = 8
    STEPS = 9
    TIME = 10


NUMBERS = frozenset(Column) - {Column.SHOWN, Column.NAME, Column.DIFFERS, Column.STATE}

GLYPHS = {
    RunState.PREPARING: "…",
    RunState.TRAINING: "▶",
    RunState.PAUSED: "❚❚",
    RunState.FINISHED: "✓",
    RunState.STOPPED: "■",
    RunState.DIVERGED: "⚠",
    RunState.FAILED: "✕",
}


@dataclass
class RunRow:
    """One row of the table: a run and what is known beside it."""

    run: Run
    summary: RunSummary
    differs: str = ""
    hidden: bool = False
    depth: int = 0  # how many runs of the table it goes back to, one from the other
    watch: Progress = field(default_factory=Progress)  # times the run while it trains

    def update(self) -> None:
        """Take in what the run has gained, and let the watch go or stand."""
        self.summary.update()
        if self.run.state.is_over and self.watch.elapsed_s:
            self.watch.begin(total_steps=0)  # should the run go on, the rest is its own
        if self.run.state is RunState.TRAINING:
            self.watch.resume()
        else:
            self.watch.pause()

    @property
    def time_s(self) -> float:
        """Return the training time in seconds: measured by the run once it is over.

        While it trains, that before the state it went on from and that since then.
        """
        if self.run.state.is_over:
            return self.run.elapsed_s
        return self.run.elapsed_s + self.watch.elapsed_s

    def value(self, column: Column) -> float | str | None:
        """Return what the column is sorted by; None where there is nothing yet."""
        run, summary = self.run, self.summary
        values: dict[Column, float | str | None] = {
            Column.SHOWN: self.hidden,
            Column.NAME: one_line(run.name).casefold(),
            Column.DIFFERS: self.differs.casefold(),
            Column.STATE: list(RunState).index(run.state),
            Column.BEST: summary.best_loss,
            Column.BEST_EPOCH: None if summary.best is None else summary.best.epoch,
            Column.ACCURACY: summary.best_accuracy,
            Column.LAST: summary.last_loss,
            Column.EPOCHS: len(run.epochs),
            Column.STEPS: run.num_steps,
            Column.TIME: self.time_s,
        }
        return values[column]


class RunWords(QObject):
    """Says in words what the table shows."""

    def text(self, row: RunRow, column: Column) -> str | None:
        """Return the text of a cell."""
        run = row.run
        match column:
            case Column.SHOWN:
                return None
            case Column.NAME:
                return _indent(row) + one_line(run.name)
            case Column.DIFFERS:
                return one_line(row.differs, 400) or NONE
            case Column.STATE:
                return self.state(run.state)
            case Column.EPOCHS:
                return f"{len(run.epochs):,} / {run.plan.loop.epochs:,}"
            case Column.TIME:
                return format_duration(row.time_s)
            case _:
                return _number(column, row.value(column))

    def help(self, row: RunRow, column: Column) -> str:
        """Return the plain text of a cell's tooltip."""
        run = row.run
        match column:
            case Column.NAME:
                return "\n".join(filter(None, [run.name, self._ancestry(run)]))
            case Column.DIFFERS:
                same = self.tr("No setting differs between the runs of this table.")
                return row.differs or same
            case Column.STATE:
                return run.message or self.state(run.state)
            case Column.BEST | Column.BEST_EPOCH | Column.ACCURACY:
                return self._epoch_help(row.summary.best)
            case Column.LAST:
                return self._epoch_help(run.epochs[-1] if run.epochs else None)
            case _:
                return self.title_help(column)

    def state(self, state: RunState) -> str:
        """Name a state."""
        return {
            RunState.PREPARING: self.tr("preparing"),
            RunState.TRAINING: self.tr("training"),
            RunState.PAUSED: self.tr("paused"),
            RunState.FINISHED: self.tr("finished"),
            RunState.STOPPED: self.tr("stopped"),
            RunState.DIVERGED: self.tr("diverged"),
            RunState.FAILED: self.tr("failed"),
        }[state]

    def title(self, column: Column) -> str:
        """Name a column."""
        return {
            Column.SHOWN: self.tr("Plot"),
            Column.NAME: self.tr("Name"),
            Column.DIFFERS: self.tr("What differs"),
            Column.STATE: self.tr("State"),
            Column.BEST: self.tr("Best loss"),
            Column.BEST_EPOCH: self.tr("at epoch"),
            Column.ACCURACY: self.tr("Accuracy"),
            Column.LAST: self.tr("Last loss"),
            Column.EPOCHS: self.tr("Epochs"),
            Column.STEPS: self.tr("Steps"),
            Column.TIME: self.tr("Time"),
        }[column]

    def title_help(self, column: Column) -> str:
        """Say what a column means."""
        return {
            Column.SHOWN: self.tr("Whether the plots show the run, and its line there"),
            Column.NAME: self.tr("Name of the run; double-click or F2 to change it"),
            Column.DIFFERS: self.tr("The settings in which the runs of this table differ"),
            Column.STATE: self.tr("Where the run stands, or how it ended"),
            Column.BEST: self.tr(
                "Least test loss of all epochs; train loss where there is no test data"
            ),
            Column.BEST_EPOCH: self.tr("The epoch of the best loss"),
            Column.ACCURACY: self.tr(
                "Share of right classes at the best epoch, on test data where there is any"
            ),
            Column.LAST: self.tr(
                "Test loss of the last epoch; train loss where there is no test data"
            ),
            Column.EPOCHS: self.tr("Epochs done, of the epochs planned"),
            Column.STEPS: self.tr("Optimizer steps done"),
            Column.TIME: self.tr("Time spent training, without pauses"),
        }[column]

    def _ancestry(self, run: Run) -> str:
        """Say which run this one went on from, and where."""
        if run.parent is None:
            return ""
        words = self.tr("from {name} at step {step}")
        if run.parent.carried is Carried.WEIGHTS:
            words = self.tr("from the weights of {name} at step {step}")
        return words.format(name=run.parent.name, step=f"{run.parent.step:,}")

    def _epoch_help(self, row: EpochRow | None) -> str:
        if row is None:
            return self.tr("No epoch has been measured yet.")
        head = self.tr("After epoch {epoch}, step {step}:")
        lines = [head.format(epoch=f"{row.epoch:,}", step=f"{row.step:,}")]
        if row.test_loss is not None:
            lines.append(f"{self.tr('test loss')} {format_short(row.test_loss)}")
        lines.append(f"{self.tr('train loss')} {format_short(row.train_loss)}")
        if row.test_accuracy is not None:
            lines.append(f"{self.tr('test accuracy')} {_percent(row.test_accuracy)}")
        if row.train_accuracy is not None:
            lines.append(f"{self.tr('train accuracy')} {_percent(row.train_accuracy)}")
        return "\n".join(lines)


def _indent(row: RunRow) -> str:
    """Return what stands before the name of a run that went on from another one."""
    if row.run.parent is None:
        return ""
    return "\N{EM SPACE}" * max(0, row.depth - 1) + "↳ "


def _number(column: Column, value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return NONE
    if column is Column.ACCURACY:
        return _percent(value)
    return format_short(value) if column in {Column.BEST, Column.LAST} else f"{value:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
