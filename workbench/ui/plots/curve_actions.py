"""The actions of every plot of curves: show everything, and logarithmic axes."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction


def _tr(text: str) -> str:
    return QCoreApplication.translate("curve_actions", text)


def fit_action(parent: QObject) -> QAction:
    """Return what shows everything again."""
    action = QAction(_tr("Fit"), parent)
    action.setToolTip(
        _tr(
            "Show everything again (double-click in the plot).\nDrag a box to zoom in; "
            "the wheel zooms, the middle button moves."
        )
    )
    return action


def log_x_action(parent: QObject) -> QAction:
    """Return the switch of the horizontal axis."""
    return _switch(_tr("Log x"), _tr("Make the horizontal axis logarithmic."), parent)


def log_y_action(parent: QObject) -> QAction:
    """Return the switch of the vertical axis."""
    tip = _tr("Make the vertical axis logarithmic; values at or below 0 are left out.")
    return _switch(_tr("Log y"), tip, parent)


def _switch(text: str, tip: str, parent: QObject) -> QAction:
    action = QAction(text, parent)
    action.setToolTip(tip)
    action.setCheckable(True)
    return action
