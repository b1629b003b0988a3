"""The runs dock: all runs of the session, which the plots show, what to do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from workbench.core.run import Run
from workbench.ui.docks.runs_columns import Column
from workbench.ui.docks.runs_model import PenOf, RunsModel, RunsOrder
from workbench.ui.docks.runs_table import RunsTable


class RunsView(QWidget):
    """Shows the runs of a session; owns none of them.

    The line of a run is drawn with `pen_of(run.colour)`, the pen that the plots use.
    """

    visible_runs_changed = Signal(list)  # of Run, in the order of their start
    run_focused = Signal(object)  # the Run of the current row, or None
    run_renamed = Signal(object)  # the Run
    plan_requested = Signal(object)  # a Plan to be put into the form
    delete_requested = Signal(list)  # of Run that are over
    csv_requested = Signal(object)  # the Run whose tables to export
    png_requested = Signal(object)  # the Run whose pictures to export

    def __init__(self, pen_of: PenOf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runsView")
        self._model = RunsModel(pen_of, self)
        self._order = RunsOrder(self)
        self._order.setSourceModel(self._model)
        self.table = RunsTable(self._order, self)
        self._lay_out()
        self._make_actions()
        self._connect()
        self._show_columns()

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs; a new one becomes the focused run."""
        focused = self.focused_run()
        known = {run.id for run in self._model.runs()}
        self._model.set_runs(runs)
        new = [run for run in runs if run.id not in known]
        kept = [run for run in runs if focused is not None and run.id == focused.id]
        for run in (new or kept or list(runs))[-1:]:
            self.focus_run(run)
        if not runs and focused is not None:
            self.run_focused.emit(None)  # a table that is emptied does not tell
        self._show_columns()

    def renew(self, run: Run) -> None:
        """Read a run again from its beginning: its history is another one."""
        self._model.renew(run)

    def add_actions(self, actions: Sequence[QAction]) -> None:
        """Put actions for the focused run first in the menu of the table."""
        separator = QAction(self)
        separator.setSeparator(True)
        before = self.table.actions()[0]
        self.table.insertActions(before, [*actions, separator])

    @Slot()
    def refresh(self) -> None:
        """Show what changed; cheap enough for four calls a second."""
        if self._model.refresh():
            self._order.invalidate()
        self._show_columns()
        self._enable_actions()

    def visible_runs(self) -> list[Run]:
        """Return the runs that the plots show, in the order of their start."""
        return self._model.visible_runs()

    def focused_run(self) -> Run | None:
        """Return the run of the current row."""
        return self._run_at(self.table.currentIndex())

    def selected_runs(self) -> list[Run]:
        """Return the runs of all selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        found = (self._run_at(self._order.index(row, 0)) for row in rows)
        return [run for run in found if run is not None]

    def focus_run(self, run: Run) -> None:
        """Make the row of this run the current one, and bring it into sight."""
        ids = [known.id for known in self._model.runs()]
        source = self._model.index(ids.index(run.id), Column.NAME)
        index = self._order.mapFromSource(source)
        bar = self.table.horizontalScrollBar()
        place = bar.value()  # only up and down is asked for
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        bar.setValue(place)

    def _run_at(self, index: QModelIndex) -> Run | None:
        row = self._order.mapToSource(index).row()
        return self._model.runs()[row] if row >= 0 else None

    def _lay_out(self) -> None:
        self._empty = QLabel(
            self.tr(
                "Each run appears here with its line in the plots, its best loss and "
                "what sets it apart from the others.\nPress Train (Space) to start one."
            ),
            self,
        )
        self._empty.setObjectName("runsEmpty")
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(16)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._empty.setBackgroundRole(QPalette.ColorRole.Base)
        self._empty.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(8, 0, 8, 0)
        self._pages = QStackedLayout()
        frame.addLayout(self._pages)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)

    def _make_actions(self) -> None:
        keys = QKeySequence.StandardKey
        add = self._add_action
        self.rename_action = add("renameRun", self.tr("Re&name"), self.rename, "F2")
        self.use_action = add(
            "useRunSettings", self.tr("&Use these settings"), self.request_plan
        )
        self._add_separator()
        self.solo_action = add(
            "showOnlyRuns", self.tr("Show &only selected in plots"), self.show_only_selected
        )
        self.all_action = add("showAllRuns", self.tr("Show &all in plots"), self.show_all)
        self._add_separator()
        self.csv_action = add("exportRunCsv", self.tr("Export &CSV…"), self.request_csv)
        self.png_action = add("exportRunPng", self.tr("Export &PNG…"), self.request_png)
        self._add_separator()
        self.delete_action = add(
            "deleteRun", self.tr("&Delete"), self.request_delete, keys.Delete
        )
        self._enable_actions()

    def _add_action(
        self,
        name: str,
        text: str,
        slot: Callable[[], None],
        key: QKeySequence.StandardKey | str | None = None,
    ) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        if key is not None:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.table.addAction(action)
        return action

    def _add_separator(self) -> None:
        separator = QAction(self)
        separator.setSeparator(True)
        self.table.addAction(separator)

    def _connect(self) -> None:
        self._model.shown_changed.connect(self._tell_visible)
        self._model.renamed.connect(self.run_renamed)
        selection = self.table.selectionModel()
        selection.currentRowChanged.connect(self._tell_focused)
        selection.selectionChanged.connect(self._enable_actions)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def _show_columns(self) -> None:
        is_empty = not self._model.runs()
        self._pages.setCurrentWidget(self._empty if is_empty else self.table)
        self.table.show_column(Column.ACCURACY, shown=self._model.has_classifier())

    @Slot()
    def rename(self) -> None:
        """Let the person type a new name for the focused run, in its row."""
        row = self.table.currentIndex().row()
        if row >= 0:
            self.table.edit(self._order.index(row, Column.NAME))

    @Slot()
    def request_plan(self) -> None:
        """Ask for the settings of the focused run to be put into the form."""
        if (run := self.focused_run()) is not None:
            self.plan_requested.emit(run.plan)

    @Slot()
    def request_csv(self) -> None:
        """Ask for the tables of the focused run to be exported."""
        if (run := self.focused_run()) is not None:
            self.csv_requested.emit(run)

    @Slot()
    def request_png(self) -> None:
        """Ask for the pictures of the focused run to be exported."""
        if (run := self.focused_run()) is not None:
            self.png_requested.emit(run)

    @Slot()
    def request_delete(self) -> None:
        """Ask for the selected runs that are over to be deleted."""
        over = [run for run in self.selected_runs() if run.state.is_over]
        if over:
            self.delete_requested.emit(over)

    @Slot()
    def show_only_selected(self) -> None:
        """Let the plots show the selected runs and no others."""
        self._model.show_only(self.selected_runs())

    @Slot()
    def show_all(self) -> None:
        """Let the plots show all runs."""
        self._model.show_only(self._model.runs())

    @Slot()
    def _tell_visible(self) -> None:
        self.visible_runs_changed.emit(self.visible_runs())

    @Slot(QModelIndex, QModelIndex)
    def _tell_focused(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.run_focused.emit(self._run_at(current))

    @Slot()
    def _enable_actions(self) -> None:
        selected = self.selected_runs()
        self.delete_action.setEnabled(any(run.state.is_over for run in selected))
        for action in (self.rename_action, self.use_action, self.solo_action):
            action.setEnabled(bool(selected))
        for action in (self.csv_action, self.png_action):
            action.setEnabled(bool(selected))
        self.all_action.setEnabled(bool(self._model.runs()))

    @Slot(QPoint)
    def _open_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setObjectName("runsMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.table.actions())
        menu.popup(self.table.viewport().mapToGlobal(position))
