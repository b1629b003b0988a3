"""The order in which a run sees its samples: a function of seed and epoch alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor

from workbench.core.errors import Problem, SettingsError
from workbench.core.loop import LoopSettings
from workbench.engine.data.dataset import Split

_GOLDEN = 0x9E3779B97F4A7C15  # 2⁶⁴ / golden ratio: spreads neighbouring epochs apart


class Batches:
    """Cuts a split that is on the device into the batches of an epoch."""

    def __init__(self, split: Split, loop: LoopSettings) -> None:
        """Check the batch size.

        Raises:
            SettingsError: where a batch is larger than the data.
        """
        self._split = split
        self._loop = loop
        samples = len(split)
        self._digest: tuple[int, str] | None = None  # of an epoch's order
        self._size = samples if loop.full_batch else loop.batch_size
        if self._size > samples:
            problem = (
                f"a batch of {self._size:,} is larger than the {samples:,} training samples"
            )
            raise SettingsError([Problem("loop.batch_size", problem)])

    @property
    def samples(self) -> int:
        """Count the samples of the split."""
        return len(self._split)

    @property
    def per_epoch(self) -> int:
        """Count the batches of an epoch."""
        samples = len(self._split)
        whole = samples // self._size
        return whole if self._loop.drop_last else -(-samples // self._size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Go through the batches of an epoch (from 0), beginning with batch `start`."""
        inputs, targets = self._split.inputs, self._split.targets
        if self._loop.full_batch:
            if not start:
                yield inputs, targets
            return
        order = self._order(epoch)
        for number in range(start, self.per_epoch):
            cut = slice(number * self._size, (number + 1) * self._size)
            if order is None:
                yield inputs[cut], targets[cut]
            else:
                yield inputs[order[cut]], targets[order[cut]]

    def onwards(self, epoch: int, start: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Go through the batches from one of them on, epoch after epoch without end."""
        while True:
            yield from self.epoch(epoch, start)
            epoch, start = epoch + 1, 0

    def order_digest(self, epoch: int) -> str:
        """Return a hash of the order in which an epoch visits the samples."""
        if self._digest is None or self._digest[0] != epoch:
            order = self._order_on_cpu(epoch)
            content = b"as they are" if order is None else order.numpy().tobytes()
            self._digest = epoch, hashlib.sha256(content).hexdigest()
        return self._digest[1]

    def _order(self, epoch: int) -> Tensor | None:
        order = self._order_on_cpu(epoch)
        return None if order is None else order.to(self._split.inputs.device)

    def _order_on_cpu(self, epoch: int) -> Tensor | None:
        if self._loop.full_batch or not self._loop.shuffle:
            return None
        return epoch_order(len(self._split), self._loop.seed, epoch)


def epoch_order(samples: int, seed: int, epoch: int) -> Tensor:
    """Return the order of the samples in an epoch, int64 (samples,), on the CPU."""
    generator = torch.Generator()
    generator.manual_seed((seed + epoch * _GOLDEN) % 2**63)
    return torch.randperm(samples, generator=generator)
