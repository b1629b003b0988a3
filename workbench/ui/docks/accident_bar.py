"""Beneath the words on an accident: which tensor is drawn, and in how much detail."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from workbench.core.rates import TensorFacts
from workbench.ui.docks.index_edit import say_shape
from workbench.ui.forms.choice_box import ChoiceBox

_BOX_WIDTH = 180  # pixels


class AccidentBar(QWidget):
    """Names a tensor, and says what of the last steps is known; its setters are silent."""

    tensor_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensor = ChoiceBox(self)
        self._tensor.setObjectName("accident_tensor")
        self._tensor.setAccessibleName(self.tr("Tensor that is drawn"))
        self._tensor.setToolTip(
            self.tr(
                "Tensor whose gradient and rate are drawn: at first the one named above"
            )
        )
        self._tensor.setFixedWidth(_BOX_WIDTH)
        self._tensor.activated.connect(self._choose)
        self._words = QLabel(self)
        self._words.setObjectName("accident_detail")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._words.setSizePolicy(policy)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 4)
        row.setSpacing(8)
        row.addWidget(self._tensor)
        row.addWidget(self._words, 1)

    @property
    def text(self) -> str:
        """Return what is said of the detail."""
        return self._words.text()

    @property
    def tensor(self) -> str:
        """Return the chosen tensor; empty where there is none."""
        return self._tensor.key()

    def show_tensors(self, tensors: Sequence[TensorFacts], chosen: str | None) -> None:
        """Offer tensors, one of them chosen."""
        self._tensor.set_choices(map(_choice, tensors))
        self._tensor.choose(chosen or "")
        self._tensor.setVisible(bool(tensors))

    def show_words(self, text: str) -> None:
        """Say in how much detail the last steps are known."""
        self._words.setText(text)

    @Slot()
    def _choose(self) -> None:
        self.tensor_chosen.emit(self.tensor)


def _choice(facts: TensorFacts) -> tuple[str, str, str]:
    return facts.name, f"{facts.name}  {say_shape(facts.shape)}", ""
