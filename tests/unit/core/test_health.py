import time

import numpy as np
import pytest

from tests.helpers.measured import HEALTHY, THREE_LAYERS, add_epochs, measured_run
from tests.helpers.runs import make_plan, make_tensors
from workbench.core.findings import RUN, Finding, Level
from workbench.core.health import LEAST_SAMPLES, assess
from workbench.core.landscape import Landscape
from workbench.core.rates import Quantity
from workbench.core.run import Run

UPDATE, GRADIENT = Quantity.UPDATE_TO_WEIGHT, Quantity.GRADIENT_NORM
RATE, REALISED = Quantity.STEP_COEFFICIENT, Quantity.REALISED_RATE
WEIGHT = "hidden2.weight"


def only(run: Run) -> Finding:
    """Return the one thing that was found."""
    (finding,) = assess(run).findings
    assert finding.reason.endswith(".")
    assert finding.advice.endswith(".")
    return finding


def levels(run: Run) -> list[Level]:
    return [finding.level for finding in assess(run).findings]


def test_that_a_healthy_run_is_quiet_and_every_tensor_and_layer_is_good() -> None:
    diagnosis = assess(measured_run())
    assert diagnosis.findings == ()
    assert diagnosis.missing == 0
    assert set(diagnosis.tensors) == {tensor.name for tensor in THREE_LAYERS}
    assert list(diagnosis.layers) == ["hidden1", "hidden2", "output"]
    verdicts = [*diagnosis.tensors.values(), *diagnosis.layers.values()]
    assert {verdict.level for verdict in verdicts} == {Level.GOOD}
    assert "0.001" in diagnosis.tensors[WEIGHT].reason
    assert "0.5" in diagnosis.tensors[WEIGHT].reason


def test_that_tensors_are_judged_only_from_enough_samples_on() -> None:
    bad = {(WEIGHT, UPDATE): 1.0}
    few = assess(measured_run(bad, samples=LEAST_SAMPLES - 3))
    assert few.findings == ()
    assert few.tensors == {}
    assert few.missing == 3
    assert assess(measured_run(bad, samples=LEAST_SAMPLES)).missing == 0
    assert levels(measured_run(bad, samples=LEAST_SAMPLES)) == [Level.BAD]
    assert assess(measured_run(samples=0)).missing == LEAST_SAMPLES


@pytest.mark.parametrize(
    ("ratio", "level", "threshold"),
    [
        (0.101, Level.BAD, "0.1"),
        (0.0999, Level.WATCH, "0.03"),
        (0.0301, Level.WATCH, "0.03"),
        (0.0299, None, ""),
        (1.01e-5, None, ""),
        (0.99e-5, Level.WATCH, "1e-5"),
    ],
)
def test_that_updates_are_judged_relative_to_the_weights(
    ratio: float, level: Level | None, threshold: str
) -> None:
    # All weights alike, so that none is far off the others.
    names = ["hidden1.weight", WEIGHT, "output.weight"]
    run = measured_run({(name, UPDATE): ratio for name in names})
    findings = assess(run).findings
    assert [finding.level for finding in findings] == [level] * len(findings)
    assert [finding.tensor for finding in findings] == (names if level else [])
    for finding in findings:
        assert threshold in finding.reason
        assert f"{ratio:.3g}".replace("e-0", "e-") in finding.reason


def test_that_updates_of_biases_are_no_matter() -> None:
    biases = [tensor.name for tensor in THREE_LAYERS if tensor.is_bias]
    assert levels(measured_run({(name, UPDATE): 5.0 for name in biases})) == []


def test_that_only_the_newest_twenty_samples_count() -> None:
    ratio = np.full(60, 0.5)
    ratio[-11:] = 1e-3
    assert levels(measured_run({(WEIGHT, UPDATE): ratio}, samples=60)) == []
    ratio[-11:-9] = 0.5
    assert levels(measured_run({(WEIGHT, UPDATE): ratio}, samples=60)) == [Level.BAD]


@pytest.mark.parametrize(("lr", "found"), [(0.99e-5, 0), (1.01e-5, 3)])
def test_that_small_updates_are_meant_where_a_schedule_holds_the_rate_down(
    lr: float, found: int
) -> None:
    weights = [tensor.name for tensor in THREE_LAYERS if not tensor.is_bias]
    run = measured_run({(name, UPDATE): 1e-7 for name in weights})
    run.history.steps.append(1.0, lr)  # the plan says 1e-3
    assert len(assess(run).findings) == found


@pytest.mark.parametrize(("norm", "level"), [(0.9e-6, Level.WATCH), (1.1e-6, None)])
def test_that_a_gradient_has_vanished_relative_to_the_largest_layer(
    norm: float, level: Level | None
) -> None:
    run = measured_run(
        {
            ("hidden1.weight", GRADIENT): 0.0,
            ("hidden1.bias", GRADIENT): norm,
            ("output.weight", GRADIENT): 0.8,
            ("output.bias", GRADIENT): 0.6,  # √(0.8² + 0.6²) = 1
        }
    )
    assert levels(run) == ([level] if level else [])
    if level:
        assert only(run).subject == "hidden1"
        assert "9e-7" in only(run).reason
        assert "output" in only(run).reason
        assert "1e-6" in only(run).reason


def test_that_a_layer_without_any_gradient_is_bad() -> None:
    run = measured_run({("hidden1.weight", GRADIENT): 0.0, ("hidden1.bias", GRADIENT): 0.0})
    finding = only(run)
    assert (finding.level, finding.subject, finding.tensor) == (Level.BAD, "hidden1", "")
    assert "0" in finding.reason


def test_that_gradients_that_are_all_zero_are_no_fault_of_a_layer() -> None:
    nothing = {(t.name, q): 0.0 for t in THREE_LAYERS for q in (GRADIENT, UPDATE)}
    assert levels(measured_run(nothing)) == []


def test_that_a_tensor_that_is_not_trained_has_no_verdict() -> None:
    nan = float("nan")
    frozen = {("output.bias", quantity): nan for quantity in HEALTHY}
    diagnosis = assess(measured_run(frozen))
    assert diagnosis.findings == ()
    assert "output.bias" not in diagnosis.tensors
    assert diagnosis.layers["output"].level is Level.GOOD


@pytest.mark.parametrize(("factor", "found"), [(99.0, False), (101.0, True)])
def test_that_a_gradient_explodes_at_a_hundred_times_its_earlier_median(
    factor: float, found: bool
) -> None:
    norms = np.full(40, 0.5)
    norms[-5:] *= factor
    run = measured_run({(WEIGHT, GRADIENT): norms})
    assert levels(run) == ([Level.BAD] if found else [])
    if found:
        assert only(run).tensor == WEIGHT
        assert "0.5 to 50.5" in only(run).reason
        assert "100 times" in only(run).reason


@pytest.mark.parametrize(("factor", "found"), [(0.99, 0), (1.01, 1)])
def test_that_gradients_that_grow_while_the_loss_falls_leave_a_plateau(
    factor: float, found: int
) -> None:
    norms = np.full(40, 0.5)
    norms[-5:] = 500.0
    run = measured_run({(WEIGHT, GRADIENT): norms}, every=2)
    for step in range(80):
        run.history.steps.append(factor if step >= 70 else 1.0, 1e-3)
    assert len(assess(run).findings) == found


@pytest.mark.parametrize(("loss", "found"), [(1.0005, 0), (1.002, 3)])
def test_that_small_updates_at_the_known_minimum_are_right(loss: float, found: int) -> None:
    weights = [tensor.name for tensor in THREE_LAYERS if not tensor.is_bias]
    run = measured_run({(name, UPDATE): 1e-7 for name in weights})
    run.history.landscape = Landscape(np.array([1.0]), (1.0, 1.0), 1.0)
    add_epochs(run, [loss])
    assert len(assess(run).findings) == found


def test_that_a_single_peak_of_the_gradient_is_no_explosion() -> None:
    norms = np.full(40, 0.5)
    norms[-2:] = 1e6
    assert levels(measured_run({(WEIGHT, GRADIENT): norms})) == []


def test_that_an_overflown_gradient_has_exploded_and_the_others_have_not_vanished() -> None:
    norms = np.full(40, 0.5)
    norms[-12:] = np.inf
    finding = only(measured_run({(WEIGHT, GRADIENT): norms}))
    assert finding.tensor == WEIGHT
    assert "∞" in finding.reason


@pytest.mark.parametrize(
    ("share", "level"),
    [(0.5, None), (0.51, Level.WATCH), (0.9, Level.WATCH), (0.91, Level.BAD)],
)
def test_that_dead_units_are_told_of_their_layer(share: float, level: Level | None) -> None:
    run = measured_run()
    run.history.activity.begin(("hidden1", "hidden2"))
    run.history.activity.append(1, [0.1, share])
    assert levels(run) == ([level] if level else [])
    if level:
        assert only(run).subject == "hidden2"
        assert f"{100 * share:.0f} %" in only(run).reason
        assert assess(run).tensors[WEIGHT].level is level
        assert assess(run).layers["hidden1"].level is Level.GOOD


@pytest.mark.parametrize("quantity", [RATE, UPDATE])
@pytest.mark.parametrize(
    ("factor", "words"),
    [(99.0, ""), (101.0, "above"), (1 / 99, ""), (1 / 101, "below")],
)
def test_that_a_tensor_far_off_the_others_is_named(
    quantity: Quantity, factor: float, words: str
) -> None:
    usual = 2e-4 if factor > 1 else 1e-2  # neither leaves the band of healthy updates
    tensors = [tensor.name for tensor in THREE_LAYERS]
    given = {(name, quantity): usual for name in tensors}
    run = measured_run({**given, (WEIGHT, quantity): usual * factor})
    if not words:
        assert levels(run) == []
    else:
        finding = only(run)
        assert (finding.level, finding.tensor) == (Level.WATCH, WEIGHT)
        assert words in finding.reason
        assert "100 times" in finding.reason


def test_that_realised_rates_are_compared_where_there_are_no_step_coefficients() -> None:
    nan = float("nan")
    given = {(tensor.name, RATE): nan for tensor in THREE_LAYERS}
    assert levels(measured_run({**given, (WEIGHT, REALISED): 2.0})) == [Level.WATCH]
    assert levels(measured_run({(WEIGHT, REALISED): 2.0})) == []


def test_that_two_tensors_are_too_few_to_say_which_is_off() -> None:
    run = measured_run({("hidden1.bias", RATE): 100.0}, tensors=THREE_LAYERS[:2])
    assert levels(run) == []


def test_that_the_worst_comes_first_and_decides_on_tensor_and_layer() -> None:
    run = measured_run(
        {
            ("hidden1.weight", UPDATE): 0.05,
            ("output.weight", UPDATE): 0.2,
            ("output.weight", RATE): 5.0,
        }
    )
    diagnosis = assess(run)
    assert [finding.level for finding in diagnosis.findings] == ["bad", "watch", "watch"]
    assert diagnosis.tensors["output.weight"] == diagnosis.findings[0]
    assert diagnosis.tensors["output.bias"].level is Level.GOOD
    assert {k: v.level.value for k, v in diagnosis.layers.items()} == {
        "hidden1": "watch",
        "hidden2": "good",
        "output": "bad",
    }


def test_that_the_same_measurements_give_the_same_findings() -> None:
    given = {(WEIGHT, UPDATE): 0.2, ("output.bias", RATE): 1e4}
    assert assess(measured_run(given)) == assess(measured_run(given))


def test_that_the_run_is_judged_beside_its_tensors() -> None:
    run = measured_run({(WEIGHT, UPDATE): 0.2}, plan=make_plan(loop={"epochs": 100}))
    add_epochs(run, np.ones(50))
    assert [f.subject for f in assess(run).findings] == ["hidden2", RUN]


@pytest.mark.parametrize(("layers", "limit_ms"), [(5, 1.0), (100, 10.0)])
def test_that_a_judgement_costs_little(layers: int, limit_ms: float) -> None:
    tensors = make_tensors(layers)
    run = measured_run(samples=400, tensors=tensors)
    assess(run)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assess(run)
        times.append(1000 * (time.perf_counter() - start))
    assert min(times) < limit_ms
