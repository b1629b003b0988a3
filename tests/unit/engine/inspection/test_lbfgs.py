"""What the report tells of a step of L-BFGS, which is many inner iterations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.recorder import Recorder
from tests.helpers.terms import check
from workbench.core.inspection import StepReport
from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.optimizers import OptimizerStack, build_optimizer

INDEX = (1,)  # of the bias


class Walk:
    """Steps a small model by L-BFGS, every step recorded, and watches what it does."""

    def __init__(self, **settings: Any) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(3, 2).double()
        named = list(self.model.named_parameters())
        generator = torch.Generator().manual_seed(1)
        self.inputs = torch.randn(8, 3, generator=generator, dtype=torch.float64)
        built: Any = OPTIMIZERS["lbfgs"].model_validate(settings)
        self.stack: OptimizerStack = build_optimizer(built, Lookahead(), named)
        self.recorder = StepRecorder(self.stack, named)
        self.losses: list[float] = []  # of the step's evaluations
        self.moves: list[float] = []  # of the weight, those that the line search undid left
        self._listen(self.stack.parts[0])

    def step(self, number: int) -> StepReport:
        self.losses, self.moves = [], []

        def closure() -> float:
            self.stack.zero_grad()
            loss = self.loss()
            loss.backward()
            if not self.losses:
                self.recorder.before_step()
            self.losses.append(loss.item())
            return self.losses[-1]

        self.stack.step(self.recorder.watch(closure))
        self.losses.pop()  # the recorder's own
        self.recorder.after_step(number)
        return self.recorder.inspect("bias", INDEX, number)

    def loss(self) -> Tensor:
        return self.model(self.inputs).sub(1).pow(4).mean()

    def weight(self) -> float:
        return self.model.bias[INDEX].item()

    def _listen(self, part: Any) -> None:
        """Note each move; a trial of the line search is taken back by `_set_param`."""
        move, undo = part._add_grad, part._set_param

        def moved(length: float, direction: Tensor) -> None:
            before = self.weight()
            move(length, direction)
            self.moves.append(self.weight() - before)

        def undone(values: list[Tensor]) -> None:
            undo(values)
            self.moves.pop()

        part._add_grad, part._set_param = moved, undone


def found_in(report: StepReport) -> dict[str, float]:
    return {term.symbol: term.value for term in report.terms}


@pytest.mark.parametrize("search", ["none", "strong_wolfe"])
@pytest.mark.parametrize("iterations", [1, 4, 7])
def test_that_the_moves_of_the_whole_step_sum_to_the_real_change(
    search: str, iterations: int
) -> None:
    walk = Walk(max_iter=iterations, line_search_fn=search, lr=0.3)
    for number in range(1, 4):
        before = walk.weight()
        report = walk.step(number)
        check(report.terms)
        found = found_in(report)
        assert found["n"] == len(walk.moves)
        assert ("q_n" in found) is (iterations > 1)
        assert found["p_n"] == pytest.approx(walk.moves[-1], rel=1e-9, abs=1e-15)
        earlier = sum(walk.moves[:-1])
        assert found.get("q_n", 0.0) == pytest.approx(earlier, rel=1e-9, abs=1e-15)
        assert found[r"\Delta_t"] == pytest.approx(sum(walk.moves), rel=1e-9)
        assert found[r"\theta_t"] == walk.weight() != before


@pytest.mark.parametrize("search", ["none", "strong_wolfe"])
def test_that_the_step_tells_its_evaluations_and_both_losses(search: str) -> None:
    walk = Walk(max_iter=5, line_search_fn=search, lr=0.3)
    for number in range(1, 4):
        found = found_in(walk.step(number))
        assert found["m"] == len(walk.losses)
        assert found["L_{t-1}"] == walk.losses[0]
        assert found["L_t"] == walk.loss().item() < found["L_{t-1}"]


def test_that_the_words_say_that_only_the_last_iteration_is_known() -> None:
    help_of = {term.symbol: term.help for term in Walk(max_iter=4).step(1).terms}
    assert "last inner iteration" in help_of["p_n"]
    assert "together: their parts are not kept" in help_of["q_n"]


def test_that_a_step_that_does_not_move_says_so() -> None:
    walk = Walk()
    walk.inputs.zero_()
    nn.init.ones_(walk.model.bias)  # then the loss is 0
    report = walk.step(1)
    assert check(report.terms) == 3
    found = found_in(report)
    assert (found["n"], found["m"], found["L_t"]) == (0, 1, 0)
    assert found[r"\Delta_t"] == 0
    assert "tolerance" in report.terms[-3].help


@pytest.mark.parametrize("enabled", [False, True])
def test_that_looking_at_every_step_changes_no_digit(tmp_path: Path, enabled: bool) -> None:
    sections: dict[str, dict[str, Any]] = {
        "model": {"kind": "mlp", "hidden_sizes": (6,), "dropout": 0.3},
        "optimizer": {"kind": "lbfgs", "max_iter": 3, "lr": 0.1},
        "lookahead": {"enabled": enabled, "k": 2},
        "loop": {"epochs": 6},
    }
    plain = Recorder(tmp_path, **sections)
    plain.run()
    watched = Recorder(tmp_path, **sections)
    watched.control.pause()
    for _ in range(6):
        watched.control.step_once()
    watched.run()
    assert watched.trainer.recorder.steps("output.bias") == (1, 2, 3, 4, 5, 6)
    assert watched.losses == plain.losses
    for one, other in zip(
        watched.experiment.model.parameters(),
        plain.experiment.model.parameters(),
        strict=True,
    ):
        assert torch.equal(one, other)


def test_that_a_run_tells_the_loss_that_it_records(tmp_path: Path) -> None:
    run = Recorder(tmp_path, optimizer={"kind": "lbfgs", "max_iter": 2, "lr": 0.1})
    run.control.pause()
    for _ in range(4):
        run.control.step_once()
    run.run()
    reports = [
        found_in(run.trainer.recorder.inspect("linear.bias", (0,), step))
        for step in (1, 2, 3, 4)
    ]
    assert [report["L_{t-1}"] for report in reports] == run.losses
    after = [report["L_t"] for report in reports]
    assert after[:-1] == run.losses[1:]  # on all data the next step begins there
