"""What measuring the effective rates costs a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasuringCost:
    """Times taken around the measured steps, from where the run began or went on.

    `spent_s` went into measuring, out of `elapsed_s` of training, pauses left out;
    `samples` of the `steps` done were measured.
    """

    spent_s: float
    elapsed_s: float
    samples: int
    steps: int

    @property
    def share(self) -> float:
        """Return the share of the time that measuring took, from 0 to 1."""
        return min(1.0, self.spent_s / self.elapsed_s) if self.elapsed_s > 0 else 0.0

    def share_if(self, steps_apart: float) -> float:
        """Return the share that measuring one step in so many would take."""
        sample_s = self.spent_s / max(1, self.samples)
        bare_s = max(0.0, self.elapsed_s - self.spent_s) / max(1, self.steps)
        per_step_s = sample_s / max(1.0, steps_apart)
        return per_step_s / (bare_s + per_step_s) if per_step_s > 0 else 0.0
