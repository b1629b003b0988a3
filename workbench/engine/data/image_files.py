"""One image file, whatever it may be, as a small square of bytes; safe against bombs."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Bytes = NDArray[np.uint8]
MAX_PIXELS = 32_000_000
# Without EPS, for which Pillow starts another program, and other document formats.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "JPEG2000")


class UnusableImageError(Exception):
    """A file is no image that can be used; the text says why, the same for its kind."""


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Make what Pillow only warns of, such as a bomb or a cut file, an error.

    The filter of warnings belongs to the whole process, so only Pillow's own are
    touched, and once around many files.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module=r"PIL\.")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def read_image(path: Path, size: int) -> Bytes:
    """Read the first picture of a file, upright, its centre square scaled to `size`.

    Call it within `strict_pillow()`.

    Args:
        path: A file; links to files are followed.
        size: Height and width of the result in pixels.

    Returns:
        (3, size, size), uint8: red, green, blue. 16-bit grey is reduced to 8 bits;
        transparency is ignored.

    Raises:
        UnusableImageError: where it is no image, damaged or larger than 32 megapixels.
    """
    _refuse_special(path)
    try:
        with Image.open(path, formats=_FORMATS) as image:
            _refuse_huge(image)
            return _shrink(image, size)
    except UnusableImageError:
        raise
    except UnidentifiedImageError:
        raise UnusableImageError("not an image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableImageError("larger than 32 megapixels") from None
    except Exception as error:  # decoders raise anything on damaged files
        raise UnusableImageError("truncated or damaged") from error


def _refuse_special(path: Path) -> None:
    """Look at what the path is before opening it: a FIFO would wait for ever."""
    try:
        facts = path.stat()
    except OSError:
        raise UnusableImageError("cannot be reached") from None
    if not stat.S_ISREG(facts.st_mode):
        raise UnusableImageError("not a regular file")
    if facts.st_size == 0:
        raise UnusableImageError("empty")


def _refuse_huge(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise UnusableImageError("larger than 32 megapixels")


def _shrink(image: Image.Image, size: int) -> Bytes:
    image.draft("RGB", (2 * size, 2 * size))  # decodes a large JPEG at a lower scale
    upright = _to_rgb(ImageOps.exif_transpose(image))
    side = min(upright.size)
    left, top = (upright.width - side) // 2, (upright.height - side) // 2
    box = (left, top, left + side, top + side)
    small = upright.resize((size, size), Image.Resampling.BILINEAR, box=box)
    return np.asarray(small).transpose(2, 0, 1)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise UnusableImageError("pixels of floating point")
    if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        grey = np.clip(np.asarray(image).astype(np.int64), 0, 65535) // 257
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA").convert("RGB")  # at once, Pillow warns
    return image.convert("RGB")
