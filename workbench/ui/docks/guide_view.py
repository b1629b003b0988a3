"""The guide dock: what each optimizer does, how to choose, how to read the plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.errors import UnknownNameError
from workbench.core.guide import Entry, Group, Page, contents, read_page
from workbench.ui.docks.guide_browser import GuideBrowser
from workbench.ui.docks.guide_find_bar import GuideFindBar
from workbench.ui.icons import icon

_START = "choosing"
_MAX_VISITS = 100


@dataclass(frozen=True)
class _Visit:
    key: str
    place: float = 0.0  # how far down, from 0 to 1


def open_outside(address: str) -> None:
    """Open an address in the browser of the system."""
    QDesktopServices.openUrl(QUrl(address))


class GuideView(QWidget):
    """Shows the pages of the guide, with a way back and a search.

    A page is read once the view has been painted: never at the start, behind other docks.
    `open_address` gets the address of a paper when its link is clicked; nothing else ever
    leaves the program.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        open_address: Callable[[str], None] = open_outside,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("guideView")
        self._open_address = open_address
        self._entries = contents()
        self._visits: list[_Visit] = []
        self._now = -1
        self._wanted = _START
        self._browser = GuideBrowser(self)
        self._find_bar = GuideFindBar(self._browser, self)
        self._contents = self._make_contents()
        self._back = self._make_button("guideBack", self.tr("Back (Alt+Left)"))
        self._forward = self._make_button("guideForward", self.tr("Forward (Alt+Right)"))
        self._find = self._make_button("guideFind", self.tr("Find on this page (Ctrl+F)"))
        self.setFocusProxy(self._browser)
        self._lay_out()
        self._connect()
        self._give_icons()
        self._show_state()

    @Slot(str)
    def show_optimizer(self, kind: str) -> None:
        """Show the page of an optimizer, or a sentence where it has none."""
        self.show_page(kind)

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Show a page by its key, as `core.guide.contents` lists them.

        While the view cannot be seen it only remembers the page: formulas are set when
        they can.
        """
        can_be_seen = not self.visibleRegion().isEmpty()  # a tab in front leaves it visible
        self._wanted = "" if can_be_seen else key
        if can_be_seen and key != self.shown_page():
            self._leave()
            del self._visits[self._now + 1 :]
            self._visits = [*self._visits, _Visit(key)][-_MAX_VISITS:]
            self._now = len(self._visits) - 1
            self._show_visit()

    def shown_page(self) -> str:
        """Return the key of the page that is shown; empty before the first."""
        return self._visits[self._now].key if self._visits else ""

    @Slot()
    def go_back(self) -> None:
        """Show the page before, where it was left."""
        self._travel(-1)

    @Slot()
    def go_forward(self) -> None:
        """Undo `go_back`."""
        self._travel(1)

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, 640)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._wanted:
            QTimer.singleShot(0, self, self._show_wanted)

    @Slot()
    def _show_wanted(self) -> None:
        if self._wanted:
            self.show_page(self._wanted)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._give_icons()

    def _travel(self, distance: int) -> None:
        if 0 <= self._now + distance < len(self._visits):
            self._leave()
            self._now += distance
            self._show_visit()

    def _leave(self) -> None:
        """Note how far the present page was read."""
        if self._visits:
            visit = self._visits[self._now]
            self._visits[self._now] = replace(visit, place=self._browser.place())

    def _show_visit(self) -> None:
        visit = self._visits[self._now]
        self._browser.show_page(self._read(visit.key))
        self._browser.go_to(visit.place)
        self._find_bar.search()
        self._show_state()

    def _read(self, key: str) -> Page:
        try:
            return read_page(key)
        except UnknownNameError:
            text = self.tr("The guide has no page on this yet. The list above has others.")
            return Page(key, "", text, {}, {})

    def _show_state(self) -> None:
        keys = [self._contents.itemData(i) for i in range(self._contents.count())]
        key = self.shown_page()
        self._contents.setCurrentIndex(keys.index(key) if key in keys else -1)
        self._back.setEnabled(self._now > 0)
        self._forward.setEnabled(self._now + 1 < len(self._visits))

    @Slot(int)
    def _choose(self, index: int) -> None:
        self.show_page(self._contents.itemData(index))

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        if link.scheme() in {"http", "https"}:
            self._open_address(link.toString())
        elif link.isRelative():
            self.show_page(link.path().removesuffix(".md"))

    @Slot()
    def _focus_text(self) -> None:
        self._browser.setFocus()

    def _make_contents(self) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName("guideContents")
        box.setAccessibleName(self.tr("Contents of the guide"))
        box.setToolTip(self.tr("All pages of the guide"))
        box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        box.setMaxVisibleItems(len(self._entries) + 1)
        box.setPlaceholderText(self.tr("Choose a page"))
        for before, entry in zip((None, *self._entries), self._entries, strict=False):
            if _starts_group(before, entry):
                box.insertSeparator(box.count())
            box.addItem(entry.title, entry.key)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _make_button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        for widget in (self._back, self._forward):
            bar.addWidget(widget)
        bar.addWidget(self._contents, 1)
        bar.addWidget(self._find)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._browser, 1)
        column.addWidget(self._find_bar)

    def _connect(self) -> None:
        self._contents.activated.connect(self._choose)
        self._back.clicked.connect(self.go_back)
        self._forward.clicked.connect(self.go_forward)
        self._find.clicked.connect(self._find_bar.open)
        self._find_bar.closed.connect(self._focus_text)
        self._browser.anchorClicked.connect(self._follow)
        self._browser.restyled.connect(self._find_bar.search)
        keys = QKeySequence.StandardKey
        for key, slot in (
            (keys.Find, self._find_bar.open),
            (keys.FindNext, self._find_bar.go_on),
            (keys.FindPrevious, self._find_bar.go_back),
            (QKeySequence("Alt+Left"), self.go_back),
            (QKeySequence("Alt+Right"), self.go_forward),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _give_icons(self) -> None:
        for button, name in (
            (self._back, "back"),
            (self._forward, "forward"),
            (self._find, "find"),
        ):
            button.setIcon(icon(name, self.palette()))


def _starts_group(before: Entry | None, entry: Entry) -> bool:
    return before is not None and (before.group, entry.group) == (
        Group.TOPIC,
        Group.OPTIMIZER,
    )
