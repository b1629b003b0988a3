"""Against torchvision's own reading, on real photographs where they are at hand."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10
from torchvision.transforms import ToTensor

from tests.helpers.load_context import FakeLoadContext
from workbench.core.datasets import Cifar10
from workbench.engine.data.catalogue import load_dataset

UNPACK = Path(__file__).parents[5] / "shared" / "data" / "unpack.py"

pytestmark = [
    pytest.mark.skipif(not UNPACK.exists(), reason="the photographs are not at hand"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    subprocess.run([sys.executable, UNPACK, folder, "--per-class", "5"], check=True)
    return folder


@pytest.fixture
def unchecked(monkeypatch) -> None:
    """Let torchvision read files whose checksums are not the official ones."""
    monkeypatch.setattr(CIFAR10, "_check_integrity", lambda _self: True)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)


@pytest.mark.parametrize("layout", ["cifar-10-batches-py", "cifar-10-batches-bin"])
@pytest.mark.usefixtures("unchecked")
def test_that_every_image_has_the_very_bits_of_torchvision(folder, layout):
    data = load_dataset(Cifar10(), FakeLoadContext(folder / layout))
    for part, is_train in ((data.train, True), (data.test, False)):
        theirs = CIFAR10(folder, train=is_train, transform=ToTensor())
        assert len(part) == len(theirs) == 50
        scaled = data.transform(part.inputs)
        for number, (image, label) in enumerate(theirs):
            assert torch.equal(scaled[number], image)
            assert part.targets[number] == label
        assert tuple(theirs.classes) == data.class_names


def test_that_pickled_files_are_named_as_not_official(folder):
    context = FakeLoadContext(folder)
    load_dataset(Cifar10(train_on="test", evaluate_on="none"), context)
    assert "not the official files: test_batch." in context.notices[-1]
    with (folder / "cifar-10-batches-py" / "test_batch").open("rb") as file:
        rows = pickle.load(file)["data"]  # noqa: S301 - written by the fixture
    assert np.unique(rows).size > 200
