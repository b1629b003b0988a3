"""How the choices of a field are written: as people write them, not as files do."""

from __future__ import annotations

_WRITTEN = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "elu": "ELU",
    "auto": "automatic",
    "cpu": "CPU",
    "cuda": "CUDA",
}


def choice_words(key: str) -> str:
    """Return the words for a choice: its own spelling, else the key without marks."""
    return _WRITTEN.get(key, key.replace("_", " "))
