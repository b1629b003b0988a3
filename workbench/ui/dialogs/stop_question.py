"""Asks whether the run under way shall be stopped before the session is left."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.ui.dialogs.questions import shown
from workbench.ui.window_actions import tr


async def ask_to_stop(window: QWidget, stop: str) -> bool:
    """Ask; cancelling, and closing the question, lets the run go on.

    `stop` are the words of the button that stops it, such as "Stop and close".
    """
    box = QMessageBox(window)
    box.setObjectName("ask_to_stop")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Training is under way"))
    box.setText(tr("A run is under way. Once stopped, it can be continued later."))
    agree = box.addButton(stop, QMessageBox.ButtonRole.AcceptRole)
    agree.setObjectName("stop_run")
    keep = box.addButton(tr("Keep training"), QMessageBox.ButtonRole.RejectRole)
    keep.setObjectName("keep_training")
    box.setDefaultButton(agree)
    box.setEscapeButton(keep)
    await shown(box)
    return box.clickedButton() is agree
