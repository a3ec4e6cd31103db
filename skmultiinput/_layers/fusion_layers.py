"""Keras layers in front of and inside the fusion: what is absent, gates, tokens of branches."""

import keras
import numpy as np  # noqa: F401 - the examples use it
from keras import ops

from skmultiinput._compat import seed_generator

_register = keras.saving.register_keras_serializable(package="skmultiinput")


@_register
class Presence(keras.layers.Layer):
    """Tell which rows have anything: 1 where some element is not zero.

    Parameters
    ----------
    always : bool
        For inputs that no row lacks: 1 in any case.

    Notes
    -----
    Input (n_samples, ...), output (n_samples, 1).

    Examples
    --------
    >>> Presence()(np.array([[0.0, 2.0], [0.0, 0.0]])).numpy().tolist()
    [[1.0], [0.0]]
    """

    def __init__(self, always=False, **kwargs):
        super().__init__(**kwargs)
        self.always = always

    def call(self, inputs):
        axes = tuple(range(1, len(inputs.shape)))
        found = ops.not_equal(inputs, 0)
        if self.always:
            found = ops.ones_like(found)
        return ops.expand_dims(ops.cast(ops.any(found, axis=axes), "float32"), -1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)

    def get_config(self):
        return {**super().get_config(), "always": self.always}


@_register
class ModalityDropout(keras.layers.Layer):
    """Treat whole inputs of a row as absent in training, never all that it has.

    Parameters
    ----------
    rate : float
        Share of the inputs treated so, in [0, 1).

    Notes
    -----
    Inputs: per input of the network 1 where the row has it, each (n_samples, 1); output
    (n_samples, n_inputs).

    References
    ----------
    Neverova, Wolf, Taylor, Nebout: ModDrop: Adaptive Multi-Modal Gesture Recognition,
    IEEE TPAMI 2016.

    Examples
    --------
    >>> present = [np.ones((1000, 1), "float32"), np.ones((1000, 1), "float32")]
    >>> kept = ModalityDropout(0.5)(present, training=True).numpy()
    >>> kept.shape, float(kept.max(axis=1).min())
    ((1000, 2), 1.0)
    """

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = seed_generator(0)

    def call(self, inputs, training=False):
        present = ops.concatenate(inputs, axis=1)
        if not training or not self.rate:
            return present
        drawn = keras.random.uniform(ops.shape(present), seed=self.seed_generator)
        # The present input with the largest number stays in any case.
        drawn = drawn * present
        most = ops.max(drawn, axis=1, keepdims=True)
        kept = ops.logical_or(drawn >= self.rate, drawn >= most)
        return present * ops.cast(kept, present.dtype)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], len(input_shape))

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@_register
class StandIn(keras.layers.Layer):
    """Put a learned vector in the place of what is absent.

    Parameters
    ----------
    which : int
        Position of the input in the table of what is present.

    Notes
    -----
    Inputs: x (n_samples, ...) and what is present, (n_samples, n_inputs); output like x.

    Examples
    --------
    >>> x, present = np.ones((2, 3)), np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> StandIn(which=1)([x, present]).numpy().tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, which, **kwargs):
        super().__init__(**kwargs)
        self.which = which

    def build(self, input_shape):
        self.absent = self.add_weight(
            shape=tuple(input_shape[0][1:]), initializer="zeros", name="absent"
        )

    def call(self, inputs):
        x, present = inputs
        present = present[:, self.which]
        present = ops.reshape(present, (-1, *[1] * (len(x.shape) - 1)))
        return ops.where(present > 0, x, ops.convert_to_tensor(self.absent))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "which": self.which}


@_register
class Gates(keras.layers.Layer):
    """Weigh the branches row by row: one gate between 0 and 2 per branch.

    Parameters
    ----------
    branches : list of str
        Their names.

    Notes
    -----
    Input (n_samples, width), all branches side by side; output (n_samples, n_branches). All
    gates start at 1.

    Examples
    --------
    >>> Gates(["text", "photo"])(np.ones((1, 5))).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, branches, **kwargs):
        super().__init__(**kwargs)
        self.branches = list(branches)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], len(self.branches)), initializer="zeros", name="kernel"
        )
        self.bias = self.add_weight(shape=(len(self.branches),), initializer="zeros", name="bias")

    def call(self, inputs):
        return 2.0 * ops.sigmoid(ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(self.branches))

    def get_config(self):
        return {**super().get_config(), "branches": self.branches}


@_register
class ApplyGate(keras.layers.Layer):
    """Multiply the output of one branch by its gate.

    Parameters
    ----------
    which : int
        Position of the branch among the gates.

    Notes
    -----
    Inputs: x (n_samples, width) and gates (n_samples, n_branches); output like x.

    Examples
    --------
    >>> ApplyGate(1)([np.ones((1, 2)), np.array([[1.0, 0.5]])]).numpy().tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, which, **kwargs):
        super().__init__(**kwargs)
        self.which = which

    def call(self, inputs):
        x, gates = inputs
        return x * gates[:, self.which : self.which + 1]

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])

    def get_config(self):
        return {**super().get_config(), "which": self.which}


@_register
class StackTokens(keras.layers.Layer):
    """Stack vectors of equal width to tokens, each marked by a learned vector of its own.

    Notes
    -----
    Inputs: n_branches tensors (n_samples, width); output (n_samples, n_branches, width).

    Examples
    --------
    >>> StackTokens()([np.ones((2, 4)), np.zeros((2, 4))]).shape
    TensorShape([2, 2, 4])
    """

    def build(self, input_shape):
        self.marks_initializer = keras.initializers.RandomNormal(stddev=0.02)
        self.marks = self.add_weight(
            shape=(len(input_shape), input_shape[0][-1]),
            initializer=self.marks_initializer,
            name="marks",
        )

    def call(self, inputs):
        return ops.stack(inputs, axis=1) + self.marks

    def compute_output_shape(self, input_shape):
        n_samples, width = input_shape[0]
        return (n_samples, len(input_shape), width)
