"""Everything that a run can report, as one closed union of frozen events.

The losses of single steps and the rows of epochs are not events: the run appends them to
its history, from which any reader takes what it needs. The last event of a run is one of
`FinalEvent`, and there is exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PreparationProgressed:
    """Something that takes time is under way before the first step.

    `fraction` is None where it cannot be known.
    """

    what: str  # such as "Downloading CIFAR-10"
    fraction: float | None = None


@dataclass(frozen=True)
class NoticeGiven:
    """Something worth a line in the log: a fallback, skipped files, a warning."""

    text: str


@dataclass(frozen=True)
class RunStarted:
    """Data and model are built; the first step comes next.

    `environment` holds versions and machine facts, `class_names` is empty for
    regression.
    """

    device: str  # such as "cpu" or "cuda:0 NVIDIA H200"
    threads: int
    total_steps: int
    steps_per_epoch: int
    num_parameters: int
    num_train_samples: int
    num_test_samples: int
    class_names: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EpochRow:
    """What was measured at the end of one epoch; None where it was not.

    `train_loss` is the mean over the samples of the epoch's batches, each before its
    step; `loss_sum` the plain sum of the batch losses; accuracies are shares from 0
    to 1.
    """

    epoch: int  # from 1
    step: int  # the epoch's last step
    train_loss: float
    loss_sum: float
    test_loss: float | None = None
    train_accuracy: float | None = None
    test_accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predicted and actual targets of a regression, in the data's own units.

    `split` says which samples: "train" or "test". At most 2,000 are kept.
    """

    split: str
    epoch: int
    actual: npt.NDArray[np.float64]
    predicted: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts of actual class (rows) by predicted class (columns)."""

    split: str
    epoch: int
    class_names: tuple[str, ...]
    counts: npt.NDArray[np.int64]


Picture = Predictions | Confusion


@dataclass(frozen=True)
class PictureMeasured:
    """A new picture of how well the model does."""

    picture: Picture


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Weights, buffers, optimizer state and position after `step`.

    `tensors` is a safetensors file in memory, `state` everything else as JSON; only
    the engine reads them.
    """

    step: int
    epoch: int
    tensors: bytes
    state: str


@dataclass(frozen=True)
class CheckpointTaken:
    """The state after a step, to be stored."""

    checkpoint: Checkpoint


@dataclass(frozen=True)
class ResumeCheck:
    """One part of a state that a run went on from: is it what was stored, bit for bit?"""

    what: str  # such as "optimizer state"
    is_equal: bool
    detail: str = ""  # such as "Adam, 12 tensors", or why it is not the same
    is_chosen: bool = False  # not the same because a new run was to have another


@dataclass(frozen=True)
class ResumeReport:
    """What a run that goes on from a stored state took over, and what may differ.

    `differences` are words for each fact of the machine or the program that decides the
    last digits and is not what it was; empty where the same bits will come out.
    """

    step: int
    checks: tuple[ResumeCheck, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Say whether the run goes on as if it had never stopped."""
        return not self.differences and all(check.is_equal for check in self.checks)

    @property
    def is_sound(self) -> bool:
        """Say whether all that was to be taken over is what was stored."""
        return all(check.is_equal or check.is_chosen for check in self.checks)


@dataclass(frozen=True)
class RunContinued:
    """The run goes on from a stored state; comes right after `RunStarted`.

    `elapsed_s` is the time that had been spent training when that state was stored.
    """

    report: ResumeReport
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class RunPaused:
    """The loop waits after this step."""

    step: int


@dataclass(frozen=True)
class RunResumed:
    """The loop goes on after this step."""

    step: int


@dataclass(frozen=True)
class LossExploded:
    """The loss of `step` was far above what it was before: the rule of the loop settings.

    `usual` is the median of the steps before. `kept_steps` are the steps whose whole
    state is still in memory, all from before the leap, so that a run can go on from
    there.
    """

    step: int
    loss: float
    usual: float
    kept_steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReplayProgressed:
    """The last steps before an accident are done once more, so as to measure each.

    Training stands still meanwhile; `done` of `total` steps are behind.
    """

    done: int
    total: int


@dataclass(frozen=True)
class ReplayEnded:
    """The replay of the steps up to `step` is over; the history has the close-up.

    `shortfall` says in words why not every one of the last 200 steps is in it, as the
    end of a sentence; empty where they all are, or as many as the run has done.
    """

    step: int
    shortfall: str = ""


@dataclass(frozen=True)
class RunFinished:
    """All epochs are done."""

    step: int
    elapsed_s: float  # time spent training, pauses left out


@dataclass(frozen=True)
class RunStopped:
    """The person stopped the run; everything up to this step is kept."""

    step: int
    elapsed_s: float


@dataclass(frozen=True)
class RunDiverged:
    """The loss at `step` was not finite; everything before it is kept.

    `tensor` names the first tensor with a value that is not finite, and `where` says
    whether it was a weight or a gradient; None where only the loss itself is.
    `kept_steps` are the good steps whose whole state is still in memory.
    """

    step: int
    elapsed_s: float
    loss: float
    tensor: str | None
    where: str
    kept_steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class RunFailed:
    """The run ended by an error.

    `report` is a traceback where the error is a defect of the program, else empty;
    `is_mistake` says that the plan asked for something that cannot be done.
    """

    step: int
    elapsed_s: float
    message: str
    report: str = ""
    is_mistake: bool = False


FinalEvent = RunFinished | RunStopped | RunDiverged | RunFailed
RunEvent = (
    PreparationProgressed
    | NoticeGiven
    | RunStarted
    | PictureMeasured
    | CheckpointTaken
    | RunContinued
    | RunPaused
    | RunResumed
    | LossExploded
    | ReplayProgressed
    | ReplayEnded
    | FinalEvent
)
