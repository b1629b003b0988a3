"""Watches the loss of a run: keeps states while it is well, tells when it leaps."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core.events import LossExploded
from workbench.core.loop import LoopSettings
from workbench.core.postmortem import find_onset
from workbench.core.series import Column
from workbench.engine.checkpoint import WholeState
from workbench.engine.explosion import ExplosionRule, usual_loss
from workbench.engine.kept_states import KeptStates


class LossWatch:
    """The explosion rule of the loop settings together with the states to go back to.

    States that are kept while the loss has exploded leave the good ones in place.
    """

    def __init__(self, loop: LoopSettings, losses: Column, kept: KeptStates) -> None:
        self._losses = losses
        self._kept = kept
        ignores = loop.on_explosion == "ignore"
        self._rule = None if ignores else ExplosionRule(losses, loop.explosion_factor)

    def is_due(self, step: int) -> bool:
        """Say whether `before_step` would keep a state."""
        return step >= self._kept.due

    def before_step(self, step: int, state: Callable[[], WholeState]) -> None:
        """Keep the state after `step` steps where one is due."""
        if step >= self._kept.due:
            self._kept.keep(state(), is_good=not self._in_episode)

    def after_step(self, step: int, loss: float) -> LossExploded | None:
        """Take in the finite loss of a step, which has been appended just now."""
        usual = None if self._rule is None else self._rule.observe(loss)
        if usual is None:
            return None
        self._protect(usual)
        return LossExploded(step, loss, usual, self._kept.steps)

    def after_divergence(self) -> tuple[int, ...]:
        """Take in that the last loss was not finite; return the good steps kept."""
        if not self._in_episode:
            self._protect(usual_loss(self._losses))
        return self._kept.steps

    @property
    def _in_episode(self) -> bool:
        return self._rule is not None and self._rule.in_episode

    def _protect(self, usual: float) -> None:
        """Keep what is good: up to the weights that gave the last usual loss."""
        onset = find_onset(self._losses.values(), len(self._losses), usual)
        self._kept.protect(onset - 2)
