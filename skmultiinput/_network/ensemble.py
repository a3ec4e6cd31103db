"""Several networks as one that averages their predictions."""

import keras

from skmultiinput.branches._branch import TRUNK

# Name of the layer whose output is the mean; a single network has none.
MEAN = f"{TRUNK}mean"


def mean_of(networks: list[keras.Model]) -> keras.Model:
    """Combine networks that read the same dict of inputs into one, whose output is their mean.

    Their layers become part of it. A single network is returned as it is. After Lakshminarayanan,
    Pritzel, Blundell: Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles,
    NeurIPS 2017.

    Examples
    --------
    >>> import numpy as np
    >>> inputs = {"x": keras.Input((2,), name="x")}
    >>> networks = [
    ...     keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=start)(inputs["x"]))
    ...     for start in ("zeros", "ones")
    ... ]
    >>> float(mean_of(networks)({"x": np.ones((1, 2))})[0, 0])
    1.0
    """
    if len(networks) == 1:
        return networks[0]
    inputs = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for name, tensor in networks[0].input.items()
    }
    dtype = keras.backend.standardize_dtype(networks[0].output.dtype)
    outputs = [
        keras.Model(network.input, network.output, name=f"{TRUNK}{i}")(inputs)
        for i, network in enumerate(networks)
    ]
    return keras.Model(
        inputs, keras.layers.Average(dtype=dtype, name=MEAN)(outputs), name="multi_input"
    )


def networks_of(model: keras.Model) -> list[keras.Model]:
    """Return the networks that `mean_of` has combined, or the single network itself."""
    if MEAN not in {layer.name for layer in model.layers}:
        return [model]
    return [layer for layer in model.layers if isinstance(layer, keras.Model)]
