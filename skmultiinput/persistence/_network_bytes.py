"""Networks as bytes in Keras's own format, and back, after a look at what the bytes ask for."""

import io
import json
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np

import skmultiinput.estimators  # noqa: F401 - registers the layers that networks are made of
from skmultiinput.persistence._archive import ArtifactError, repack

_MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}
# Weights may be asked for beyond those in the file: the state of random layers is not in it.
_SLACK = 100_000

# Keras's layers that are arithmetic on tensors. Left out are those that hold code (Lambda), run
# another library's saved graph (TFSMLayer, TorchModuleWrapper, JaxLayer, FlaxLayer) or read files
# (StringLookup, TextVectorization and their kin).
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


def write_network(model):
    """Return a network as the bytes of a .keras file.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If it holds a Lambda layer or files, which cannot be loaded safely.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.keras")
        model.save(path)
        data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        extra = sorted(set(archive.namelist()) - _MEMBERS)
        text = archive.read("config.json")
    if extra:
        raise ValueError(
            f"The network cannot be saved: its layers keep files of their own ({extra[0]}). "
            "Expected layers whose state are weights; do such steps in the preprocessing."
        )
    _refuse_code(json.loads(text))
    return data


def write_object(value):
    """Return a Keras object, such as an optimizer, as JSON."""
    config = keras.saving.serialize_keras_object(value)
    _refuse_code(config)
    _check_complete(value, config)
    return json.dumps(config).encode()


def _check_complete(value, config):
    """Refuse a loss or metric whose configuration lacks one of its options.

    Some of Keras's own do (the delta of Huber in 3.15); they would come back with the default.
    """
    if not isinstance(value, (keras.losses.Loss, keras.metrics.Metric)):
        return
    again = vars(keras.saving.deserialize_keras_object(config, safe_mode=False))
    for name, options in vars(value).items():
        if type(options) is dict and repr(options) != repr(again.get(name, options)):
            raise ValueError(
                f"{type(value).__name__} cannot be saved: Keras's configuration of it lacks some "
                f"of {options}. Pass a function instead that is defined at the top of a module."
            )


def _refuse_code(config):
    if "keras.layers.Lambda" in names_in(config):
        raise ValueError(
            "The network cannot be saved: a Lambda layer, or a lambda, is code that would have to "
            "be run from the file. Write a keras.layers.Layer with a name, and register it."
        )


class StoredNetwork:
    """A .keras file that was looked at, and can be loaded.

    Parameters
    ----------
    data : bytes
        Content of the file.
    where : str
        What messages call it.

    Attributes
    ----------
    names : set of str
        Names of all classes and functions that loading it would call.
    """

    def __init__(self, data, where):
        self.data, members = repack(data)
        if set(members) != _MEMBERS:
            raise ArtifactError(f"{where} is no network: expected the members {sorted(_MEMBERS)}.")
        self.where = where
        self.config = _public_names(json.loads(members["config.json"]))
        self.names = names_in(self.config)
        self.compiled = self.config.pop("compile_config", None)
        self._n_stored = _count_stored(members["model.weights.h5"], where)

    def load(self):
        """Build the network; only after all `names` were found to be trusted."""
        n_needed = _count_needed(self.config)
        if n_needed > self._n_stored + _SLACK:
            raise ArtifactError(
                f"{self.where} describes a network of {n_needed} weights, but holds "
                f"{self._n_stored}."
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "network.keras")
            path.write_bytes(self.data)
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
        if self.compiled:
            # Keras would make room for the optimizer's state, three times the network, at once.
            parts = {
                name: _build(self.compiled.get(name))
                for name in ("optimizer", "loss")
                if self.compiled.get(name) is not None
            }
            model.compile(**parts)
        return model


class StoredObject:
    """A Keras object as JSON that was looked at, and can be built.

    Parameters
    ----------
    data : bytes

    Attributes
    ----------
    names : set of str
        Names of all classes and functions that building it would call.
    """

    def __init__(self, data):
        self.config = _public_names(json.loads(data))
        self.names = names_in(self.config)

    def load(self):
        """Build the object; only after all `names` were found to be trusted."""
        return _build(self.config)


def untrusted(names):
    """Return those of the names in a Keras configuration that nobody has vouched for."""
    return {name for name in names if not _is_trusted(name)}


def _build(config):
    if isinstance(config, dict) and "class_name" not in config:
        return {name: _build(value) for name, value in config.items()}
    if not isinstance(config, dict):
        return config
    return keras.saving.deserialize_keras_object(config, safe_mode=True)


def _is_trusted(name):
    if name in _PLAIN_CLASSES or _is_ours(name):
        return True
    module, _, last = name.rpartition(".")
    if module == "keras.layers":
        return last in KERAS_LAYERS
    if module in _RECORDS:
        return isinstance(getattr(_public(module), last, None), type)
    if module == "builtins":
        return any(
            callable(getattr(place, last, None)) and not last.startswith("_")
            for place in (keras.activations, keras.losses, keras.metrics)
        )
    if module.startswith("keras.src.ops."):
        operation = getattr(sys.modules.get(module), last, None)
        return isinstance(operation, type) and issubclass(operation, keras.Operation)
    return False


def _is_ours(name):
    """Whether Keras's registry has a class of this package under the name."""
    if not name.startswith("skmultiinput>"):
        return False
    found = keras.saving.get_registered_object(name)
    return getattr(found, "__module__", "").startswith("skmultiinput.")


def _public_names(config):
    """Name optimizers as Keras does elsewhere: under PyTorch it writes modules of that backend."""
    if isinstance(config, list):
        return [_public_names(item) for item in config]
    if not isinstance(config, dict):
        return config
    config = {name: _public_names(value) for name, value in config.items()}
    if str(config.get("module", "")).startswith("keras.src.backend.torch.optimizers."):
        config |= {"module": "keras.optimizers", "registered_name": None}
    return config


def _public(module):
    place = keras
    for part in module.split(".")[1:]:
        place = getattr(place, part)
    return place


def names_in(config):
    """Collect the names of all classes and functions that a Keras configuration mentions.

    Parameters
    ----------
    config : JSON value

    Returns
    -------
    set of str
        As ``module.name``, our own layers as ``skmultiinput>name``; what has no module, or
        another name in Keras's registry, is named so that no list has it.
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


def _name_of(value):
    cls, module, registered = (
        value.get(key) for key in ("class_name", "module", "registered_name")
    )
    if cls in _VALUES and module is None:
        return None
    if cls == "__lambda__":
        return "keras.layers.Lambda"
    if cls == "function":
        cls = value.get("config")
        registered = None if registered == "function" else registered
    if registered is not None and str(registered).rpartition(">")[2] != cls:
        return f"{module}.{cls} registered as {registered}"
    if str(registered).startswith("skmultiinput>"):
        return registered
    return f"{module}.{cls}"


def _count_stored(data, where):
    """Count the weights in a file of weights, which must hold them itself and unpacked."""
    count = 0
    with h5py.File(io.BytesIO(data), "r") as file:
        waiting = [file]
        seen = 0
        while waiting:
            group = waiting.pop()
            for name in group:
                seen += 1
                link = group.get(name, getlink=True)
                if not isinstance(link, h5py.HardLink) or seen > 1_000_000:
                    raise ArtifactError(f"{where} has weights that lead out of the file.")
                item = group[name]
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                    continue
                if item.external or item.is_virtual or item.compression or item.chunks:
                    raise ArtifactError(f"{where} has weights that are not plainly stored.")
                if item.size * item.dtype.itemsize > len(data):
                    raise ArtifactError(f"{where} claims more weights than it holds.")
                count += item.size
    if count > len(data):
        raise ArtifactError(f"{where} claims more weights than it holds.")
    return count


def _count_needed(config):
    """Count the weights that a network would have, without making room for any of them."""
    found: list = []

    def build():
        # Inside this scope Keras's variables have a shape and no value. Leaving it would give
        # them one, so it is never left: the thread ends, and what Keras kept for it is gone.
        keras.StatelessScope().__enter__()
        try:
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            found.append(sum(int(np.prod(v.shape, dtype=object)) for v in model.variables))
        except Exception as error:  # noqa: BLE001 - raised again outside the thread
            found.append(error)

    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
