"""The proof that a run took over a stored state: both are compared bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.events import ResumeCheck
from workbench.core.plan import Plan
from workbench.engine.checkpoint import WholeState
from workbench.engine.same_bits import first_difference, tensors_of

_AFRESH = "starts afresh, as chosen"


@dataclass(frozen=True)
class Chosen:
    """What was meant to become another than it was."""

    optimizer_afresh: bool = False
    schedule: bool = False
    seed: bool = False
    batches: bool = False


class Proof:
    """Compares the state that was stored with the one that a run now begins with."""

    def __init__(
        self, stored: WholeState, live: WholeState, plan: Plan, chosen: Chosen
    ) -> None:
        self._stored, self._live, self._plan = stored, live, plan
        self._chosen = chosen
        self._before, self._now = stored.content, live.content

    def checks(self) -> Iterator[ResumeCheck]:
        """Go through the parts."""
        yield self._weights()
        yield self._optimizer()
        yield self._steps()
        yield self._schedule()
        yield self._generators()
        yield self._order()

    def _weights(self) -> ResumeCheck:
        before, now = self._before["model"], self._now["model"]
        return _compared("weights and buffers", before, now, _count(now))

    def _optimizer(self) -> ResumeCheck:
        if self._chosen.optimizer_afresh:
            return _chosen("optimizer state", _AFRESH)
        before, now = (_memory(state["optimizer"]) for state in (self._before, self._now))
        wrapped = " with Lookahead" if self._plan.lookahead.enabled else ""
        detail = f"{self._plan.optimizer.title}{wrapped}: {_count(now)}"
        return _compared("optimizer state", before, now, detail)

    def _steps(self) -> ResumeCheck:
        stored, live = self._stored, self._live
        detail = f"{_plural(live.step, 'step')}, {_plural(live.epoch, 'epoch')}"
        before, now = (stored.step, stored.epoch), (live.step, live.epoch)
        return _compared("step counter", before, now, detail)

    def _schedule(self) -> ResumeCheck:
        before, now = self._of_schedule(self._before), self._of_schedule(self._now)
        if before != now and self._chosen.optimizer_afresh:
            return _chosen("schedule", _AFRESH)
        if before != now and self._chosen.schedule:
            return _chosen("schedule", "is another, as chosen")
        factor = f"learning rate × {now[0]:.6g} next"
        return _compared("schedule", before, now, f"{self._plan.schedule.title}: {factor}")

    def _of_schedule(self, content: Mapping[str, Any]) -> tuple[Any, Any]:
        factor = content["loop"].get("factor", self._now["loop"]["factor"])
        return factor, content["plateau"]

    def _generators(self) -> ResumeCheck:
        before, now = self._before["random"], self._now["random"]
        if self._chosen.seed:
            detail = f"were seeded anew with {self._plan.loop.seed}"
            return _chosen("random generators", detail)
        names = [name.upper() for name, state in now.items() if state is not None]
        return _compared("random generators", before, now, " and ".join(names))

    def _order(self) -> ResumeCheck:
        before, now = self._before["loop"], self._now["loop"]
        what = "order of the data"
        done, total = now["batch"], now["steps_per_epoch"]
        if self._chosen.batches:
            again = " again" if before.get("batch", 0) else ""
            detail = f"begins epoch {self._live.epoch + 1:,}{again} with other batches"
            return _chosen(what, detail)
        keys = [key for key in ("order", "sums") if key in before]
        stored, live = ({key: loop[key] for key in keys} for loop in (before, now))
        return _compared(what, stored, live, f"batch {done + 1:,} of {total:,} comes next")


def _chosen(what: str, detail: str) -> ResumeCheck:
    return ResumeCheck(what, is_equal=False, detail=detail, is_chosen=True)


def _compared(what: str, before: Any, now: Any, detail: str) -> ResumeCheck:
    difference = first_difference(before, now)
    if difference is None:
        return ResumeCheck(what, is_equal=True, detail=detail)
    return ResumeCheck(
        what, is_equal=False, detail=f"could not be restored: {difference} differs"
    )


def _memory(state: Any) -> Any:
    """Return an optimizer's state without its settings, which are those of the plan."""
    if isinstance(state, dict):
        return {
            key: [_counted(group) for group in part]
            if key == "param_groups"
            else _memory(part)
            for key, part in state.items()
        }
    if isinstance(state, list | tuple):
        return type(state)(_memory(part) for part in state)
    return state


def _counted(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a group counts: Lookahead's steps since its last move."""
    return {key: group[key] for key in ("counter",) if key in group}


def _count(state: Any) -> str:
    tensors = list(tensors_of(state))
    numbers = sum(tensor.numel() for tensor in tensors)
    return f"{_plural(len(tensors), 'tensor')}, {_plural(numbers, 'number')}"


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
