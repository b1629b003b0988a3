"""Where the CIFAR-10 batch files are: a folder or an archive, read but never unpacked."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from typing_extensions import override

from workbench.core.errors import DataError
from workbench.engine.data.cifar10_batches import Layout
from workbench.engine.data.dataset import LoadContext
from workbench.engine.data.files import is_file, printable
from workbench.engine.data.progress import Progress

# The official archives unpack to 178 and 184 MB.
_MAX_UNPACKED = 400_000_000
_MAX_MEMBERS = 1_000

Found = tuple[str, Layout, bytes]  # the name without ending, how it is written, the file


def holds_batches(folder: Path, layout: Layout, names: tuple[str, ...]) -> bool:
    """Say whether at least one of the batch files is in the folder."""
    return any(is_file(folder / (name + layout.ending)) for name in names)


def first_missing(folder: Path, layout: Layout, names: tuple[str, ...]) -> str | None:
    """Return the first batch file that is not in the folder, None where all are."""
    files = (name + layout.ending for name in names)
    return next((file for file in files if not is_file(folder / file)), None)


def read_folder(
    folder: Path, layout: Layout, names: tuple[str, ...], context: LoadContext
) -> Iterator[Found]:
    """Yield the files of a folder that has them all, in the order of the names.

    Raises:
        DataError: naming the file that cannot be read or is too large.
        CancelledError: once the person stopped.
    """
    for number, name in enumerate(names):
        context.report(f"Reading {name}", number / len(names))
        path = folder / (name + layout.ending)
        try:
            with path.open("rb") as file:
                data = file.read(layout.max_bytes + 1)
        except OSError as error:
            raise DataError(
                f"'{printable(path)}' cannot be read: {error.strerror}."
            ) from None
        _refuse_oversized(len(data), layout, printable(path))
        yield name, layout, data


def read_archive(
    path: Path, names: tuple[str, ...], context: LoadContext
) -> Iterator[Found]:
    """Yield the files of an official archive, plain or gzipped, in the order found.

    Nothing is written: members of an expected name, kind and size are read, all others
    are passed over, however they are called.

    Raises:
        DataError: where the archive is damaged, lacks a file or unpacks to too much.
        CancelledError: once the person stopped.
    """
    if not is_file(path):
        raise _no_archive(path)
    try:
        with path.open("rb") as file:
            yield from _read_tar(file, path, names, context)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(
            f"'{printable(path)}' is damaged or no archive of CIFAR-10 ({error}); replace "
            "it, or remove it so that it is downloaded again."
        ) from None


def _read_tar(
    file: BinaryIO, path: Path, names: tuple[str, ...], context: LoadContext
) -> Iterator[Found]:
    expected = {
        f"{layout.folder}/{name}{layout.ending}": (name, layout)
        for layout in Layout
        for name in names
    }
    missing = set(names)
    stream = _BoundedStream(file, path, context)
    with tarfile.open(fileobj=stream, mode="r|", bufsize=2**20) as tar:
        for number, member in enumerate(tar):
            name, layout = expected.get(member.name.removeprefix("./"), ("", Layout.PYTHON))
            if name in missing and member.isreg() and not member.issparse():
                _refuse_oversized(member.size, layout, f"{name} in '{printable(path)}'")
                missing.remove(name)
                yield name, layout, _content(tar, member)
            if not missing:
                return
            if number >= _MAX_MEMBERS:
                break
    lacking = next(name for name in names if name in missing)
    raise DataError(
        f"'{printable(path)}' does not hold the CIFAR-10 file {lacking}; choose "
        "cifar-10-python.tar.gz or cifar-10-binary.tar.gz in data.archive."
    )


def _no_archive(path: Path) -> DataError:
    return DataError(
        f"There is no archive '{printable(path)}'; choose another in data.archive."
    )


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(member)
    return content.read() if content is not None else b""


def _refuse_oversized(size: int, layout: Layout, where: str) -> None:
    if size > layout.max_bytes:
        raise DataError(
            f"{where} is damaged: it is larger than {layout.max_bytes} bytes, which no "
            "CIFAR-10 file is. Replace it."
        )


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _BoundedStream(io.BufferedIOBase):
    """The unpacked bytes of an archive, up to a limit, with progress."""

    def __init__(self, file: BinaryIO, path: Path, context: LoadContext) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size or 1
        self._progress = Progress(context)
        self._left = _MAX_UNPACKED
        is_gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        self._stream: _Readable = gzip.GzipFile(fileobj=file) if is_gzipped else file

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, as tarfile asks for them."""
        what = f"Reading {printable(self._path.name)}"
        self._progress.report(what, self._file.tell() / self._size)
        data = self._stream.read(_MAX_UNPACKED if size is None else size)
        self._left -= len(data)
        if self._left < 0:
            raise DataError(
                f"'{printable(self._path)}' unpacks to more than "
                f"{_MAX_UNPACKED // 10**6} MB, which CIFAR-10 does not; choose another."
            )
        return data
