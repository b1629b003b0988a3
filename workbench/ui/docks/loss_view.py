"""The losses of the visible runs, by step and by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.losses import LOSSES
from workbench.core.overview import Measure
from workbench.core.run import Run, RunState
from workbench.core.tasks import Task
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.items import Dash
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.loss_curves import LossCurves, LossOptions, run_dashes
from workbench.ui.plots.plot import Plot
from workbench.ui.theme import PlotTheme

_WINDOWS = (0, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000)
_LONGEST_BY_DEFAULT = 50
_WINDOWS_IN_A_RUN = 30  # a longer window would trail behind the losses of a short run
_MOST_POINTS = 4000
_POINTS_PER_PIXEL = 4  # buckets grow by fours, so at least one point a pixel is left


class LossView(QWidget):
    """Faint batch losses with a smoothed line above, train and test of each epoch."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loss_view")
        self._curves: dict[str, LossCurves] = {}
        self._runs: tuple[Run, ...] = ()
        self._window_chosen = False
        self._legend_key: object = None
        self.plot = CurvePlot(self.tr("Loss"))
        self.plot.view_changed.connect(self.refresh)
        self._make_controls()
        self._lay_out()
        self.refresh()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs, in this order; the others disappear."""
        self._runs = tuple(runs)
        wanted = {run.id for run in runs}
        for gone in [key for key in self._curves if key not in wanted]:
            self._curves.pop(gone).remove()
        for run in runs:
            if run.id not in self._curves:
                self._curves[run.id] = LossCurves(self.plot, run)
        self._offer_measures()
        self._name_curves()
        self.refresh()
        self._show_legend()  # also where runs only went away
        self.plot.follow(exactly=True)

    def focus_run(self, run: Run | None) -> None:
        """All visible runs are shown alike."""

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        self._choose_window()
        options = self._options()
        changed = [curves.update(options) for curves in self._curves.values()]
        self._show_empty_state()
        if not any(changed):
            return
        self._name_axes()
        self._show_legend()
        self.plot.expect_x(self._last_x())
        self.plot.follow(exactly=all(run.state.is_over for run in self._runs))

    def plots(self) -> Mapping[str, Plot]:
        """Return the plot of the losses."""
        return {"loss": self.plot}

    def set_measure(self, measure: Measure) -> None:
        """Show the loss, the sum of batch losses or the accuracy."""
        self._measure.setCurrentIndex(self._measure.findData(measure))

    def set_by_epoch(self, by_epoch: bool) -> None:
        """Count x in epochs or in steps."""
        self._x.setCurrentIndex(self._x.findData(by_epoch))

    def set_window(self, steps: int) -> None:
        """Smooth over about this many steps; 0: not at all."""
        nearest = min(_WINDOWS, key=lambda window: abs(window - steps))
        self._slider.setValue(_WINDOWS.index(nearest))

    @property
    def window_steps(self) -> int:
        """Return over how many steps the batch losses are smoothed, 0 for none."""
        return _WINDOWS[self._slider.value()]

    def _options(self) -> LossOptions:
        return LossOptions(
            measure=self._measure.currentData(),
            by_epoch=self._x.currentData(),
            window=self.window_steps,
            visible=self.plot.visible_x(),
            max_points=min(_MOST_POINTS, _POINTS_PER_PIXEL * self.plot.width_px),
        )

    def _make_controls(self) -> None:
        self._measure = QComboBox()
        self._measure.setObjectName("loss_measure")
        self._measure.setAccessibleName(self.tr("Measure"))
        self._measure.setToolTip(self.tr("What is drawn upwards."))
        self._x = QComboBox()
        self._x.setObjectName("loss_x")
        self._x.setAccessibleName(self.tr("Horizontal axis"))
        self._x.setToolTip(self.tr("Whether to count along in steps or in epochs."))
        self._x.addItem(self.tr("by step"), False)
        self._x.addItem(self.tr("by epoch"), True)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("loss_smoothing")
        self._slider.setAccessibleName(self.tr("Smoothing in steps"))
        self._slider.setRange(0, len(_WINDOWS) - 1)
        self._slider.setPageStep(1)
        self._slider.setFixedWidth(80)
        self._slider.setToolTip(
            self.tr(
                "Smooths the batch losses: an exponential mean, corrected for its start, "
                "that reaches back as far as a plain mean over this many steps. The "
                "losses themselves stay visible behind it."
            )
        )
        self._window_label = QLabel(self.tr("off"))
        self._window_label.setObjectName("loss_window")
        self._offer_measures()
        self._measure.currentIndexChanged.connect(self._change_options)
        self._x.currentIndexChanged.connect(self._change_options)
        self._slider.valueChanged.connect(self._change_window)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 8, 4)
        controls.setSpacing(8)
        controls.addWidget(self._measure)
        controls.addWidget(self._x)
        controls.addStretch(1)
        controls.addWidget(QLabel(self.tr("Smoothing")))
        controls.addWidget(self._slider)
        self._window_label.setFixedWidth(
            self.fontMetrics().horizontalAdvance(self.tr("{} steps").format("5,000")) + 4
        )
        controls.addWidget(self._window_label)
        plot = self.plot
        for action in (plot.log_x_action, plot.log_y_action, plot.fit_action):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setDefaultAction(action)
            controls.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(controls)
        layout.addWidget(self.plot, 1)

    def _offer_measures(self) -> None:
        """Offer accuracy only where a visible run has it."""
        offered = {
            Measure.LOSS: self.tr("Loss"),
            Measure.SUM: self.tr("Sum of losses"),
            Measure.ACCURACY: self.tr("Accuracy"),
        }
        if not any(run.plan.model.task is Task.CLASSIFICATION for run in self._runs):
            del offered[Measure.ACCURACY]
        if len(offered) == self._measure.count():
            return
        present = self._measure.currentData()
        self._measure.blockSignals(True)
        self._measure.clear()
        for measure, text in offered.items():
            self._measure.addItem(text, measure)
        self._measure.setCurrentIndex(max(0, self._measure.findData(present)))
        self._measure.blockSignals(False)

    @Slot()
    def _change_options(self) -> None:
        self.plot.fit()

    @Slot(int)
    def _change_window(self, _value: int) -> None:
        self._window_chosen = True
        self._show_window()
        self.refresh()

    def _choose_window(self) -> None:
        """Until the person has chosen: smooth where an epoch has several steps."""
        if self._window_chosen:
            return
        steps = max(map(_expected_batches, self._runs), default=0)
        wanted = min(_LONGEST_BY_DEFAULT, steps / _WINDOWS_IN_A_RUN)
        index = max(i for i, window in enumerate(_WINDOWS) if window <= wanted)
        if index != self._slider.value():
            self._slider.blockSignals(True)
            self._slider.setValue(index)
            self._slider.blockSignals(False)
            self._show_window()

    def _show_window(self) -> None:
        steps = self.window_steps
        self._window_label.setText(
            self.tr("{} steps").format(f"{steps:,}") if steps else self.tr("off")
        )

    def _name_curves(self) -> None:
        for curves in self._curves.values():
            prefix = f"{curves.run.name}, " if len(self._runs) > 1 else ""
            curves.set_names(prefix, self._word)

    def _word(self, name: str) -> str:
        words = {
            "batch": self.tr("batch"),
            "smoothed": self.tr("smoothed"),
            "train": self.tr("train"),
            "test": self.tr("test"),
        }
        return words[name]

    def _name_axes(self) -> None:
        titles = {LOSSES[run.plan.loss.kind].title for run in self._runs}
        loss = titles.pop() if len(titles) == 1 else self.tr("Loss")
        labels = {
            Measure.LOSS: loss,
            Measure.SUM: self.tr("Sum of batch losses in an epoch"),
            Measure.ACCURACY: self.tr("Accuracy, %"),
        }
        by_epoch = self._x.currentData()
        x = self.tr("epoch") if by_epoch else self.tr("step")
        self.plot.set_labels(x, labels[self._measure.currentData()])

    def _last_x(self) -> float:
        """Return where the runs are going to end."""
        ends = [0.0]
        for curves in self._curves.values():
            run = curves.run
            total = run.started.total_steps if run.started else 0
            steps = run.num_steps if run.state.is_over else total
            ends.append(curves.x_of(steps, by_epoch=self._x.currentData()))
        return max(ends)

    def _show_empty_state(self) -> None:
        if any(curves.has_points for curves in self._curves.values()):
            self.plot.clear_message()
            return
        preparing = [run for run in self._runs if not run.state.is_over]
        if preparing:
            what = preparing[-1].message or self.tr("Preparing")
            sentence = self.tr("{}… The loss appears with the first step.").format(what)
        else:
            sentence = self.tr(
                "The loss of every step appears here.\n"
                "Press Train (Space) to start a run, or tick one in the list of runs."
            )
        if sentence != self.plot.message:
            self.plot.show_message(sentence)

    def _show_legend(self) -> None:
        curves = list(self._curves.values())
        # First, since names that find no room are in the table of runs as well.
        entries = self._key(curves) if curves else []
        if len(curves) > 1:
            entries += [
                Entry(one.run.name, one.ink, dash=run_dashes(one.run.colour)[0])
                for one in curves
            ]
        for one in curves:
            if one.run.state is RunState.DIVERGED:
                text = self.tr("diverged at step {}").format(f"{one.run.num_steps:,}")
                entries.append(Entry(text, one.ink, "cross"))
        self.plot.set_legend(entries)

    def _key(self, curves: Sequence[LossCurves]) -> list[Entry]:
        """Return what the line styles mean; in the run's colour if there is but one."""
        ink = curves[0].ink if len(curves) == 1 else _muted_ink
        several = any(one.steps_per_epoch > 1 for one in curves)
        shows_steps = any(one.raw.is_visible for one in curves)
        smooth = any(one.smooth.is_visible for one in curves)
        key = []
        if shows_steps and several:
            key.append(Entry(self.tr("batch"), ink, faint=True))
        if smooth:
            text = self.tr("smoothed over {} steps").format(f"{self.window_steps:,}")
            key.append(Entry(text, ink))
        faint = smooth and not several
        dotted = any(one.epoch_dots.is_visible for one in curves)
        shape = "dotted line" if dotted else "line"
        key.append(Entry(self.tr("train"), ink, shape, faint=faint))
        if any(len(one.test.x) for one in curves):
            key.append(Entry(self.tr("test"), ink, dash=Dash.DASHED))
        if any(len(one.best.x) for one in curves):
            key.append(Entry(self.tr("best epoch"), ink, "ring"))
        return key


def _expected_batches(run: Run) -> int:
    """Count the steps of a run in small batches; full batches need no smoothing."""
    facts = run.started
    return facts.total_steps if facts and facts.steps_per_epoch > 1 else 0


def _muted_ink(theme: PlotTheme) -> QColor:
    return theme.muted
