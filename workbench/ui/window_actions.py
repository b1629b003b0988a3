"""The actions of the main window as data: menus, toolbar and shortcuts derive from them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

_CONTEXT = "MainWindow"
Key = QKeySequence.StandardKey
Shortcut = QKeySequence.StandardKey | str | None


@dataclass(frozen=True)
class ActionSpec:
    """One action; `shortcut` is a standard key, a sequence in words, or none."""

    key: str
    text: str
    tip: str
    shortcut: Shortcut = None
    icon: str = ""


ACTIONS = (
    ActionSpec("new", "&New session", "Start an empty session", Key.New, "new"),
    ActionSpec("open", "&Open…", "Open a session file", Key.Open, "open"),
    ActionSpec(
        "save",
        "&Save",
        "Give the session a name, or see that all is saved",
        Key.Save,
        "save",
    ),
    ActionSpec("save_as", "Save &as…", "Go on in another file", Key.SaveAs),
    ActionSpec(
        "export_csv", "Export &tables…", "Write the selected run as CSV files", "Ctrl+E"
    ),
    ActionSpec("quit", "&Quit", "Close the window", "Ctrl+Q"),
    ActionSpec(
        "train", "&Train", "Start a run of these settings (Space)", "Space", "train"
    ),
    ActionSpec("pause", "&Pause", "Wait after the current step (Space)", None, "pause"),
    ActionSpec("resume", "&Continue", "Let the paused run go on (Space)", None, "train"),
    ActionSpec("step", "&Step", "Do one step of a paused run (→)", "Right", "step"),
    ActionSpec("stop", "Sto&p", "End the run and keep its results", "Ctrl+.", "stop"),
    ActionSpec(
        "continue_run", "Continue r&un", "Go on with the chosen run", None, "resume"
    ),
    ActionSpec(
        "fork_run",
        "&New run from here…",
        "Begin a run of the form's settings from a stored step of the chosen run",
    ),
    ActionSpec(
        "how_resumed", "&How it was resumed…", "What the chosen run took over, checked"
    ),
    ActionSpec("reset_layout", "&Reset layout", "Put all docks back to their places"),
    ActionSpec("shortcuts", "&Keyboard shortcuts", "List all shortcuts", "F1"),
    ActionSpec("about", "&About", "Version, licences, folders"),
)

MENUS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "file",
        "&File",
        (
            *("new", "open", "recent", "-", "save", "save_as", "-"),
            *("pictures", "export_csv", "-", "quit"),
        ),
    ),
    ("edit", "&Edit", ("undo", "redo")),
    (
        "run",
        "&Run",
        (
            *("train", "pause", "resume", "step", "stop", "-"),
            *("continue_run", "fork_run", "how_resumed"),
        ),
    ),
    ("view", "&View", ("docks", "-", "theme", "-", "reset_layout")),
    ("help", "&Help", ("shortcuts", "about")),
)


def build_actions(parent: QWidget) -> dict[str, QAction]:
    """Make the actions by key; each is named after its key so that tests find it."""
    actions = {spec.key: _build(spec, parent) for spec in ACTIONS}
    parent.addActions(list(actions.values()))
    return actions


def build_menus(
    bar: QMenuBar, actions: dict[str, QAction], submenus: dict[str, QMenu]
) -> dict[str, QMenu]:
    """Fill the menu bar; a word in `MENUS` that is no action names a submenu."""
    menus = {}
    for key, title, entries in MENUS:
        menu = bar.addMenu(tr(title))
        menu.setObjectName(f"{key}_menu")
        menu.setToolTipsVisible(True)
        for entry in entries:
            if entry == "-":
                menu.addSeparator()
            elif entry in actions:
                menu.addAction(actions[entry])
            else:
                menu.addMenu(submenus[entry])
        menus[key] = menu
    return menus


def tr(text: str) -> str:
    """Translate a text of the main window."""
    return QCoreApplication.translate(_CONTEXT, text)


def _build(spec: ActionSpec, parent: QWidget) -> QAction:
    action = QAction(tr(spec.text), parent)
    action.setObjectName(spec.key)
    action.setToolTip(tr(spec.tip))
    action.setStatusTip(tr(spec.tip))
    if spec.shortcut is not None:
        action.setShortcut(QKeySequence(spec.shortcut))
    return action
