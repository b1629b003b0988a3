"""The docks of the main window: what is in them, and the room above all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from workbench.ui.dock_area import DockArea
from workbench.ui.docks.log_view import LogView
from workbench.ui.forms.experiment_panel import ExperimentPanel
from workbench.ui.insight_presenter import InsightViews
from workbench.ui.notice_bar import NoticeBar
from workbench.ui.views import Views
from workbench.ui.window_actions import tr


def build_center(window: QMainWindow, notices: NoticeBar) -> DockArea:
    """Fill the window with notices and an area for docks below them."""
    host = QMainWindow()  # a window inside the window: the notices stay above all docks
    host.setWindowFlags(Qt.WindowType.Widget)
    center = QWidget()
    layout = QVBoxLayout(center)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addWidget(notices)
    layout.addWidget(host, 1)
    center.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    window.setCentralWidget(center)
    center.setFocus()  # no field has it yet: the space bar starts to train
    return DockArea(host)


def fill_docks(
    docks: DockArea,
    panel: ExperimentPanel,
    views: Views,
    insight: InsightViews,
    log: LogView,
) -> None:
    """Put every view into a dock of its own."""
    docks.add("experiment", tr("Experiment"), panel)
    docks.add("loss", tr("Loss"), views.loss)
    docks.add("rates", tr("Effective learning rates"), views.rates)
    docks.add("picture", tr("Predictions"), views.picture)
    docks.add("landscape", tr("Landscape"), insight.landscape)
    docks.add("inspector", tr("Step"), insight.inspector)
    docks.add("guide", tr("Guide"), insight.guide)
    docks.add("parameters", tr("Parameters"), insight.parameters)
    docks.add("runs", tr("Runs"), views.runs)
    docks.add("postmortem", tr("Post-mortem"), insight.postmortem)
    docks.add("log", tr("Log"), log)
