"""The base of all plots: title, legend, empty state, menu, and turning into a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFont,
    QGuiApplication,
    QImage,
    QPalette,
)
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.ui.plain_text import tooltip
from workbench.ui.plots.export import render
from workbench.ui.plots.export_dialog import ExportDialog
from workbench.ui.plots.legend import Entry, Legend
from workbench.ui.steady_text import SteadyText
from workbench.ui.theme import PlotTheme, scaled, tabular


class Plot(QWidget):
    """A plot on the background of its palette's base colour.

    Subclasses put what they draw into `set_content` and take new colours in
    `paint_with`.
    """

    theme_changed = Signal()
    about_to_export = Signal()  # last chance to bring a hidden plot up to date

    _scale: float | None = None  # that of a picture being made
    _is_complete = False  # events arrive from the first line of the constructor on

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._sheet = QWidget()
        self._sheet.setAutoFillBackground(True)
        self._sheet.setBackgroundRole(QPalette.ColorRole.Base)
        self._heading = QLabel(title)
        self._heading.setObjectName("plot_title")
        self._heading.setTextFormat(Qt.TextFormat.PlainText)
        self._heading.hide()
        self._legend = Legend()
        self._summary = SteadyText("plot_summary")
        self._summary.hide()
        self._note = QLabel()
        self._note.setObjectName("plot_note")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setForegroundRole(QPalette.ColorRole.WindowText)
        self._note.hide()
        self._message = self._make_message()
        self._stack = QStackedLayout()
        self._stack.addWidget(self._message)
        self._lay_out()
        self._make_actions()
        self.theme = PlotTheme.from_palette(self.palette())

    @property
    def legend(self) -> tuple[Entry, ...]:
        """Return the entries of the legend that are shown."""
        return self._legend.entries

    @property
    def message(self) -> str:
        """Return the sentence that stands in place of the plot, or nothing."""
        return self._message.text() if self._stack.currentWidget() is self._message else ""

    @property
    def note(self) -> str:
        """Return the remark above the plot, or nothing."""
        return self._note.text()

    @property
    def summary(self) -> str:
        """Return what the plot says in words, or nothing."""
        return self._summary.text()

    @property
    def is_exporting(self) -> bool:
        """Say whether a picture is being made at present."""
        return self._scale is not None

    @property
    def pixel_scale(self) -> float:
        """Return how many device pixels a line of width one takes: whole ones."""
        return self._scale or float(max(1, int(self.devicePixelRatioF() + 0.25)))

    def set_content(self, content: QWidget) -> None:
        """Put the widget in place that draws the data."""
        self._stack.addWidget(content)
        self._stack.setCurrentWidget(content)
        self._is_complete = True
        self.recolour()

    def set_legend(self, entries: Sequence[Entry]) -> None:
        """Show these entries above the plot."""
        self._legend.set_entries(entries)

    def show_message(self, sentence: str) -> None:
        """Show a sentence in place of the plot: why it is empty, what will fill it."""
        self._message.setText(sentence)
        self._stack.setCurrentWidget(self._message)
        self._show_header()

    def clear_message(self) -> None:
        """Show the plot again."""
        if self._stack.count() > 1 and self.message:
            self._stack.setCurrentIndex(1)
            self._show_header()

    def set_note(self, text: str) -> None:
        """Show a remark above the plot; an empty one takes no room."""
        if text != self._note.text():
            self._note.setText(text)
            self._note.setVisible(bool(text))

    def set_summary(self, text: str, explanation: str = "") -> None:
        """Say above the plot in words what it shows; the tooltip explains the words."""
        self._summary.set_text(text)
        self._summary.setToolTip(tooltip(explanation))
        self._summary.setVisible(bool(text))

    def paint_with(self, theme: PlotTheme, font: QFont) -> None:
        """Take colours and the font of numbers; overridden by subclasses."""

    def recolour(self) -> None:
        """Take everything from the palette again."""
        if not self._is_complete:
            return
        self.theme = PlotTheme.from_palette(self.palette())
        font = tabular(scaled(self.font(), 0.92))
        self._legend.setFont(font)
        self._legend.paint_with(self.theme)
        self._note.setFont(font)
        self._summary.setFont(tabular(self.font()))
        bold = QFont(self.font())
        bold.setBold(True)
        self._heading.setFont(bold)
        for label in (self._note, self._message):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, self.theme.muted)
            label.setPalette(palette)
        self.paint_with(self.theme, font)
        if not self.is_exporting:
            self.theme_changed.emit()

    def fill_menu(self, menu: QMenu) -> None:
        """Add the plot's actions to a menu; subclasses put theirs before these."""
        menu.addActions([self.legend_action, self.copy_action, self.export_action])

    @contextmanager
    def exporting(
        self, size: QSize, scale: float, palette: QPalette | None
    ) -> Iterator[QWidget]:
        """Lay the plot out as a picture of `size` logical pixels, then put it back.

        Gives the widget to paint. All of it happens between two turns of the event
        loop, so nothing is seen.
        """
        self.about_to_export.emit()
        before, own = self._sheet.geometry(), QPalette(self.palette())
        had_own = self.testAttribute(Qt.WidgetAttribute.WA_SetPalette)
        self._scale = scale
        self._prepare_export(active=True)
        if palette is not None:
            self.setPalette(palette)
        is_apart = not self.isVisible()
        if is_apart:
            self._set_apart()
        self._sheet.resize(size)
        self.recolour()
        try:
            yield self._sheet
        finally:
            self._scale = None
            self._prepare_export(active=False)
            self.setPalette(own if had_own else QPalette())
            if is_apart:
                self._take_back()
            self._sheet.setGeometry(before)
            self.recolour()

    def _set_apart(self) -> None:
        """Make the sheet a window of its own, never shown.

        Painting a hidden widget lays out all that it lies in, and would undo our size.
        """
        self._sheet.setParent(None)
        self._sheet.setPalette(self.palette())
        self._sheet.setFont(self.font())

    def _take_back(self) -> None:
        self._sheet.setPalette(QPalette())
        self._sheet.setFont(QFont())
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._sheet)
        self._sheet.show()

    @Slot()
    def copy_image(self) -> None:
        """Put a picture of the plot, as large as on screen, on the clipboard."""
        QGuiApplication.clipboard().setImage(self.as_image())

    def as_image(self) -> QImage:
        """Return a picture of the plot as large as on screen, twice as fine."""
        return render(self, 2 * self.width(), 2 * self.height(), 2.0)

    @Slot()
    def open_export_dialog(self) -> None:
        """Let the person choose size and file of a picture."""
        ExportDialog(self, self.window(), title=self.title).open()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(event.globalPos())

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        changes = (QEvent.Type.PaletteChange, QEvent.Type.FontChange)
        if event.type() in changes and not self.is_exporting:
            self.recolour()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.recolour()
        return super().event(event)

    def _make_message(self) -> QLabel:
        message = QLabel()
        message.setObjectName("plot_message")
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setWordWrap(True)
        message.setMargin(24)
        message.setForegroundRole(QPalette.ColorRole.WindowText)  # not that of its ground
        message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return message

    def _lay_out(self) -> None:
        header = QVBoxLayout()
        header.setContentsMargins(12, 8, 12, 0)
        header.setSpacing(4)
        for widget in (self._heading, self._summary, self._legend, self._note):
            header.addWidget(widget)
        layout = QVBoxLayout(self._sheet)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addLayout(self._stack, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._sheet)

    def _make_actions(self) -> None:
        self.copy_action = QAction(self.tr("Copy image"), self)
        self.copy_action.triggered.connect(self.copy_image)
        self.export_action = QAction(self.tr("Export PNG…"), self)
        self.export_action.triggered.connect(self.open_export_dialog)
        self.legend_action = QAction(self.tr("Legend"), self)
        self.legend_action.setCheckable(True)
        self.legend_action.setChecked(True)
        self.legend_action.toggled.connect(self._show_header)

    @Slot()
    def _show_header(self) -> None:
        shows_data = not self.message
        self._legend.setVisible(self.legend_action.isChecked() and shows_data)
        self._summary.setVisible(bool(self.summary) and shows_data)
        self._note.setVisible(bool(self.note) and shows_data)

    def _prepare_export(self, *, active: bool) -> None:
        self._heading.setVisible(active)
        self._legend.set_exporting(active)
