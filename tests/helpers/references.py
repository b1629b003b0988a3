"""Optimizers as the papers have them, in float64 numpy, one tensor each.

Weights, state and quantities are all their own, from the gradients alone: they share no
code with the optimizers and rules that they are the truth for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


class Reference:
    """One tensor under one method: its weights, and what its last step was.

    `eta` and `share` are by element, None where the method has none; `decay` is what
    decoupled decay took.
    """

    def __init__(self, weight: Vector, given: Mapping[str, Any]) -> None:
        self.weight = weight.copy()
        self.given = given
        self.t = 0
        self.eta: Vector | None = None
        self.share: Vector | None = None
        self.decay: Vector | None = None
        self.kept: dict[str, Vector] = {}

    def get(self, name: str, default: Any) -> Any:
        return self.given.get(name, default)

    def keep(self, name: str, start: float = 0.0) -> Vector:
        return self.kept.setdefault(name, np.full_like(self.weight, start))

    def step(self, gradient: Vector, lr: float) -> None:
        self.t += 1
        decay = self.get("weight_decay", self.default_decay)
        self.decay = lr * decay * self.weight if decay and self.decoupled else None
        if not self.decoupled:
            gradient = gradient + decay * self.weight
        if self.decay is not None:
            self.weight = self.weight - self.decay
        self.weight = self.weight + self.move(gradient, lr)

    default_decay = 0.0

    @property
    def decoupled(self) -> bool:
        return bool(self.get("decoupled_weight_decay", False))

    def move(self, g: Vector, lr: float) -> Vector:
        raise NotImplementedError


class Sgd(Reference):
    """Sutskever et al., On the importance of initialization and momentum, 2013."""

    def move(self, g: Vector, lr: float) -> Vector:
        mu = self.get("momentum", 0.0)
        self.eta = np.full_like(g, lr)
        if self.t == 1:
            self.kept["b"] = g.copy()
        else:
            self.kept["b"] = mu * self.kept["b"] + (1 - self.get("dampening", 0.0)) * g
        if mu == 0:
            return -lr * g
        return -lr * (
            g + mu * self.kept["b"] if self.get("nesterov", False) else self.kept["b"]
        )


class Adagrad(Reference):
    """Duchi et al., Adaptive Subgradient Methods, 2011."""

    def move(self, g: Vector, lr: float) -> Vector:
        total = self.keep("G", self.get("initial_accumulator_value", 0.0))
        total += g**2
        fall = 1 + (self.t - 1) * self.get("lr_decay", 0.0)
        self.eta = lr / fall / (np.sqrt(total) + self.get("eps", 1e-10))
        return -self.eta * g


class RmsProp(Reference):
    """Hinton, lecture 6e, 2012; centered: Graves, Generating Sequences, 2013."""

    def move(self, g: Vector, lr: float) -> Vector:
        alpha = self.get("alpha", 0.99)
        v, a = self.keep("v"), self.keep("a")
        v *= alpha
        v += (1 - alpha) * g**2
        a *= alpha
        a += (1 - alpha) * g
        variance = v - a**2 if self.get("centered", False) else v
        scaled = 1 / (np.sqrt(variance) + self.get("eps", 1e-8))
        self.eta = lr * scaled
        b = self.keep("b")
        b *= self.get("momentum", 0.0)
        b += scaled * g
        return -lr * b


class Adadelta(Reference):
    """Zeiler, ADADELTA, 2012, algorithm 1."""

    def move(self, g: Vector, lr: float) -> Vector:
        rho, eps = self.get("rho", 0.9), self.get("eps", 1e-6)
        v, u = self.keep("v"), self.keep("u")
        v *= rho
        v += (1 - rho) * g**2
        ratio = np.sqrt(u + eps) / np.sqrt(v + eps)
        u *= rho
        u += (1 - rho) * (ratio * g) ** 2
        self.eta = lr * ratio
        return -self.eta * g


class Adam(Reference):
    """Kingma & Ba, Adam, 2014; amsgrad: Reddi et al., 2018, on the uncorrected v."""

    def moments(self, g: Vector) -> tuple[Vector, Vector]:
        self.b1, self.b2 = self.get("betas", (0.9, 0.999))
        m, v = self.keep("m"), self.keep("v")
        m *= self.b1
        m += (1 - self.b1) * g
        v *= self.b2
        v += (1 - self.b2) * g**2
        return m, v

    def move(self, g: Vector, lr: float) -> Vector:
        m, v = self.moments(g)
        if self.get("amsgrad", False):
            np.maximum(self.keep("V"), v, out=self.keep("V"))
            v = self.keep("V")
        root = np.sqrt(v / (1 - self.b2**self.t)) + self.get("eps", 1e-8)
        mean = m / (1 - self.b1**self.t)
        self.eta, self.share = lr / root, np.abs(mean) / root
        return -lr * mean / root


class AdamW(Adam):
    """Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2019."""

    default_decay = 0.01
    decoupled = True  # type: ignore[assignment]  # always


class NAdam(Adam):
    """Dozat, Incorporating Nesterov Momentum into Adam, 2016, algorithm 2."""

    def move(self, g: Vector, lr: float) -> Vector:
        m, v = self.moments(g)
        psi = self.get("momentum_decay", 0.004)
        mus = [self.b1 * (1 - 0.5 * 0.96 ** (i * psi)) for i in range(1, self.t + 2)]
        now, ahead = math.prod(mus[:-1]), math.prod(mus)
        mean = mus[-1] * m / (1 - ahead) + (1 - mus[-2]) * g / (1 - now)
        root = np.sqrt(v / (1 - self.b2**self.t)) + self.get("eps", 1e-8)
        self.eta, self.share = lr / root, np.abs(mean) / root
        return -lr * mean / root


class RAdam(Adam):
    """Liu et al., On the Variance of the Adaptive Learning Rate, 2020, algorithm 2."""

    def move(self, g: Vector, lr: float) -> Vector:
        m, v = self.moments(g)
        mean, power = m / (1 - self.b1**self.t), self.b2**self.t
        longest = 2 / (1 - self.b2) - 1
        rho = longest - 2 * self.t * power / (1 - power)
        if rho <= 5:
            self.eta, self.share = np.full_like(g, lr), None
            return -lr * mean
        rectified = math.sqrt(
            (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)
        )
        scale = math.sqrt(1 - power) / (np.sqrt(v) + self.get("eps", 1e-8))
        self.eta, self.share = lr * rectified * scale, np.abs(mean) * scale
        return -self.eta * mean


class Adamax(Adam):
    """Kingma & Ba, Adam, 2014, section 7.1; ε is added to each |g|."""

    def move(self, g: Vector, lr: float) -> Vector:
        m, _ = self.moments(g)
        u = self.keep("u")
        np.maximum(self.b2 * u, np.abs(g) + self.get("eps", 1e-8), out=u)
        mean = m / (1 - self.b1**self.t)
        self.eta, self.share = lr / u, np.abs(mean) / u
        return -lr * mean / u


class Rprop(Reference):
    """Riedmiller & Braun, 1993, in the form without going back (iRprop−, 2000)."""

    def move(self, g: Vector, lr: float) -> Vector:
        past, size = self.keep("p"), self.keep("h", lr)
        product = g * past
        factor = np.where(product > 0, 1.2, np.where(product < 0, 0.5, 1.0))
        size[:] = np.clip(size * factor, 1e-6, 50)
        past[:] = np.where(product < 0, 0.0, g)
        return -size * np.sign(past)


class Asgd(Reference):
    """Polyak & Juditsky, Acceleration of Stochastic Approximation, 1992; as in torch."""

    rate: float

    def move(self, g: Vector, lr: float) -> Vector:
        lambd = self.get("lambd", 1e-4)
        rate = lr if self.t == 1 else self.rate
        self.rate = lr / (1 + lambd * lr * self.t) ** self.get("alpha", 0.75)
        return -rate * (g + lambd * self.weight)
