"""Asks what shall become of the run under way before the session is left."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.ui.dialogs.questions import Answer, shown
from workbench.ui.window_actions import tr


async def ask_to_stop(window: QWidget) -> Answer:
    """Ask; cancelling, and closing the question, lets the run go on."""
    box = QMessageBox(window)
    box.setObjectName("ask_to_stop")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Training is under way"))
    box.setText(tr("A run is under way."))
    box.setInformativeText(tr("Stopping keeps everything up to the present step."))
    save = box.addButton(tr("Stop and save"), QMessageBox.ButtonRole.AcceptRole)
    save.setObjectName("stop_and_save")
    discard = box.addButton(
        tr("Stop without saving"), QMessageBox.ButtonRole.DestructiveRole
    )
    discard.setObjectName("stop_and_discard")
    keep = box.addButton(tr("Keep training"), QMessageBox.ButtonRole.RejectRole)
    keep.setObjectName("keep_training")
    box.setDefaultButton(save)
    box.setEscapeButton(keep)
    await shown(box)
    clicked = box.clickedButton()
    if clicked is save:
        return Answer.SAVE
    return Answer.DISCARD if clicked is discard else Answer.CANCEL
