"""A form made from a settings class: one row for each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from workbench.core.errors import Problem
from workbench.core.settings import Settings, describe
from workbench.ui.forms.bad_text import readable
from workbench.ui.forms.field_row import RESET_WIDTH, FieldRow
from workbench.ui.forms.hint import NO_HINT, Hint

COLUMN_GAP = 8
_TITLES, _EDITORS = 4, 5  # shares of the width


class SettingsForm(QWidget):
    """Edits the fields of one settings class by name.

    Fields that have no effect, because another field says so, are greyed, or hidden
    with `hide_idle`. Advanced fields stand under a line "More". `field_edited` tells of
    each edit by the person, with the value or `BadText`; `set_values` is silent.
    """

    field_edited = Signal(str, object)
    editing_finished = Signal()

    def __init__(
        self,
        settings: type[Settings],
        parent: QWidget | None = None,
        *,
        hide_idle: bool = False,
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self._hide_idle = hide_idle
        self._rows: dict[str, FieldRow] = {}
        self._is_open = False
        self._main = QWidget(self)  # made in the order of the Tab key
        self._more = QToolButton(self)
        self._advanced = QWidget(self)
        self._lay_out()
        self._set_up_more()
        self._refresh()

    def values(self) -> dict[str, object]:
        """Return the value of each field, `BadText` where the text cannot be read."""
        return {name: row.value() for name, row in self._rows.items()}

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show values by field name without a signal; fields left out stay."""
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].set_value(value)
        self._refresh()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Name problems beneath their fields, the last word of each path; clear others."""
        messages = {problem.path.split(".")[-1]: problem.message for problem in problems}
        for name, row in self._rows.items():
            row.show_problem(messages.get(name, ""))
            if row.problem() and row.spec.advanced:
                self._is_open = True
        self._refresh()

    def show_hints(self, hints: Mapping[str, Hint]) -> None:
        """Show remarks from outside by field name; take those on other fields away."""
        for name, row in self._rows.items():
            row.show_hint(hints.get(name, NO_HINT))

    def focus_order(self) -> list[QWidget]:
        """List what takes the keyboard, from top to bottom."""
        rows = self._rows.values()
        main = [widget for row in rows if not row.spec.advanced for widget in row.stops()]
        rest = [widget for row in rows if row.spec.advanced for widget in row.stops()]
        return [*main, self._more, *rest]

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        main, advanced = self._main, self._advanced
        grids = {False: _new_grid(main), True: _new_grid(advanced)}
        for spec in describe(self.settings):
            row = FieldRow(spec, advanced if spec.advanced else main)
            row.place(grids[spec.advanced])
            row.edited.connect(self._take_edit)
            row.editing_finished.connect(self.editing_finished)
            self._rows[spec.name] = row
        for widget in (main, self._more, advanced):
            layout.addWidget(widget)
        main.setVisible(any(not row.spec.advanced for row in self._rows.values()))

    def _set_up_more(self) -> None:
        self._more.setObjectName("more")
        self._more.setAutoRaise(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setToolTip(self.tr("Show or hide the settings that are rarely changed"))
        self._more.clicked.connect(self._open_or_fold)

    @Slot(str, object)
    def _take_edit(self, name: str, value: object) -> None:
        self._refresh()
        self.field_edited.emit(name, value)

    @Slot()
    def _refresh(self) -> None:
        """Grey or hide what has no effect, and say how many hidden fields differ."""
        for row in self._rows.values():
            is_live = self._has_effect(row) or bool(row.problem())  # to be mended there
            row.set_enabled(is_live)
            row.set_visible(is_live or not self._hide_idle)
        self._refresh_more()

    @Slot()
    def _open_or_fold(self) -> None:
        self._is_open = not self._is_open
        self._refresh_more()

    def _refresh_more(self) -> None:
        rows = [row for row in self._rows.values() if row.spec.advanced]
        is_used = any(self._has_effect(row) or not self._hide_idle for row in rows)
        changed = sum(row.is_changed() for row in rows)
        note = (
            ""
            if self._is_open or not changed
            else self.tr(" ({0} changed)").format(changed)
        )
        self._more.setText(self.tr("More") + note)
        down, right = Qt.ArrowType.DownArrow, Qt.ArrowType.RightArrow
        self._more.setArrowType(down if self._is_open else right)
        self._more.setVisible(is_used)
        self._advanced.setVisible(is_used and self._is_open)

    def _has_effect(self, row: FieldRow) -> bool:
        if row.spec.when is None:
            return True
        name, wanted = row.spec.when
        return readable(self._rows[name].value()) in wanted


def _new_grid(widget: QWidget) -> QGridLayout:
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(COLUMN_GAP)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, _TITLES)
    grid.setColumnStretch(1, _EDITORS)
    grid.setColumnMinimumWidth(2, RESET_WIDTH)
    return grid
