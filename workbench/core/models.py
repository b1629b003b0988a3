"""Settings of the models. Input and output sizes come from the data."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from workbench.core.catalogue import Catalogue
from workbench.core.settings import CatalogueSettings, setting
from workbench.core.tasks import Inputs, Task

Activation = Literal["none", "relu", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid"]
Initialisation = Literal[
    "default",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "normal",
    "zeros",
]
Width = Annotated[int, Field(ge=1, le=4096)]

_BIAS_HELP = "Give each layer a constant that is learned and added to its output."
_DROPOUT_HELP = "Chance for each hidden value to be set to zero in a training step."
_SEED_HELP = "Seed of the initial weights: the same seed gives the same weights."
_INIT_HELP = (
    "How weights start. 'default' is torch's own choice for each layer; with any other "
    "choice biases start at zero."
)


def _initialisation() -> Any:
    return setting("default", _INIT_HELP, title="Initialisation")


def _seed() -> Any:
    return setting(0, _SEED_HELP, title="Seed", minimum=0, maximum=2**63 - 1)


class ModelSettings(CatalogueSettings):
    """What every model declares beside its own settings."""

    task: ClassVar[Task]
    inputs: ClassVar[Inputs]
    initialisation: Initialisation
    seed: int


class LinearModel(ModelSettings):
    """One linear layer."""

    title = "Linear regressor"
    summary = "A weighted sum of the inputs; its loss surface is a bowl known exactly."
    task = Task.REGRESSION
    inputs = Inputs.TABLE
    kind: Literal["linear"] = "linear"
    bias: bool = setting(True, _BIAS_HELP, title="Bias")
    initialisation: Initialisation = _initialisation()
    seed: int = _seed()


class MlpModel(ModelSettings):
    """Linear layers with an activation between them."""

    title = "MLP regressor"
    summary = "Fully connected layers with an activation between them."
    task = Task.REGRESSION
    inputs = Inputs.TABLE
    kind: Literal["mlp"] = "mlp"
    hidden_sizes: Annotated[tuple[Width, ...], Field(min_length=1, max_length=128)] = (
        setting(
            (64, 64),
            "Width of each hidden layer, from the input to the output.",
            title="Hidden layers",
            unit="values",
        )
    )
    activation: Activation = setting(
        "relu",
        "Function between the layers; 'none' leaves them linear.",
        title="Activation",
    )
    dropout: float = setting(0.0, _DROPOUT_HELP, title="Dropout", minimum=0, below=1)
    bias: bool = setting(True, _BIAS_HELP, title="Bias")
    initialisation: Initialisation = _initialisation()
    seed: int = _seed()


class CnnModel(ModelSettings):
    """Convolutions with pooling, then two linear layers."""

    title = "Convolutional classifier (CNN)"
    summary = "Convolutions, each followed by pooling, then two linear layers."
    task = Task.CLASSIFICATION
    inputs = Inputs.IMAGES
    kind: Literal["cnn"] = "cnn"
    channels: Annotated[tuple[Width, ...], Field(min_length=1, max_length=5)] = setting(
        (32, 32, 64),
        "Channels of each convolution; every one is followed by a 2×2 max pooling, "
        "so 32×32 images allow up to five.",
        title="Channels",
    )
    kernel_size: int = setting(
        5,
        "Width and height of the convolution kernels; must be odd, so that padding "
        "keeps the size.",
        title="Kernel size",
        minimum=1,
        maximum=15,
        unit="pixels",
    )
    hidden_size: int = setting(
        64,
        "Width of the hidden linear layer.",
        title="Hidden size",
        minimum=1,
        maximum=4096,
    )
    activation: Activation = setting(
        "none",
        "Function after each convolution and the hidden layer; 'none' as in the "
        "classic example.",
        title="Activation",
    )
    dropout: float = setting(0.0, _DROPOUT_HELP, title="Dropout", minimum=0, below=1)
    bias: bool = setting(True, _BIAS_HELP, title="Bias")
    initialisation: Initialisation = _initialisation()
    seed: int = _seed()

    @field_validator("kernel_size")
    @classmethod
    def _check_odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(
                f"Kernel size must be odd, so that padding keeps the size; not {value}"
            )
        return value


Model = LinearModel | CnnModel | MlpModel
MODELS: Catalogue[ModelSettings] = Catalogue("model", (LinearModel, CnnModel, MlpModel))
