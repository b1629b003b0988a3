import numpy as np
import pytest

from tests.helpers.runs import make_plan
from workbench.core.landscape import Landscape
from workbench.core.plan import Plan
from workbench.core.stability import Stability, judge, largest_stable_lr

CURVATURES = np.array([5.0, 0.5])
BOWL = Landscape(CURVATURES, (5.0, 0.5), 0.0)


def plan_of(**optimizer: object) -> Plan:
    sections = {
        "model": {"kind": "linear"},
        "data": {"kind": "diabetes"},
        "loss": {"kind": "mse"},
        "optimizer": {"kind": "sgd", **optimizer},
    }
    return Plan.from_values(sections)


def distance_after(lr: float, steps: int, **settings: float) -> float:
    """Run torch's SGD rule on the bowl and return how far from its minimum it ends."""
    momentum, dampening = settings.get("momentum", 0.0), settings.get("dampening", 0.0)
    decay, nesterov = settings.get("weight_decay", 0.0), settings.get("nesterov", False)
    weights, buffer = np.ones(2), None
    for _ in range(steps):
        gradient = CURVATURES * weights + decay * weights
        if momentum:
            buffer = (
                gradient
                if buffer is None
                else momentum * buffer + (1 - dampening) * gradient
            )
            gradient = gradient + momentum * buffer if nesterov else buffer
        weights = weights - lr * gradient
        if np.abs(weights).max() > 1e6:
            break
    return float(np.linalg.norm(weights))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"weight_decay": 3.0},
        {"dampening": 0.5},
        {"momentum": 0.9},
        {"momentum": 0.5, "dampening": 0.5},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.3, "nesterov": True, "weight_decay": 1.0},
        {"momentum": 0.9, "dampening": 0.9, "weight_decay": 0.5},
    ],
)
def test_that_sgd_converges_just_below_the_limit_and_diverges_just_above(
    settings: dict[str, float],
) -> None:
    limit = largest_stable_lr(plan_of(**settings), BOWL)
    assert limit is not None
    assert distance_after(0.98 * limit, 3000, **settings) < 1e-3
    assert distance_after(1.02 * limit, 3000, **settings) > 1e3
    for share, verdict in ((0.98, Stability.STABLE), (1.02, Stability.UNSTABLE)):
        assert judge(plan_of(**settings), BOWL, share * limit) is verdict


def test_that_plain_sgd_is_stable_up_to_two_over_the_largest_curvature() -> None:
    assert largest_stable_lr(plan_of(), BOWL) == BOWL.largest_stable_lr == 0.4


def test_that_nothing_is_claimed_where_nothing_is_known() -> None:
    assert largest_stable_lr(plan_of(kind="adam"), BOWL) is None
    assert largest_stable_lr(plan_of(momentum=0.9, dampening=1.0), BOWL) is None
    assert largest_stable_lr(plan_of(), Landscape(np.zeros(2), (0.0, 0.0), 1.0)) is None
    wrapped = make_plan(plan_of().values(), lookahead={"enabled": True})
    assert largest_stable_lr(wrapped, BOWL) is None
    for plan in (wrapped, plan_of(kind="adam")):
        assert judge(plan, BOWL, 100.0) is Stability.UNKNOWN


def test_that_mini_batches_are_stable_only_on_average() -> None:
    batches = make_plan(plan_of(momentum=0.9).values(), loop={"full_batch": False})
    limit = largest_stable_lr(batches, BOWL)
    assert limit is not None
    assert judge(batches, BOWL, 0.9 * limit) is Stability.NOISY
    assert judge(batches, BOWL, 1.1 * limit) is Stability.UNSTABLE
