import math

import numpy as np
import pytest

from tests.helpers.measured import THREE_LAYERS, measured_run
from tests.helpers.runs import add_steps
from workbench.core.events import LossExploded, RunDiverged
from workbench.core.levels import tensor_values
from workbench.core.postmortem import (
    Suspect,
    find_onset,
    find_suspect,
    last_accident,
    last_good_step,
    plotted_tensor,
    rates_before,
    seen_steps,
)
from workbench.core.rates import Quantity, RateSeries
from workbench.core.run import Run

INF, NAN = float("inf"), float("nan")
GRADIENT, MOVED = Quantity.GRADIENT_NORM, Quantity.REALISED_NORM


def growing(factor: float, *, at: int = 40, start: float = 0.5) -> np.ndarray:
    values = np.full(40, start)
    values[at - 1 :] *= factor
    return values


def exploded_run() -> Run:
    run = measured_run({("hidden2.weight", GRADIENT): growing(300.0, at=39)})
    add_steps(run, [1.0] * 36 + [4.0, 9.0, 80.0, 500.0])
    run.apply(LossExploded(40, 500.0, 1.0, kept_steps=(10, 20, 30)))
    return run


def test_that_a_run_without_accidents_has_none() -> None:
    assert last_accident(measured_run()) is None


def test_that_an_explosion_names_the_tensor_that_grew_most() -> None:
    accident = last_accident(exploded_run())
    assert accident is not None
    assert (accident.step, accident.loss, accident.usual) == (40, 500.0, 1.0)
    assert not accident.is_divergence
    assert accident.onset == 37
    assert accident.tensor == "hidden2.weight"
    assert accident.where == ""
    assert accident.suspect == Suspect("hidden2.weight", GRADIENT, 300.0)


def test_that_a_divergence_names_the_tensor_that_the_run_found() -> None:
    run = exploded_run()
    run.apply(RunDiverged(41, 1.0, NAN, "output.bias", "gradient"))
    accident = last_accident(run)
    assert accident is not None
    assert accident.is_divergence
    assert math.isnan(accident.loss)
    assert (accident.tensor, accident.where) == ("output.bias", "gradient")
    assert accident.usual == 1.0  # that from before the leap


def test_that_a_divergence_of_the_loss_alone_falls_back_to_the_suspect() -> None:
    run = measured_run({("hidden1.bias", MOVED): growing(50.0)})
    add_steps(run, [*np.arange(1.0, 40.0), INF])
    run.apply(RunDiverged(40, 1.0, INF, None, ""))
    accident = last_accident(run)
    assert accident is not None
    assert accident.usual == pytest.approx(4.8)  # a tenth of the way from 1 to 39
    assert (accident.tensor, accident.where) == ("hidden1.bias", "")
    assert accident.suspect == Suspect("hidden1.bias", MOVED, 50.0)


def test_that_a_climb_from_the_start_is_seen_as_one() -> None:
    run = measured_run(samples=0)
    add_steps(run, [*(2.0 ** np.arange(30)), INF])
    run.apply(RunDiverged(31, 1.0, INF, None, ""))
    accident = last_accident(run)
    assert accident is not None
    assert accident.usual < 8
    assert accident.onset < 7


def test_that_a_divergence_in_the_first_step_has_no_usual_loss() -> None:
    run = measured_run(samples=0)
    add_steps(run, [INF])
    run.apply(RunDiverged(1, 0.0, INF, None, ""))
    accident = last_accident(run)
    assert accident is not None
    assert math.isnan(accident.usual)
    assert accident.onset == 1
    assert accident.tensor is None
    assert plotted_tensor(accident, ()) is None


def test_that_only_two_hundred_losses_before_say_what_was_usual() -> None:
    run = measured_run(samples=0)
    add_steps(run, [7.0] * 300 + [1.0] * 200 + [INF])
    run.apply(RunDiverged(501, 0.0, INF, None, ""))
    accident = last_accident(run)
    assert accident is not None
    assert accident.usual == 1.0


def test_that_the_suspect_is_the_largest_growth_of_either_quantity() -> None:
    run = measured_run(
        {
            ("hidden1.weight", GRADIENT): growing(20.0),
            ("output.bias", MOVED): growing(30.0, start=1e-4),
        }
    )
    assert find_suspect(run.history.rates, 40) == Suspect(
        "output.bias", MOVED, pytest.approx(30.0)
    )


def test_that_samples_after_the_accident_do_not_count() -> None:
    run = measured_run({("hidden1.weight", GRADIENT): growing(20.0, at=38)})
    assert find_suspect(run.history.rates, 37) is None
    assert find_suspect(run.history.rates, 38) is not None


def test_that_growth_of_long_ago_is_usual() -> None:
    run = measured_run({("hidden1.weight", GRADIENT): growing(20.0, at=10)})
    assert find_suspect(run.history.rates, 40) is None


def test_that_of_two_overflows_the_first_is_suspected() -> None:
    late, early = growing(INF, at=40), growing(INF, at=39)
    run = measured_run(
        {("hidden1.weight", GRADIENT): late, ("output.weight", GRADIENT): early}
    )
    suspect = find_suspect(run.history.rates, 40)
    assert suspect == Suspect("output.weight", GRADIENT, INF)


def test_that_tensors_that_never_moved_are_no_suspects() -> None:
    values = np.zeros(40)
    values[-1] = 5.0
    run = measured_run({("hidden1.weight", GRADIENT): values})
    assert find_suspect(run.history.rates, 40) is None


def test_that_a_gradient_of_mere_rounding_is_no_suspect() -> None:
    noise = np.full(40, 1e-9)
    noise[-1] = 1e-7  # beside gradients of 0.5, no more than their last digits
    run = measured_run(
        {
            ("output.bias", GRADIENT): noise,
            ("output.bias", MOVED): growing(50.0),
            ("output.weight", GRADIENT): growing(3.0),
        }
    )
    assert find_suspect(run.history.rates, 40) == Suspect("output.weight", GRADIENT, 3.0)
    small = measured_run({("output.bias", GRADIENT): 1e3 * noise})
    assert find_suspect(small.history.rates, 40) == Suspect(
        "output.bias", GRADIENT, pytest.approx(100.0)
    )


@pytest.mark.parametrize("samples", [0, 1, 2])
def test_that_too_few_samples_name_nobody(samples: int) -> None:
    norms = np.array([1.0, 1e6])[:samples]
    run = measured_run({("hidden1.weight", GRADIENT): norms}, samples=samples)
    assert find_suspect(run.history.rates, 40) is None


def test_that_three_samples_are_enough_to_name_one() -> None:
    norms = np.array([1.0, 1.0, 1e6])
    run = measured_run({("hidden1.weight", GRADIENT): norms}, samples=3)
    assert find_suspect(run.history.rates, 3) == Suspect("hidden1.weight", GRADIENT, 1e6)


@pytest.mark.parametrize(
    ("losses", "onset"),
    [
        ([1, 1, 1, 100], 4),
        ([1, 1, 4, 100], 3),
        ([1, 4, 1, 100], 4),  # a single peak before is apart
        ([4, 4, 4, 100], 1),
        ([1, 1, NAN, NAN], 3),
        ([1, 1, 1, 2], 4),  # never after the accident itself
    ],
)
def test_that_the_onset_is_where_the_losses_left_the_usual(
    losses: list[float], onset: int
) -> None:
    assert find_onset(np.array(losses, dtype=float), 4, 1.0) == onset


def test_that_the_onset_is_looked_for_in_two_hundred_steps() -> None:
    assert find_onset(np.full(1000, 50.0), 1000, 1.0) == 801


@pytest.mark.parametrize(
    ("kept", "chosen"),
    [((10, 20, 30), 30), ((10, 35, 36, 40), 35), ((36, 38), 36), ((), None)],
)
def test_that_the_last_good_step_is_that_before_the_leap(
    kept: tuple[int, ...], chosen: int | None
) -> None:
    assert last_good_step(kept, onset=37) == chosen


def test_that_the_output_of_a_layer_is_shown_by_its_first_tensor() -> None:
    run = exploded_run()
    for name, shown in (
        ("output", "output.weight"),
        ("output.bias", "output.bias"),
        ("relu1", "hidden2.weight"),  # no tensors: the suspect
        (None, "hidden2.weight"),
    ):
        run.divergence = RunDiverged(41, 1.0, INF, name, "output")
        accident = last_accident(run)
        assert accident is not None
        assert plotted_tensor(accident, THREE_LAYERS) == shown


def close_up_of(run: Run, first: int, last: int, value: float) -> None:
    """Give the run a close-up of these steps, in which all gradients are the same."""
    detail = measured_run(
        {(tensor.name, GRADIENT): value for tensor in THREE_LAYERS},
        samples=last - first + 1,
    ).history.rates
    close_up = RateSeries(detail.tensors)
    close_up.extend(np.arange(first, last + 1.0), detail.values())
    run.history.close_up = close_up


def gradients(rates: RateSeries) -> list[tuple[int, float]]:
    values = tensor_values(rates, GRADIENT, 0, len(rates))[:, 0]
    return list(zip(rates.steps().astype(int).tolist(), values.tolist(), strict=True))


def test_that_every_step_of_the_close_up_takes_the_place_of_the_sampled_ones() -> None:
    run = measured_run(samples=30, every=10)
    close_up_of(run, 151, 160, 7.0)
    rates = rates_before(run.history, 175)
    sampled = [(step, 0.5) for step in range(10, 151, 10)]
    detail = [(step, 7.0) for step in range(151, 161)]
    assert gradients(rates) == [*sampled, *detail, (170, 0.5)]
    assert seen_steps(run.history, 175) == (151, 160)
    assert rates.tensors == THREE_LAYERS


def test_that_only_the_steps_up_to_the_accident_are_taken_from_a_close_up() -> None:
    run = measured_run(samples=30, every=10)
    close_up_of(run, 151, 160, 7.0)
    assert gradients(rates_before(run.history, 155))[-1] == (155, 7.0)
    assert seen_steps(run.history, 155) == (151, 155)


def test_that_so_many_samples_before_a_close_up_are_enough() -> None:
    run = measured_run(samples=1000)
    close_up_of(run, 951, 1000, 7.0)
    rates = rates_before(run.history, 1000)
    assert rates.steps().tolist() == list(range(751, 1001))


@pytest.mark.parametrize("step", [150, 360])
def test_that_the_close_up_of_another_accident_is_left_out(step: int) -> None:
    run = measured_run(samples=40, every=10)
    close_up_of(run, 151, 160, 7.0)
    assert seen_steps(run.history, step) is None
    assert rates_before(run.history, step) is run.history.rates


def test_that_without_a_close_up_there_are_the_samples() -> None:
    run = measured_run()
    assert seen_steps(run.history, 40) is None
    assert rates_before(run.history, 40) is run.history.rates


def test_that_a_close_up_of_other_tensors_is_left_out() -> None:
    run = measured_run()
    close_up_of(run, 31, 40, 7.0)
    run.history.rates.tensors = THREE_LAYERS[:1]
    assert rates_before(run.history, 40) is run.history.rates


def test_that_a_growth_between_two_samples_is_found_in_the_close_up() -> None:
    run = measured_run(samples=10, every=20)
    norms = np.full(49, 0.5)
    norms[-2:] = 60.0  # in the steps 198 and 199, between the samples of 180 and 200
    detail = measured_run({("output.weight", GRADIENT): norms}, samples=49).history.rates
    add_steps(run, [1.0] * 199 + [INF])
    run.apply(RunDiverged(200, 1.0, INF, None, ""))
    before = last_accident(run)
    close_up = RateSeries(detail.tensors)
    close_up.extend(np.arange(151.0, 200.0), detail.values())
    run.history.close_up = close_up

    accident = last_accident(run)
    assert before is not None
    assert before.suspect is None
    assert accident is not None
    assert accident.suspect == Suspect("output.weight", GRADIENT, 120.0)
