"""Says what happened in an accident, for people."""

from __future__ import annotations

import math
from decimal import Decimal

from PySide6.QtCore import QObject

from workbench.core.events import ReplayEnded, ReplayProgressed
from workbench.core.numbers import format_short
from workbench.core.postmortem import Accident, Suspect, seen_steps
from workbench.core.rates import Quantity
from workbench.core.run import Run, RunState

_STANDS_OUT = 2.0  # times: a growth below it names nobody


class AccidentWords(QObject):
    """Turns an accident into sentences."""

    def headline(self, accident: Accident) -> str:
        """Say at which step the loss did what."""
        step = f"{accident.step:,}"
        if accident.is_divergence:
            text = self.tr("At step {0} the loss was no longer a finite number: {1}.")
            return text.format(step, format_loss(accident.loss))
        text = self.tr("At step {0} the loss leapt to {1}, {2} times its usual value.")
        times = accident.loss / accident.usual if accident.usual > 0 else math.inf
        return text.format(step, format_loss(accident.loss), _round(times))

    def details(self, accident: Accident) -> str:
        """Say what was usual, since when it was not, and which tensor went wrong."""
        sentences = [self._usual(accident), self._tensor(accident)]
        return " ".join(sentence for sentence in sentences if sentence)

    def detail(self, run: Run, accident: Accident) -> str:
        """Say whether every step before it is drawn, and why not where that is so."""
        if isinstance(run.replay, ReplayProgressed) and not run.state.is_over:
            return self.tr("Looking at every one of the last steps…")
        seen = seen_steps(run.history, accident.step)
        shortfall = self._shortfall(run, accident)
        if seen is None:
            reason = shortfall or self._why_not(run)
            return self.tr("Measured steps only: {}.").format(reason)
        text = self.tr("Every step from {0} to {1} is drawn")
        words = text.format(*(f"{step:,}" for step in seen))
        return f"{words}: {shortfall}." if shortfall else f"{words}."

    def _shortfall(self, run: Run, accident: Accident) -> str:
        """Return what the replay of this accident says of its limits."""
        last = accident.step - accident.is_divergence  # the bad step itself is none
        match run.replay:
            case ReplayEnded(step=step, shortfall=shortfall) if step == last:
                return shortfall
            case _:
                return ""

    def _why_not(self, run: Run) -> str:
        if run.state is RunState.TRAINING:
            return self.tr("pause the run to see every one")
        return self.tr("the steps in between were not done again")

    def _usual(self, accident: Accident) -> str:
        if math.isnan(accident.usual):
            return ""
        text = self.tr("Usual was {} in up to 200 steps before.")
        usual = text.format(format_loss(accident.usual))
        if accident.onset >= accident.step:
            return usual
        rise = self.tr("It rose from step {} on.").format(f"{accident.onset:,}")
        return f"{usual} {rise}"

    def _tensor(self, accident: Accident) -> str:
        if accident.where:
            text = {
                "weight": self.tr("First to go wrong: the values of {}."),
                "gradient": self.tr("First to go wrong: the gradient of {}."),
                "output": self.tr("First to go wrong: the output of {}."),
            }.get(accident.where, self.tr("First to go wrong: {}."))
            return text.format(accident.tensor)
        suspect = accident.suspect
        if suspect is None or suspect.factor < _STANDS_OUT:
            return self.tr("No tensor stood out in the measurements before.")
        return self._suspicion(suspect)

    def _suspicion(self, suspect: Suspect) -> str:
        text = self.tr("{0} grew most: its {1} reached {2} times its earlier median.")
        what = (
            self.tr("gradient norm")
            if suspect.quantity is Quantity.GRADIENT_NORM
            else self.tr("realised rate")
        )
        return text.format(suspect.tensor, what, _round(suspect.factor))


def divided_lr(lr: float) -> float:
    """Return a tenth of a learning rate, without the dust of binary fractions."""
    return float(Decimal(repr(lr)) / 10)


def format_loss(loss: float) -> str:
    """Show a loss; what is no number is called so."""
    return "NaN" if math.isnan(loss) else format_short(loss)


def _round(factor: float) -> str:
    """Show a factor in two digits; further ones would claim too much."""
    if not math.isfinite(factor):
        return "∞"
    if factor >= 1e6:
        return format_short(float(f"{factor:.1e}"))
    return f"{float(f'{factor:.2g}'):,.{0 if factor >= 10 else 1}f}"
