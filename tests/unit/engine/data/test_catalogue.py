import numpy as np
import pytest

from tests.helpers.cifar10 import make_archive, python_files
from tests.helpers.load_context import FakeLoadContext
from tests.helpers.pictures import write_classes
from workbench.core.datasets import DATASETS
from workbench.core.errors import DataError
from workbench.core.settings import build
from workbench.core.tasks import Task
from workbench.engine.data import catalogue
from workbench.engine.data.catalogue import load_dataset


@pytest.fixture
def settings_of(tmp_path):
    """Make settings of a kind that find small files of their own."""
    (tmp_path / "table.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(20)))
    write_classes(tmp_path / "images")
    (tmp_path / "c.tgz").write_bytes(make_archive(python_files()))
    paths = {"csv": {"path": "table.csv"}, "folder": {"path": "images"}}
    paths["cifar10"] = {"archive": "c.tgz"}

    def make(kind: str):
        files = {name: str(tmp_path / file) for name, file in paths.get(kind, {}).items()}
        return build(DATASETS[kind], files)

    return make


@pytest.mark.parametrize("kind", DATASETS.keys())
def test_that_every_kind_gives_what_its_settings_declare(settings_of, kind, tmp_path):
    settings = settings_of(kind)
    data = load_dataset(settings, FakeLoadContext(tmp_path / "data"))
    inputs = data.transform(data.train.inputs)
    assert inputs.dtype.is_floating_point
    assert np.isfinite(inputs.numpy()).all()
    if settings.task is Task.REGRESSION:
        assert inputs.ndim == 2
        assert data.train.targets.shape == (len(data.train), 1)
        assert data.class_names == ()
    else:
        assert inputs.shape[1:] == (3, 32, 32)
        assert 0 <= data.train.targets.min() <= data.train.targets.max()
        assert data.train.targets.max() < len(data.class_names)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] can't allocate memory: 9 bytes")]
)
def test_that_a_lack_of_memory_is_a_sentence(monkeypatch, settings_of, error):
    def fail(_settings) -> None:
        raise error

    monkeypatch.setattr(catalogue, "load_random", fail)
    with pytest.raises(DataError, match=r"not enough memory.*Random samples"):
        load_dataset(settings_of("random"), FakeLoadContext())


def test_that_a_defect_stays_one(monkeypatch, settings_of):
    def fail(_settings) -> None:
        raise RuntimeError("sizes do not match")

    monkeypatch.setattr(catalogue, "load_random", fail)
    with pytest.raises(RuntimeError, match="sizes do not match"):
        load_dataset(settings_of("random"), FakeLoadContext())
