"""Training Workbench: an oscilloscope for optimizers."""

__version__ = "0.1.0"
