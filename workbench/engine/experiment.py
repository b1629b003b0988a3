"""Everything that a plan becomes before the first step: data, model, optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.core.errors import CancelledError
from workbench.core.events import (
    NoticeGiven,
    PreparationProgressed,
    ResumeReport,
    RunEvent,
)
from workbench.core.plan import Plan, idle_schedule
from workbench.core.resuming import Start
from workbench.core.tasks import Task
from workbench.engine import checkpoint
from workbench.engine.arithmetic import (
    Arithmetic,
    choose_arithmetic,
    describe_arithmetic,
)
from workbench.engine.batches import Batches
from workbench.engine.checkpoint import WholeState
from workbench.engine.continuing import Continuation, facts
from workbench.engine.control import RunControl
from workbench.engine.data.catalogue import load_dataset
from workbench.engine.data.dataset import Dataset
from workbench.engine.data.digest import digest
from workbench.engine.devices import choose_device, choose_threads, make_deterministic
from workbench.engine.environment import environment
from workbench.engine.landscape import Bowl, survey
from workbench.engine.losses import build_loss
from workbench.engine.models import Sizes, build_model
from workbench.engine.optimizers import OptimizerStack, build_optimizer
from workbench.engine.position import Position
from workbench.engine.schedules import Scheduler, Span

Emit = Callable[[RunEvent], None]


@dataclass(frozen=True)
class RunContext:
    """What loading asks and tells, wired to the run's events and its stop button."""

    data_folder: Path
    control: RunControl
    emit: Emit

    def report(self, what: str, fraction: float | None = None) -> None:
        """Tell how far a lengthy part is.

        Raises:
            CancelledError: once the run has been stopped.
        """
        if self.control.is_stopped:
            raise CancelledError("the run was stopped while it was being prepared")
        self.emit(PreparationProgressed(what, fraction))

    def notice(self, text: str) -> None:
        """Give a line for the log."""
        self.emit(NoticeGiven(text))


@dataclass(frozen=True)
class Experiment:
    """The parts of one run, all on its device."""

    plan: Plan
    device: torch.device
    arithmetic: Arithmetic
    threads: int
    dataset: Dataset
    model: nn.Sequential
    loss: nn.Module
    stack: OptimizerStack
    batches: Batches
    scheduler: Scheduler
    span: Span
    start: Position
    facts: Mapping[str, Any]  # of the run, for one that goes on from its states
    bowl: Bowl | None = None  # of a linear model
    continued: ResumeReport | None = None  # where it goes on from a state

    def twin(self) -> Experiment:
        """Return the experiment with an untrained model and optimizer of its own."""
        model, stack = _build(self.plan, self.dataset, self.device, self.arithmetic)
        return replace(self, model=model.train(), stack=stack)

    def state_at(self, position: Position) -> WholeState:
        """Return the state of all parts as it is, its tensors the live ones."""
        return checkpoint.gather(
            self.model,
            self.stack,
            self.scheduler,
            step=position.step,
            epoch=position.epoch,
            loop={
                "batch": position.batch,
                "sums": position.sums,
                "elapsed_s": position.elapsed_s,
                "factor": self.scheduler.factor(position.step),
                "order": self.batches.order_digest(position.epoch),
                **self.facts,
            },
        )


def prepare(plan: Plan, context: RunContext, start: Start | None = None) -> Experiment:
    """Load the data and build all parts of a run, which goes on from `start` where given.

    Raises:
        UserError: where the plan cannot be carried out here, saying why.
        CancelledError: where the run was stopped meanwhile.
    """
    device = choose_device(plan.loop, goes_on=start is not None)
    threads = choose_threads(plan.loop, plan.model)
    torch.set_num_threads(threads)
    arithmetic = choose_arithmetic(plan, device)
    make_deterministic(device, tf32=arithmetic.tf32)
    continuation = None if start is None else Continuation(start, plan)
    context.report("Loading the data")
    loaded = load_dataset(plan.data, context)
    dataset = _on_device(loaded, device, arithmetic)
    batches = Batches(dataset.train, plan.loop)
    context.report("Building model and optimizer")
    if words := idle_schedule(plan.optimizer, plan.schedule):
        context.notice(words)
    per_epoch = batches.per_epoch
    position, span = Position(), Span(plan.loop.epochs * per_epoch, per_epoch)
    if continuation is not None:
        position, span = continuation.place(batches)
    model, stack = _build(plan, dataset, device, arithmetic)
    if plan.loop.arithmetic == "fast":
        context.notice(describe_arithmetic(arithmetic, stack, device))
    scheduler = Scheduler(plan.schedule, span, plan.optimizer.lr)
    torch.manual_seed(plan.loop.seed)
    if continuation is not None:
        continuation.put_into(model, stack, scheduler)
    known = facts(
        plan,
        batches,
        span,
        environment=environment(device, model, stack),
        data=digest(loaded),
    )
    experiment = Experiment(
        plan=plan,
        device=device,
        arithmetic=arithmetic,
        threads=threads,
        dataset=dataset,
        model=model,
        loss=build_loss(plan.loss),
        stack=stack,
        batches=batches,
        scheduler=scheduler,
        span=span,
        start=position,
        facts=known,
        bowl=survey(plan, dataset),
    )
    if continuation is None:
        return experiment
    report = continuation.report(experiment.state_at(position))
    return replace(experiment, continued=report)


def _build(
    plan: Plan, dataset: Dataset, device: torch.device, arithmetic: Arithmetic
) -> tuple[nn.Sequential, OptimizerStack]:
    """Build an untrained model on its device, and its optimizer."""
    model = build_model(plan.model, _sizes(plan, dataset))
    model = arithmetic.take_model(model, device)
    named = model.named_parameters()
    fused = arithmetic.fused
    return model, build_optimizer(plan.optimizer, plan.lookahead, named, fused=fused)


def _sizes(plan: Plan, dataset: Dataset) -> Sizes:
    inputs, targets = dataset.train.inputs, dataset.train.targets
    classes = plan.model.task is Task.CLASSIFICATION
    outputs = len(dataset.class_names) if classes else targets.shape[1]
    return Sizes(tuple(inputs.shape[1:]), outputs)


def _on_device(dataset: Dataset, device: torch.device, arithmetic: Arithmetic) -> Dataset:
    train = arithmetic.take_split(dataset.train, device)
    test = None if dataset.test is None else arithmetic.take_split(dataset.test, device)
    return replace(dataset, train=train, test=test)
