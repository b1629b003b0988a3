"""Settings of the training loop."""

from __future__ import annotations

from typing import Literal

from workbench.core.settings import Settings, setting


class LoopSettings(Settings):
    """How the loop walks over the data, and on what it runs."""

    epochs: int = setting(
        100, "Passes over the training data.", title="Epochs", minimum=1, maximum=10**7
    )
    full_batch: bool = setting(
        True,
        "Use all training samples in every step; an epoch is then one step.",
        title="Full batch",
    )
    batch_size: int = setting(
        64,
        "Samples in one step.",
        title="Batch size",
        minimum=1,
        maximum=10**7,
        unit="samples",
        when=("full_batch", (False,)),
    )
    shuffle: bool = setting(
        True,
        "Visit the samples in a new order in each epoch, a function of seed and epoch.",
        title="Shuffle",
        when=("full_batch", (False,)),
    )
    drop_last: bool = setting(
        False,
        "Leave out the last batch of an epoch where it is smaller than the others.",
        title="Drop last batch",
        when=("full_batch", (False,)),
        advanced=True,
    )
    clipping: Literal["off", "norm", "value"] = setting(
        "off",
        "Limit the gradient before each step: its total norm, or each of its values.",
        title="Clip gradient",
    )
    clip_at: float = setting(
        1.0,
        "The largest norm or value that a gradient may have.",
        title="Clip at",
        above=0,
        when=("clipping", ("norm", "value")),
    )
    evaluate_every: int = setting(
        1,
        "Epochs between two measurements on the test data; the last epoch is always "
        "measured.",
        title="Evaluate every",
        minimum=1,
        unit="epochs",
    )
    seed: int = setting(
        0,
        "Seed of the order of the samples and of dropout.",
        title="Seed",
        minimum=0,
        maximum=2**63 - 1,
    )
    sample_every: int = setting(
        0,
        "Steps between two measurements of the effective learning rates; 1 measures "
        "every step and slows training down; 0 measures densely at the start and then "
        "evenly, about 100 times over the run in all.",
        title="Measure rates every",
        minimum=0,
        unit="steps",
        advanced=True,
    )
    on_explosion: Literal["pause", "mark", "ignore"] = setting(
        "pause",
        "What to do when the loss leaps: pause the run, only mark the step, or nothing. "
        "On the command line a pause is a mark, since nobody is there to go on.",
        title="When loss explodes",
        advanced=True,
    )
    explosion_factor: float = setting(
        100.0,
        "The loss explodes when that of a step exceeds this many times the median of "
        "the 200 steps before it, of which 50 must be known, and the run's first loss.",
        title="Explosion factor",
        above=1,
        maximum=1e9,
        when=("on_explosion", ("pause", "mark")),
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "Where to compute; 'auto' takes CUDA where it is there.", title="Device"
    )
    arithmetic: Literal["exact", "fast"] = setting(
        "exact",
        "'exact' gives the digits of the plain example; 'fast' takes channels last and "
        "bfloat16 for convolutions, fused optimizers and TF32 where they are there, with "
        "other digits, and the log says which.",
        title="Arithmetic",
    )
    threads: int = setting(
        0,
        "Processor threads for computing; 0 chooses from model and machine.",
        title="Threads",
        minimum=0,
        maximum=256,
        advanced=True,
    )
