"""Says what kind of file something is that is no session, so that people see why."""

from __future__ import annotations

_STARTS = (
    (b"PK\x03\x04", "a ZIP archive (or a file of torch.save)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
)


def describe_kind(start: bytes) -> str:
    """Name the kind of a file by its first bytes, such as 'a PNG picture'."""
    for magic, words in _STARTS:
        if start.startswith(magic):
            return words
    return "text" if _is_text(start) else "of another kind"


def _is_text(start: bytes) -> bool:
    try:
        text = start[:-4].decode() if len(start) > 8 else start.decode()
    except UnicodeDecodeError:
        text = "\0"
    return all(sign.isprintable() or sign in "\r\n\t" for sign in text)
