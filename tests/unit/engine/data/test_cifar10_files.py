import io
import os
import tarfile

import pytest

from tests.helpers.cifar10 import (
    TEST,
    TRAIN,
    binary_files,
    make_archive,
    python_files,
    write_files,
)
from tests.helpers.load_context import FakeLoadContext
from workbench.core.errors import CancelledError, DataError
from workbench.engine.data import cifar10_files
from workbench.engine.data.cifar10_batches import Layout
from workbench.engine.data.cifar10_files import read_archive, read_folder

NAMES = (*TRAIN, *TEST)


@pytest.fixture
def read(tmp_path):
    def read_bytes(archive: bytes, names=NAMES) -> dict[str, bytes]:
        path = tmp_path / "archive"
        path.write_bytes(archive)
        return {
            name: data for name, _, data in read_archive(path, names, FakeLoadContext())
        }

    return read_bytes


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("files", [python_files(), binary_files()])
def test_that_archives_of_both_layouts_are_read_without_being_unpacked(
    read, tmp_path, mode, files
):
    found = read(make_archive(files, mode))
    assert sorted(found.values()) == sorted(files.values())
    assert set(found) == set(NAMES)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_that_only_what_is_asked_for_is_read(read):
    assert list(read(make_archive(python_files()), TEST)) == ["test_batch"]


def hostile_members() -> list[tarfile.TarInfo]:
    """Members that would leave the folder, block, or stand in for a batch."""
    members = []
    for name, kind, link in (
        ("../../escaped", tarfile.REGTYPE, ""),
        ("/tmp/escaped", tarfile.REGTYPE, ""),  # noqa: S108 - never written
        ("cifar-10-batches-py", tarfile.SYMTYPE, "/etc"),
        ("cifar-10-batches-py/data_batch_1", tarfile.SYMTYPE, "/etc/passwd"),
        ("cifar-10-batches-py/data_batch_2", tarfile.LNKTYPE, "../../etc/passwd"),
        ("cifar-10-batches-py/data_batch_3", tarfile.FIFOTYPE, ""),
        ("cifar-10-batches-py/data_batch_4", tarfile.CHRTYPE, ""),
        ("cifar-10-batches-py/data_batch_5", tarfile.DIRTYPE, ""),
        ("x/../cifar-10-batches-py/test_batch", tarfile.REGTYPE, ""),
    ):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        members.append(member)
    return members


def with_hostile_members(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member in hostile_members():
            tar.addfile(member)
    blocks = buffer.getvalue().rstrip(b"\0")
    blocks += b"\0" * (-len(blocks) % 512)
    return blocks + make_archive(files, "w")


def test_that_hostile_members_are_passed_over_and_nothing_is_written(read, tmp_path):
    found = read(with_hostile_members(python_files()))
    assert sorted(found.values()) == sorted(python_files().values())
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_that_hostile_members_alone_are_no_cifar_10(read):
    with pytest.raises(DataError, match="does not hold the CIFAR-10 file data_batch_1"):
        read(with_hostile_members({}))


def test_that_an_archive_that_lacks_a_file_names_it(read):
    files = python_files()
    del files["cifar-10-batches-py/data_batch_3"]
    with pytest.raises(DataError, match="does not hold the CIFAR-10 file data_batch_3"):
        read(make_archive(files))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9])
def test_that_a_truncated_archive_is_an_error_that_says_how_to_mend_it(read, mode, share):
    archive = make_archive(python_files(), mode)
    with pytest.raises(DataError, match=r"(?s)archive'.*(replace|choose)"):
        read(archive[: int(len(archive) * share)])


def test_that_any_other_file_is_no_archive(read):
    for content in (os.urandom(5000), b"\x1f\x8b" + os.urandom(5000), b"PK\x03\x04" * 99):
        with pytest.raises(DataError, match="no archive of CIFAR-10"):
            read(content)


def test_that_an_oversized_member_is_refused_by_its_declared_size(read):
    big = bytes(Layout.BINARY.max_bytes + 1)
    with pytest.raises(DataError, match=r"test_batch in .* is damaged: it is larger than"):
        read(make_archive({"cifar-10-batches-bin/test_batch.bin": big}), TEST)


def test_that_a_bomb_is_refused_by_what_it_unpacks_to(read, monkeypatch):
    monkeypatch.setattr(cifar10_files, "_MAX_UNPACKED", 5_000_000)
    bomb = make_archive({"filler": bytes(50_000_000)} | python_files())
    assert len(bomb) < 200_000
    with pytest.raises(DataError, match="unpacks to more than 5 MB"):
        read(bomb)


def test_that_an_endless_list_of_members_is_cut_short(read):
    many = {f"{number}": b"" for number in range(2000)} | python_files()
    with pytest.raises(DataError, match="does not hold"):
        read(make_archive(many))


def test_that_a_missing_archive_names_the_setting(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(DataError, match=r"no archive.*data\.archive"):
            list(read_archive(path, NAMES, FakeLoadContext()))


def test_that_reading_an_archive_can_be_stopped(tmp_path):
    path = tmp_path / "archive"
    path.write_bytes(make_archive(python_files()))
    with pytest.raises(CancelledError):
        list(read_archive(path, NAMES, FakeLoadContext(stop_at="Reading archive")))


def test_that_a_folder_is_read_in_the_order_of_the_names(tmp_path):
    write_files(tmp_path, binary_files())
    folder = tmp_path / Layout.BINARY.folder
    found = list(read_folder(folder, Layout.BINARY, NAMES, FakeLoadContext()))
    assert [name for name, _, _ in found] == list(NAMES)
    assert [data for _, _, data in found] == list(binary_files().values())


def test_that_an_oversized_file_in_a_folder_is_refused(tmp_path):
    with (tmp_path / "test_batch.bin").open("wb") as file:
        file.truncate(10**12)  # sparse: it takes no space
    with pytest.raises(DataError, match=r"test_batch\.bin is damaged"):
        list(read_folder(tmp_path, Layout.BINARY, TEST, FakeLoadContext()))
