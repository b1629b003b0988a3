"""Image files, sound and hostile, made on the spot."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SOLID = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}


def write_solid(path: Path, colour: str, size: tuple[int, int] = (40, 32)) -> None:
    """Write a picture of one colour; the format follows the ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, SOLID[colour]).save(path)


def write_classes(folder: Path, count: int = 5) -> None:
    """Write a folder of three classes, red, green and blue."""
    for colour in SOLID:
        for number in range(count):
            write_solid(folder / colour / f"{number}.png", colour)


def write_16_bit(path: Path, level: int) -> None:
    """Write grey of 16 bits, all of one level."""
    Image.fromarray(np.full((20, 20), level, dtype=np.uint16)).save(path)


def write_bomb(path: Path, width: int, height: int) -> None:
    """Write a small PNG file that claims a large picture and holds its first row."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(width + 1))
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", rows), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
