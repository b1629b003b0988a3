"""Shows a page of the guide; fetches nothing, and copies formulas as LaTeX."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QUrl, Signal
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget
from typing_extensions import override

from workbench.core.guide import Page
from workbench.ui.docks.formula_object import OBJECT, latex_of
from workbench.ui.docks.guide_document import build_document


class GuideBrowser(QTextBrowser):
    """A read-only page in the colours and the font of the window, which it follows."""

    restyled = Signal()  # the document is another one, with the same words

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("guideText")
        self.setAccessibleName(self.tr("Guide"))
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self._page: Page | None = None
        self._shown: QTextDocument | None = None  # ours to delete, unlike Qt's first one

    def show_page(self, page: Page) -> None:
        """Show a page from its top."""
        self._page = page
        self._build()
        self.verticalScrollBar().setValue(0)

    def place(self) -> float:
        """Return how far down the page is scrolled, from 0 to 1."""
        bar = self.verticalScrollBar()
        return bar.value() / bar.maximum() if bar.maximum() else 0.0

    def go_to(self, place: float) -> None:
        """Scroll to a place that `place` returned."""
        bar = self.verticalScrollBar()
        bar.setValue(round(place * bar.maximum()))

    @override
    def loadResource(self, type: int, name: QUrl | str) -> Any:
        """Load nothing: a page is text, and no text makes the program read a file."""
        return None

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = {QEvent.Type.PaletteChange, QEvent.Type.FontChange}
        if event.type() in kinds and self._page is not None:
            place = self.place()
            self._build()
            self.go_to(place)
            self.restyled.emit()

    @override
    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(_text_of(self.textCursor()))
        return data

    def _build(self) -> None:
        if self._page is None:
            return
        old = self._shown
        self._shown = build_document(self._page, self.font(), self.palette(), self)
        self.setDocument(self._shown)
        if old is not None:
            old.deleteLater()


def _text_of(selection: QTextCursor) -> str:
    """Return the selected text with each formula as its LaTeX."""
    document, first = selection.document(), selection.selectionStart()
    words = []
    for offset, letter in enumerate(selection.selectedText()):
        words.append(letter if letter != OBJECT else _latex_at(document, first + offset))
    text = "".join(words)
    return text.replace("\u2029", "\n").replace("\u2028", "\n")


def _latex_at(document: QTextDocument, position: int) -> str:
    cursor = QTextCursor(document)
    cursor.setPosition(position + 1)
    return latex_of(cursor.charFormat())
