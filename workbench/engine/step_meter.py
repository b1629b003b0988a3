"""Everything that is measured around single steps, for the history and the inspector."""

from __future__ import annotations

from workbench.core.rates import TensorFacts
from workbench.core.run import History
from workbench.engine.activity import ActivityProbe
from workbench.engine.clocks import Stopwatch
from workbench.engine.effective_rates import RateProbe
from workbench.engine.experiment import Experiment
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.measuring_clock import MeasuringClock
from workbench.engine.optimizers import Closure


class StepMeter:
    """Measures the steps that are sampled and records those that are to be explained.

    Around each step, in this order: `prepare`, `before_step` with the gradients of the
    first evaluation, `after_step`.
    """

    def __init__(
        self, experiment: Experiment, history: History, training: Stopwatch
    ) -> None:
        named = list(experiment.model.named_parameters())
        self.recorder = StepRecorder(experiment.stack, named)
        self._history = history
        self._rates = RateProbe(experiment.stack, named, history.elements)
        self._activity = ActivityProbe(experiment.model)
        self._cost = MeasuringClock(history, training)
        self._is_sampled = self._is_recorded = False

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors that are measured."""
        return self._rates.tensors

    def begin(self) -> None:
        """Say what will be measured; where a run goes on, it is said already."""
        if not len(self._history.rates):
            self._history.rates.begin(self._rates.tensors)
        if not len(self._history.activity):
            self._history.activity.begin(self._activity.layers)
        self._cost.begin()

    def prepare(self, *, sampled: bool, recorded: bool) -> None:
        """Say what is wanted of the next step, before its forward pass."""
        self._is_sampled, self._is_recorded = sampled, recorded
        self._activity.is_armed = sampled

    def watch(self, closure: Closure) -> Closure:
        """Return the closure of a step that evaluates the loss itself, to pass to it."""
        return self.recorder.watch(closure) if self._is_recorded else closure

    def before_step(self) -> None:
        """Look at weights and gradients before the optimizer changes anything."""
        self._activity.is_armed = False
        if self._is_sampled:
            with self._cost.running():
                self._rates.before_step()
        if self._is_recorded:
            self.recorder.before_step()

    def after_step(self, step: int) -> None:
        """Look at what the step did, and append it to the history."""
        if self._is_sampled:
            with self._cost.running():
                self._history.rates.append(step, self._rates.after_step(step))
                if self._activity.layers:
                    self._history.activity.append(step, self._activity.take())
            self._cost.tell(step, beside_s=self._activity.spent_s)
        if self._is_recorded:
            self.recorder.after_step(step)
