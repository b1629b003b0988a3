"""The exact loss of a linear model around its minimum, and the way of the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.core.landscape import Landscape
from workbench.core.losses import MseLoss
from workbench.core.models import LinearModel
from workbench.core.numbers import format_short
from workbench.core.run import Run
from workbench.ui.docks.landscape_path import LandscapePath, muted_ink, text_ink
from workbench.ui.plots.contours import Bowl, factor_between
from workbench.ui.plots.landscape_plot import LandscapePlot
from workbench.ui.plots.legend import Entry
from workbench.ui.plots.plot import Plot
from workbench.ui.stability import say_bound, say_verdict

_SAME = 1e-9  # relative difference of curvatures up to which two bowls are one
_MOST_VERDICTS = 4


class LandscapeView(QWidget):
    """Contours of the bowl in two of its axes, with the paths of the runs in it.

    The flattest axis lies along x and the steepest along y, so that too large a step
    shows as a zigzag across the valley.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("landscape_view")
        self._runs: tuple[Run, ...] = ()
        self._focused: Run | None = None
        self._paths: dict[str, LandscapePath] = {}
        self._seen: object = None
        self.plot = LandscapePlot(self.tr("Loss landscape"))
        self.plot.view_changed.connect(self._redraw)
        self._minimum = self.plot.add_dots(text_ink, "cross", 10, z=12)
        self._minimum.set_data([0.0], [0.0])
        self._lay_out()
        self.refresh()

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs, as far as their landscapes are the same."""
        self._runs = tuple(runs)
        self._redraw()

    def focus_run(self, run: Run | None) -> None:
        """Make this run the one whose landscape is shown."""
        if run is not self._focused:
            self._focused = run
            self.plot.fit()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        state = [
            (run.id, run.state, len(run.history.path), run.history.landscape is None)
            for run in self._runs
        ]
        seen = (state, self._focused, self.plot.visible_x())
        if seen == self._seen:
            return
        self._seen = seen
        leader = self._leader()
        landscape = leader.history.landscape if leader else None
        if landscape is None:
            self._show_empty_state()
            return
        self.plot.clear_message()
        self._draw(landscape)

    def plots(self) -> Mapping[str, Plot]:
        """Return the plot, where there is a landscape."""
        return {} if self.plot.message else {"landscape": self.plot}

    @Slot()
    def _redraw(self) -> None:
        self._seen = None
        self.refresh()

    def _leader(self) -> Run | None:
        """Return the run whose landscape is shown: the focused one, else the first."""
        visible = [run for run in self._runs if run.history.landscape is not None]
        if self._focused in visible:
            return self._focused
        return next(iter(visible), None)

    def _draw(self, landscape: Landscape) -> None:
        steep, flat = landscape.plane
        shown = [run for run in self._runs if _shares(run, landscape)]
        self._keep_paths(shown)
        self.plot.set_bowl(Bowl(steep, flat))
        for run in shown:
            self._paths[run.id].take_in()
        boxes = [self._paths[run.id].box() for run in shown]
        corners = np.array([[[0.0, 0.0], [0.0, 0.0]], *boxes])
        low, high = corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)
        spare = np.where(high > low, 0.0, 0.5 * max((high - low).max(), 1e-12))
        low, high = low - spare, high + spare
        over = all(run.state.is_over for run in shown)
        self.plot.show_box((low[0], high[0]), (low[1], high[1]), exactly=over)
        view = self.plot.canvas.ranges()
        for run in shown:
            self._paths[run.id].draw(*view)
        self._say(landscape, shown)

    def _keep_paths(self, shown: Sequence[Run]) -> None:
        wanted = {run.id for run in shown}
        for gone in [key for key in self._paths if key not in wanted]:
            self._paths.pop(gone).remove()
        for run in shown:
            if run.id not in self._paths:
                self._paths[run.id] = LandscapePath(self.plot, run)

    def _say(self, landscape: Landscape, shown: Sequence[Run]) -> None:
        """Write legend, axes, the bound, and what is not shown."""
        steep, flat = (format_short(part) for part in landscape.plane)
        self.plot.set_labels(
            self.tr("along the flattest axis, λ = {} (weights' units)").format(flat),
            self.tr("along the steepest, λ = {}").format(steep),
        )
        lines = [say_bound(landscape)]
        for run in shown[:_MOST_VERDICTS]:
            name = self.tr("this run") if len(shown) == 1 else run.name
            lines.append(f"{name}: {say_verdict(run.plan, landscape, _lr_of(run))}")
        self.plot.set_summary("\n".join(lines), self._explain(landscape))
        self.plot.set_legend(self._legend(shown))
        self.plot.set_note(self._remark(landscape, shown))

    def _explain(self, landscape: Landscape) -> str:
        return self.tr(
            "The loss of a linear model under mean squared error is a bowl, known exactly. "
            "λ are its curvatures, the eigenvalues of its Hessian. Plain SGD on all data "
            "multiplies the distance from the minimum along an axis by 1 − lr·λ in each "
            "step. Contours are the loss above the minimum, which is {}; what lies along "
            "all other axes is left out."
        ).format(format_short(landscape.minimum_loss))

    def _legend(self, shown: Sequence[Run]) -> list[Entry]:
        names = {run.id: run.name if len(shown) > 1 else self.tr("path") for run in shown}
        entries = [
            Entry(names[run.id], self._paths[run.id].ink, "dotted line") for run in shown
        ]
        over = all(run.state.is_over for run in shown)
        now = self.tr("end") if over else self.tr("now")
        entries += [
            Entry(self.tr("start"), text_ink, "ring"),
            Entry(now, text_ink, "disc"),
            Entry(self.tr("minimum"), text_ink, "cross"),
        ]
        factor = factor_between(self.plot.levels())
        if factor > 1:
            words = self.tr("contours: loss ×{} each").format(f"{factor:.3g}")
            entries.append(Entry(words, muted_ink))
        return entries

    def _remark(self, landscape: Landscape, shown: Sequence[Run]) -> str:
        """Say which paths leave the picture, and which runs have another landscape."""
        leaves = self.tr("{} leaves the picture, up to {} from the minimum.")
        far = [(run.name, self._paths[run.id].farthest_outside()) for run in shown]
        words = [leaves.format(name, format_short(way)) for name, way in far if way]
        others = [run.name for run in self._runs if _is_other(run, landscape)]
        if others:
            names = ", ".join(others)
            words.append(self.tr("Not shown, with another landscape: {}.").format(names))
        return " ".join(words)

    def _show_empty_state(self) -> None:
        self._keep_paths(())
        run = self._focused or next(iter(self._runs), None)
        sentence = self.tr(
            "The exact loss landscape of a linear model under mean squared error appears "
            "here, with the path of the weights in it.\nChoose the model Linear and the "
            "loss Mean squared error, and press Train (Space)."
        )
        if run is not None and _fits(run) and not run.state.is_over:
            sentence = self.tr("The landscape appears with the first step.")
        elif run is not None and _fits(run):
            sentence = self.tr("The landscape of this run is not known: it was not kept.")
        if sentence != self.plot.message:
            self.plot.show_message(sentence)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 8, 4)
        controls.setSpacing(8)
        controls.addStretch(1)
        for action in (self.plot.equal_action, self.plot.fit_action):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setDefaultAction(action)
            controls.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(controls)
        layout.addWidget(self.plot, 1)


def _shares(run: Run, landscape: Landscape) -> bool:
    """Say whether a run has this landscape too."""
    own = run.history.landscape
    return (
        own is not None
        and own.curvatures.shape == landscape.curvatures.shape
        and bool(np.allclose(own.curvatures, landscape.curvatures, rtol=_SAME, atol=0))
        and bool(np.isclose(own.minimum_loss, landscape.minimum_loss, rtol=1e-6))
    )


def _is_other(run: Run, landscape: Landscape) -> bool:
    return run.history.landscape is not None and not _shares(run, landscape)


def _fits(run: Run) -> bool:
    return isinstance(run.plan.model, LinearModel) and isinstance(run.plan.loss, MseLoss)


def _lr_of(run: Run) -> float:
    """Return the learning rate of the last step, before the first that of the plan."""
    if not run.num_steps:
        return run.plan.optimizer.lr
    return float(run.history.steps.lr.values(run.num_steps - 1)[-1])
