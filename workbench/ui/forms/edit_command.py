"""One edit of the experiment form on the undo stack."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand
from typing_extensions import override

from workbench.ui.forms.draft import Draft

_ID = 1  # edits of one kind only stand on the stack


class EditCommand(QUndoCommand):
    """Shows the draft before or after an edit.

    Edits with the same `burst` in a row, such as the letters typed into one field, are
    one step of undo; an empty `burst` never merges.
    """

    def __init__(
        self,
        text: str,
        drafts: tuple[Draft, Draft],
        show: Callable[[Draft], None],
        burst: str,
    ) -> None:
        super().__init__(text)
        self._before, self.after = drafts
        self._show = show
        self.burst = burst

    @override
    def id(self) -> int:
        return _ID if self.burst else -1

    @override
    def redo(self) -> None:
        self._show(self.after)

    @override
    def undo(self) -> None:
        self._show(self._before)

    @override
    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditCommand) or other.burst != self.burst:
            return False
        self.after = other.after
        self.setObsolete(self.after == self._before)
        return True
