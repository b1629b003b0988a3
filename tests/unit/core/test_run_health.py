import numpy as np
import pytest

from tests.helpers.measured import add_epochs
from tests.helpers.runs import add_steps, diverged_run, make_plan, start_run
from workbench.core.events import LossExploded, RunDiverged
from workbench.core.findings import RUN, Level
from workbench.core.landscape import Landscape
from workbench.core.run import Run
from workbench.core.run_health import run_findings

LINEAR = {
    "model": {"kind": "linear"},
    "data": {"kind": "diabetes"},
    "loss": {"kind": "mse"},
}


def levels(run: Run) -> list[str]:
    findings = list(run_findings(run))
    assert {finding.subject for finding in findings} <= {RUN}
    return [finding.level.value for finding in findings]


def run_of(epochs: int, losses: np.ndarray) -> Run:
    run = start_run(plan=make_plan(loop={"epochs": epochs}))
    add_epochs(run, losses)
    return run


def test_that_a_falling_loss_is_quiet() -> None:
    assert levels(run_of(100, 0.99 ** np.arange(100))) == []


@pytest.mark.parametrize(("gain", "expected"), [(0.9e-3, ["watch"]), (1.1e-3, [])])
def test_that_a_plateau_is_a_gain_of_less_than_a_thousandth(
    gain: float, expected: list[str]
) -> None:
    losses = np.concatenate(([2.0, 1.0], np.full(20, 1.0 - gain)))
    assert levels(run_of(100, losses)) == expected


@pytest.mark.parametrize(("epochs", "stale"), [(100, 20), (50, 20), (1000, 200)])
def test_that_a_plateau_takes_a_fifth_of_the_run_and_twenty_epochs(
    epochs: int, stale: int
) -> None:
    assert levels(run_of(epochs, np.ones(stale))) == []
    assert levels(run_of(epochs, np.ones(stale + 1))) == ["watch"]


def test_that_a_plateau_is_told_with_its_best_epoch() -> None:
    (finding,) = run_findings(run_of(100, np.array([2.0, 0.5] + [0.6] * 20)))
    assert "best 0.5 at epoch 2" in finding.reason
    assert "20 epochs, 20% of the run" in finding.reason
    assert "0.1%" in finding.reason


def test_that_a_loss_of_zero_is_no_plateau() -> None:
    assert levels(run_of(100, np.zeros(60))) == []


def test_that_losses_that_are_no_numbers_hide_no_plateau() -> None:
    losses = np.ones(40)
    losses[[3, 30]] = np.nan
    assert levels(run_of(100, losses)) == ["watch"]
    assert levels(run_of(100, np.full(40, np.nan))) == []


@pytest.mark.parametrize(("minimum", "expected"), [(0.9999, []), (0.99, ["watch"])])
def test_that_the_known_minimum_is_no_plateau(minimum: float, expected: list[str]) -> None:
    run = run_of(100, np.ones(40))
    run.history.landscape = Landscape(np.array([1.0]), (1.0, 1.0), minimum)
    assert levels(run) == expected


def test_that_an_explosion_is_bad_until_the_loss_has_come_back() -> None:
    run = start_run(plan=make_plan(loop={"epochs": 1000}))
    add_steps(run, [1.0] * 60 + [500.0])
    run.apply(LossExploded(61, 500.0, 1.0))
    (finding,) = run_findings(run)
    assert finding.level is Level.BAD
    assert "500 at step 61, 500 times the usual 1; the limit is 100 times" in finding.reason
    add_steps(run, [2.1] * 20)
    assert levels(run) == ["bad"]
    add_steps(run, [1.9] * 20)
    (finding,) = run_findings(run)
    assert finding.level is Level.WATCH
    assert "come back" in finding.reason


def test_that_a_divergence_is_told_instead_of_what_led_to_it() -> None:
    run = diverged_run()
    run.explosions.append(LossExploded(50, 5e3, 1.0))
    (finding,) = run_findings(run)
    assert finding.level is Level.BAD
    assert "step 60" in finding.reason
    assert "gradient of layers.0.weight" in finding.reason


def test_that_a_diverged_run_is_on_no_plateau() -> None:
    run = run_of(100, np.ones(40))
    run.apply(RunDiverged(41, 0.1, float("inf"), None, ""))
    assert levels(run) == ["bad"]


@pytest.mark.parametrize(("lr", "expected"), [(0.249, []), (0.251, ["bad"])])
def test_that_a_rate_above_what_is_stable_is_bad(lr: float, expected: list[str]) -> None:
    run = start_run(plan=make_plan(LINEAR, optimizer={"kind": "sgd", "lr": lr}))
    run.history.landscape = Landscape(np.array([8.0, 1.0]), (8.0, 1.0), 0.0)
    assert levels(run) == expected
    if expected:
        (finding,) = run_findings(run)
        assert "0.251 is above 0.25, 2/λ_max" in finding.reason


@pytest.mark.parametrize(
    ("settings", "limit"), [({"momentum": 0.9}, "0.475"), ({"weight_decay": 2.0}, "0.2")]
)
def test_that_the_limit_is_that_of_the_method(
    settings: dict[str, float], limit: str
) -> None:
    run = start_run(
        plan=make_plan(LINEAR, optimizer={"kind": "sgd", "lr": 0.5, **settings})
    )
    run.history.landscape = Landscape(np.array([8.0]), (8.0, 8.0), 0.0)
    (finding,) = run_findings(run)
    assert f"0.5 is above {limit}, the limit with its momentum" in finding.reason


def test_that_the_scheduled_rate_counts_once_there_are_steps() -> None:
    run = start_run(plan=make_plan(LINEAR, optimizer={"kind": "sgd", "lr": 0.3}))
    run.history.landscape = Landscape(np.array([8.0]), (8.0, 8.0), 0.0)
    assert levels(run) == ["bad"]
    run.history.steps.append(1.0, 0.2)
    assert levels(run) == []
