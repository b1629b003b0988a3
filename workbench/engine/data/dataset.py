"""What every data set becomes: tensors in memory, split, ready for the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Samples in memory on the CPU.

    Tables: inputs float32 (N, features), targets float32 (N, 1). Images: inputs uint8
    or float32 (N, 3, H, W), targets int64 (N,).
    """

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class Dataset:
    """The samples of one run.

    `transform` turns a batch of inputs, on whatever device it is, into float32 that
    the model takes. `target_mean` and `target_std` undo the standardisation of a
    regression target: original = target · std + mean.
    """

    train: Split
    test: Split | None
    class_names: tuple[str, ...]  # empty for regression
    transform: Callable[[Tensor], Tensor]
    target_mean: float = 0.0
    target_std: float = 1.0


@dataclass(frozen=True)
class ScaleImages:
    """A transform of images: bytes to 0…1 as torchvision's ToTensor, then by channel.

    `mean` and `std` have one value a channel in the scale 0…1; None leaves it there.
    """

    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Scale a batch (N, C, H, W)."""
        scaled = images.to(torch.float32)
        if images.dtype == torch.uint8:
            # A tensor, not a number: CUDA multiplies by a number's rounded reciprocal.
            scaled = scaled.div(torch.full((), 255.0, device=images.device))
        if self.mean is None or self.std is None:
            return scaled
        mean = torch.tensor(self.mean, device=images.device).view(1, -1, 1, 1)
        std = torch.tensor(self.std, device=images.device).view(1, -1, 1, 1)
        return (scaled - mean) / std


def identity(inputs: Tensor) -> Tensor:
    """Return the inputs: the transform of tables, which are scaled when loaded."""
    return inputs


class LoadContext(Protocol):
    """What loading may ask and tell; implemented by the worker thread."""

    @property
    def data_folder(self) -> Path:
        """Return where data sets are looked for and downloaded to."""

    def report(self, what: str, fraction: float | None = None) -> None:
        """Tell how far a lengthy part is; raises `CancelledError` once stopped."""

    def notice(self, text: str) -> None:
        """Give a line for the log, such as how many files were skipped."""
