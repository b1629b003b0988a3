"""What the program is, what it stands on under which licences, where its files are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench import __version__
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.plain_text import tooltip
from workbench.ui.theme import scaled

_LIBRARIES = (
    "PySide6-Essentials",
    "pyqtgraph",
    "qasync",
    "QtAwesome",
    "torch",
    "torchvision",
    "numpy",
    "scikit-learn",
    "pydantic",
    "apsw",
    "safetensors",
    "pytorch_optimizer",
    "platformdirs",
)
_LONGEST_LICENCE = 60  # some packages put the whole text where its name belongs


def library_facts(name: str) -> tuple[str, str] | None:
    """Return version and licence of an installed library, None where it is missing."""
    try:
        facts = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    return facts["Version"], _licence(facts)


def _licence(facts: metadata.PackageMetadata) -> str:
    """Find the licence's name: an expression, a short text, or else a classifier."""
    if "License-Expression" in facts:
        return facts["License-Expression"]
    for text in facts.get_all("License") or []:
        if 0 < len(text) <= _LONGEST_LICENCE and "\n" not in text:
            return str(text)
    names = [
        line.rsplit(" :: ", 1)[-1]
        for line in facts.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return ", ".join(names) or "see the package"


class AboutDialog(QDialog):
    """Shows versions, licences and folders; `folders` maps a title to a path."""

    def __init__(self, folders: Mapping[str, Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("aboutDialog")
        self.setWindowTitle(self.tr("About Training Workbench"))
        self.resize(560, 520)
        self._folders = folders
        self._table = self._make_table()
        title = QLabel(f"Training Workbench {__version__}", self)
        title.setFont(scaled(title.font(), 1.5))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(
            self._text(
                self.tr(
                    "An oscilloscope for optimizers: train small networks and watch the "
                    "effective learning rate of every parameter.\n"
                    "Free software under the MIT licence. It stands on:"
                )
            )
        )
        layout.addWidget(self._table, 1)
        layout.addWidget(self._text(self._folder_lines(), selectable=True))
        layout.addWidget(self._make_buttons())
        drop_icons(self)

    def facts(self) -> str:
        """Return all that is shown as text."""
        lines = [f"Training Workbench {__version__}"]
        for row in range(self._table.rowCount()):
            cells = [self._table.item(row, column) for column in range(3)]
            lines.append(" ".join(cell.text() for cell in cells if cell is not None))
        return "\n".join([*lines, self._folder_lines()])

    @Slot()
    def copy(self) -> None:
        """Put all that is shown on the clipboard."""
        QGuiApplication.clipboard().setText(self.facts())

    def _folder_lines(self) -> str:
        return "\n".join(f"{title}: {path}" for title, path in self._folders.items())

    def _text(self, text: str, *, selectable: bool = False) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if selectable:
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        return label

    def _make_table(self) -> QTableWidget:
        known = {name: library_facts(name) for name in _LIBRARIES}
        rows = [(name, *facts) for name, facts in known.items() if facts is not None]
        table = QTableWidget(len(rows), 3, self)
        table.setObjectName("libraries")
        table.setAccessibleName(self.tr("Libraries and their licences"))
        table.setHorizontalHeaderLabels(
            [self.tr("Library"), self.tr("Version"), self.tr("Licence")]
        )
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(tooltip(text))
                table.setItem(row, column, item)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        return table

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton(self.tr("&Copy"), self)
        copy.setObjectName("copyAbout")
        copy.setToolTip(self.tr("Copy versions, licences and folders"))
        copy.clicked.connect(self.copy)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        return box
