"""The views of the main window, kept showing the same runs and refreshed together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from workbench.core.run import Run
from workbench.ui.docks.loss_view import LossView
from workbench.ui.docks.picture_view import PictureView
from workbench.ui.docks.rates_view import RatesView
from workbench.ui.docks.runs_view import RunsView
from workbench.ui.docks.view import RunView
from workbench.ui.plots.plot import Plot
from workbench.ui.refresh_schedule import Pace, RefreshSchedule

_TICK_MS = 5  # at the shortest; one view is refreshed at each, where one is due
_LONGEST_TICK_MS = 50  # a view may come into sight meanwhile
_CURVES = Pace(shortest_s=0.048, share=0.08)
_OTHERS = Pace(shortest_s=0.25, share=0.015)  # numbers are to be read
_MANY_STEPS = 100_000  # of all runs: to show more takes a view long enough to be felt


class Views(QObject):
    """The plots and the table of runs.

    A timer refreshes what can be seen, one after the other, while `start` holds; what
    is hidden costs nothing, and is brought up to date when it is shown again. Long runs
    appear in one view after the other, so that a click in between is answered.
    """

    def __init__(
        self,
        loss: LossView,
        rates: RatesView,
        picture: PictureView,
        runs: RunsView,
        others: Sequence[RunView] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.loss, self.rates, self.picture, self.runs = loss, rates, picture, runs
        self._all: tuple[RunView, ...] = (loss, rates, picture, *others)
        self._visible: Sequence[Run] = ()
        self._focused: Run | None = None
        self._behind: list[RunView] = []  # views that do not show these two yet
        self._schedule = RefreshSchedule[RunView | RunsView]()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.timeout.connect(self._bring_next)
        for view in self._all:
            if isinstance(view, QWidget):
                view.installEventFilter(self)
        runs.visible_runs_changed.connect(self._show_visible)
        runs.run_focused.connect(self._focus)
        self.link()

    def link(self) -> None:
        """Let loss and rates share what of the steps is in view, and the crosshair."""
        self.rates.link_x(self.loss.plot)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show the runs of a session, the newest or the focused one in the foreground."""
        self.runs.set_runs(runs)
        self._visible, self._focused = self.runs.visible_runs(), self.runs.focused_run()
        self._show()
        self.runs.refresh()

    def renew(self, run: Run) -> None:
        """Show a run from its beginning again: its history is another one."""
        self.runs.renew(run)
        self._visible, self._focused = self.runs.visible_runs(), self.runs.focused_run()
        for view in self._all:  # they keep what they have read of a run while it is shown
            view.show_runs([other for other in self._visible if other is not run])
            view.focus_run(None)
        self._show()

    def plots(self) -> Mapping[str, Plot]:
        """Return all plots that can be exported, by name, hidden ones up to date too."""
        self._show_at_once()
        for view in self._all:
            view.refresh()
        return {name: plot for view in self._all for name, plot in view.plots().items()}

    def start(self) -> None:
        """Follow a run under way."""
        self._timer.start()

    def stop(self) -> None:
        """Follow no run any more; shows the last state once."""
        self._timer.stop()
        self.refresh()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._refresh_one(watched)  # nobody did while it was hidden
        return super().eventFilter(watched, event)

    @Slot()
    def refresh(self) -> None:
        """Bring everything that can be seen up to date."""
        for view in self._seen():
            view.refresh()
        self.runs.refresh()

    @Slot()
    def _tick(self) -> None:
        seen: dict[RunView | RunsView, Pace] = dict.fromkeys(self._seen(), _OTHERS)
        seen |= {view: _CURVES for view in (self.loss, self.rates) if view in seen}
        if _can_be_seen(self.runs):
            seen[self.runs] = _OTHERS
        chosen = self._schedule.choose(seen)
        if chosen is not None:
            chosen.refresh()
        idle_ms = 1000 * self._schedule.idle_s(seen)
        self._timer.setInterval(round(max(_TICK_MS, min(idle_ms, _LONGEST_TICK_MS))))

    def _refresh_one(self, widget: QObject) -> None:
        for view in self._all:
            if isinstance(view, QWidget) and view is widget and view not in self._behind:
                view.refresh()

    def _seen(self) -> Iterator[RunView]:
        """Yield the views on the screen that show the present runs."""
        for view in self._all:
            if _is_on_screen(view) and view not in self._behind:
                yield view

    @Slot(list)
    def _show_visible(self, runs: list[Run]) -> None:
        self._visible = runs
        self._show()

    @Slot(object)
    def _focus(self, run: Run | None) -> None:
        self._focused = run
        self._show()

    def _show(self) -> None:
        """Let all views show the present runs: at once, or in a turn of Qt's loop each."""
        self._behind = list(self._all)
        focused = [] if self._focused is None else [self._focused]
        if sum(run.num_steps for run in (*self._visible, *focused)) > _MANY_STEPS:
            self._next_turn.start()
        else:
            self._show_at_once()

    def _show_at_once(self) -> None:
        while self._behind:
            self._bring(self._behind[0])

    @Slot()
    def _bring_next(self) -> None:
        """Let the next view show the present runs; it is painted before the one after."""
        if self._behind:
            seen = [view for view in self._behind if _is_on_screen(view)]
            self._bring((seen or self._behind)[0])
        if self._behind:
            self._next_turn.start()

    def _bring(self, view: RunView) -> None:
        self._behind.remove(view)
        view.show_runs(self._visible)
        view.focus_run(self._focused)
        view.refresh()


def _is_on_screen(view: RunView) -> bool:
    return isinstance(view, QWidget) and _can_be_seen(view)


def _can_be_seen(view: QWidget) -> bool:
    """Say whether any of a widget is on the screen: not hidden, tabbed away, minimised."""
    return view.isVisible() and not view.window().isMinimized()
