"""The reference: the loops of the examples, in plain torch, as people write them.

Data and weights are those of the workbench's own experiment, so that the losses can be
compared bit for bit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import Dataset

from tests.benchmarks.harness import Measurement, Timer
from tests.benchmarks.workloads import prepared
from workbench.core.plan import Plan


def train_plain(plan: Plan, folder: Path) -> Measurement:
    """Train full batches as the examples do, with a test loss where there is test data."""
    experiment = prepared(plan, folder)
    model, data = experiment.model, experiment.dataset
    inputs, targets = data.train.inputs, data.train.targets
    test = data.test
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    losses, test_losses = [], []
    with Timer() as timer:
        for _ in range(plan.loop.epochs):
            model.train()
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if test is not None:
                model.eval()
                with torch.no_grad():
                    test_losses.append(criterion(model(test.inputs), test.targets).item())
    return timer.measurement(losses)


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """What torchvision's CIFAR10 does: images in memory, made tensors one by one."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.data = np.ascontiguousarray(images.numpy().transpose(0, 2, 3, 1))
        self.targets = labels.tolist()
        self.transform = torchvision.transforms.ToTensor()

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, target = self.data[index], self.targets[index]
        return self.transform(Image.fromarray(image)), target


def plain_cnn(like: nn.Module) -> nn.Sequential:
    """Return the example's network with the weights of another one."""
    model = nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, 64),
        nn.Linear(64, 10),
    )
    with torch.no_grad():
        for mine, theirs in zip(model.parameters(), like.parameters(), strict=True):
            mine.copy_(theirs)
    return model


def train_script(plan: Plan, folder: Path, threads: int) -> Measurement:
    """Train the CNN as the example's own script does: DataLoader, plain loop."""
    experiment = prepared(plan, folder)
    torch.set_num_threads(threads)
    device = experiment.device
    model = plain_cnn(experiment.model).to(device)
    train = experiment.dataset.train
    loader = torch.utils.data.DataLoader(  # noqa: TID251 - it is what people write
        ImageDataset(train.inputs.cpu(), train.targets.cpu()), batch_size=64, shuffle=False
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    losses = []
    with Timer() as timer:
        for _ in range(plan.loop.epochs):
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = criterion(model(inputs.to(device)), targets.to(device))
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
    return timer.measurement(losses)
