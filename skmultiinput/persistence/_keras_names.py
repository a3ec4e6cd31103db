"""The classes and functions that a Keras configuration from a file may name."""

import sys
from collections.abc import Collection
from typing import Any

import keras

import skmultiinput._layers  # noqa: F401 - registers the layers that networks are made of

# Keras's layers that are arithmetic on tensors. Left out are those that hold code (Lambda), run
# another library's saved graph (TFSMLayer, TorchModuleWrapper, JaxLayer, FlaxLayer) or read files
# (StringLookup, TextVectorization and the like).
KERAS_LAYERS = frozenset(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average
    AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional
    CategoryEncoding Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
    Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D Dense
    DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout EinsumDense ELU Embedding Flatten
    GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention GRU GRUCell Identity InputLayer LayerNormalization
    LeakyReLU LSTM LSTMCell Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum
    MultiHeadAttention Multiply Normalization Permute PReLU RepeatVector Rescaling Reshape Resizing
    RMSNormalization RNN SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax
    SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells
    Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
    ZeroPadding2D ZeroPadding3D ReLU ThresholdedReLU
    """.split()  # noqa: SIM905 - ninety names in quotes are harder to read
)
# Modules of Keras in which every class is a plain record of numbers and further such records.
_RECORDS = (
    "keras.constraints",
    "keras.initializers",
    "keras.losses",
    "keras.metrics",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.regularizers",
)
_PLAIN_CLASSES = frozenset(
    {
        "keras.DTypePolicy",
        "keras.Functional",
        "keras.Sequential",
        "keras.src.models.functional.Functional",
        "keras.src.models.sequential.Sequential",
    }
)
_VALUES = frozenset(
    {"__ellipsis__", "__keras_tensor__", "__none__", "__numpy__", "__slice__", "__tensor__"}
    | {"__tuple__"}
)
LAMBDA = "keras.layers.Lambda"


def untrusted(names: set[str]) -> set[str]:
    """Return those of the names in a Keras configuration that are not known to be safe."""
    return {name for name in names if not _is_trusted(name)}


def names_in(config: Any) -> set[str]:
    """Collect the names of all classes and functions that a Keras configuration mentions.

    They read ``module.name``, our own layers ``skmultiinput>name``. What has no module, or another
    name in Keras's registry, gets a name that no list has.
    """
    names = set()
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            if "class_name" in value:
                name = _name_of(value)
                if name is not None:
                    names.add(name)
    return names


def public_names(config: Any) -> Any:
    """Name optimizers as Keras does elsewhere: under PyTorch it writes modules of that backend."""
    if isinstance(config, list):
        return [public_names(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {name: public_names(value) for name, value in config.items()}
    if str(config.get("module", "")).startswith("keras.src.backend.torch.optimizers."):
        config |= {"module": "keras.optimizers", "registered_name": None}
    return config


def full_names(config: Any, own: Collection[str]) -> Any:
    """Register the classes and functions in `own` by their modules, too, and not by name alone."""
    if isinstance(config, list):
        return [full_names(item, own) for item in config]
    if not isinstance(config, dict):
        return config
    name = _name_of(config) if "class_name" in config else None
    key = "config" if config.get("class_name") == "function" else "registered_name"
    config = {part: full_names(value, own) for part, value in config.items()}
    return {**config, key: name} if name in own else config


def _name_of(value: dict[str, Any]) -> str | None:
    cls, module, registered = (
        value.get(key) for key in ("class_name", "module", "registered_name")
    )
    if cls in _VALUES and module is None:
        return None
    if cls == "__lambda__":
        return LAMBDA
    if cls == "function":
        cls = value.get("config")
        registered = None if registered == "function" else registered
    if registered is not None and str(registered).rpartition(">")[2] != cls:
        return f"{module}.{cls} registered as {registered}"
    if str(registered).startswith("skmultiinput>"):
        return str(registered)
    return f"{module}.{cls}"


def _is_trusted(name: str) -> bool:
    if name in _PLAIN_CLASSES or _is_ours(name):
        return True
    module, _, last = name.rpartition(".")
    if module == "keras.layers":
        return last in KERAS_LAYERS
    if module in _RECORDS:
        return isinstance(getattr(_public(module), last, None), type)
    if module == "builtins":
        return any(
            callable(getattr(registry, last, None)) and not last.startswith("_")
            for registry in (keras.activations, keras.losses, keras.metrics)
        )
    if module.startswith("keras.src.ops."):
        operation = getattr(sys.modules.get(module), last, None)
        return isinstance(operation, type) and issubclass(operation, keras.Operation)
    return False


def _is_ours(name: str) -> bool:
    """Whether Keras's registry has a class of this package under the name."""
    if not name.startswith("skmultiinput>"):
        return False
    registered = keras.saving.get_registered_object(name)
    return getattr(registered, "__module__", "").startswith("skmultiinput.")


def _public(module: str) -> Any:
    target: Any = keras
    for part in module.split(".")[1:]:
        target = getattr(target, part)
    return target
