"""Tells of a defect of the program, and helps to pass it on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.ui.dialogs.plain_buttons import drop_icons
from workbench.ui.error_report import ErrorReport
from workbench.ui.plain_text import one_line

_MAX_REPORTS = 50  # different ones; a defect in a timer must not fill the memory


class ErrorDialog(QDialog):
    """One dialog for all defects of a session.

    A repeated one is only counted, and does not bring back a dialog that was closed.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorDialog")
        self.setWindowTitle(self.tr("Something went wrong"))
        self.setModal(False)
        self.resize(640, 400)
        self._reports: dict[str, tuple[ErrorReport, int]] = {}
        self._sentence = self._make_sentence()
        self._report = self._make_report()
        self._status = QLabel(self)
        self._status.setObjectName("errorStatus")
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for widget in (self._sentence, self._report, self._status, self._make_buttons()):
            layout.addWidget(widget)
        drop_icons(self)

    @Slot(object)
    def show_report(self, report: ErrorReport) -> None:
        """Show a report, or count it where the same defect has been shown before."""
        known, count = self._reports.get(report.signature, (report, 0))
        if not count and len(self._reports) >= _MAX_REPORTS:
            return
        self._reports[report.signature] = (known, count + 1)
        self._render(report.sentence)
        if not count:
            self.show()
            self.raise_()

    def report_text(self) -> str:
        """Return the text of all reports, newest last."""
        parts = []
        for report, count in self._reports.values():
            times = "" if count == 1 else self.tr(" ({0} times)").format(f"{count:,}")
            parts.append(f"{report.sentence}{times}\n\n{report.text}")
        return "\n\n".join(parts)

    @Slot()
    def copy(self) -> None:
        """Put the reports on the clipboard."""
        QGuiApplication.clipboard().setText(self.report_text())
        self._status.setText(self.tr("Copied."))

    @Slot()
    def save(self) -> None:
        """Ask for a file and write the reports into it."""
        dialog = QFileDialog(self, self.tr("Save Report"))
        dialog.setObjectName("saveReportDialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.selectFile("workbench-report.txt")
        dialog.fileSelected.connect(self.save_to)
        drop_icons(dialog)
        dialog.open()

    @Slot(str)
    def save_to(self, path: str) -> None:
        """Write the reports into a file, and say whether that worked."""
        try:
            Path(path).write_text(self.report_text(), encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            self._status.setText(self.tr("Not saved: {0}").format(reason))
        else:
            self._status.setText(self.tr("Saved as {0}").format(path))

    def _render(self, sentence: str) -> None:
        total = sum(count for _, count in self._reports.values())
        count = "" if total < 2 else self.tr("\n{0} errors so far.").format(f"{total:,}")
        self._sentence.setText(
            self.tr(
                "This is a defect of the program, not your mistake. Your session is on the "
                "disk. Please send the report below to those who can mend it.\n\n"
            )
            + one_line(sentence, 300)
            + count
        )
        bar = self._report.verticalScrollBar()
        place = bar.value()
        self._report.setPlainText(self.report_text())
        bar.setValue(place)

    def _make_sentence(self) -> QLabel:
        label = QLabel(self)
        label.setObjectName("errorSentence")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _make_report(self) -> QPlainTextEdit:
        text = QPlainTextEdit(self)
        text.setObjectName("errorReport")
        text.setAccessibleName(self.tr("Report"))
        text.setReadOnly(True)
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        return text

    def _make_buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole
        copy = QPushButton(self.tr("&Copy"), self)
        copy.setObjectName("copyReport")
        copy.setToolTip(self.tr("Copy the report"))
        copy.clicked.connect(self.copy)
        save = QPushButton(self.tr("&Save…"), self)
        save.setObjectName("saveReport")
        save.setToolTip(self.tr("Save the report as a text file"))
        save.clicked.connect(self.save)
        box.addButton(copy, role.ActionRole)
        box.addButton(save, role.ActionRole)
        close = box.addButton(QDialogButtonBox.StandardButton.Close)
        close.setToolTip(self.tr("Close this message"))
        box.rejected.connect(self.reject)
        return box
