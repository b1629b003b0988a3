"""A stored state on its way into a run: whether it fits, and where the run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from workbench.core.carrying import changes, obstacles
from workbench.core.errors import Problem, SettingsError
from workbench.core.events import ResumeReport
from workbench.core.plan import Plan
from workbench.core.resuming import Carried, Start
from workbench.engine import checkpoint
from workbench.engine.batches import Batches
from workbench.engine.checkpoint import WholeState
from workbench.engine.environment import differences
from workbench.engine.optimizers import OptimizerStack
from workbench.engine.position import Position
from workbench.engine.proof import Chosen, Proof
from workbench.engine.schedules import Mark, Scheduler, Span

# What decides, beside the data, which samples each batch of an epoch has.
_ORDER = ("full_batch", "batch_size", "shuffle", "drop_last", "seed")


class Continuation:
    """What a run takes over from a stored state.

    Nothing is changed before all has been found to fit.
    """

    @checkpoint.refusing_misfits()
    def __init__(self, start: Start, plan: Plan) -> None:
        """Read the state and compare the plan with the one it was made by.

        Raises:
            SessionError: where the state is damaged.
            SettingsError: where this plan cannot go on from it.
        """
        self._start, self._plan = start, plan
        self._content = checkpoint.read_state(start.checkpoint)
        self._loop = self._content["loop"]
        self._made_by = _settings(self._loop)
        self._keeps_batches = True
        if problems := obstacles(self._made_by, plan, start):
            raise SettingsError(problems)

    @checkpoint.refusing_misfits()
    def place(self, batches: Batches) -> tuple[Position, Span]:
        """Say where the run goes on, and how long it is planned to be.

        With the same samples in each batch it goes on in the middle of the epoch. Where
        they are others, the epoch under way begins again, and counts its steps anew.

        Raises:
            SessionError: where the state is damaged.
        """
        stored, loop = self._start.checkpoint, self._loop
        here = Mark(stored.step, stored.epoch)
        self._keeps_batches = self._keeps_epoch(batches)
        if self._keeps_batches:
            epochs_from = Mark(*loop.get("epochs_from", ()))
            since = (stored.epoch - epochs_from.epoch) * batches.per_epoch
            batch = stored.step - epochs_from.step - since
            if not 0 <= batch < batches.per_epoch:
                raise ValueError(f"batch {batch + 1} of {batches.per_epoch}")
            position = Position(stored.step, stored.epoch, batch, loop.get("sums"))
        else:
            epochs_from, position = here, Position(stored.step, stored.epoch)
        afresh = self._start.carried is not Carried.EVERYTHING
        schedule_from = here if afresh else Mark(*loop.get("schedule_from", ()))
        left = (self._plan.loop.epochs - epochs_from.epoch) * batches.per_epoch
        total = epochs_from.step + left
        position = replace(position, elapsed_s=float(loop.get("elapsed_s", 0.0)))
        return position, Span(total, batches.per_epoch, epochs_from, schedule_from)

    def put_into(
        self, model: nn.Module, stack: OptimizerStack, scheduler: Scheduler
    ) -> None:
        """Take over what is to be carried; torch's generators go on, unless seeded anew.

        Raises:
            SettingsError: where the weights have other sizes; nothing is changed then.
            SessionError: where the state is damaged.
        """
        self._check_sizes(model)
        content = self._content
        checkpoint.put_weights(content, model)
        if self._start.carried is Carried.EVERYTHING:
            checkpoint.put_optimizer(content, stack, scheduler)
        if self._is_same("loop", "seed"):
            checkpoint.put_generators(content.get("random", {}))

    @checkpoint.refusing_misfits()
    def report(self, live: WholeState) -> ResumeReport:
        """Compare the state that the run begins with, gathered anew, with the stored."""
        stored = self._start.checkpoint
        before = WholeState(stored.step, stored.epoch, self._content)
        proof = Proof(before, live, self._plan, self._chosen())
        words = tuple(self._differences(live))
        return ResumeReport(stored.step, tuple(proof.checks()), words)

    def _chosen(self) -> Chosen:
        same_length = self._keeps_batches and self._is_same("loop", "epochs")
        return Chosen(
            optimizer_afresh=self._start.carried is not Carried.EVERYTHING,
            schedule=not (same_length and self._is_same_section("schedule")),
            seed=not self._is_same("loop", "seed"),
            batches=not self._keeps_batches,
        )

    def _differences(self, live: WholeState) -> Iterator[str]:
        now = live.content["loop"]
        if "environment" not in self._loop:
            yield "what it was computed with was not stored"
            return
        yield from differences(self._loop["environment"], now["environment"])
        if self._loop["data"] != now["data"] and self._is_same_section("data"):
            yield "the data have changed"
        yield from changes(self._made_by, self._plan)

    def _check_sizes(self, model: nn.Module) -> None:
        stored = self._content["model"]
        for name, tensor in model.state_dict().items():
            was = stored[name].shape if name in stored else None
            if was != tensor.shape:
                problem = _size_problem(name, tensor.shape, was)
                raise SettingsError([Problem("data.kind", problem)])

    def _keeps_epoch(self, batches: Batches) -> bool:
        """Say whether the epoch under way can go on: same batches, same loss."""
        loop = self._loop
        same_length = loop.get("steps_per_epoch") == batches.per_epoch
        same_samples = loop.get("samples", batches.samples) == batches.samples
        new = self._plan.values()
        sections = all(
            self._made_by.get(key, new[key]) == new[key] for key in ("data", "loss")
        )
        order = all(self._is_same("loop", field) for field in _ORDER)
        return same_length and same_samples and sections and order

    def _is_same_section(self, section: str) -> bool:
        new = getattr(self._plan, section).model_dump()
        return bool(self._made_by.get(section, new) == new)

    def _is_same(self, section: str, field: str) -> bool:
        new = getattr(getattr(self._plan, section), field)
        return bool(self._made_by.get(section, {}).get(field, new) == new)


def facts(
    plan: Plan,
    batches: Batches,
    span: Span,
    *,
    environment: Mapping[str, str],
    data: str,
) -> dict[str, Any]:
    """Return what a state has to tell a run that goes on from it.

    `environment` is what `engine.environment` found, `data` a digest of the samples.
    """
    return {
        "environment": dict(environment),
        "data": data,
        "settings": plan.values(),
        "samples": batches.samples,
        "steps_per_epoch": span.steps_per_epoch,
        "epochs_from": (span.epochs_from.step, span.epochs_from.epoch),
        "schedule_from": (span.schedule_from.step, span.schedule_from.epoch),
    }


def _settings(loop: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the settings that a state was made with; version 0.1 kept only two."""
    if "settings" in loop:
        settings: dict[str, dict[str, Any]] = loop["settings"]
        return settings
    made_by = {}
    if "optimizer" in loop:
        made_by["optimizer"] = {"kind": loop["optimizer"]}
    if "lookahead" in loop:
        made_by["lookahead"] = {"enabled": loop["lookahead"]}
    return made_by


def _size_problem(name: str, new: Any, was: Any) -> str:
    """Say which weights do not fit; settings of the model have been compared before."""
    had = "are not there" if was is None else f"are {_times(was)}"
    return (
        f"with these data {name} has {_times(new)} weights, but those to go on from {had}; "
        "choose data of the same number of inputs and outputs"
    )


def _times(shape: Any) -> str:
    return " × ".join(map(str, shape)) or "1"
