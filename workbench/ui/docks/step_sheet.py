"""A step of the optimizer as a page: heading, terms, decay apart, Lookahead's pull."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QAction, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.inspection import StepReport, Term
from workbench.ui.docks.live_numbers import insert_numbers
from workbench.ui.docks.term_row import Emphasis, TermRow
from workbench.ui.theme import scaled, tabular

_SIDE = 16
_SMALL = 0.9


class StepSheet(QWidget):
    """Shows a `StepReport`, and how its numbers differ from those of a step before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_sheet")
        self._report: StepReport | None = None
        self._heading = _label("step_heading")
        self._place = _label("step_place")
        self._place.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._pull = _label("lookahead_heading")
        self._pull.setText(self.tr("Lookahead: the pull to the slow weights"))
        self._terms = _Rows(self)
        self._lookahead = _Rows(self)
        self._lay_out()
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._take_fonts()
        copy = QAction(self.tr("Copy as text"), self)
        copy.setObjectName("copy_step")
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @property
    def report(self) -> StepReport | None:
        """Return what is shown."""
        return self._report

    def rows(self) -> list[TermRow]:
        """List the rows of the step, then those of Lookahead's pull."""
        return [*self._terms.shown(), *self._lookahead.shown()]

    def show_report(self, report: StepReport, before: StepReport | None) -> None:
        """Show a step; changes are those since `before`, where there is one."""
        self._report = report
        self._heading.setText(
            self.tr("{}, step {}").format(report.optimizer, f"{report.step:,}")
        )
        place = _name_element(report.tensor, report.index)
        if before is not None:
            since = self.tr("arrows: change since step {}").format(f"{before.step:,}")
            place += f" · {since}"
        self._place.setText(place)
        has_pull = bool(report.lookahead)
        self._pull.setVisible(has_pull)
        self._terms.show_terms(
            report.terms, _values(before.terms if before else ()), ends=not has_pull
        )
        self._lookahead.show_terms(
            report.lookahead,
            _values(before.lookahead if before else ()),
            known=_values(report.terms),
            ends=True,
        )

    @Slot(bool)
    def set_explained(self, explained: bool) -> None:
        """Show a sentence on each term, or leave it to the tooltips."""
        for rows in (self._terms, self._lookahead):
            rows.set_explained(explained)

    @Slot(bool)
    def set_numbers_shown(self, shown: bool) -> None:
        """Show each formula with its numbers too, or alone."""
        for rows in (self._terms, self._lookahead):
            rows.set_numbers_shown(shown)

    @Slot()
    def copy(self) -> None:
        """Put the step on the clipboard: symbol, formula and exact value in columns."""
        if self._report is not None:
            QGuiApplication.clipboard().setText(as_text(self._report))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._take_fonts()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 16)
        column.setSpacing(0)
        for label in (self._heading, self._place):
            column.addWidget(label)
        column.addSpacing(8)
        column.addWidget(self._terms)
        column.addWidget(self._pull)
        column.addWidget(self._lookahead)
        column.addStretch(1)

    def _take_fonts(self) -> None:
        large = tabular(scaled(self.font(), 1.25))
        large.setWeight(QFont.Weight.DemiBold)
        self._heading.setFont(large)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._pull.setFont(bold)
        self._pull.setContentsMargins(_SIDE, 20, _SIDE, 4)
        self._place.setFont(tabular(scaled(self.font(), _SMALL)))


class _Rows(QWidget):
    """The rows of some terms, reused from step to step."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[TermRow] = []
        self._count = 0
        self._is_explained = self._has_numbers = True
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def shown(self) -> list[TermRow]:
        return self._rows[: self._count]

    def set_explained(self, explained: bool) -> None:
        self._is_explained = explained
        for row in self._rows:
            row.set_explained(explained)

    def set_numbers_shown(self, shown: bool) -> None:
        self._has_numbers = shown
        for row in self._rows:
            row.set_numbers_shown(shown)

    def show_terms(
        self,
        terms: Sequence[Term],
        before: Mapping[str, float],
        *,
        known: Mapping[str, float] = MappingProxyType({}),
        ends: bool,
    ) -> None:
        """Show the terms; with `ends` the last is the weight that the step leaves.

        `before` has the values of a step before, `known` what stands above these rows.
        """
        above = dict(known)
        while len(self._rows) < len(terms):
            self._add_row()
        self._count = len(terms)
        for place, term in enumerate(terms):
            is_last = ends and place == self._count - 1
            emphasis = Emphasis.RESULT if is_last else _emphasis_of(term)
            self._rows[place].show_term(
                term,
                before.get(term.symbol),
                emphasis,
                numbers=insert_numbers(term.formula, above),
                first=place == 0,
            )
            above[term.symbol] = term.value
        for place, row in enumerate(self._rows):
            row.setVisible(place < self._count)

    def _add_row(self) -> None:
        row = TermRow(self)
        row.set_explained(self._is_explained)
        row.set_numbers_shown(self._has_numbers)
        self._column.addWidget(row)
        self._rows.append(row)


def as_text(report: StepReport) -> str:
    """Write a step as a table: symbol, formula, exact value, divided by tabs."""
    place = _name_element(report.tensor, report.index)
    terms = (*report.terms, *report.lookahead)
    lines = [f"{term.symbol}\t{term.formula}\t{term.value!r}" for term in terms]
    heading = f"{report.optimizer}, step {report.step}, {place}"
    return "\n".join([heading, *lines, ""])


def _emphasis_of(term: Term) -> Emphasis:
    return Emphasis.APART if "decay" in term.symbol else Emphasis.NONE


def _values(terms: Sequence[Term]) -> dict[str, float]:
    return {term.symbol: term.value for term in terms}


def _name_element(tensor: str, index: tuple[int, ...]) -> str:
    return f"{tensor}[{', '.join(map(str, index))}]" if index else tensor


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setContentsMargins(_SIDE, 0, _SIDE, 0)
    label.setMinimumWidth(0)
    return label
