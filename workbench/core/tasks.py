"""What a model does and what it takes in: the two facts that decide what fits what."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """What is predicted."""

    REGRESSION = "regression"
    CLASSIFICATION = "classification"


class Inputs(StrEnum):
    """What one sample is."""

    TABLE = "table"  # a row of numbers
    IMAGES = "images"  # 3 channels, height, width
