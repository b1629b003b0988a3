"""Settings of the learning rate schedules: how the rate changes over a run."""

from __future__ import annotations

from typing import ClassVar, Literal

from workbench.core.catalogue import Catalogue
from workbench.core.settings import CatalogueSettings, setting


class ScheduleSettings(CatalogueSettings):
    """Base of the schedules; each scales the optimizer's learning rate."""

    changes_lr: ClassVar[bool] = True


class ConstantSchedule(ScheduleSettings):
    """The rate stays as it is."""

    title = "Constant"
    summary = "The learning rate stays as set."
    changes_lr = False
    kind: Literal["constant"] = "constant"


class StepSchedule(ScheduleSettings):
    """The rate drops by a factor every few epochs."""

    title = "Step"
    summary = "Multiplies the learning rate by gamma every few epochs."
    kind: Literal["step"] = "step"
    step_size: int = setting(
        30, "Epochs between two drops.", title="Every", minimum=1, unit="epochs"
    )
    gamma: float = setting(0.1, "Factor of each drop.", title="Gamma", above=0, maximum=1)


class ExponentialSchedule(ScheduleSettings):
    """The rate shrinks by a factor each epoch."""

    title = "Exponential"
    summary = "Multiplies the learning rate by gamma after every epoch."
    kind: Literal["exponential"] = "exponential"
    gamma: float = setting(
        0.95, "Factor after each epoch.", title="Gamma", above=0, maximum=1
    )


class CosineSchedule(ScheduleSettings):
    """The rate follows half a cosine over the whole run."""

    title = "Cosine"
    summary = "Follows half a cosine from the learning rate down to its final share."
    kind: Literal["cosine"] = "cosine"
    final_share: float = setting(
        0.0,
        "The rate at the end as a share of the learning rate.",
        title="Final share",
        minimum=0,
        maximum=1,
    )


class OneCycleSchedule(ScheduleSettings):
    """The rate rises to its peak, then falls far below its start."""

    title = "One cycle"
    summary = "Rises from a fraction to the learning rate, then falls to almost nothing."
    kind: Literal["one_cycle"] = "one_cycle"
    warmup_share: float = setting(
        0.3, "Share of the run that rises.", title="Rising share", above=0, below=1
    )
    div_factor: float = setting(
        25.0,
        "The rate starts at the learning rate divided by this.",
        title="Start divisor",
        minimum=1,
    )
    final_div_factor: float = setting(
        1e4,
        "The rate ends at its start divided by this.",
        title="Final divisor",
        minimum=1,
    )


class WarmupSchedule(ScheduleSettings):
    """The rate rises linearly, then stays."""

    title = "Linear warm-up"
    summary = "Rises linearly over the first steps, then stays at the learning rate."
    kind: Literal["warmup"] = "warmup"
    warmup_steps: int = setting(
        100,
        "Steps until the full learning rate.",
        title="Warm-up",
        minimum=1,
        unit="steps",
    )
    start_share: float = setting(
        0.01,
        "The rate at the first step as a share of the learning rate.",
        title="Start share",
        above=0,
        maximum=1,
    )


class PlateauSchedule(ScheduleSettings):
    """The rate drops when the loss stops falling."""

    title = "Reduce on plateau"
    summary = (
        "Multiplies the learning rate by a factor when the test loss (the train loss "
        "where there is no test data) has stopped falling."
    )
    kind: Literal["plateau"] = "plateau"
    factor: float = setting(0.1, "Factor of each drop.", title="Factor", above=0, below=1)
    patience: int = setting(
        10,
        "Epochs without progress that are borne before a drop.",
        title="Patience",
        minimum=0,
        unit="epochs",
    )
    threshold: float = setting(
        1e-4,
        "Relative fall of the loss that counts as progress.",
        title="Threshold",
        minimum=0,
        below=1,
    )
    cooldown: int = setting(
        0,
        "Epochs after a drop in which none is counted.",
        title="Cool-down",
        minimum=0,
        unit="epochs",
    )
    min_lr: float = setting(
        0.0,
        "The learning rate never falls below this.",
        title="Smallest rate",
        minimum=0,
    )


Schedule = (
    ConstantSchedule
    | StepSchedule
    | ExponentialSchedule
    | CosineSchedule
    | OneCycleSchedule
    | WarmupSchedule
    | PlateauSchedule
)
SCHEDULES: Catalogue[ScheduleSettings] = Catalogue(
    "schedule",
    (
        ConstantSchedule,
        StepSchedule,
        ExponentialSchedule,
        CosineSchedule,
        OneCycleSchedule,
        WarmupSchedule,
        PlateauSchedule,
    ),
)
