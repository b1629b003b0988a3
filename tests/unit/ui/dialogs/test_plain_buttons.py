"""No dialog has icons on its buttons, also where the platform would put some there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from pytestqt.qtbot import QtBot
from typing_extensions import override

from workbench.ui.dialogs.about_dialog import AboutDialog
from workbench.ui.dialogs.error_dialog import ErrorDialog
from workbench.ui.dialogs.questions import shown
from workbench.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from workbench.ui.dialogs.stop_question import ask_to_stop
from workbench.ui.plots.export_dialog import ExportDialog
from workbench.ui.plots.landscape_plot import LandscapePlot

Loop = asyncio.AbstractEventLoop


class IconStyle(QProxyStyle):
    """Fusion on a platform that likes icons on buttons, as X11 without a desktop."""

    @override
    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        if hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, returnData)


@pytest.fixture(autouse=True)
def _icons(qapp: QApplication) -> Iterator[None]:
    before = qapp.style().objectName()
    qapp.setStyle(IconStyle("Fusion"))
    yield
    qapp.setStyle(before)


def have_icons(dialog: QDialog) -> list[bool]:
    boxes = dialog.findChildren(QDialogButtonBox)
    return [not button.icon().isNull() for box in boxes for button in box.buttons()]


def test_that_such_a_platform_gives_icons(qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    assert not box.buttons()[0].icon().isNull()


@pytest.mark.parametrize("kind", ["about", "error", "shortcuts", "export"])
def test_that_the_dialogs_have_buttons_without_icons(
    kind: str, qtbot: QtBot, tmp_path: Path, ini: QSettings
) -> None:
    plot = LandscapePlot("Loss landscape")
    qtbot.addWidget(plot)
    dialogs = {
        "about": lambda: AboutDialog({"Data": tmp_path}),
        "error": ErrorDialog,
        "shortcuts": lambda: ShortcutsDialog([QAction("&Train")]),
        "export": lambda: ExportDialog(plot, title="Loss", settings=ini),
    }
    dialog = dialogs[kind]()
    qtbot.addWidget(dialog)
    assert have_icons(dialog)
    assert not any(have_icons(dialog))


def test_that_questions_have_buttons_without_icons(loop: Loop, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)

    async def main() -> list[bool]:
        asking = asyncio.ensure_future(ask_to_stop(window, "Stop and close"))
        await asyncio.sleep(0)
        box = window.findChild(QDialog, "ask_to_stop")
        found = have_icons(box)
        box.reject()
        await asking
        return found

    assert loop.run_until_complete(main()) == [False] * 2


def test_that_any_dialog_that_is_waited_for_loses_its_icons(
    loop: Loop, qtbot: QtBot
) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    QDialogButtonBox(QDialogButtonBox.StandardButton.Ok, dialog)
    assert have_icons(dialog) == [True]

    async def main() -> list[bool]:
        waiting = asyncio.ensure_future(shown(dialog))
        await asyncio.sleep(0)
        found = have_icons(dialog)
        dialog.accept()
        await waiting
        return found

    assert loop.run_until_complete(main()) == [False]
