"""Buttons of dialogs with words alone."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox


def drop_icons(dialog: QDialog) -> None:
    """Take away the icons that some platforms give to standard buttons.

    A style's hint would do it too, but then Python would be asked for each of the
    thousands of hints that a window needs to be painted.
    """
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            button.setIcon(QIcon())
