"""Step reports as the engine makes them, and a source of them."""

from __future__ import annotations

from dataclasses import replace

from workbench.core.errors import UserError
from workbench.core.inspection import StepReport, Term

LR, BETA = 0.1, 0.9


def momentum_terms(step: int) -> tuple[Term, ...]:
    """Return a step of AdamW-like momentum with decoupled decay, its numbers by hand."""
    gradient, old, weight = -0.5 * step, 0.25, 2.0
    buffer = BETA * old + gradient
    decay = LR * 0.01 * weight
    change = -LR * buffer - decay
    return (
        Term(r"\mathrm{lr}", "", LR, "Learning rate now."),
        Term(r"\theta_{t-1}", "", weight, "The weight before the step."),
        Term("g_t", "", gradient, "Gradient, after clipping."),
        Term(r"\mu", "", BETA, "Share of the buffer that is kept."),
        Term("b_{t-1}", "", old, "Buffer before."),
        Term("b_t", r"\mu\,b_{t-1} + g_t", buffer, "Buffer of past gradients."),
        Term(
            r"\mathrm{decay}_t", r"\mathrm{lr}\cdot 0.01\cdot\theta_{t-1}", decay, "Decay."
        ),
        Term(r"\Delta_t", r"-\mathrm{lr}\,b_t - \mathrm{decay}_t", change, "Change."),
        Term(r"\theta_t", r"\theta_{t-1} + \Delta_t", weight + change, "The new weight."),
    )


PULL = (
    Term(r"\phi_{t-1}", "", 1.0, "The slow weight before."),
    Term(r"\phi_t", r"\phi_{t-1} + 0.5\,(\theta_t - \phi_{t-1})", 1.5, "After the pull."),
)


class FakeSteps:
    """Explains the steps that it was told, as a run would."""

    def __init__(self, *steps: int, pulls: tuple[int, ...] = ()) -> None:
        self.steps, self.pulls = steps, pulls
        self.refusal = ""

    def recorded_steps(self, tensor: str) -> tuple[int, ...]:
        return self.steps

    def inspect(self, tensor: str, index: tuple[int, ...], step: int) -> StepReport:
        if self.refusal:
            raise UserError(self.refusal)
        assert step in self.steps
        report = StepReport(step, tensor, index, "SGD", momentum_terms(step))
        return replace(report, lookahead=PULL) if step in self.pulls else report
