"""Steps and epochs that are done, but whose losses have not been read yet.

On a graphics card, to read a loss is to wait for all that the card has been given to do,
and meanwhile it is given nothing more. So the loop goes ahead for up to 50 steps, not
beyond the next state that is kept, and then reads all losses at once. Where one of them
is no number, or leaps so that the run is to pause, it has gone too far: it goes back to
the kept state and does the good steps again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.postmortem import LOOK_BACK
from workbench.engine.checkpoint import (
    WholeState,
    put_generators,
    put_optimizer,
    put_weights,
)
from workbench.engine.epoch_sums import EpochSums
from workbench.engine.evaluation import Evaluation
from workbench.engine.experiment import Experiment
from workbench.engine.kept_states import KeptStates

MOST_UNREAD = 50  # steps


@dataclass(frozen=True)
class DoneStep:
    """A step: where it began, what it was given, and its loss on the device.

    `step` and `batch` are counted from 0; `counts` is what `sums` had counted before it.
    """

    step: int
    epoch: int
    batch: int
    loss: Tensor
    lr: float
    samples: int
    sums: EpochSums
    counts: Tensor | None


@dataclass(frozen=True)
class DoneEpoch:
    """An epoch, counted from 1, that ended with `step`."""

    epoch: int
    step: int
    sums: EpochSums
    tested: Evaluation | None
    shows_picture: bool


def pays_off(experiment: Experiment) -> bool:
    """Say whether losses may wait: where reading takes time, and nothing needs them."""
    has_plateau = experiment.scheduler.plateau is not None  # whose rate hangs on losses
    needs_losses = experiment.stack.needs_closure or has_plateau
    return experiment.device.type == "cuda" and not needs_losses


def can_be_undone(step: int, kept: KeptStates) -> bool:
    """Say whether a step can be undone: a state from shortly before it is kept."""
    states = kept.recent
    return bool(states) and step - states[-1].step < LOOK_BACK


def read_losses(done: Iterable[DoneStep | DoneEpoch]) -> list[float]:
    """Return the losses of the steps in order; waits for the device once."""
    losses = [one.loss for one in done if isinstance(one, DoneStep)]
    found: list[float] = torch.stack(losses).tolist() if losses else []
    return found


def put_back(experiment: Experiment, state: WholeState) -> None:
    """Put model, optimizer and generators to where they were when a state was kept."""
    put_weights(state.content, experiment.model)
    put_optimizer(state.content, experiment.stack, experiment.scheduler)
    put_generators(state.content["random"])
