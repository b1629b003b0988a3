import os
import sys
import warnings
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from tests.helpers.pictures import SOLID, write_16_bit, write_bomb, write_solid
from workbench.engine.data.image_files import (
    UnusableImageError,
    read_image,
    strict_pillow,
)

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="makes files that other systems do not have"
)


@pytest.fixture(autouse=True)
def _strict():
    with strict_pillow():
        yield


def gradient(width: int, height: int) -> Image.Image:
    """Make red grow to the right, green downwards."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([x, y, 0 * x], axis=2).astype(np.uint8))


def test_that_an_image_of_the_right_size_is_read_byte_for_byte(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png", 32), pixels.transpose(2, 0, 1))


def test_that_the_centre_square_is_kept(tmp_path):
    gradient(100, 40).save(tmp_path / "wide.png")
    gradient(40, 100).save(tmp_path / "high.png")
    red, green, _ = read_image(tmp_path / "wide.png", 40)
    assert red[0].tolist() == list(range(30, 70))
    assert green[:, 0].tolist() == list(range(40))
    _, green, _ = read_image(tmp_path / "high.png", 40)
    assert green[:, 0].tolist() == list(range(30, 70))


def test_that_shrinking_averages_instead_of_dropping_pixels(tmp_path):
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (128, 64))
    Image.fromarray(stripes).save(tmp_path / "a.png")
    inner = read_image(tmp_path / "a.png", 16)[:, 2:-2, 2:-2].astype(int)
    assert abs(inner - 127.5).max() < 3


def test_that_a_photograph_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    gradient(64, 64).save(tmp_path / "a.jpg", exif=exif, quality=95)
    red, green, _ = read_image(tmp_path / "a.jpg", 64).astype(int)
    assert red[32, 0] > red[32, -1] + 50
    assert green[0, 32] > green[-1, 32] + 50


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif", "webp", "tif", "ppm"])
def test_that_the_usual_formats_are_read(tmp_path, ending):
    write_solid(tmp_path / f"a.{ending}", "green")
    pixels = read_image(tmp_path / f"a.{ending}", 8).astype(int)
    assert abs(pixels - np.array(SOLID["green"])[:, None, None]).max() <= 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr"])
def test_that_every_kind_of_pixel_becomes_red_green_blue(tmp_path, mode):
    white = Image.new("RGB", (16, 16), (255, 255, 255)).convert(mode)
    ending = "tif" if mode in {"CMYK", "YCbCr"} else "png"
    white.save(tmp_path / f"a.{ending}")
    pixels = read_image(tmp_path / f"a.{ending}", 8)
    assert pixels.shape == (3, 8, 8)
    assert pixels.min() > 250


def test_that_a_palette_with_transparency_is_read_without_a_warning(tmp_path):
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, 10, 250, 10])
    image.save(tmp_path / "a.png", transparency=bytes([0, 128]))
    assert read_image(tmp_path / "a.png", 8)[:, 0, 0].tolist() == [10, 250, 10]


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (32768, 127), (65535, 255)])
def test_that_16_bit_grey_is_scaled_and_not_cut_off(tmp_path, level, expected):
    write_16_bit(tmp_path / "a.png", level)
    assert np.unique(read_image(tmp_path / "a.png", 8)).tolist() == [expected]


def test_that_the_first_picture_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("RGB", (16, 16), SOLID[name]) for name in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_image(tmp_path / "a.gif", 8)[0].min() > 200


@pytest.mark.parametrize(
    ("width", "height"), [(8000, 4001), (12_000, 12_000), (20_000, 20_000)]
)
def test_that_a_bomb_is_refused_by_its_claimed_size(tmp_path, width, height):
    write_bomb(tmp_path / "a.png", width, height)
    with pytest.raises(UnusableImageError, match="larger than 32 megapixels"):
        read_image(tmp_path / "a.png", 8)


@linux_only
def test_that_files_that_are_no_images_say_why(tmp_path):
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.png").touch()
    write_solid(tmp_path / "whole.jpg", "red", (200, 200))
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    Image.new("F", (8, 8)).save(tmp_path / "float.tif")
    reasons = {
        "text": "not an image",
        "empty": "empty",
        "cut": "truncated or damaged",
        "pipe": "not a regular file",
        "loop": "cannot be reached",
        "zero": "not a regular file",
        "float": "pixels of floating point",
    }
    for path in tmp_path.iterdir():
        if path.stem in reasons:
            with pytest.raises(UnusableImageError, match=reasons.pop(path.stem)):
                read_image(path, 8)
    assert not reasons


def test_that_a_file_that_would_start_another_program_is_no_image(tmp_path):
    (tmp_path / "a.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(UnusableImageError, match="not an image"):
        read_image(tmp_path / "a.eps", 8)


def test_that_flipped_bytes_never_end_in_anything_but_an_image_or_a_reason(tmp_path):
    random = np.random.default_rng(0)
    for ending in ("png", "jpg", "gif", "tif", "webp", "bmp"):
        gradient(16, 16).save(tmp_path / f"a.{ending}")
        whole = np.frombuffer((tmp_path / f"a.{ending}").read_bytes(), dtype=np.uint8)
        for _ in range(20):
            damaged = whole.copy()
            damaged[random.integers(0, len(whole), 3)] = random.integers(0, 256, 3)
            (tmp_path / "b").write_bytes(damaged.tobytes())
            with suppress(UnusableImageError):
                assert read_image(tmp_path / "b", 8).shape == (3, 8, 8)


def test_that_warnings_of_others_stay_warnings():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with strict_pillow():
            warnings.warn("ours", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in caught] == ["ours"]
