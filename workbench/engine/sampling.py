"""At which steps the effective rates are measured: a function of the step alone."""

from __future__ import annotations

from workbench.core.loop import LoopSettings

_SAMPLES_PER_RUN = 150  # of the steady part, where the plan leaves it open
_FEW_WEIGHTS, _MANY_STEPS = 1000, 4000  # here a sample takes as long as four steps
_STEPS_PER_STRIDE = 4  # samples at each stride on the way there


class SampleSchedule:
    """Measures densely at the start of a run, where most happens, and then steadily.

    The stride doubles every 4 samples until the run's length divided by it is about
    150; in a long run of a small model, whose steps take next to no time, 75. Where the
    plan names a stride, that holds from the first step to the last.
    """

    def __init__(self, loop: LoopSettings, total_steps: int, num_weights: int) -> None:
        self._fixed = loop.sample_every
        self._longest = 1
        is_quick = num_weights < _FEW_WEIGHTS and total_steps > _MANY_STEPS
        samples = _SAMPLES_PER_RUN // 2 if is_quick else _SAMPLES_PER_RUN
        while self._longest * samples < total_steps:
            self._longest *= 2

    def stride_at(self, step: int) -> int:
        """Return how far apart the samples are around a step, counted from 0."""
        if self._fixed:
            return self._fixed
        # 1 up to step 8, then doubled with every doubling of the step
        return min(self._longest, 1 << (step // (2 * _STEPS_PER_STRIDE)).bit_length())

    def next_from(self, step: int) -> int:
        """Return the first step from this one on, counted from 0, to be measured."""
        stride = self.stride_at(step)
        # Strides change at steps that are multiples of the longer one, too.
        return -(-step // stride) * stride
