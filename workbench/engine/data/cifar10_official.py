"""What is known of the official CIFAR-10 files, most of it taken from torchvision."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from workbench.engine.data.download import Download

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
IMAGES_PER_BATCH = 10_000
# Of cifar-10-python.tar.gz, for which torchvision knows an MD5 sum only.
_ARCHIVE_BYTES = 170_498_071
_ARCHIVE_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


@dataclass(frozen=True)
class Official:
    """The names and MD5 sums of the batch files, in the order of the samples."""

    train: dict[str, str]
    test: dict[str, str]
    archive: Download

    def names(self, splits: Collection[str]) -> tuple[str, ...]:
        """List the batch files of the splits that are named, "train" and "test"."""
        train = self.train if "train" in splits else {}
        return (*train, *(self.test if "test" in splits else {}))

    def is_intact(self, name: str, md5: str) -> bool:
        """Say whether a batch file has the official checksum."""
        return {**self.train, **self.test}[name] == md5


def official() -> Official:
    """Read names, checksums and address from torchvision's CIFAR10 (imported here)."""
    from torchvision.datasets import CIFAR10

    return Official(
        train={str(name): str(md5) for name, md5 in CIFAR10.train_list},
        test={str(name): str(md5) for name, md5 in CIFAR10.test_list},
        archive=Download(str(CIFAR10.url), _ARCHIVE_BYTES, _ARCHIVE_SHA256),
    )
