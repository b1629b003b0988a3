"""Frameworks on the work of linear-adam and mlp-adam: 1 batch an epoch, losses kept.

Each loop returns its losses; progress bars, logs and checkpoints are off, so that only
training is left. Imported only where it is installed.
"""

from __future__ import annotations

import copy
import importlib.util
import logging
import os
import warnings
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset  # noqa: TID251 - as Lightning asks

from tests.benchmarks.harness import Measurement, Timer

Loop = Callable[[nn.Module, Tensor, Tensor, int], Measurement]


def lightning_loop(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> Measurement:
    """Train with Lightning's Trainer."""
    import lightning

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    losses: list[float] = []

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            inputs, targets = batch
            loss = nn.functional.mse_loss(self.model(inputs), targets)
            losses.append(loss.item())
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.001)

    trainer = lightning.Trainer(
        max_epochs=steps,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    with Timer() as timer, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(Module(), _loader(x, y))
    return timer.measurement(losses)


def skorch_loop(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> Measurement:
    """Train with skorch's NeuralNetRegressor."""
    import skorch

    net = skorch.NeuralNetRegressor(
        model,
        max_epochs=steps,
        lr=0.001,
        optimizer=torch.optim.Adam,
        batch_size=-1,
        train_split=None,
        verbose=0,
        iterator_train__shuffle=False,
    )
    with Timer() as timer:
        net.fit(x, y)
    return timer.measurement(net.history[:, "train_loss"])


def keras_loop(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> Measurement:
    """Train a Keras model of the same layers and weights on its torch backend."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    layers = []
    modules = list(model)
    for place, module in enumerate(modules):
        if isinstance(module, nn.Linear):
            follows = place + 1 < len(modules)
            layers.append(
                keras.layers.Dense(
                    module.out_features, activation="relu" if follows else None
                )
            )
    twin = keras.Sequential([keras.Input((x.shape[1],)), *layers])
    twin.set_weights(
        [(p.T if p.ndim == 2 else p).detach().numpy() for p in model.parameters()]
    )
    twin.compile(optimizer=keras.optimizers.Adam(0.001, epsilon=1e-8), loss="mse")
    with Timer() as timer:
        fitted = twin.fit(
            x.numpy(), y.numpy(), batch_size=len(x), epochs=steps, shuffle=False, verbose=0
        )
    return timer.measurement(fitted.history["loss"])


def ignite_loop(model: nn.Module, x: Tensor, y: Tensor, steps: int) -> Measurement:
    """Train with Ignite's Engine around a plain step."""
    from ignite.engine import Engine

    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=0.001), nn.MSELoss()
    losses: list[float] = []

    def step(_: Engine, batch: tuple[Tensor, Tensor]) -> float:
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return losses[-1]

    with Timer() as timer:
        Engine(step).run([(x, y)], max_epochs=steps)
    return timer.measurement(losses)


LOOPS: Mapping[str, tuple[str, Loop]] = {
    "Lightning": ("lightning", lightning_loop),
    "skorch": ("skorch", skorch_loop),
    "Keras": ("keras", keras_loop),
    "Ignite": ("ignite", ignite_loop),
}


def installed(name: str) -> Loop | None:
    """Return the loop of a framework; None where it is not installed."""
    package, loop = LOOPS[name]
    if importlib.util.find_spec(package) is None:
        return None
    return lambda model, x, y, steps: loop(copy.deepcopy(model), x, y, steps)


def _loader(x: Tensor, y: Tensor) -> DataLoader[tuple[Tensor, ...]]:
    data = TensorDataset(x, y)
    return DataLoader(data, batch_size=len(x))
