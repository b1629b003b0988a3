"""Steps that are done once more are those of the run, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.helpers.recorder import Recorder
from workbench.core.events import (
    LossExploded,
    NoticeGiven,
    ReplayEnded,
    ReplayProgressed,
    RunDiverged,
    RunEvent,
    RunFinished,
    RunPaused,
    RunResumed,
)
from workbench.core.optimizers import OPTIMIZERS
from workbench.core.rates import RateSeries
from workbench.engine.checkpoint import WholeState
from workbench.engine.look_back import LookBack
from workbench.engine.same_bits import first_difference

Sections = dict[str, dict[str, Any]]

MLP: Sections = {
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.3},
    "data": {
        "kind": "make_regression",
        "samples": 40,
        "features": 3,
        "test_share": 0.25,
        "standardise_target": True,
    },
    "loop": {"epochs": 15, "full_batch": False, "batch_size": 4},
}
PER_EPOCH = 8  # of 30 training samples, the last one smaller
PAUSED_AT = 83  # in the middle of an epoch; states are kept after 0 and 50 steps


class LookingBack(Recorder):
    """Pauses after a step, looks at all steps up to there, and goes on."""

    def __init__(self, tmp_path: Path, **sections: dict[str, Any]) -> None:
        super().__init__(tmp_path, **sections)
        self.before: WholeState | None = None
        self.changed: str | None = "never looked"
        append = self.history.steps.append

        def pause_in_time(loss: float, lr: float) -> None:
            append(loss, lr)
            if len(self.history.steps) == PAUSED_AT - 1:  # one more is done and recorded
                self.control.pause()

        self.history.steps.append = pause_in_time  # type: ignore[method-assign]

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, RunPaused):
            self.look()
            self.control.resume()

    def look(self) -> None:
        parts = self.experiment
        before, grads = self.state(), self.gradients()
        kept = [state.copy() for state in self.trainer.kept_states.recent]
        look_back = LookBack(
            parts,
            self.history,
            self.trainer.kept_states,
            self.trainer.recorder,
            self.receive,
        )
        look_back.look(PAUSED_AT, PAUSED_AT, lambda: False)
        self.changed = (
            first_difference(before.content, self.state().content)
            or first_difference(grads, self.gradients())
            or first_difference(
                [state.content for state in kept],
                [state.content for state in self.trainer.kept_states.recent],
            )
        )

    def state(self) -> WholeState:
        return self.trainer._state().copy()

    def gradients(self) -> list[torch.Tensor]:
        grads = [parameter.grad for parameter in self.experiment.model.parameters()]
        return [grad.clone() for grad in grads if grad is not None]


def assert_rows_are(series: RateSeries, expected: RateSeries, last: int) -> None:
    first = max(1, last - 199)
    assert series.steps().tolist() == list(range(first, last + 1))
    assert series.tensors == expected.tensors
    rows = expected.values()[first - 1 : last]
    assert np.array_equal(series.values(), rows, equal_nan=True)


def sampled(sections: Sections, every: int) -> Sections:
    return {**sections, "loop": {**sections["loop"], "sample_every": every}}


def check(tmp_path: Path, sections: Sections) -> LookingBack:
    measured = Recorder(tmp_path, **sampled(sections, 1))
    measured.run()
    run = LookingBack(tmp_path, **sampled(sections, 7))

    assert isinstance(run.run(), RunFinished)
    assert run.of(ReplayEnded) == [ReplayEnded(PAUSED_AT)]
    assert run.changed is None
    assert_rows_are(run.history.close_up, measured.history.rates, PAUSED_AT)
    assert run.losses == measured.losses
    ours, theirs = (each.trainer._state().content for each in (run, measured))
    for part in ("model", "optimizer", "plateau", "random"):
        assert first_difference(ours[part], theirs[part]) is None
    return run


@pytest.mark.parametrize("lookahead", [False, True])
@pytest.mark.parametrize("kind", OPTIMIZERS.keys())
def test_that_every_step_is_measured_as_if_it_had_been_at_once_and_the_run_goes_on_the_same(
    tmp_path: Path, kind: str, lookahead: bool
) -> None:
    # the full step of L-BFGS leaves this noisy loss
    optimizer = {"kind": kind, **({"lr": 0.01} if kind == "lbfgs" else {})}
    pulled = {"enabled": lookahead, "k": 3}
    run = check(tmp_path, {**MLP, "optimizer": optimizer, "lookahead": pulled})
    assert PAUSED_AT % PER_EPOCH
    assert len(run.history.rates) < 20


@pytest.mark.parametrize(
    "schedule",
    [
        {"kind": "plateau", "patience": 0, "factor": 0.5, "threshold": 0.5},
        {"kind": "one_cycle"},
        {"kind": "warmup", "warmup_steps": 70},
    ],
    ids=lambda schedule: schedule["kind"],
)
@pytest.mark.parametrize("kind", ["sgd", "muon"])
def test_that_the_rates_of_a_schedule_are_those_of_then(
    tmp_path: Path, kind: str, schedule: dict[str, Any]
) -> None:
    optimizer = {"kind": kind, "lr": 0.1}
    run = check(tmp_path, {**MLP, "optimizer": optimizer, "schedule": schedule})
    assert len(set(run.history.steps.lr.values()[:PAUSED_AT])) > 2


@pytest.mark.parametrize("clipping", ["norm", "value"])
def test_that_clipping_and_a_convolution_are_repeated(
    tmp_path: Path, clipping: str
) -> None:
    sections: Sections = {
        "model": {"kind": "cnn", "channels": (4,), "hidden_size": 8, "dropout": 0.2},
        "data": {"kind": "generated", "samples": 60, "test_share": 0.2},
        "loss": {"kind": "cross_entropy"},
        "loop": {
            "epochs": 20,
            "full_batch": False,
            "batch_size": 10,
            "clipping": clipping,
            "clip_at": 0.01,
        },
    }
    check(tmp_path, sections)


def test_that_momentum_that_is_pulled_back_is_repeated(tmp_path: Path) -> None:
    optimizer = {"kind": "sgd", "lr": 0.01, "momentum": 0.9}
    pulled = {"enabled": True, "k": 4, "pullback_momentum": "pullback"}
    check(tmp_path, {**MLP, "optimizer": optimizer, "lookahead": pulled})


LEAPING: Sections = {  # learns first, under a rate that grows; its loss leaps at 294
    "model": {"kind": "mlp", "hidden_sizes": (8,), "dropout": 0.1},
    "optimizer": {"kind": "sgd", "lr": 8.0, "momentum": 0.5},
    "schedule": {"kind": "warmup", "warmup_steps": 1500, "start_share": 0.001},
    "loop": {"epochs": 2000, "on_explosion": "mark"},
}


class GoingOn(Recorder):
    """Pauses where the loss leaps, and goes on once that has been looked at."""

    def __init__(self, tmp_path: Path, on_explosion: str = "pause") -> None:
        loop = {**LEAPING["loop"], "on_explosion": on_explosion}
        super().__init__(tmp_path, **{**LEAPING, "loop": loop})
        self.close_ups: list[RateSeries] = []
        self.control.wait = self.not_wait  # type: ignore[method-assign]  # see there
        torch.manual_seed(self.plan.loop.seed)

    def not_wait(self, pause: int) -> None:
        assert self.control.is_over(pause), "nobody would let this run go on"

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, ReplayEnded):
            self.close_ups.append(self.history.close_up)
            self.control.resume()


def test_that_a_leap_is_looked_at_while_the_run_is_paused_which_then_goes_on_the_same(
    tmp_path: Path,
) -> None:
    marked = GoingOn(tmp_path, "mark")
    marked.run()
    run = GoingOn(tmp_path)
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    (leap,) = run.of(LossExploded)
    kinds = [type(event) for event in run.events]
    pause, resume = kinds.index(RunPaused), kinds.index(RunResumed)
    assert set(kinds[pause + 1 : resume]) == {ReplayProgressed, ReplayEnded}
    assert run.of(ReplayEnded) == [ReplayEnded(leap.step), ReplayEnded(ending.step - 1)]
    assert run.losses == marked.losses
    states = [each.trainer._state().content for each in (run, marked)]
    for part in ("model", "optimizer", "random"):
        assert first_difference(states[0][part], states[1][part]) is None


def test_that_a_close_up_has_every_step_as_it_would_have_been_measured(
    tmp_path: Path,
) -> None:
    run = GoingOn(tmp_path)
    run.run()
    torch.manual_seed(run.plan.loop.seed)
    measured = Recorder(tmp_path, **sampled(LEAPING, 1))
    measured.run()

    assert run.losses == measured.losses
    leap, end = (event.step for event in run.of(ReplayEnded))
    assert_rows_are(run.close_ups[0], measured.history.rates, leap)
    assert_rows_are(run.close_ups[1], measured.history.rates, end)


def test_that_a_leap_that_is_only_marked_is_not_looked_at_but_the_end_is(
    tmp_path: Path,
) -> None:
    run = GoingOn(tmp_path, "mark")
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    assert len(run.of(LossExploded)) == 1
    assert [event.step for event in run.of(ReplayEnded)] == [ending.step - 1]


def test_that_a_marked_leap_is_looked_at_once_where_the_run_is_paused_later(
    tmp_path: Path,
) -> None:
    class PausedLater(GoingOn):
        def receive(self, event: RunEvent) -> None:
            if isinstance(event, LossExploded):
                self.control.pause()
            super().receive(event)

    run = PausedLater(tmp_path, "mark")
    run.run()
    (leap,) = run.of(LossExploded)
    assert run.of(ReplayEnded)[0] == ReplayEnded(leap.step)


def test_that_a_pause_without_an_accident_looks_at_nothing(tmp_path: Path) -> None:
    class Pausing(Recorder):
        def receive(self, event: RunEvent) -> None:
            super().receive(event)
            if isinstance(event, RunPaused):
                self.control.resume()

    run = Pausing(tmp_path)
    run.control.pause()
    run.run()
    assert run.of(RunPaused)
    assert run.of(ReplayProgressed) == run.of(ReplayEnded) == []


def test_that_a_divergence_long_after_the_last_good_state_is_seen_to_its_last_step(
    tmp_path: Path,
) -> None:
    calm = Recorder(tmp_path)
    bowl = calm.experiment.bowl
    assert bowl is not None
    lr = 1.02 * bowl.landscape.largest_stable_lr
    loop = {"epochs": 9000, "on_explosion": "mark"}
    run = Recorder(tmp_path, optimizer={"kind": "sgd", "lr": lr}, loop=loop)
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    last = ending.step - 1
    assert max(ending.kept_steps) < last - 400
    assert run.of(ReplayEnded) == [ReplayEnded(last)]
    assert run.history.close_up.steps().tolist() == list(range(last - 199, last + 1))
    assert max(event.total for event in run.of(ReplayProgressed)) <= 250


def test_that_a_run_whose_first_loss_is_no_number_has_nothing_to_look_at(
    tmp_path: Path,
) -> None:
    run = Recorder(tmp_path)
    run.experiment.dataset.train.inputs[0, 0] = float("nan")
    assert isinstance(run.run(), RunDiverged)
    assert run.of(ReplayEnded) == []
    assert run.of(NoticeGiven) == []


def test_that_the_last_steps_can_be_inspected_as_if_they_had_been_single_ones(
    tmp_path: Path,
) -> None:
    class Single(GoingOn):
        def receive(self, event: RunEvent) -> None:
            Recorder.receive(self, event)
            if isinstance(event, RunPaused):
                self.control.step_once()

    run, single = GoingOn(tmp_path, "mark"), Single(tmp_path, "mark")
    run.run()
    torch.manual_seed(single.plan.loop.seed)
    single.control.pause()
    ending = single.run()

    recorded = run.trainer.recorder.steps("hidden1.weight")
    assert recorded == tuple(range(ending.step - 20, ending.step))
    for step in recorded:
        ours, theirs = (
            each.trainer.recorder.inspect("hidden1.weight", (2, 1), step)
            for each in (run, single)
        )
        assert ours == theirs


def test_that_a_stop_during_a_replay_ends_it_at_once(tmp_path: Path) -> None:
    class Impatient(GoingOn):
        def receive(self, event: RunEvent) -> None:
            Recorder.receive(self, event)
            if isinstance(event, ReplayProgressed) and event.done:
                self.control.stop()

    run = Impatient(tmp_path, "mark")
    ending = run.run()

    assert isinstance(ending, RunDiverged)
    (told,) = run.of(ReplayEnded)
    assert "ended at step" in told.shortfall
    assert len(run.history.close_up) < 199
    assert run.events[-1] is ending


def test_that_going_on_during_a_replay_ends_it_and_changes_no_loss(tmp_path: Path) -> None:
    class Impatient(GoingOn):
        def receive(self, event: RunEvent) -> None:
            Recorder.receive(self, event)
            if isinstance(event, ReplayProgressed) and event.done:
                self.control.resume()

    run, marked = Impatient(tmp_path), GoingOn(tmp_path, "mark")
    run.run()
    torch.manual_seed(marked.plan.loop.seed)
    marked.run()

    assert "ended at step" in run.of(ReplayEnded)[0].shortfall
    assert run.losses == marked.losses
