from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.cifar10 import (
    PER_BATCH,
    TEST,
    TRAIN,
    binary_files,
    make_archive,
    make_facts,
    make_rows,
    python_files,
    write_files,
)
from tests.helpers.file_server import Reply, serving
from tests.helpers.load_context import FakeLoadContext
from workbench.core.datasets import Cifar10
from workbench.core.errors import CancelledError, DataError
from workbench.engine.data.cifar10 import load_cifar10
from workbench.engine.data.cifar10_official import official
from workbench.engine.data.download import Patience
from workbench.engine.data.images import channel_statistics

FILES = python_files()
QUICK = Patience(stall_s=0.3, pause_s=0, poll_s=0.02, tries=3)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def context(tmp_path: Path) -> FakeLoadContext:
    return FakeLoadContext(tmp_path / "data")


@pytest.fixture
def load(context):
    def load_made(facts=None, **settings):
        facts = facts or make_facts(FILES)
        return load_cifar10(Cifar10(**settings), context, facts, QUICK)

    return load_made


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def assert_same(split, names) -> None:
    pixels, labels = zip(*map(make_rows, names), strict=True)
    expected = np.concatenate(pixels).reshape(-1, 3, 32, 32)
    assert torch.equal(split.inputs, torch.from_numpy(expected))
    assert split.targets.tolist() == [label for batch in labels for label in batch]


@pytest.mark.parametrize("files", [FILES, binary_files()])
def test_that_the_folder_of_either_layout_is_read_in_the_official_order(
    load, context, files
):
    write_files(context.data_folder, files)
    data = load()
    assert_same(data.train, TRAIN)
    assert_same(data.test, TEST)
    assert data.train.inputs.dtype == torch.uint8
    assert data.train.targets.dtype == torch.int64
    assert data.class_names[:2] == ("airplane", "automobile")


def test_that_the_data_folder_may_be_the_folder_of_the_batches_itself(load, context):
    write_files(context.data_folder, FILES)
    context.data_folder /= "cifar-10-batches-py"
    assert_same(load().train, TRAIN)


def test_that_the_splits_are_used_as_chosen(load, context):
    write_files(context.data_folder, FILES)
    data = load(train_on="test", evaluate_on="none")
    assert_same(data.train, TEST)
    assert data.test is None
    same = load(train_on="test", evaluate_on="test")
    assert same.test is same.train
    swapped = load(train_on="test", evaluate_on="train")
    assert_same(swapped.test, TRAIN)


def test_that_statistics_are_those_of_the_split_that_is_trained_on(load, context):
    write_files(context.data_folder, FILES)
    data = load(train_on="test", standardise_images=True)
    assert data.transform.mean == channel_statistics(data.train.inputs)[0]
    assert load().transform.mean is None


def test_that_files_of_splits_that_are_not_used_need_not_be_there(load, context):
    test_only = {name: data for name, data in FILES.items() if "test" in name}
    write_files(context.data_folder, test_only)
    assert_same(load(train_on="test", evaluate_on="none").train, TEST)


def test_that_official_files_are_taken_in_silence_and_others_named(load, context):
    write_files(context.data_folder, FILES)
    load()
    assert len(context.notices) == 1
    assert "cifar-10-batches-py" in context.notices[0]
    facts = make_facts(FILES)
    facts.train["data_batch_2"] = "another checksum"
    assert_same(load(facts).train, TRAIN)
    assert "not the official files: data_batch_2." in context.notices[-1]


def test_that_a_missing_batch_is_named_and_nothing_is_downloaded(load, context):
    write_files(context.data_folder, FILES)
    (context.data_folder / "cifar-10-batches-py" / "data_batch_3").unlink()
    with pytest.raises(
        DataError, match=r"data_batch_3 is missing in .*cifar-10-batches-py"
    ):
        load()


def test_that_a_whole_folder_is_preferred_to_one_that_lacks_a_file(load, context):
    write_files(context.data_folder, FILES | binary_files())
    (context.data_folder / "cifar-10-batches-py" / "data_batch_3").unlink()
    assert_same(load().train, TRAIN)
    assert "cifar-10-batches-bin" in context.notices[0]


@pytest.mark.parametrize(
    "damage", [b"", b"\x80\x04junk", FILES["cifar-10-batches-py/test_batch"][:-99]]
)
def test_that_a_damaged_batch_is_named(load, context, damage):
    write_files(context.data_folder, FILES | {"cifar-10-batches-py/data_batch_4": damage})
    with pytest.raises(DataError, match=r"data_batch_4 in '.*' is damaged"):
        load()


def test_that_a_local_archive_is_read_wherever_it_is(load, context, tmp_path):
    archive = tmp_path / "mine.tgz"
    archive.write_bytes(make_archive(binary_files()))
    data = load(archive=str(archive))
    assert_same(data.train, TRAIN)
    assert_same(data.test, TEST)
    assert not context.data_folder.exists()


def test_that_an_archive_in_the_data_folder_is_found(load, context):
    context.data_folder.mkdir()
    archive = context.data_folder / "cifar-10-binary.tar.gz"
    archive.write_bytes(make_archive(binary_files()))
    assert_same(load().train, TRAIN)


def test_that_a_missing_archive_of_the_settings_is_an_error(load, tmp_path):
    with pytest.raises(DataError, match=r"no archive '.*none\.tgz'"):
        load(archive=str(tmp_path / "none.tgz"))


def test_that_what_is_nowhere_is_downloaded_once_and_read_from_there(load, context):
    archive = make_archive(FILES)
    with serving(archive, Reply(cut_after=len(archive) // 2)) as server:
        facts = make_facts(FILES, archive, server.url)
        first, second = load(facts), load(facts)
    assert len(server.ranges_asked) == 2  # dropped once, then resumed, then at hand
    assert_same(first.train, TRAIN)
    assert torch.equal(first.test.inputs, second.test.inputs)
    assert names_in(context.data_folder) == ["cifar-10-python.tar.gz"]
    assert len(first.train) == len(TRAIN) * PER_BATCH


def test_that_a_stopped_download_leaves_its_part_for_the_next_time(load, context):
    archive = make_archive(FILES)
    context.stop_at = "Downloading"
    with serving(archive, Reply(stall_after=1000)) as server:
        facts = make_facts(FILES, archive, server.url)
        with pytest.raises(CancelledError):
            load(facts)
        assert names_in(context.data_folder) == ["cifar-10-python.tar.gz.part"]
        context.stop_at = None
        assert_same(load(facts).train, TRAIN)


def test_that_without_a_network_nothing_is_left_behind_but_an_explanation(load, context):
    facts = make_facts(FILES, b"archive", "http://no-such-host.invalid/c.tar.gz")
    with pytest.raises(
        DataError, match=r"no-such-host\.invalid.*data\.archive.*--data DIR"
    ):
        load(facts)
    assert names_in(context.data_folder) == []


def test_that_a_data_folder_that_cannot_be_is_an_error(load, context):
    context.data_folder = context.data_folder / ("x" * 300)
    with pytest.raises(DataError, match="Cannot write to"):
        load()


def test_that_the_official_facts_are_those_of_torchvision():
    facts = official()
    assert facts.names({"train", "test"}) == (*TRAIN, *TEST)
    assert facts.is_intact("test_batch", "40351d587109b95175f43aff81a1287e")
    assert not facts.is_intact("data_batch_1", "40351d587109b95175f43aff81a1287e")
    assert facts.archive.url.endswith("/cifar-10-python.tar.gz")
    assert facts.archive.size == 170_498_071
