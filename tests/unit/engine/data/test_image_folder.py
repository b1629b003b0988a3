import os
import shutil
import sys
from pathlib import Path

import pytest
import torch

from tests.helpers.load_context import FakeLoadContext
from tests.helpers.pictures import SOLID, write_bomb, write_classes, write_solid
from workbench.core.datasets import ImageFolder
from workbench.core.errors import CancelledError, DataError, SettingsError
from workbench.engine.data import image_folder, limits
from workbench.engine.data.dataset import Dataset

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="makes files that other systems do not have"
)


@pytest.fixture
def context() -> FakeLoadContext:
    return FakeLoadContext()


@pytest.fixture
def load(tmp_path, context):
    def load_folder(**settings) -> Dataset:
        values = {"path": str(tmp_path), "size": 8, "test_share": 0.0} | settings
        return image_folder.load_image_folder(ImageFolder(**values), context)

    return load_folder


def colours_of(split) -> list[tuple[int, ...]]:
    return [tuple(image[:, 0, 0].tolist()) for image in split.inputs]


def test_that_folders_are_classes_in_the_order_of_their_names(load, tmp_path, context):
    write_classes(tmp_path, count=2)
    data = load()
    assert data.class_names == ("blue", "green", "red")
    assert data.train.targets.tolist() == [0, 0, 1, 1, 2, 2]
    assert colours_of(data.train) == [SOLID[n] for n in data.class_names for _ in range(2)]
    assert data.train.inputs.shape == (6, 3, 8, 8)
    assert data.train.inputs.dtype == torch.uint8
    assert context.notices == []


def test_that_images_in_deeper_folders_belong_to_the_class(load, tmp_path):
    write_classes(tmp_path, count=1)
    write_solid(tmp_path / "red" / "more" / "deep" / "a.png", "red")
    assert load().train.targets.tolist() == [0, 1, 2, 2]


def test_that_the_split_keeps_every_class_in_both_parts(load, tmp_path):
    write_classes(tmp_path, count=5)
    data = load(test_share=0.2)
    assert data.train.targets.bincount().tolist() == [4, 4, 4]
    assert data.test.targets.bincount().tolist() == [1, 1, 1]
    for part in (data.train, data.test):
        names = [data.class_names[label] for label in part.targets]
        assert colours_of(part) == [SOLID[name] for name in names]


def test_that_train_and_test_folders_are_the_split(load, tmp_path, context):
    write_classes(tmp_path / "train", count=3)
    write_solid(tmp_path / "test" / "red" / "a.png", "red")
    write_solid(tmp_path / "test" / "green" / "a.png", "green")
    data = load(test_share=0.5, standardise_images=True)
    assert len(data.train) == 9
    assert data.test.targets.tolist() == [1, 2]
    assert data.transform.mean is not None
    assert "train and test" in context.notices[0]


def test_that_one_class_is_enough_for_testing_but_not_for_training(load, tmp_path):
    write_classes(tmp_path / "train", count=1)
    write_solid(tmp_path / "test" / "red" / "a.png", "red")
    assert load().test.targets.tolist() == [2]
    (tmp_path / "train" / "red" / "0.png").unlink()
    (tmp_path / "train" / "blue" / "0.png").unlink()
    with pytest.raises(DataError, match=r"train' has images of one class alone, 'green'"):
        load()


def test_that_a_test_class_unknown_in_training_is_named(load, tmp_path):
    write_classes(tmp_path / "train", count=1)
    write_classes(tmp_path / "test", count=1)
    write_solid(tmp_path / "test" / "white" / "a.png", "red")
    with pytest.raises(DataError, match=r"test'.*class 'white'"):
        load()


def test_that_classes_may_be_called_train_and_test(load, tmp_path):
    write_solid(tmp_path / "train" / "a.png", "red")
    write_solid(tmp_path / "test" / "a.png", "green")
    assert load().class_names == ("test", "train")


@linux_only
def test_that_what_cannot_be_used_is_counted_with_reasons_in_one_notice(
    load, tmp_path, context
):
    write_classes(tmp_path, count=1)
    red = tmp_path / "red"
    (tmp_path / "README").write_text("beside the classes")
    (red / "notes.txt").write_text("no image")
    (red / "list.txt").write_text("no image either")
    (red / "empty.png").touch()
    write_bomb(red / "bomb.png", 10_000, 10_000)
    os.mkfifo(red / "pipe")
    (red / "zero").symlink_to("/dev/zero")
    (red / "loop").symlink_to("loop")
    (red / "up").symlink_to(tmp_path, target_is_directory=True)
    (red / ".hidden").write_text("passed over in silence")
    assert len(load().train) == 3
    (notice,) = context.notices
    assert notice.startswith("Skipped 9: ")
    for words in (
        "2 not an image",
        "list.txt', …",
        "2 not a regular file",
        "1 empty",
        "1 larger than 32 megapixels",
        "1 cannot be reached",
        "1 a link to a folder",
        "1 outside of the class folders",
    ):
        assert words in notice


@linux_only
def test_that_a_class_folder_that_links_to_its_parent_is_no_class(load, tmp_path):
    write_classes(tmp_path, count=1)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / ".git").mkdir()
    assert load().class_names == ("blue", "green", "red")


def test_that_a_class_without_usable_images_is_left_out(load, tmp_path, context):
    write_classes(tmp_path, count=1)
    (tmp_path / "azure").mkdir()
    (tmp_path / "azure" / "a.png").touch()
    assert load().class_names == ("blue", "green", "red")
    assert "1 empty" in context.notices[0]


@linux_only
def test_that_an_image_by_link_is_read(load, tmp_path):
    write_classes(tmp_path / "data", count=1)
    write_solid(tmp_path / "elsewhere.png", "blue")
    (tmp_path / "data" / "red" / "link.png").symlink_to(tmp_path / "elsewhere.png")
    data = load(path=str(tmp_path / "data"))
    assert data.train.targets.tolist() == [0, 1, 2, 2]


def test_that_no_images_and_one_class_are_errors_that_say_what_is_needed(load, tmp_path):
    with pytest.raises(DataError, match=r"No images.*one folder of images for each"):
        load()
    write_solid(tmp_path / "a.png", "red")
    with pytest.raises(DataError, match="No images"):
        load()
    write_solid(tmp_path / "red" / "a.png", "red")
    with pytest.raises(DataError, match=r"one class alone, 'red'.*at least two"):
        load()


def test_that_a_class_too_small_to_split_names_the_setting_and_the_class(load, tmp_path):
    write_classes(tmp_path, count=9)
    write_solid(tmp_path / "white" / "a.png", "red")
    with pytest.raises(SettingsError, match=r"data\.test_share.*'white' has 1"):
        load(test_share=0.2)


def test_that_a_missing_folder_or_none_says_which_setting_to_change(context, tmp_path):
    for path in (tmp_path / "none", tmp_path / "a\0b", "x" * 300, "~nobody/x"):
        with pytest.raises(DataError, match=r"data\.path"):
            image_folder.load_image_folder(ImageFolder(path=str(path)), context)
    with pytest.raises(SettingsError, match=r"data\.path: choose"):
        image_folder.load_image_folder(ImageFolder(), context)


@linux_only
def test_that_names_of_any_bytes_work_and_are_shown_as_text(tmp_path):
    strange = " é 😀\n".encode() + b"\xff" + b"x" * 200
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + strange))
    write_classes(folder, count=1)
    write_solid(folder / os.fsdecode(strange) / "a.png", "red")
    context = FakeLoadContext()
    settings = ImageFolder.model_construct(
        path=str(folder), size=8, test_share=0.0, seed=0, standardise_images=False
    )
    data = image_folder.load_image_folder(settings, context)
    assert data.class_names[0] == " é 😀\ufffd\ufffd" + "x" * 200
    assert all("\n" not in what for what, _ in context.reports)


def test_that_too_many_images_for_the_memory_are_refused_by_size(
    load, tmp_path, monkeypatch
):
    write_classes(tmp_path, count=1)
    monkeypatch.setattr(limits, "MAX_BYTES", 3 * 3 * 8 * 8 - 1)
    with pytest.raises(DataError, match="smaller size"):
        load()


def test_that_reading_can_be_stopped(load, tmp_path, context):
    write_classes(tmp_path, count=1)
    context.stop_at = "Reading"
    with pytest.raises(CancelledError):
        load()


def test_that_a_folder_which_is_gone_after_reading_is_not_missed(load, tmp_path):
    write_classes(tmp_path, count=1)
    data = load()
    shutil.rmtree(tmp_path)
    assert colours_of(data.train) == [SOLID[name] for name in data.class_names]


def test_that_an_image_which_goes_while_the_folder_is_read_is_skipped(
    load, tmp_path, context, monkeypatch
):
    write_classes(tmp_path, count=2)
    read = image_folder.read_image

    def read_while_one_goes(path, size):
        (tmp_path / "red" / "1.png").unlink(missing_ok=True)
        return read(path, size)

    monkeypatch.setattr(image_folder, "read_image", read_while_one_goes)
    assert len(load().train) == 5
    assert "1 cannot be reached" in context.notices[0]
