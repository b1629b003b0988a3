"""Asks for the size and the file of a picture."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QSettings, QSize, QStandardPaths, Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.core.errors import ExportError
from workbench.core.paths import settings_file
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.plots.export import DEFAULT_SIZE, LARGEST_PX, Exportable, save_png
from workbench.ui.theme import Scheme

_FOLDER_KEY = "export/folder"
_SCALES = (1.0, 1.5, 2.0, 3.0, 4.0)


class ExportDialog(QDialog):
    """Size, enlargement, colours and file name; open it with `open()`."""

    def __init__(
        self,
        plot: Exportable,
        parent: QWidget | None = None,
        *,
        title: str = "",
        settings: QSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle(self.tr("Export PNG"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._plot = plot
        self._settings = settings or QSettings(
            str(settings_file()), QSettings.Format.IniFormat
        )
        self._width = self._make_size_box("width", DEFAULT_SIZE.width())
        self._height = self._make_size_box("height", DEFAULT_SIZE.height())
        self._scale = self._make_scale()
        self._colours = self._make_colours()
        self._file = QLineEdit(str(self._first_path(title or "plot")))
        self._problem = QLabel()
        self._to_replace: Path | None = None  # a file that the person agreed to replace
        self._describe()
        self._lay_out()

    @property
    def path(self) -> Path:
        """Return the chosen file, with its ending."""
        path = Path(self._file.text().strip()).expanduser()
        return path if path.suffix.lower() == ".png" else Path(f"{path}.png")

    @property
    def size_px(self) -> QSize:
        """Return the chosen size."""
        return QSize(self._width.value(), self._height.value())

    @Slot()
    def save(self) -> None:
        """Write the picture and close, or say why it could not be written."""
        scale = float(self._scale.currentData())
        scheme = Scheme(self._colours.currentData())
        size = self.size_px
        if self.path.exists() and self.path != self._to_replace:
            self._to_replace = self.path
            words = self.tr("{name} is there already. Press Export again to replace it.")
            self._say(words.format(name=self.path.name))
            return
        try:
            save_png(self._plot, self.path, size.width(), size.height(), scale, scheme)
        except ExportError as error:
            self._say(str(error))
            return
        self._settings.setValue(_FOLDER_KEY, str(self.path.parent))
        self.accept()

    @Slot()
    def browse(self) -> None:
        """Open the system's dialog for a file name."""
        dialog = QFileDialog(self, self.tr("Export PNG"), str(self.path))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("PNG pictures (*.png)"))
        dialog.setDefaultSuffix("png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take_file)
        drop_icons(dialog)
        dialog.open()

    @Slot(str)
    def _take_file(self, name: str) -> None:
        self._file.setText(name)
        self._to_replace = self.path  # that dialog has asked already

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.show()

    def _first_path(self, title: str) -> Path:
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        folder = Path(
            str(self._settings.value(_FOLDER_KEY, ""))
            or QStandardPaths.writableLocation(pictures)
            or Path.home()
        )
        return free_path(folder if folder.is_dir() else Path.home(), file_stem(title))

    def _make_size_box(self, name: str, value: int) -> QSpinBox:
        box = QSpinBox()
        box.setObjectName(f"export_{name}")
        box.setRange(100, LARGEST_PX)
        box.setSingleStep(100)
        box.setSuffix(" px")
        box.setValue(value)
        return box

    def _make_scale(self) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName("export_scale")
        for scale in _SCALES:
            combo.addItem(f"{scale:g}×", scale)
        combo.setCurrentIndex(_SCALES.index(2.0))
        return combo

    def _make_colours(self) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName("export_colours")
        combo.addItem(self.tr("As shown"), Scheme.SYSTEM.value)
        combo.addItem(self.tr("Light"), Scheme.LIGHT.value)
        combo.addItem(self.tr("Dark"), Scheme.DARK.value)
        return combo

    def _describe(self) -> None:
        """Give every control its name and its explanation."""
        self._file.setObjectName("export_file")
        self._problem.setObjectName("export_problem")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        texts = (
            (self._width, self.tr("Width"), self.tr("Width of the picture in pixels.")),
            (self._height, self.tr("Height"), self.tr("Height of the picture in pixels.")),
            (
                self._scale,
                self.tr("Enlargement"),
                self.tr("How much larger lines and letters are than on screen."),
            ),
            (
                self._colours,
                self.tr("Colours"),
                self.tr("Light suits paper, dark suits slides on a dark ground."),
            ),
            (self._file, self.tr("File"), self.tr("Where the picture is written to.")),
        )
        for widget, name, tip in texts:
            widget.setAccessibleName(name)
            widget.setToolTip(tip)

    def _lay_out(self) -> None:
        size = QHBoxLayout()
        size.addWidget(self._width)
        size.addWidget(QLabel("×"))
        size.addWidget(self._height)
        size.addStretch(1)
        browse = QPushButton(self.tr("Browse…"))
        browse.setToolTip(self.tr("Choose folder and name in the system's dialog."))
        browse.clicked.connect(self.browse)
        file = QHBoxLayout()
        file.addWidget(self._file, 1)
        file.addWidget(browse)
        form = QFormLayout()
        form.addRow(self.tr("Size"), size)
        form.addRow(self.tr("Enlargement"), self._scale)
        form.addRow(self.tr("Colours"), self._colours)
        form.addRow(self.tr("File"), file)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addWidget(self._make_buttons())
        drop_icons(self)
        self.setMinimumWidth(460)

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        export = buttons.addButton(
            self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        export.setObjectName("export_button")
        export.setToolTip(self.tr("Write the picture."))
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        return buttons


def free_path(folder: Path, stem: str) -> Path:
    """Return a PNG file in a folder that is not there yet: stem.png, else stem-2.png."""
    path, number = folder / f"{stem}.png", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.png"
    return path


def file_stem(title: str) -> str:
    """Return a title as a file name without ending: words joined by hyphens."""
    words = re.findall(r"\w+", title.lower())
    return "-".join(words)[:80] or "plot"
