"""How well the model of one run does: predicted against actual, or a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStackedLayout, QWidget

from workbench.core.events import Confusion, Picture, Predictions
from workbench.core.numbers import format_short
from workbench.core.run import Run
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Dash, Ink, LineStyle, run_ink
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.matrix_plot import MatrixPlot
from workbench.ui.plots.plot import Plot
from workbench.ui.theme import PlotTheme


class PictureView(QWidget):
    """A scatter of predictions for a regression, counts of classes for a classifier."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture_view")
        self._run: Run | None = None
        self._seen: object = None
        self.scatter = CurvePlot(self.tr("Predicted against actual"))
        self._diagonal = self.scatter.add_curve(LineStyle(_muted_ink, Dash.DASHED), z=-1)
        self._dots = self.scatter.add_dots(_muted_ink, "disc", 5)
        self.matrix = MatrixPlot(self.tr("Confusion matrix"))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.scatter)
        self._stack.addWidget(self.matrix)
        self.refresh()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """A single run is shown: see `focus_run`."""

    def focus_run(self, run: Run | None) -> None:
        """Show this run, or nothing."""
        if run is not self._run:
            self._run = run
            self._seen = None
            self.scatter.fit()
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        run = self._run
        picture = run.picture if run else None
        state = (run, picture, run.state if run else None, run.message if run else "")
        if state == self._seen:
            return
        self._seen = state
        match picture:
            case Predictions():
                self._show_predictions(picture)
            case Confusion():
                self._show_confusion(picture)
            case None:
                self._show_empty_state(run)

    def plots(self) -> Mapping[str, Plot]:
        """Return the plot that fits the run, as predictions or confusion."""
        if self._stack.currentWidget() is self.matrix:
            return {"confusion": self.matrix}
        return {"predictions": self.scatter}

    def _show_predictions(self, picture: Predictions) -> None:
        self._stack.setCurrentWidget(self.scatter)
        self.scatter.clear_message()
        actual, predicted = picture.actual, picture.predicted
        good = np.isfinite(actual) & np.isfinite(predicted)
        actual, predicted = actual[good], predicted[good]
        ink = self._run_ink()
        self._dots.set_ink(ink)
        self._dots.set_data(actual, predicted)
        if len(actual):
            ends = np.array(
                [min(actual.min(), predicted.min()), max(actual.max(), predicted.max())]
            )
            self._diagonal.set_data(ends, ends)
        self.scatter.set_labels(self.tr("actual"), self.tr("predicted"))
        self.scatter.set_legend(
            [
                Entry(_where(picture), ink, "disc"),
                Entry(self.tr("perfect"), _muted_ink, dash=Dash.DASHED),
            ]
        )
        words = self._judge_predictions(picture, int((~good).sum()))
        self.scatter.set_summary(words, self._explain_summary())
        self.scatter.follow(exactly=True)

    def _show_confusion(self, picture: Confusion) -> None:
        self._stack.setCurrentWidget(self.matrix)
        self.matrix.clear_message()
        self.matrix.set_counts(picture.counts, picture.class_names)
        total, right = int(picture.counts.sum()), int(np.trace(picture.counts))
        share = f"{100 * right / total:.1f} %" if total else "–"
        self.matrix.set_summary(
            self.tr("Accuracy {}: {} of {} right · {}").format(
                share, f"{right:,}", f"{total:,}", _where(picture)
            )
        )

    def _judge_predictions(self, picture: Predictions, num_bad: int) -> str:
        good = np.isfinite(picture.actual) & np.isfinite(picture.predicted)
        actual, predicted = picture.actual[good], picture.predicted[good]
        text = self.tr("No prediction is finite.")
        if len(actual):
            rmse = format_short(root_mean_square(predicted - actual))
            r2 = self._say_r2(r_squared(actual, predicted))
            text = self.tr("{} · RMSE {}").format(r2, rmse)
        if num_bad:
            text += self.tr(" · {} not finite, left out").format(f"{num_bad:,}")
        return text

    def _say_r2(self, r2: float | None) -> str:
        if r2 is None:
            return self.tr("R² is not defined: all targets are equal")
        if r2 < 0:
            return self.tr("R² {}: worse than guessing the mean").format(_signed(r2))
        share = f"{100 * r2:.0f} %"
        return self.tr("R² {}: explains {} of the variance").format(f"{r2:.3f}", share)

    def _explain_summary(self) -> str:
        return self.tr(
            "R² is the share of the targets' variance that the predictions explain: 1 is "
            "perfect, 0 no better than guessing the mean each time, and there is no lower "
            "bound.\nRMSE is the root of the mean squared error, in units of the target."
        )

    def _show_empty_state(self, run: Run | None) -> None:
        plot = self.scatter if self._stack.currentWidget() is self.scatter else self.matrix
        if run is None:
            sentence = self.tr(
                "Predicted against actual values appear here, or a confusion matrix for "
                "a classifier.\nPress Train (Space) to start a run."
            )
        elif run.state.is_over:
            sentence = self.tr("This run ended before its model was measured.")
        else:
            sentence = self.tr("The picture appears when an epoch has been measured.")
        plot.show_message(sentence)

    def _run_ink(self) -> Ink:
        return run_ink(self._run.colour if self._run else 0)


def r_squared(
    actual: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]
) -> float | None:
    """Return 1 − Σ(predicted − actual)² / Σ(actual − mean)², None where that is 0/0."""
    spread = float(np.sum((actual - actual.mean()) ** 2))
    if spread == 0:
        return None
    return 1 - float(np.sum((predicted - actual) ** 2)) / spread


def root_mean_square(values: npt.NDArray[np.float64]) -> float:
    """Return the root of the mean of the squares."""
    return float(np.sqrt(np.mean(values**2)))


def _signed(value: float) -> str:
    """Write a number below zero with a true minus sign, and never endless digits."""
    text = f"{value:.3f}" if value > -100 else format_short(value)
    return text.replace("-", "−")


def _where(picture: Picture) -> str:
    names = {"train": "train samples", "test": "test samples"}
    return f"{names.get(picture.split, picture.split)}, epoch {picture.epoch:,}"


def _muted_ink(theme: PlotTheme) -> QColor:
    return theme.muted
