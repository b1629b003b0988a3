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
from workbench.engine.sampling import SampleSchedule


class StepMeter:
    """Measures the steps that are sampled and records those that are to be explained.

    Around a step, in this order: `prepare`; and where that returned the meter,
    `before_step` with the gradients of the first evaluation, and `after_step`. All other
    steps cost one comparison.
    """

    def __init__(
        self, experiment: Experiment, history: History, training: Stopwatch
    ) -> None:
        named = list(experiment.model.named_parameters())
        self.recorder = StepRecorder(experiment.stack, named)
        self._history = history
        self._rates = RateProbe(experiment.stack, named, history.elements)
        self._activity = ActivityProbe(experiment.model)
        self._model, self._bowl = experiment.model, experiment.bowl
        self._cost = MeasuringClock(history, training)
        loop, total_steps = experiment.plan.loop, experiment.span.total_steps
        num_weights = sum(tensor.num_elements for tensor in self.tensors)
        self._schedule = SampleSchedule(loop, total_steps, num_weights)
        self._next = self._schedule.next_from(experiment.start.step)
        self._is_sampled = self._is_recorded = False

    @property
    def tensors(self) -> tuple[TensorFacts, ...]:
        """Return the tensors that are measured."""
        return self._rates.tensors

    def begin(self, step: int) -> None:
        """Say what will be measured from here; where a run goes on, it is said already."""
        if not len(self._history.rates):
            self._history.rates.begin(self._rates.tensors)
        if not len(self._history.activity):
            self._history.activity.begin(self._activity.layers)
        if self._bowl is not None:
            self._history.landscape = self._bowl.landscape
        if not len(self._history.path):
            self._mark_path(step)
        self._cost.begin()

    def looks_at(self, step: int) -> bool:
        """Say whether a step, numbered from 0, is to be measured."""
        return step == self._next

    def prepare(self, step: int, *, recorded: bool) -> StepMeter | None:
        """Return the meter where it looks at the next step, which is numbered from 0.

        To be called before its forward pass.
        """
        self._is_sampled, self._is_recorded = step == self._next, recorded
        if not (self._is_sampled or recorded):
            return None
        if self._is_sampled:
            self._activity.is_armed = True
            self._next = self._schedule.next_from(step + 1)
        return self

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
                self._mark_path(step)
            self._cost.tell(step, beside_s=self._activity.spent_s)
        if self._is_recorded:
            self.recorder.after_step(step)

    def _mark_path(self, step: int) -> None:
        """Note where a linear model's weights are in its landscape."""
        if self._bowl is not None:
            self._history.path.append(step, *self._bowl.position(self._model))
