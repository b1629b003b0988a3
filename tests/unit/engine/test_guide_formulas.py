"""What the guide says of methods without a step coefficient, and of first steps.

The formulas of the pages in numpy, against torch. The other methods' formulas are
those of the step coefficients, which have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from pytorch_optimizer import Lookahead
from torch import optim

Array = npt.NDArray[np.float64]
Gradient = Callable[[int, Array], Array]
STEPS = 30


def noise(t: int, theta: Array) -> Array:
    """Return a gradient whose signs hold and flip."""
    return np.random.default_rng(t // 2).normal(size=theta.shape)


def walk(
    make: Callable[[list[torch.nn.Parameter]], Any],
    start: Array,
    gradient: Gradient = noise,
    steps: int = STEPS,
) -> list[Array]:
    """Return the weights before the first and after each step of an optimizer."""
    parameter = torch.nn.Parameter(torch.tensor(start))
    optimizer = make([parameter])
    path = [start]
    for t in range(1, steps + 1):
        parameter.grad = torch.tensor(gradient(t, path[-1]))
        optimizer.step()
        path.append(parameter.detach().numpy().copy())
    return path


def first_step(kind: Any, gradient: float, **settings: float) -> float:
    path = walk(
        lambda p: kind(p, **settings),
        np.zeros(1),
        lambda _, theta: np.full_like(theta, gradient),
        steps=1,
    )
    return float(abs(path[1][0]))


def start(*shape: int) -> Array:
    return np.random.default_rng(99).normal(size=shape)


def test_that_asgd_is_as_the_guide_says() -> None:
    lr, lambd, alpha, t0, wd = 0.1, 0.5, 0.75, 5.0, 0.01
    theta = mean = start(4)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    method = optim.ASGD(
        [parameter], lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=wd
    )
    for t in range(1, STEPS + 1):
        parameter.grad = torch.tensor(noise(t, theta))
        method.step()
        eta = lr / (1 + lambd * lr * (t - 1)) ** alpha
        g = noise(t, theta) + wd * theta
        theta = theta - eta * g - lambd * eta * theta
        mean = mean + (theta - mean) / max(1.0, t - 1 - t0)
        np.testing.assert_allclose(
            parameter.detach().numpy(), theta, rtol=1e-4
        )  # η in float32
        np.testing.assert_allclose(method.state[parameter]["ax"].numpy(), mean, rtol=1e-4)


def test_that_rprop_is_as_the_guide_says() -> None:
    down, up, low, high = 0.5, 1.2, 1e-3, 0.05
    path = walk(
        lambda p: optim.Rprop(p, lr=0.02, etas=(down, up), step_sizes=(low, high)), start(9)
    )
    theta, last, size = path[0], np.zeros(9), np.full(9, 0.02)
    for t in range(1, STEPS + 1):
        g = noise(t, theta)
        sigma = np.where(g * last > 0, up, np.where(g * last < 0, down, 1.0))
        size = np.clip(sigma * size, low, high)
        g = np.where(g * last < 0, 0.0, g)
        theta, last = theta - size * np.sign(g), g
        np.testing.assert_allclose(path[t], theta, rtol=1e-12)


def test_that_rprop_takes_the_learning_rate_for_its_first_step_only() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    method = optim.Rprop([parameter], lr=0.01)
    for lr in (0.01, 100.0):
        method.param_groups[0]["lr"] = lr
        parameter.grad = torch.ones(1)
        method.step()
    assert parameter.item() == pytest.approx(-0.01 * (1 + 1.2))


@pytest.mark.parametrize("shape", [(6, 5), (2, 3, 4, 5), (7,)])
def test_that_adafactor_is_as_the_guide_says(shape: tuple[int, ...]) -> None:
    lr, c, eps1, eps2, d, wd = 0.3, -0.8, 1e-2, 1e-3, 1.1, 0.05
    path = walk(
        lambda p: optim.Adafactor(
            p, lr=lr, beta2_decay=c, eps=(eps1, eps2), d=d, weight_decay=wd
        ),
        start(*shape),
    )
    theta, row, column = path[0], np.zeros(()), np.zeros(())
    for t in range(1, STEPS + 1):
        g, new = noise(t, theta), t**c
        if len(shape) > 1:
            row = (1 - new) * row + new * (g**2).mean(-1, keepdims=True)
            column = (1 - new) * column + new * (g**2).mean(-2, keepdims=True)
            v = row * column / np.maximum(row.mean(-2, keepdims=True), eps1)
        else:
            v = row = (1 - new) * row + new * g**2
        u = g / np.sqrt(np.maximum(v, eps1**2))
        alpha = min(lr, t**-0.5) * max(eps2, np.sqrt((theta**2).mean()))
        step = alpha * u / max(1.0, np.sqrt((u**2).mean()) / d)
        theta = theta - step - lr * wd * theta
        np.testing.assert_allclose(path[t], theta, rtol=1e-9)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6)])
@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("adjust", ["original", "match_rms_adamw"])
def test_that_muon_is_as_the_guide_says(
    shape: tuple[int, int], nesterov: bool, adjust: str
) -> None:
    lr, mu, wd, (a, b, c) = 0.1, 0.9, 0.1, (3.4445, -4.775, 2.0315)
    path = walk(
        lambda p: optim.Muon(
            p, lr=lr, momentum=mu, weight_decay=wd, nesterov=nesterov, adjust_lr_fn=adjust
        ),
        start(*shape),
        steps=3,
    )
    theta, buffer = path[0], np.zeros(shape)
    n, k = shape
    scale = max(1.0, n / k) ** 0.5 if adjust == "original" else 0.2 * max(n, k) ** 0.5
    for t in range(1, 4):
        g = noise(t, theta)
        buffer = mu * buffer + (1 - mu) * g
        x = (1 - mu) * g + mu * buffer if nesterov else buffer
        x = x / np.linalg.norm(x)
        for _ in range(5):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        theta = theta - lr * scale * x - lr * wd * theta
        # The products are in bfloat16, of which the polynomial makes a little more.
        np.testing.assert_allclose(path[t], theta, atol=0.03 * lr * scale * t)


def test_that_lookahead_is_as_the_guide_says() -> None:
    lr, mu, k, alpha = 0.1, 0.9, 4, 0.3
    path = walk(
        lambda p: Lookahead(
            optim.SGD(p, lr=lr, momentum=mu), k=k, alpha=alpha, pullback_momentum="pullback"
        ),
        start(5),
    )
    theta = slow = path[0]
    buffer, slow_buffer = noise(1, theta) * 0, np.zeros(5)
    for t in range(1, STEPS + 1):
        buffer = mu * buffer + noise(t, theta)
        theta = theta - lr * buffer
        if t % k == 0:
            theta = slow = slow + alpha * (theta - slow)
            buffer = slow_buffer = slow_buffer + alpha * (buffer - slow_buffer)
        np.testing.assert_allclose(path[t], theta, rtol=1e-9)


def test_that_lbfgs_takes_the_first_step_that_the_guide_says() -> None:
    parameter = torch.nn.Parameter(torch.tensor([3.0, -1.0], dtype=torch.float64))
    method = optim.LBFGS([parameter], lr=0.5, max_iter=1)

    def closure() -> torch.Tensor:
        method.zero_grad()
        loss = (parameter**2).sum()
        loss.backward()
        return loss

    method.step(closure)
    g = np.array([6.0, -2.0])
    wanted = np.array([3.0, -1.0]) - 0.5 * min(1.0, 1 / np.abs(g).sum()) * g
    np.testing.assert_allclose(parameter.detach().numpy(), wanted, rtol=1e-12)


def test_that_lbfgs_solves_a_linear_model_within_a_handful_of_steps() -> None:
    rng = np.random.default_rng(0)
    x, y = torch.tensor(rng.normal(size=(100, 10))), torch.tensor(rng.normal(size=100))
    parameter = torch.nn.Parameter(torch.zeros(10, dtype=torch.float64))
    method = optim.LBFGS([parameter], line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        method.zero_grad()
        loss = ((x @ parameter - y) ** 2).mean()
        loss.backward()
        return loss

    for _ in range(5):
        method.step(closure)
    solution = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    torch.testing.assert_close(parameter.detach(), solution, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("gradient", [3.0, 1e-4])
def test_that_first_steps_are_as_long_as_the_guide_says(gradient: float) -> None:
    lr = 0.01
    for kind in (optim.Adam, optim.Adagrad, optim.Adamax):
        assert first_step(kind, gradient, lr=lr) == pytest.approx(lr, rel=1e-3)
    shortest = first_step(optim.RMSprop, gradient, lr=lr, alpha=0.99)
    assert shortest == pytest.approx(lr / np.sqrt(1 - 0.99), rel=1e-2)
    assert first_step(optim.RAdam, gradient, lr=lr) == pytest.approx(lr * gradient)
    limit = lr * np.sqrt(1e-6 / (1 - 0.9))
    assert first_step(optim.Adadelta, gradient, lr=lr, rho=0.9, eps=1e-6) <= limit


def test_that_adam_steps_after_a_silence_as_far_as_the_guide_says() -> None:
    beta1, beta2 = 0.9, 0.999
    path = walk(
        lambda p: optim.Adam(p, lr=1.0, betas=(beta1, beta2), eps=1e-30),
        np.zeros(1),
        lambda t, theta: np.full_like(theta, 1.0 if t == 3000 else 1e-9),
        steps=3000,
    )
    step = abs(path[3000][0] - path[2999][0])
    assert step == pytest.approx((1 - beta1) / np.sqrt(1 - beta2), rel=0.06)


def test_that_sgd_with_momentum_has_the_limits_of_the_guide() -> None:
    mu, curvature = 0.9, 2.0
    limits = {
        (0.0, False): 2 / curvature,
        (mu, False): 2 * (1 + mu) / curvature,
        (mu, True): 2 * (1 + mu) / (1 + 2 * mu) / curvature,
    }
    for (momentum, nesterov), limit in limits.items():
        ends = []
        for factor in (0.98, 1.02):
            settings = {"lr": factor * limit, "momentum": momentum, "nesterov": nesterov}
            path = walk(
                lambda p, s=settings: optim.SGD(p, **s),
                np.ones(1),
                lambda _, theta: curvature * theta,
                steps=600,
            )
            ends.append(abs(path[-1][0]))
        assert ends[0] < 0.01
        assert ends[1] > 100


def test_that_radam_waits_a_handful_of_steps_and_then_starts_cautiously() -> None:
    path = walk(
        lambda p: optim.RAdam(p, lr=1.0),
        np.zeros(1),
        lambda _, theta: np.full_like(theta, 5.0),
        steps=6,
    )
    steps = np.abs(np.diff(np.concatenate(path)))
    np.testing.assert_allclose(steps[:5], 5.0)
    assert 0.01 < steps[5] < 0.1
