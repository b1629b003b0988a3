"""The report of a step: its formulas give its numbers, and its end is the real weight."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.latex import evaluate
from tests.helpers.terms import check
from workbench.core.inspection import StepReport
from workbench.core.optimizers import OPTIMIZERS, Lookahead
from workbench.engine.inspection.recorder import StepRecorder
from workbench.engine.optimizers import OptimizerStack, build_optimizer

STEPS = 9
DECAYS = (0.0, 0.1)
FLAGS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "sgd": {
        "momentum": (0.0, 0.9),
        "dampening": (0.0, 0.3),
        "nesterov": (False, True),
        "weight_decay": DECAYS,
    },
    "adagrad": {
        "lr_decay": (0.0, 0.2),
        "initial_accumulator_value": (0.0, 0.5),
        "weight_decay": DECAYS,
    },
    "rmsprop": {
        "alpha": (0.7,),
        "momentum": (0.0, 0.8),
        "centered": (False, True),
        "weight_decay": DECAYS,
    },
    "adadelta": {"rho": (0.9, 0.5), "weight_decay": DECAYS},
    "adam": {
        "amsgrad": (False, True),
        "weight_decay": DECAYS,
        "decoupled_weight_decay": (False, True),
    },
    "adamw": {"amsgrad": (False, True), "weight_decay": DECAYS},
    "radam": {"weight_decay": DECAYS, "decoupled_weight_decay": (False, True)},
    "nadam": {"weight_decay": DECAYS, "decoupled_weight_decay": (False, True)},
    "adamax": {"weight_decay": DECAYS},
    "asgd": {"lambd": (1e-4, 0.3), "weight_decay": DECAYS},
    "rprop": {"step_sizes": ((1e-6, 50.0), (0.009, 0.012))},
    "adafactor": {"eps1": (None, 0.5), "d": (1.0, 3.0), "weight_decay": DECAYS},
    "muon": {
        "nesterov": (False, True),
        "adjust_lr_fn": ("original", "match_rms_adamw"),
        "weight_decay": DECAYS,
    },
}


def combinations(kind: str) -> Iterator[dict[str, Any]]:
    flags = FLAGS[kind]
    for values in itertools.product(*flags.values()):
        given = dict(zip(flags, values, strict=True))
        plain = given.get("momentum") == 0 or given.get("dampening", 0) > 0
        if not (given.get("nesterov") and plain):
            yield given


TABLE = [
    pytest.param(kind, values, id=f"{kind}-{number}")
    for kind in FLAGS
    for number, values in enumerate(combinations(kind))
]


class Walk:
    """Steps a matrix, a vector and a kernel, every step recorded."""

    def __init__(
        self,
        kind: str,
        values: Mapping[str, Any],
        lookahead: Lookahead | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        generator = torch.Generator().manual_seed(3)
        self.named = [
            (name, nn.Parameter(torch.randn(shape, generator=generator).to(dtype)))
            for name, shape in (("m", (3, 5)), ("v", (4,)), ("k", (2, 3, 2, 2)))
        ]
        settings: Any = OPTIMIZERS[kind].model_validate(values)
        self.stack: OptimizerStack = build_optimizer(
            settings, lookahead or Lookahead(), self.named
        )
        self.recorder = StepRecorder(self.stack, self.named)
        self.weights: dict[int, dict[str, Tensor]] = {0: self._copy()}

    def go(self, steps: int = STEPS) -> Walk:
        generator = torch.Generator().manual_seed(4)
        for number in range(1, steps + 1):
            self.stack.set_scale(1 / (1 + 0.1 * number))
            for _, parameter in self.named:
                values = torch.randn(parameter.shape, generator=generator)
                values.view(-1)[0] = 0.0
                parameter.grad = values.to(parameter)
            self.recorder.before_step()
            self.stack.step()
            self.recorder.after_step(number)
            self.weights[number] = self._copy()
        return self

    def _copy(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self.named}

    def reports(self) -> Iterator[StepReport]:
        for name, index in (
            ("m", (0, 0)),
            ("m", (2, 3)),
            ("v", (1,)),
            ("k", (1, 2, 0, 1)),
        ):
            for number in self.recorder.steps(name):
                yield self.recorder.inspect(name, index, number)


@pytest.mark.parametrize(("kind", "values"), TABLE)
def test_that_every_formula_gives_its_number_and_the_last_is_the_weight(
    kind: str, values: dict[str, Any]
) -> None:
    walk = Walk(kind, values).go()
    count = 0
    for report in walk.reports():
        assert check(report.terms) >= 3
        before, after = (
            walk.weights[number][report.tensor][report.index].item()
            for number in (report.step - 1, report.step)
        )
        found = {term.symbol: term.value for term in report.terms}
        assert [term.symbol for term in report.terms[-2:]] == [r"\Delta_t", r"\theta_t"]
        assert found[r"\theta_{t-1}"] == before
        assert found[r"\theta_t"] == after
        assert before + found[r"\Delta_t"] == pytest.approx(after, rel=1e-15)
        count += 1
    assert count == 4 * STEPS


@pytest.mark.parametrize(("kind", "values"), TABLE)
def test_that_decay_has_a_line_of_its_own_where_it_is_apart(
    kind: str, values: dict[str, Any]
) -> None:
    always = kind in {"adamw", "muon", "adafactor"}
    decoupled = values.get("decoupled_weight_decay", always)
    apart = kind == "asgd" or (decoupled and values.get("weight_decay", 0.0) > 0)
    for report in Walk(kind, values).go(2).reports():
        symbols = {term.symbol for term in report.terms}
        assert (r"\mathrm{decay}_t" in symbols) is apart
        coupled = values.get("weight_decay", 0.0) > 0 and not decoupled
        assert (r"\tilde g_t" in symbols) is coupled


@pytest.mark.parametrize("kind", FLAGS)
def test_that_float32_steps_are_told_up_to_their_rounding(kind: str) -> None:
    walk = Walk(kind, {}, dtype=torch.float32).go()
    for report in walk.reports():
        values: dict[str, float] = {}
        for term in report.terms:
            if term.formula:
                expected = evaluate(term.formula, values)
                assert term.value == pytest.approx(expected, rel=1e-4, abs=1e-6)
            values[term.symbol] = term.value
        assert values[r"\theta_t"] == walk.weights[report.step][report.tensor][report.index]


@pytest.mark.parametrize("kind", FLAGS)
def test_that_bfloat16_steps_are_told(kind: str) -> None:
    walk = Walk(kind, {}, dtype=torch.bfloat16).go(3)
    for report in walk.reports():
        assert report.terms[-1].value == float(
            walk.weights[report.step][report.tensor][report.index]
        )


@pytest.mark.parametrize("pullback", ["none", "reset", "pullback"])
def test_that_lookahead_tells_how_it_pulled_at_every_kth_step(pullback: Any) -> None:
    lookahead = Lookahead(enabled=True, k=3, alpha=0.25, pullback_momentum=pullback)
    walk = Walk("sgd", {"momentum": 0.9}, lookahead).go()
    for report in walk.reports():
        assert check(report.terms) >= 3
        assert bool(report.lookahead) is (report.step % 3 == 0)
        if not report.lookahead:
            continue
        after = {term.symbol: term.value for term in report.terms}
        assert check(report.lookahead, after) >= 1
        found = {term.symbol: term.value for term in report.lookahead}
        slow = walk.weights[report.step - 3][report.tensor][report.index].item()
        assert found[r"\phi_{t-1}"] == slow
        assert found[r"\phi_t"] == walk.weights[report.step][report.tensor][report.index]
        assert ("b'_t" in found) is (pullback != "none")


def test_that_a_pull_to_the_slow_weights_is_the_next_steps_start() -> None:
    walk = Walk("adam", {}, Lookahead(enabled=True, k=2)).go(3)
    pulled = walk.recorder.inspect("v", (1,), 2)
    following = walk.recorder.inspect("v", (1,), 3)
    start = {term.symbol: term.value for term in following.terms}[r"\theta_{t-1}"]
    assert start == pulled.lookahead[-1].value != pulled.terms[-1].value


def test_that_rprop_tells_of_growth_shrinking_and_no_step() -> None:
    walk = Walk("rprop", {})
    found = []
    for number, push in enumerate((1.0, 2.0, -1.0, -1.0), start=1):
        for _, parameter in walk.named:
            parameter.grad = torch.full_like(parameter, push)
        walk.recorder.before_step()
        walk.stack.step()
        walk.recorder.after_step(number)
        report = walk.recorder.inspect("v", (0,), number)
        values = {term.symbol: term.value for term in report.terms}
        found.append((values["h_t"], values["s_t"]))
    # 0.01 · 1.2 = 0.012, then halved without a step, then kept
    expected = [(0.01, 1.0), (0.012, 1.0), (0.006, 0.0), (0.006, -1.0)]
    assert [pair[1] for pair in found] == [pair[1] for pair in expected]
    assert [pair[0] for pair in found] == pytest.approx([pair[0] for pair in expected])


def test_that_adam_is_told_as_calculated_by_hand() -> None:
    values = {"lr": 0.1, "betas": (0.5, 0.75), "eps": 0.0}
    walk = Walk("adam", values)
    for number, push in enumerate((4.0, 0.0), start=1):
        for _, parameter in walk.named:
            parameter.grad = torch.full_like(parameter, push)
        walk.recorder.before_step()
        walk.stack.step()
        walk.recorder.after_step(number)
    report = walk.recorder.inspect("v", (2,), 2)
    found = {term.symbol: term.value for term in report.terms}
    assert report.optimizer == "Adam"
    assert (found["m_{t-1}"], found["m_t"]) == (2.0, 1.0)
    assert (found["v_{t-1}"], found["v_t"]) == (4.0, 3.0)
    assert found[r"\hat m_t"] == pytest.approx(1 / 0.75)
    assert found[r"\hat v_t"] == pytest.approx(3 / 0.4375)
    assert found[r"\eta_t"] == pytest.approx(0.1 / math.sqrt(3 / 0.4375))


def test_that_adafactors_tensor_sizes_are_those_of_the_tensor() -> None:
    walk = Walk("adafactor", {}).go(1)
    report = walk.recorder.inspect("m", (1, 2), 1)
    found = {term.symbol: term.value for term in report.terms}
    weights = walk.weights[0]["m"]
    gradient = walk.named[0][1].grad
    assert gradient is not None
    squares = gradient.square()
    rows, columns = squares.mean(1, keepdim=True), squares.mean(0, keepdim=True)
    updates = gradient / (rows * columns / rows.mean()).sqrt()
    assert found[r"\mathrm{RMS}_\theta"] == pytest.approx(weights.square().mean() ** 0.5)
    assert found[r"\mathrm{RMS}_u"] == pytest.approx(updates.square().mean() ** 0.5)
    assert found["u_t"] == pytest.approx(updates[1, 2].item())


def test_that_beside_muon_all_but_matrices_are_told_as_adamw() -> None:
    walk = Walk("muon", {}).go(1)
    titles = {
        name: walk.recorder.inspect(name, (0,) * parameter.ndim, 1).optimizer
        for name, parameter in walk.named
    }
    assert titles == {"m": "Muon", "v": "AdamW", "k": "AdamW"}
