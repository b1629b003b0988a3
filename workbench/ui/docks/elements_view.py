"""The single elements of one tensor now: a histogram, and a map of where they are."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from workbench.core.elements import ElementArrays, ElementKind
from workbench.core.run import Run
from workbench.ui.docks.rate_sentences import where_elements
from workbench.ui.plots.element_histogram import ElementHistogram
from workbench.ui.plots.element_map import ElementMap
from workbench.ui.plots.plot import Plot
from workbench.ui.segments import Segments

_WIDE = 1.25  # times as wide as high: then the plots stand side by side


class ElementsView(QWidget):
    """Shows what the training thread puts into the run's tap.

    It asks for elements only while it can be seen and its run is under way. The switch
    `kinds` is to be put where there is room for it.
    """

    element_chosen = Signal(str, tuple)  # tensor, index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("elements_view")
        self._run: Run | None = None
        self._tensor = ""
        self._seen: object = None
        self.histogram = ElementHistogram(self.tr("Elements"))
        self.map = ElementMap(self.tr("Element map"))
        self.map.set_words(self._words())
        self.map.element_clicked.connect(self._report_element)
        self.kinds = self._make_kinds()
        self.kinds.chosen.connect(self.refresh)
        self._words_above = QLabel()
        self._words_above.setObjectName("elements_words")
        self._words_above.setTextFormat(Qt.TextFormat.PlainText)
        self._words_above.setWordWrap(True)
        self._words_above.setMargin(4)
        self._lay_out()
        self.refresh()

    @property
    def kind(self) -> ElementKind:
        """Return what is shown of each element."""
        return ElementKind(self.kinds.current)

    def set_kind(self, kind: ElementKind) -> None:
        """Show another number of each element."""
        self.kinds.choose(kind.value)

    def show_tensor(self, run: Run | None, tensor: str) -> None:
        """Show this tensor of this run; an empty name: none."""
        if (run, tensor) == (self._run, self._tensor):
            return
        self._release()
        self._run, self._tensor, self._seen = run, tensor, None
        self._watch()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take in what is new since the last call."""
        self._watch()
        found = self._latest()
        state = (found, self.kind, self._run and self._run.state)
        if state == self._seen:
            return
        self._seen = state
        if found is None:
            self._show_empty_state()
        else:
            self._show(found)

    def plots(self) -> Mapping[str, Plot]:
        """Return the plots that can be exported, by a name that is fit for a file."""
        return {"elements": self.histogram, "element_map": self.map}

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._release()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > _WIDE * self.height()
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._splitter.orientation():
            self._splitter.setOrientation(orientation)

    def _latest(self) -> ElementArrays | None:
        """Return the newest elements, if they are of the tensor that is shown."""
        found = self._run.history.elements.latest if self._run else None
        return found if found is not None and found.tensor == self._tensor else None

    def _watch(self) -> None:
        """Ask for the elements while somebody looks; ask for nothing else."""
        run = self._run
        if run is None:
            return
        wanted = self._tensor if self.isVisible() and not run.state.is_over else ""
        if run.history.elements.wanted != (wanted or None):
            run.history.elements.wanted = wanted or None

    def _release(self) -> None:
        if self._run is not None:
            self._run.history.elements.wanted = None

    def _show(self, found: ElementArrays) -> None:
        self.map.show()
        for plot in (self.histogram, self.map):
            plot.clear_message()
        kind, step = self.kind, found.step
        size = self._sizes()[kind]
        self.histogram.set_values(found.arrays[kind], size, self._nominal(found))
        self.map.set_arrays(found, kind)
        place = self.tr("{}, step {}").format(found.tensor, f"{step:,}")
        self._words_above.setText(f"{place} · {self.histogram.describe()}")
        self._words_above.show()

    def _nominal(self, found: ElementArrays) -> float | None:
        """Return the scheduled rate of the step, to be compared with the elements'."""
        if self._run is None or self.kind is not ElementKind.RATE:
            return None
        rates = self._run.history.steps.lr.values(found.step - 1, found.step)
        return float(rates[0]) if len(rates) else None

    def _show_empty_state(self) -> None:
        self._words_above.hide()
        self.map.hide()
        self.histogram.show_message(where_elements(self._run, self._tensor))
        self.map.show_message(self.tr("Each element as a cell of its row and column."))

    def _words(self) -> dict[ElementKind, str]:
        return {
            ElementKind.RATE: self.tr("effective rate"),
            ElementKind.UPDATE: self.tr("update Δ"),
            ElementKind.GRADIENT: self.tr("gradient g"),
            ElementKind.VALUE: self.tr("value θ"),
        }

    def _sizes(self) -> dict[ElementKind, str]:
        return {
            ElementKind.RATE: self.tr("effective rate"),
            ElementKind.UPDATE: self.tr("update |Δ|"),
            ElementKind.GRADIENT: self.tr("gradient |g|"),
            ElementKind.VALUE: self.tr("value |θ|"),
        }

    def _make_kinds(self) -> Segments:
        entries = (
            (ElementKind.RATE, self.tr("Rate"), self.tr(
                "The step coefficient of each element; the realised rate |Δ| / |g| "
                "where the optimizer has none.")),
            (ElementKind.UPDATE, self.tr("Update"), self.tr(
                "How far each element moved in the step, with its sign.")),
            (ElementKind.GRADIENT, self.tr("Gradient"), self.tr(
                "The gradient that reached the optimizer, after clipping.")),
            (ElementKind.VALUE, self.tr("Value"), self.tr(
                "Each element itself, after the step.")),
        )  # fmt: skip
        segments = Segments(self.tr("Show of each element"), entries)
        segments.setObjectName("element_kind")
        return segments

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("elements_splitter")
        for plot in (self.histogram, self.map):
            self._splitter.addWidget(plot)
        self._splitter.setSizes([400, 600])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._words_above)
        layout.addWidget(self._splitter, 1)

    @Slot(tuple)
    def _report_element(self, index: tuple[int, ...]) -> None:
        self.element_chosen.emit(self._tensor, index)
