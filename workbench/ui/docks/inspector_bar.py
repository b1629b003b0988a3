"""The controls of the step inspector: which weight, which step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from workbench.core.rates import TensorFacts
from workbench.ui.docks.index_edit import Index, IndexEdit, say_shape
from workbench.ui.forms.choice_box import ChoiceBox
from workbench.ui.forms.marks import NoteLabel
from workbench.ui.icons import icon
from workbench.ui.plain_text import tooltip
from workbench.ui.theme import tabular

_INDEX_WIDTH = 96
_STEPS_WIDTH = 104


class InspectorBar(QWidget):
    """Names an element and a recorded step; its setters are silent."""

    element_chosen = Signal()  # see `tensor` and `index`
    step_chosen = Signal(int)
    moved = Signal(int)  # −1: to the recorded step before, 1: to the one after
    step_requested = Signal()
    numbers_toggled = Signal(bool)
    explanations_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensors: tuple[TensorFacts, ...] = ()
        self._tensor = ChoiceBox(self)
        self._index = IndexEdit(self)
        self._back = self._arrow(Qt.ArrowType.LeftArrow)
        self._steps = ChoiceBox(self)
        self._on = self._arrow(Qt.ArrowType.RightArrow)
        self._count = QLabel(self)
        self._numbers = QToolButton(self)
        self._explain = QToolButton(self)
        self._do = QPushButton(self.tr("Do next step"), self)
        self._note = NoteLabel(self)
        self._set_up()
        self._lay_out()
        self._connect()
        self.show_steps((), None, can_step=False)

    @property
    def tensor(self) -> str:
        """Return the name of the chosen tensor; empty where there is none."""
        return self._tensor.key()

    @property
    def index(self) -> Index:
        """Return the chosen element."""
        return self._index.index

    @property
    def problem(self) -> str:
        """Return what is said to be wrong."""
        return self._note.text()

    def set_tensors(self, tensors: Sequence[TensorFacts]) -> None:
        """Offer tensors; the chosen one stays where it is among them."""
        if tuple(tensors) == self._tensors:
            return
        before, index, shape = self.tensor, self.index, self._shape()
        self._tensors = tuple(tensors)
        self._tensor.set_choices(map(_choice, tensors))
        names = self._tensor.keys()
        self._tensor.choose(before if before in names else next(iter(names), ""))
        self._index.set_shape(self._shape())
        if before == self.tensor and shape == self._shape():
            self._index.set_index(index)

    def choose(self, tensor: str, index: Index) -> None:
        """Show an element, which must be one of the tensors'."""
        self._tensor.choose(tensor)
        self._index.set_shape(self._shape())
        self._index.set_index(index)

    def show_steps(self, steps: Sequence[int], step: int | None, *, can_step: bool) -> None:
        """Offer recorded steps; `can_step`: another one can be done."""
        self._steps.set_choices(
            (str(n), self.tr("step {}").format(f"{n:,}"), "") for n in steps
        )
        self._steps.choose(str(step))
        place = steps.index(step) + 1 if step in steps else 0
        self._back.setEnabled(place > 1)
        self._on.setEnabled(0 < place < len(steps))
        self._steps.setEnabled(bool(steps))
        of = self.tr("{} of {}").format(f"{place:,}", f"{len(steps):,}")
        self._count.setText(of if steps else "")
        self._do.setEnabled(can_step)

    @Slot(str)
    def show_problem(self, sentence: str) -> None:
        """Say what is wrong; an empty text takes it away."""
        self._note.show_words(sentence)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._explain.setIcon(icon("info", self.palette()))

    @Slot()
    def _choose_tensor(self) -> None:
        self._index.set_shape(self._shape())
        self.element_chosen.emit()

    @Slot()
    def _choose_step(self) -> None:
        self.step_chosen.emit(int(self._steps.key()))

    @Slot()
    def _go_back(self) -> None:
        self.moved.emit(-1)

    @Slot()
    def _go_on(self) -> None:
        self.moved.emit(1)

    def _shape(self) -> Index:
        chosen = (facts.shape for facts in self._tensors if facts.name == self.tensor)
        return next(chosen, ())

    def _arrow(self, arrow: Qt.ArrowType) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setAutoRaise(True)
        return button

    def _set_up(self) -> None:
        self._name("tensor", self._tensor, self.tr("Tensor that the weight is in"))
        tip = self.tr(
            "Index of the weight, counted from 0, such as 3, 5 (↑ and ↓: next to it)"
        )
        self._name("index", self._index, tip)
        self._name("back", self._back, self.tr("Recorded step before (←)"))
        tip = self.tr("Recorded steps: where the run was paused, and before an accident")
        self._name("steps", self._steps, tip)
        self._name("count", self._count, tip)
        self._name("on", self._on, self.tr("Recorded step after (→)"))
        tip = self.tr("Write each formula with its numbers too")
        self._name("numbers", self._numbers, tip)
        self._name("explain", self._explain, self.tr("Say beneath each term what it is"))
        tip = self.tr("Let the paused run do one step, and show it (→ at the newest step)")
        self._name("do", self._do, tip)
        self._note.setObjectName("inspector_note")
        self._tensor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._index.setFixedWidth(_INDEX_WIDTH)
        self._index.setFont(tabular(self.font()))
        self._steps.setFixedWidth(_STEPS_WIDTH)
        self._count.setFont(tabular(self.font()))
        for button in (self._numbers, self._explain):
            button.setAutoRaise(True)
            button.setCheckable(True)
            button.setChecked(True)
        self._numbers.setText("123")
        self._explain.setIcon(icon("info", self.palette()))

    @staticmethod
    def _name(name: str, control: QWidget, tip: str) -> None:
        control.setObjectName(f"inspector_{name}")
        control.setToolTip(tooltip(tip))
        control.setAccessibleName(tip)

    def _lay_out(self) -> None:
        element, steps = QHBoxLayout(), QHBoxLayout()
        element.setSpacing(4)
        element.addWidget(self._tensor, 1)
        element.addWidget(self._index)
        for button in (self._numbers, self._explain):
            element.addWidget(button)
        steps.setSpacing(4)
        for widget in (self._back, self._steps, self._on, self._count):
            steps.addWidget(widget)
        steps.addStretch(1)
        steps.addWidget(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(4)
        column.addLayout(element)
        column.addLayout(steps)
        column.addWidget(self._note)

    def _connect(self) -> None:
        self._tensor.activated.connect(self._choose_tensor)
        self._index.index_edited.connect(self.element_chosen)
        self._index.text_rejected.connect(self.show_problem)
        self._back.clicked.connect(self._go_back)
        self._on.clicked.connect(self._go_on)
        self._steps.activated.connect(self._choose_step)
        self._numbers.toggled.connect(self.numbers_toggled)
        self._explain.toggled.connect(self.explanations_toggled)
        self._do.clicked.connect(self.step_requested)


def _choice(facts: TensorFacts) -> tuple[str, str, str]:
    return facts.name, f"{facts.name}  {say_shape(facts.shape)}", ""
