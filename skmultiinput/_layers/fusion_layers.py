"""Layers in front of and inside the fusion: what is absent, gates, tokens of branches."""

from typing import Any

import keras
import numpy as np  # noqa: F401 - the examples use it
from keras import ops

from skmultiinput._compat import seed_generator
from skmultiinput._layers.base_layer import BaseLayer, Shape, Tensor, register


@register
class Presence(BaseLayer):
    """Mark the rows that have the input: 1 where some element is not zero.

    From (n_samples, ...) to (n_samples, 1). With `always` no row can lack the input.

    Examples
    --------
    >>> Presence()(np.array([[0.0, 2.0], [0.0, 0.0]])).numpy().tolist()
    [[1.0], [0.0]]
    """

    def __init__(self, always: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.always = always

    def call(self, inputs: Tensor) -> Tensor:
        axes = tuple(range(1, len(inputs.shape)))
        present = ops.not_equal(inputs, 0)
        if self.always:
            present = ops.ones_like(present)
        return ops.expand_dims(ops.cast(ops.any(present, axis=axes), self.compute_dtype), -1)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0], 1)


@register
class ModalityDropout(BaseLayer):
    """Treat the fraction `rate` of the inputs of a row as absent in training, never all it has.

    From a flag per input of the network, 1 for rows that have it, each (n_samples, 1), to
    (n_samples, n_inputs); after Neverova, Wolf, Taylor, Nebout: ModDrop: Adaptive Multi-Modal
    Gesture Recognition, IEEE TPAMI 2016.

    Examples
    --------
    >>> present = [np.ones((1000, 1), "float32"), np.ones((1000, 1), "float32")]
    >>> kept = ModalityDropout(0.5)(present, training=True).numpy()
    >>> kept.shape, float(kept.max(axis=1).min())
    ((1000, 2), 1.0)
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = seed_generator(0)

    def call(self, inputs: list[Tensor], training: bool = False) -> Tensor:
        present = ops.concatenate(inputs, axis=1)
        if not training or not self.rate:
            return present
        # Single precision, so that no two inputs draw the same number.
        drawn = keras.random.uniform(ops.shape(present), dtype="float32", seed=self.seed_generator)
        # The present input with the largest number stays in any case.
        drawn = drawn * ops.cast(present, "float32")
        most = ops.max(drawn, axis=1, keepdims=True, initial=0.0)
        kept = ops.logical_or(drawn >= self.rate, drawn >= most)
        return present * ops.cast(kept, present.dtype)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0][0], len(input_shape))


@register
class StandIn(BaseLayer):
    """Replace what is absent by a learned vector.

    From x, (n_samples, ...), and the flags of `ModalityDropout`, (n_samples, n_inputs), among which
    the input has the position `which`, to the shape of x.

    Examples
    --------
    >>> x, present = np.ones((2, 3)), np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> StandIn(which=1)([x, present]).numpy().tolist()
    [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, which: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.which = which

    def build(self, input_shape: Any) -> None:
        self.absent = self.add_weight(
            shape=tuple(input_shape[0][1:]), initializer="zeros", name="absent"
        )

    def call(self, inputs: list[Tensor]) -> Tensor:
        x, present = inputs
        present = present[:, self.which]
        present = ops.reshape(present, (-1, *[1] * (len(x.shape) - 1)))
        return ops.where(present > 0, x, ops.convert_to_tensor(self.absent))


@register
class Gates(BaseLayer):
    """Compute a gate between 0 and 2 per row and branch; all start at 1.

    From all `branches` side by side, (n_samples, width), to (n_samples, n_branches).

    Examples
    --------
    >>> Gates(["text", "photo"])(np.ones((1, 5))).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, branches: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.branches = list(branches)

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(
            shape=(input_shape[-1], len(self.branches)), initializer="zeros", name="kernel"
        )
        self.bias = self.add_weight(shape=(len(self.branches),), initializer="zeros", name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        return 2.0 * ops.sigmoid(ops.matmul(inputs, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0], len(self.branches))


@register
class ApplyGate(BaseLayer):
    """Multiply the output of one branch by its gate, that at the position `which`.

    From x, (n_samples, width), and gates, (n_samples, n_branches), to the shape of x.

    Examples
    --------
    >>> ApplyGate(1)([np.ones((1, 2)), np.array([[1.0, 0.5]])]).numpy().tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, which: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.which = which

    def call(self, inputs: list[Tensor]) -> Tensor:
        x, gates = inputs
        return x * gates[:, self.which : self.which + 1]


@register
class StackTokens(BaseLayer):
    """Stack vectors of equal width to tokens, each marked by a learned vector of its own.

    From n_branches tensors (n_samples, width) to (n_samples, n_branches, width).

    Examples
    --------
    >>> StackTokens()([np.ones((2, 4)), np.zeros((2, 4))]).shape
    TensorShape([2, 2, 4])
    """

    def build(self, input_shape: Any) -> None:
        self.marks_initializer = keras.initializers.RandomNormal(stddev=0.02, seed=0)
        self.marks = self.add_weight(
            shape=(len(input_shape), input_shape[0][-1]),
            initializer=self.marks_initializer,
            name="marks",
        )

    def call(self, inputs: list[Tensor]) -> Tensor:
        return ops.stack(inputs, axis=1) + self.marks

    def compute_output_shape(self, input_shape: Any) -> Shape:
        n_samples, width = input_shape[0]
        return (n_samples, len(input_shape), width)
