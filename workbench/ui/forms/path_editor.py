"""The editor of files and folders: a line edit and a button that opens a dialog."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget
from typing_extensions import override

from workbench.core.settings import FieldKind, FieldSpec
from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.forms.editor import Editor
from workbench.ui.forms.line_edit import FormLineEdit


class PathEditor(Editor):
    """A path that can be typed, dropped onto the field, or chosen in a dialog."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._edit = _PathEdit(spec.unit, self)
        self._edit.setText(str(spec.default))
        self._edit.setPlaceholderText(self.tr("none chosen"))
        self._edit.textEdited.connect(self._announce)
        self._edit.editingFinished.connect(self.editing_finished)
        self._button = QToolButton(self)
        self._button.setText("…")
        self._button.clicked.connect(self.open_dialog)
        self.line.addWidget(self._edit)
        self.line.addWidget(self._button)

    @override
    def controls(self) -> tuple[QWidget, ...]:
        return (self._edit, self._button)

    @override
    def value(self) -> object:
        return self._edit.text()

    @override
    def set_value(self, value: object) -> None:
        if value != self._edit.text():
            self._edit.setText(str(value))

    @override
    def set_outlined(self, outlined: bool) -> None:
        self._edit.set_outlined(outlined)

    @override
    def describe_to(self, tooltip: str, description: str) -> None:
        super().describe_to(tooltip, description)
        self._button.setToolTip(self._caption())
        self._button.setObjectName(f"{self.spec.name}_browse")
        self._button.setAccessibleName(f"{self.spec.title}: {self._caption()}")

    @Slot()
    def open_dialog(self) -> None:
        """Let the person choose, starting from the present path."""
        dialog = QFileDialog(self.window(), self._caption())
        dialog.setObjectName(f"{self.spec.name}_dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        is_file = self.spec.kind is FieldKind.FILE
        modes = QFileDialog.FileMode
        dialog.setFileMode(modes.ExistingFile if is_file else modes.Directory)
        if self._edit.text():
            dialog.setDirectory(str(Path(self._edit.text()).parent))
        dialog.fileSelected.connect(self._take)
        drop_icons(dialog)
        dialog.open()

    @Slot(str)
    def _take(self, path: str) -> None:
        self._edit.setText(path)
        self._announce()

    @Slot()
    def _announce(self) -> None:
        self.value_edited.emit(self.value())

    def _caption(self) -> str:
        if self.spec.kind is FieldKind.FILE:
            return self.tr("Choose a file…")
        return self.tr("Choose a folder…")


class _PathEdit(FormLineEdit):
    """A line edit onto which a file or folder can be dropped."""

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        if not urls or not urls[0].isLocalFile():
            super().dropEvent(event)
            return
        self.setText(urls[0].toLocalFile())
        self.textEdited.emit(self.text())
        event.acceptProposedAction()
