"""What a run tells of the time that measuring takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.recorder import Recorder
from workbench.core.measuring import MeasuringCost
from workbench.core.run import History
from workbench.engine.clocks import Stopwatch
from workbench.engine.measuring_clock import MeasuringClock


@pytest.mark.parametrize(("every", "samples"), [(1, 40), (10, 4)])
def test_that_a_run_tells_what_its_samples_cost(
    tmp_path: Path, every: int, samples: int
) -> None:
    loop = {"epochs": 40, "sample_every": every}
    run = Recorder(tmp_path, model={"kind": "mlp", "activation": "relu"}, loop=loop)
    run.trainer.run()

    cost = run.history.measuring
    assert cost is not None
    assert cost.samples == samples == len(run.history.rates)
    assert cost.steps == run.history.rates.steps()[-1]
    assert 0 < cost.spent_s < cost.elapsed_s <= run.trainer.elapsed_s


def test_that_the_clock_counts_from_where_the_run_went_on() -> None:
    history = History()
    for _ in range(30):
        history.steps.append(1.0, 0.1)
    clock = MeasuringClock(history, Stopwatch(before_s=100.0))
    clock.begin()
    clock.tell(35, beside_s=0.5)

    assert history.measuring == MeasuringCost(0.5, 0.0, samples=1, steps=5)


def test_that_only_what_runs_inside_the_block_is_counted() -> None:
    history = History()
    clock = MeasuringClock(history, Stopwatch())
    clock.begin()
    clock.tell(1)
    before = history.measuring
    with clock.running():
        sum(range(1000))
    clock.tell(2)

    assert before is not None
    assert before.spent_s == 0
    assert history.measuring is not None
    assert history.measuring.spent_s > 0
