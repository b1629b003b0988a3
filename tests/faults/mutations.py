"""Damages bytes in all the ways that disks, networks and people find."""

from __future__ import annotations

import random
from collections.abc import Callable

_SECTOR = 512
_PAGE = 4096
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)

Mutation = Callable[[bytearray, random.Random], None]


def flip_bit(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def flip_bits(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(2, 20)):
        flip_bit(data, chance)


def splice(data: bytearray, chance: random.Random) -> None:
    """Copy a piece of the file over another place in it."""
    length = chance.randint(1, min(2000, len(data) // 2))
    source, target = (chance.randrange(len(data) - length) for _ in range(2))
    data[target : target + length] = data[source : source + length]


def insert(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data))
    data[place:place] = chance.randbytes(chance.randint(1, 100))


def remove(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data))
    del data[place : place + chance.randint(1, 100)]


def truncate(data: bytearray, chance: random.Random) -> None:
    del data[_SECTOR * chance.randrange(len(data) // _SECTOR) :]


def swap_pages(data: bytearray, chance: random.Random) -> None:
    one, other = (_page(data, chance) for _ in range(2))
    data[one], data[other] = data[other], data[one]


def zero_page(data: bytearray, chance: random.Random) -> None:
    place = _page(data, chance)
    data[place] = bytes(len(data[place]))


def zero_sectors(data: bytearray, chance: random.Random) -> None:
    start = _SECTOR * chance.randrange(max(1, len(data) // _SECTOR))
    piece = data[start : start + _SECTOR * chance.randint(1, 8)]
    data[start : start + len(piece)] = bytes(len(piece))


def fill_page(data: bytearray, chance: random.Random) -> None:
    """Write random bytes over a page."""
    place = _page(data, chance)
    data[place] = chance.randbytes(len(data[place]))


def claim(data: bytearray, chance: random.Random) -> None:
    """Write an extreme number: a count, a pointer, a length, a type of a column."""
    length = chance.choice((1, 2, 4))
    number = chance.choice(_EXTREMES) & ((1 << 8 * length) - 1)
    # Headers of cells and pages, where such numbers stand, are near the ends of pages.
    page = chance.randrange(max(1, len(data) // _PAGE)) * _PAGE
    place = page + chance.choice((chance.randrange(200), chance.randrange(_PAGE)))
    data[place : place + length] = number.to_bytes(length, "big")


def append(data: bytearray, chance: random.Random) -> None:
    data += chance.randbytes(chance.randint(1, 10_000))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bit,
    flip_bits,
    splice,
    insert,
    remove,
    truncate,
    swap_pages,
    zero_page,
    zero_sectors,
    fill_page,
    claim,
    append,
)


def _page(data: bytearray, chance: random.Random) -> slice:
    start = _PAGE * chance.randrange(max(1, len(data) // _PAGE))
    return slice(start, start + _PAGE)
