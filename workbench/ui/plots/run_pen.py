"""The line of a run outside the plots: the same colour and dashes as in them."""

from __future__ import annotations

from PySide6.QtGui import QPen
from PySide6.QtWidgets import QApplication

from workbench.ui.plots.items import LineStyle, run_ink
from workbench.ui.plots.loss_curves import run_dashes
from workbench.ui.theme import PlotTheme


def run_pen(colour: int) -> QPen:
    """Return the pen of a run by its position in the palette of runs."""
    solid, _ = run_dashes(colour)
    style = LineStyle(run_ink(colour), solid, width=2.0)
    return style.pen(PlotTheme.from_palette(QApplication.palette()), 1.0)
