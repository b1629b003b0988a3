"""The post-mortem on real photographs: a rate that grows until the loss leaps.

The preset itself takes minutes; here its rate is ten times as large, reached slowly from
nothing, on 1,000 photographs, so that the network learns first and then explodes.
"""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.recorder import Recorder
from workbench.core.events import LossExploded, ReplayEnded, RunEvent, RunFinished
from workbench.core.postmortem import last_accident, last_good_step
from workbench.core.presets import find_preset
from workbench.core.resuming import Start
from workbench.core.session import Session

PHOTOGRAPHS = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason="needs the photographs"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack a hundred photographs of each class."""
    target = tmp_path_factory.mktemp("photographs")
    unpack = PHOTOGRAPHS / "unpack.py"
    subprocess.run(
        [sys.executable, unpack, target, "--per-class", "100"],
        check=True,
        capture_output=True,
    )
    return target


class UntilPaused(Recorder):
    """Ends the run where it has paused and looked at the last steps."""

    def receive(self, event: RunEvent) -> None:
        super().receive(event)
        if isinstance(event, ReplayEnded):
            self.control.stop()


def sections() -> dict[str, dict[str, Any]]:
    values = find_preset("cifar10-adam-unstable").plan.values()
    values["optimizer"]["lr"] *= 10
    values["schedule"] = {"kind": "warmup", "warmup_steps": 1500}
    values["loop"].update(batch_size=16, epochs=10, threads=1, device="cpu")
    return values


def test_that_an_exploding_run_is_explained_and_learns_on_from_its_last_good_step(
    folder: Path,
) -> None:
    values = sections()
    bad = UntilPaused(folder, **values)
    bad.run()

    (exploded,) = bad.of(LossExploded)
    assert exploded.loss > 100 * exploded.usual
    session = Session(plan=bad.plan)
    run = session.new_run()
    run.history = bad.history
    for event in bad.events:
        run.apply(event)
    accident = last_accident(run)
    assert accident is not None
    seen = run.history.close_up.steps().astype(int).tolist()
    first = 1 + exploded.step - len(seen)  # later than 200 back where the machine is slow
    assert seen == list(range(first, exploded.step + 1))
    assert exploded.step - 200 <= first - 1 <= exploded.step - 40
    names = [name for name, _ in bad.experiment.model.named_parameters()]
    assert accident.tensor in names

    step = last_good_step(bad.trainer.kept_states.steps, accident.onset)
    assert step is not None
    assert 0 < step < accident.onset
    values["optimizer"]["lr"] /= 10
    values["loop"]["epochs"] = 4
    start = Start(bad.trainer.kept_states.checkpoint(step))
    fork = session.fork_run(run, bad.plan, start)
    good = Recorder(folder, history=fork.history, start=start, **values)

    assert isinstance(good.run(), RunFinished)
    assert good.losses[:step] == bad.losses[:step]
    before, after = mean(good.losses[step - 20 : step]), mean(good.losses[-20:])
    assert after < before
    assert after < math.log(10) - 0.2  # better than guessing


def mean(values: list[float]) -> float:
    return sum(values) / len(values)
