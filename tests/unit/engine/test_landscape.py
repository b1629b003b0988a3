"""The bowl of a linear model against torch's own losses, and against SGD."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers.recorder import Recorder
from workbench.core.events import RunDiverged, RunFinished
from workbench.core.plan import Plan
from workbench.core.stability import largest_stable_lr
from workbench.engine.data.dataset import Dataset, Split, identity
from workbench.engine.landscape import Bowl, survey

DIABETES = {"kind": "diabetes"}
RANDOM = {"kind": "random", "samples": 64, "features": 5}


def dataset_of(inputs: Tensor, targets: Tensor) -> Dataset:
    return Dataset(Split(inputs.float(), targets.float()), None, (), identity)


def plan_of(**sections: dict[str, Any]) -> Plan:
    return Plan.from_values({"model": {"kind": "linear"}, **sections})


def bowl_of(inputs: Tensor, targets: Tensor, *, bias: bool = True) -> Bowl:
    plan = plan_of(model={"kind": "linear", "bias": bias})
    bowl = survey(plan, dataset_of(inputs, targets))
    assert bowl is not None
    return bowl


def random_data(samples: int, features: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(samples)
    inputs = torch.randn(samples, features, generator=generator).float()
    return inputs, torch.randn(samples, 1, generator=generator).float()


def loss_at(inputs: Tensor, targets: Tensor, weights: Any, *, bias: bool = True) -> float:
    """Torch's mean squared error in float64."""
    values = torch.as_tensor(weights, dtype=torch.float64)
    slope, constant = (values[:-1], values[-1]) if bias else (values, 0.0)
    output = inputs.double() @ slope[:, None] + constant
    return nn.functional.mse_loss(output, targets.double()).item()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("samples", "features"), [(40, 5), (8, 2), (300, 12)])
def test_that_the_formula_gives_torchs_loss_anywhere_in_the_plane(
    samples: int, features: int, bias: bool
) -> None:
    inputs, targets = random_data(samples, features)
    bowl = bowl_of(inputs, targets, bias=bias)
    steep, flat = bowl.landscape.plane
    for a, b in [(0.0, 0.0), (1.5, 0.0), (0.0, -2.0), (0.3, 4.0)]:
        weights = bowl.minimum + a * bowl.axes[0] + b * bowl.axes[1]
        expected = bowl.landscape.minimum_loss + (steep * a**2 + flat * b**2) / 2
        assert loss_at(inputs, targets, weights, bias=bias) == pytest.approx(
            expected, rel=1e-12
        )


def test_that_the_curvatures_are_the_eigenvalues_of_autograds_hessian() -> None:
    inputs, targets = random_data(50, 4)
    bowl = bowl_of(inputs, targets)
    columns = torch.cat([inputs.double(), torch.ones(50, 1).double()], dim=1)

    def loss(weights: Tensor) -> Tensor:
        return nn.functional.mse_loss(columns @ weights[:, None], targets.double())

    hessian = torch.autograd.functional.hessian(loss, torch.zeros(5).double())
    expected = torch.linalg.eigvalsh(hessian).flip(0).numpy()
    assert bowl.landscape.curvatures == pytest.approx(expected, rel=1e-12)
    assert bowl.landscape.plane == pytest.approx((expected[0], expected[-1]), rel=1e-12)
    assert bowl.landscape.largest_stable_lr == pytest.approx(2 / expected[0], rel=1e-12)


def test_that_the_minimum_is_that_of_least_squares() -> None:
    inputs, targets = random_data(50, 4)
    bowl = bowl_of(inputs, targets)
    columns = np.column_stack([inputs.double().numpy(), np.ones(50)])
    expected = np.linalg.lstsq(columns, targets.double().numpy()[:, 0], rcond=None)[0]
    assert bowl.minimum == pytest.approx(expected, rel=1e-12)
    assert bowl.landscape.minimum_loss == pytest.approx(
        loss_at(inputs, targets, expected), rel=1e-12
    )


def test_that_a_long_table_gives_the_same_as_a_short_one_repeated() -> None:
    inputs, targets = random_data(50, 30)
    once = bowl_of(inputs, targets)
    often = bowl_of(inputs.repeat(2000, 1), targets.repeat(2000, 1))
    assert often.landscape.curvatures == pytest.approx(once.landscape.curvatures, rel=1e-11)
    assert often.minimum == pytest.approx(once.minimum, rel=1e-9)
    assert often.landscape.minimum_loss == pytest.approx(once.landscape.minimum_loss)


def test_that_features_that_say_the_same_leave_flat_directions_out() -> None:
    inputs, targets = random_data(50, 3)
    doubled = torch.cat([inputs, inputs[:, :1], torch.ones(50, 1)], dim=1)
    bowl = bowl_of(doubled, targets)
    curvatures = bowl.landscape.curvatures
    assert (curvatures[4:] == 0).all()
    assert bowl.landscape.plane[1] == curvatures[3] > 0.1
    assert bowl.minimum[0] == pytest.approx(bowl.minimum[3])  # the shortest shares evenly
    assert loss_at(doubled, targets, bowl.minimum) == pytest.approx(
        bowl.landscape.minimum_loss, rel=1e-12
    )


def test_that_fewer_samples_than_weights_can_be_met_exactly() -> None:
    inputs, targets = random_data(4, 10)
    bowl = bowl_of(inputs, targets)
    assert np.count_nonzero(bowl.landscape.curvatures) == 4
    assert len(bowl.landscape.curvatures) == 11
    assert bowl.landscape.minimum_loss == pytest.approx(0, abs=1e-25)


@pytest.mark.parametrize(("features", "bias"), [(1, False), (1, True), (3, False)])
def test_that_data_that_curve_in_one_direction_have_a_flat_second_axis(
    features: int, bias: bool
) -> None:
    bowl = bowl_of(torch.ones(6, features), torch.arange(6.0)[:, None], bias=bias)
    assert bowl.landscape.plane == pytest.approx((2.0 * (features + bias), 0.0))
    assert bowl.landscape.minimum_loss == pytest.approx(np.var(np.arange(6.0)))
    assert bowl.axes.shape == (2, features + bias)


def test_that_inputs_that_are_all_zero_have_no_bowl() -> None:
    plan = plan_of(model={"kind": "linear", "bias": False})
    assert survey(plan, dataset_of(torch.zeros(5, 2), torch.ones(5, 1))) is None


@pytest.mark.parametrize(
    "sections",
    [{"loss": {"kind": "huber"}}, {"model": {"kind": "mlp"}}],
    ids=["huber", "mlp"],
)
def test_that_only_squared_errors_of_a_linear_model_have_a_bowl(
    sections: dict[str, dict[str, Any]],
) -> None:
    inputs, targets = random_data(10, 2)
    assert survey(plan_of(**sections), dataset_of(inputs, targets)) is None


def test_that_very_wide_and_very_large_tables_are_left_alone() -> None:
    wide = dataset_of(torch.zeros(2, 2001), torch.zeros(2, 1))
    large = Split(
        torch.zeros(1, 300).expand(10**6, 300), torch.zeros(1, 1).expand(10**6, 1)
    )
    assert survey(plan_of(), wide) is None
    assert survey(plan_of(), Dataset(large, None, (), identity)) is None


def test_that_the_path_starts_at_step_0_and_gives_the_loss_of_each_step(
    tmp_path: Path,
) -> None:
    run = Recorder(tmp_path, data={**RANDOM, "features": 1}, loop={"epochs": 30})
    run.run()

    path, bowl = run.history.path, run.history.landscape
    assert bowl is not None
    assert path.steps().tolist() == list(range(31))
    steep, flat = bowl.plane
    points = path.points()
    losses = bowl.minimum_loss + (steep * points[:, 0] ** 2 + flat * points[:, 1] ** 2) / 2
    assert run.losses == pytest.approx(losses[:30].tolist(), rel=1e-5)


def test_that_the_path_is_appended_where_the_rates_are_measured(tmp_path: Path) -> None:
    run = Recorder(tmp_path, loop={"epochs": 10, "sample_every": 4})
    run.run()
    assert run.history.path.steps().tolist() == [0, 1, 5, 9]


def test_that_other_models_have_no_path(tmp_path: Path) -> None:
    run = Recorder(tmp_path, model={"kind": "mlp", "hidden_sizes": (4,)})
    run.run()
    assert run.history.landscape is None
    assert len(run.history.path) == 0


METHODS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True},
    "dampened": {"momentum": 0.8, "dampening": 0.5},
    "decayed": {"weight_decay": 0.3},
    "all": {"momentum": 0.6, "dampening": 0.3, "weight_decay": 0.3},
}
each_method = pytest.mark.parametrize("settings", METHODS.values(), ids=METHODS)
each_data = pytest.mark.parametrize("data", [RANDOM, DIABETES], ids=["random", "diabetes"])


def train_at(
    share: float, data: dict[str, Any], settings: dict[str, Any], tmp_path: Path
) -> tuple[Recorder, Any]:
    """Train with SGD on all data at a share of the method's largest stable rate."""
    optimizer = {"kind": "sgd", **settings}
    probe = Recorder(tmp_path, data=data, optimizer=optimizer)
    assert probe.experiment.bowl is not None
    limit = largest_stable_lr(probe.plan, probe.experiment.bowl.landscape)
    assert limit is not None
    optimizer["lr"] = share * limit
    loop = {"epochs": 3000, "on_explosion": "ignore", "sample_every": 3000}
    run = Recorder(tmp_path, data=data, optimizer=optimizer, loop=loop)
    return run, run.run()


def ridge_loss(run: Recorder) -> float:
    """Return the loss at the minimum of loss + ½ wd·|w|², by the normal equations."""
    train, decay = run.experiment.dataset.train, run.plan.optimizer.weight_decay
    inputs = run.experiment.dataset.transform(train.inputs).double()
    columns = torch.cat([inputs, torch.ones(len(inputs), 1).double()], dim=1)
    hessian = 2 / len(inputs) * columns.T @ columns
    pull = 2 / len(inputs) * columns.T @ train.targets.double()
    weights = torch.linalg.solve(hessian + decay * torch.eye(len(hessian)).double(), pull)
    return loss_at(inputs, train.targets, weights[:, 0])


@each_method
@each_data
def test_that_sgd_converges_just_below_its_largest_stable_rate(
    data: dict[str, Any], settings: dict[str, Any], tmp_path: Path
) -> None:
    run, ending = train_at(0.98, data, settings, tmp_path)

    assert isinstance(ending, RunFinished)
    assert run.losses[-1] == pytest.approx(ridge_loss(run), rel=1e-4)


@each_method
@each_data
def test_that_sgd_diverges_just_above_its_largest_stable_rate(
    data: dict[str, Any], settings: dict[str, Any], tmp_path: Path
) -> None:
    _, ending = train_at(1.02, data, settings, tmp_path)
    assert isinstance(ending, RunDiverged)
