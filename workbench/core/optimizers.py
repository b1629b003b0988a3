"""Settings of the optimizers, under the names that torch.optim gives them.

Each class is one entry: its form, help, command line, session format and tests follow
from the fields, whose names are the arguments of the torch optimizer.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from workbench.core.catalogue import Catalogue
from workbench.core.settings import CatalogueSettings, Settings, setting

Decay = Annotated[float, Field(ge=0, lt=1)]
Beta = tuple[Decay, Decay]
Coefficient = Annotated[float, Field(ge=-100, le=100)]

_BETA_LABELS = ("β₁ (gradient)", "β₂ (square)")
_AMSGRAD_HELP = (
    "Divide by the largest second moment so far instead of the current one, so that "
    "the effective rate can never grow again."
)
_CENTERED_HELP = (
    "Subtract the square of the mean gradient from the mean square, so that steps are "
    "scaled by the variance."
)
_DECOUPLED_HELP = (
    "Shrink the weights directly, as AdamW does, instead of through the gradient."
)


def _lr(default: float) -> Any:
    return setting(
        default,
        "The nominal length of a step; the most important setting of all.",
        title="Learning rate",
        above=0,
        maximum=1e6,
    )


def _weight_decay(default: float, *, decoupled: bool = False) -> Any:
    how = (
        "Pulls every weight towards zero by lr × this share, apart from the gradient."
        if decoupled
        else "Adds this share of each weight to its gradient (L2 penalty)."
    )
    return setting(default, how, title="Weight decay", minimum=0, maximum=1e6)


def _eps(default: float) -> Any:
    return setting(
        default,
        "Small number in the denominator; keeps steps finite where the gradient is tiny.",
        title="Epsilon",
        minimum=0,
        maximum=1e6,
    )


def _betas(first: float = 0.9, second: float = 0.999) -> Any:
    return setting(
        (first, second),
        "How much of the running mean of gradients (β₁) and of squared gradients (β₂) "
        "is kept each step.",
        title="Betas",
        labels=_BETA_LABELS,
    )


def _switch(help: str, title: str, *, default: bool = False) -> Any:  # noqa: A002
    return setting(default, help, title=title)


class OptimizerSettings(CatalogueSettings):
    """What every optimizer has."""

    torch_name: ClassVar[str]  # the class in torch.optim
    # Why it has no step coefficient for each element; empty where it has one.
    no_step_coefficient: ClassVar[str] = ""
    # The first step alone reads lr; what a schedule makes of it later is never seen.
    reads_lr_once: ClassVar[bool] = False
    # Settings that decide what is kept from step to step; of a number, whether it is 0.
    shapes_state: ClassVar[tuple[str, ...]] = ()
    lr: float = _lr(0.001)


class Sgd(OptimizerSettings):
    """Stochastic gradient descent, with momentum where wanted."""

    title = "SGD"
    summary = "Steps against the gradient; momentum averages over past steps."
    torch_name = "SGD"
    shapes_state = ("momentum",)
    kind: Literal["sgd"] = "sgd"
    lr: float = _lr(0.01)
    momentum: float = setting(
        0.0,
        "Share of the last step that is carried on; 0.9 is common.",
        title="Momentum",
        minimum=0,
        below=1,
    )
    dampening: float = setting(
        0.0,
        "Share of each new gradient that momentum leaves out.",
        title="Dampening",
        minimum=0,
        maximum=1,
        advanced=True,
    )
    weight_decay: float = _weight_decay(0.0)
    nesterov: bool = _switch(
        "Look ahead: use the gradient's effect after the momentum step; needs momentum "
        "and no dampening.",
        "Nesterov",
    )

    @field_validator("nesterov")
    @classmethod
    def _check_nesterov(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not (
            info.data.get("momentum", 1) > 0 and info.data.get("dampening", 0) == 0
        ):
            raise ValueError("Nesterov needs a momentum above 0 and a dampening of 0")
        return value


class Adagrad(OptimizerSettings):
    """Divides by the root of the sum of all squared gradients."""

    title = "Adagrad"
    summary = "Divides by the root of all squared gradients so far: rates only fall."
    torch_name = "Adagrad"
    kind: Literal["adagrad"] = "adagrad"
    lr: float = _lr(0.01)
    lr_decay: float = setting(
        0.0,
        "Shrinks the learning rate over the steps: lr / (1 + (t−1) · this).",
        title="Rate decay",
        minimum=0,
        maximum=1e6,
    )
    weight_decay: float = _weight_decay(0.0)
    initial_accumulator_value: float = setting(
        0.0,
        "Starting value of the sum of squares; larger means smaller first steps.",
        title="Initial sum",
        minimum=0,
        maximum=1e6,
        advanced=True,
    )
    eps: float = _eps(1e-10)


class RmsProp(OptimizerSettings):
    """Divides by the root of a running mean of squared gradients."""

    title = "RMSprop"
    summary = "Divides by the root of a running mean of squared gradients."
    torch_name = "RMSprop"
    shapes_state = ("momentum", "centered")
    kind: Literal["rmsprop"] = "rmsprop"
    lr: float = _lr(0.01)
    alpha: float = setting(
        0.99,
        "How much of the running mean of squares is kept each step.",
        title="Alpha",
        minimum=0,
        below=1,
    )
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)
    momentum: float = setting(
        0.0,
        "Share of the last step that is carried on.",
        title="Momentum",
        minimum=0,
        below=1,
    )
    centered: bool = _switch(_CENTERED_HELP, "Centered")


class Adadelta(OptimizerSettings):
    """Scales steps by the ratio of past steps to past gradients."""

    title = "Adadelta"
    summary = "Scales by the ratio of past steps to past gradients; needs no tuned rate."
    torch_name = "Adadelta"
    kind: Literal["adadelta"] = "adadelta"
    lr: float = _lr(1.0)
    rho: float = setting(
        0.9,
        "How much of the running means of squares is kept each step.",
        title="Rho",
        minimum=0,
        below=1,
    )
    eps: float = _eps(1e-6)
    weight_decay: float = _weight_decay(0.0)


class Adam(OptimizerSettings):
    """Running means of gradient and squared gradient, corrected for their start."""

    title = "Adam"
    summary = "Momentum divided by the root of the mean squared gradient, bias corrected."
    torch_name = "Adam"
    shapes_state = ("amsgrad",)
    kind: Literal["adam"] = "adam"
    betas: Beta = _betas()
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)
    amsgrad: bool = _switch(_AMSGRAD_HELP, "AMSGrad")
    decoupled_weight_decay: bool = _switch(_DECOUPLED_HELP, "Decoupled decay")


class AdamW(OptimizerSettings):
    """Adam with weight decay apart from the gradient."""

    title = "AdamW"
    summary = "Adam with weight decay applied to the weights, not to the gradient."
    torch_name = "AdamW"
    shapes_state = ("amsgrad",)
    kind: Literal["adamw"] = "adamw"
    betas: Beta = _betas()
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.01, decoupled=True)
    amsgrad: bool = _switch(_AMSGRAD_HELP, "AMSGrad")


class RAdam(OptimizerSettings):
    """Adam that waits until its second moment can be trusted."""

    title = "RAdam"
    summary = "Adam that starts as plain momentum until the second moment is reliable."
    torch_name = "RAdam"
    kind: Literal["radam"] = "radam"
    betas: Beta = _betas()
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)
    decoupled_weight_decay: bool = _switch(_DECOUPLED_HELP, "Decoupled decay")


class NAdam(OptimizerSettings):
    """Adam with Nesterov momentum."""

    title = "NAdam"
    summary = "Adam that looks ahead along its momentum, as Nesterov does."
    torch_name = "NAdam"
    kind: Literal["nadam"] = "nadam"
    lr: float = _lr(0.002)
    betas: Beta = _betas()
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)
    momentum_decay: float = setting(
        0.004,
        "How fast the momentum approaches β₁ over the steps.",
        title="Momentum decay",
        minimum=0,
        maximum=1e6,
        advanced=True,
    )
    decoupled_weight_decay: bool = _switch(_DECOUPLED_HELP, "Decoupled decay")


class Adamax(OptimizerSettings):
    """Adam with the largest gradient in place of the mean square."""

    title = "Adamax"
    summary = "Adam that divides by a decaying maximum of gradients, not their mean square."
    torch_name = "Adamax"
    kind: Literal["adamax"] = "adamax"
    lr: float = _lr(0.002)
    betas: Beta = _betas()
    eps: float = _eps(1e-8)
    weight_decay: float = _weight_decay(0.0)


class Asgd(OptimizerSettings):
    """SGD that also averages the weights it passes."""

    title = "ASGD"
    summary = "SGD with a falling rate, which also averages the weights it passes."
    torch_name = "ASGD"
    no_step_coefficient = (
        "ASGD steps with one rate for all elements, which falls by a law of its own"
    )
    kind: Literal["asgd"] = "asgd"
    lr: float = _lr(0.01)
    lambd: float = setting(
        1e-4,
        "Decay of the weights, and how fast the rate falls.",
        title="Lambda",
        minimum=0,
        maximum=1e6,
    )
    alpha: float = setting(
        0.75,
        "Power with which the rate falls over the steps.",
        title="Alpha",
        minimum=0,
        maximum=10,
    )
    t0: float = setting(
        1e6,
        "Step at which averaging of the weights starts.",
        title="Averaging from",
        minimum=0,
        unit="steps",
        advanced=True,
    )
    weight_decay: float = _weight_decay(0.0)


class Rprop(OptimizerSettings):
    """Uses only the sign of the gradient; made for full batches."""

    title = "Rprop"
    summary = "Uses only the gradient's sign, with a step of its own for each weight."
    torch_name = "Rprop"
    no_step_coefficient = (
        "Rprop follows the sign of the gradient only, each element with its own step"
    )
    reads_lr_once = True
    kind: Literal["rprop"] = "rprop"
    lr: float = _lr(0.01)
    etas: tuple[
        Annotated[float, Field(gt=0, lt=1)], Annotated[float, Field(gt=1, le=100)]
    ] = setting(
        (0.5, 1.2),
        "Factors by which a step shrinks when the sign flips, and grows when it holds.",
        title="Etas",
        labels=("shrink", "grow"),
    )
    step_sizes: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = (
        setting(
            (1e-6, 50.0),
            "Smallest and largest step of a weight.",
            title="Step sizes",
            labels=("smallest", "largest"),
            advanced=True,
        )
    )

    @field_validator("step_sizes")
    @classmethod
    def _check_order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError("the smallest step size must not exceed the largest")
        return value


class Adafactor(OptimizerSettings):
    """Keeps row and column sums of squares only, to save memory."""

    title = "Adafactor"
    summary = "Adam's scaling from row and column sums of squares: far less memory."
    torch_name = "Adafactor"
    no_step_coefficient = (
        "Adafactor scales the step of a tensor as a whole, relative to its weights"
    )
    kind: Literal["adafactor"] = "adafactor"
    lr: float = _lr(0.01)
    beta2_decay: float = setting(
        -0.8,
        "Power of the step that sets how fast old squares are forgotten.",
        title="β₂ decay",
        minimum=-10,
        maximum=0,
        advanced=True,
    )
    eps1: float | None = setting(
        None,
        "Smallest squared gradient; empty: the number type's own smallest step.",
        title="Epsilon 1",
        minimum=0,
        maximum=1e6,
        advanced=True,
    )
    eps2: float = setting(
        0.001,
        "Smallest scale of the weights that steps are taken relative to.",
        title="Epsilon 2",
        minimum=0,
        maximum=1e6,
        advanced=True,
    )
    d: float = setting(
        1.0,
        "Largest root mean square of an update, before the rate.",
        title="Clipping",
        minimum=1,
        maximum=1e6,
    )
    weight_decay: float = _weight_decay(0.0, decoupled=True)


class Muon(OptimizerSettings):
    """Orthogonalises the momentum of weight matrices."""

    title = "Muon"
    summary = (
        "Makes the momentum of each weight matrix orthogonal; biases and convolution "
        "kernels, for which it is not defined, follow AdamW."
    )
    torch_name = "Muon"
    no_step_coefficient = (
        "Muon mixes the elements of a matrix, so that none has a rate of its own"
    )
    kind: Literal["muon"] = "muon"
    weight_decay: float = _weight_decay(0.1, decoupled=True)
    momentum: float = setting(
        0.95,
        "Share of the past gradients that is carried on.",
        title="Momentum",
        minimum=0,
        below=1,
    )
    nesterov: bool = _switch("Look ahead along the momentum.", "Nesterov", default=True)
    ns_steps: int = setting(
        5,
        "Newton-Schulz iterations of the orthogonalisation.",
        title="Iterations",
        minimum=1,
        maximum=99,
        advanced=True,
    )
    ns_coefficients: tuple[Coefficient, Coefficient, Coefficient] = setting(
        (3.4445, -4.775, 2.0315),
        "Coefficients of the Newton-Schulz polynomial.",
        title="Coefficients",
        labels=("a", "b", "c"),
        advanced=True,
    )
    eps: float = _eps(1e-7)
    adjust_lr_fn: Literal["original", "match_rms_adamw"] = setting(
        "original",
        "How the rate is fitted to a matrix's shape: as first published, or so that "
        "steps are as large as AdamW's.",
        title="Rate adjustment",
    )
    adamw_lr: float = setting(
        0.001,
        "Learning rate of AdamW for biases and kernels.",
        title="AdamW rate",
        above=0,
        maximum=1e6,
    )


class Lbfgs(OptimizerSettings):
    """Quasi-Newton steps from a short history; made for full batches."""

    title = "L-BFGS"
    summary = "Quasi-Newton steps from a short history; for full batches of small models."
    torch_name = "LBFGS"
    shapes_state = ("history_size",)
    no_step_coefficient = (
        "L-BFGS makes one direction of all tensors together from its past steps"
    )
    kind: Literal["lbfgs"] = "lbfgs"
    lr: float = _lr(1.0)
    max_iter: int = setting(
        20,
        "Inner iterations of one step.",
        title="Iterations",
        minimum=1,
        maximum=10_000,
    )
    max_eval: int | None = setting(
        None,
        "Most evaluations of the loss in one step; empty: 1.25 × the iterations.",
        title="Evaluations",
        minimum=1,
        maximum=100_000,
        advanced=True,
    )
    tolerance_grad: float = setting(
        1e-7,
        "Stops a step when the largest gradient is at most this.",
        title="Gradient tolerance",
        minimum=0,
        maximum=1,
    )
    tolerance_change: float = setting(
        1e-9,
        "Stops a step when loss or weights change by less than this.",
        title="Change tolerance",
        minimum=0,
        maximum=1,
    )
    history_size: int = setting(
        100,
        "Past steps from which the curvature is estimated.",
        title="History",
        minimum=1,
        maximum=10_000,
        unit="steps",
    )
    line_search_fn: Literal["none", "strong_wolfe"] = setting(
        "none",
        "Search along the direction for a step that fulfils the strong Wolfe conditions.",
        title="Line search",
    )


class Lookahead(Settings):
    """Slow weights that follow the chosen optimizer every k steps.

    Zhang et al., Lookahead Optimizer: k steps forward, 1 step back, 2019.
    """

    enabled: bool = setting(
        False,
        "Wrap the optimizer: every k steps, slow weights move part of the way to the "
        "fast ones, and the fast ones start again from there.",
        title="Lookahead",
    )
    k: int = setting(
        5,
        "Steps of the inner optimizer between two moves of the slow weights.",
        title="k",
        minimum=1,
        maximum=100_000,
        unit="steps",
        when=("enabled", (True,)),
    )
    alpha: float = setting(
        0.5,
        "How far the slow weights move towards the fast ones.",
        title="Alpha",
        above=0,
        below=1,
        when=("enabled", (True,)),
    )
    pullback_momentum: Literal["none", "reset", "pullback"] = setting(
        "none",
        "What happens to the inner momentum then: kept, set to zero, or pulled back too.",
        title="Momentum",
        when=("enabled", (True,)),
        advanced=True,
    )


Optimizer = (
    Sgd
    | Adagrad
    | RmsProp
    | Adadelta
    | Adam
    | AdamW
    | RAdam
    | NAdam
    | Adamax
    | Asgd
    | Rprop
    | Adafactor
    | Muon
    | Lbfgs
)
OPTIMIZERS: Catalogue[OptimizerSettings] = Catalogue(
    "optimizer",
    (
        Sgd,
        Adam,
        AdamW,
        RmsProp,
        Adagrad,
        Adadelta,
        RAdam,
        NAdam,
        Adamax,
        Muon,
        Adafactor,
        Asgd,
        Rprop,
        Lbfgs,
    ),
)
