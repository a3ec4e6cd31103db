"""Code that depends on Keras's backend: compiling, reading variables, gradients, moving tables.

This is the only module with code for one of them.
"""

import functools
import itertools
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

# A tensor of Keras's backend.
Tensor: TypeAlias = Any

# From this size on, in bytes, TensorFlow shares the memory of a table instead of copying it.
SHARED_BYTES = 2**20
ROWS_AT_A_TIME = 2**16
# Whether a pass is compiled that TensorFlow alone will run, on a processor.
_FOR_PROCESSOR = ContextVar("for_processor", default=False)


def _is(name: str) -> bool:
    return keras.backend.backend() == name


def refuse_distribution(owner: str, *, loading: bool = False) -> None:
    """Raise if a TensorFlow strategy is in scope; to load, only one that distributes variables."""
    if not _is("tensorflow"):
        return
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    one_device = isinstance(tf.distribute.get_strategy(), tf.distribute.OneDeviceStrategy)
    if tf.distribute.has_strategy() and not (loading and one_device):
        strategy = type(tf.distribute.get_strategy()).__name__
        what = "loaded" if loading else "fitted"
        raise RuntimeError(
            f"{owner} cannot be {what} under tf.distribute.{strategy}: one fit uses one device. "
            "Leave the strategy's scope, and use several devices by fitting several estimators at "
            "once, e.g. GridSearchCV(n_jobs=...) or dask_backend()."
        )


def compile_function(function: Callable, *, xla: bool = False) -> Callable:
    """Compile a pure function of tensors, by `xla`, as JAX always does, to one XLA program."""
    if _is("jax"):
        import jax  # noqa: PLC0415 - only under this backend

        return jax.jit(function)
    if _is("torch"):
        import torch  # noqa: PLC0415 - likewise

        # Predictions only: epochs are left to Keras.
        return torch.no_grad()(function)
    import tensorflow as tf  # noqa: PLC0415 - likewise

    # TensorFlow counts how often a function is traced, and takes the methods of all programs for
    # one function that is traced again and again. A partial is counted by itself. AutoGraph, which
    # rewrites Python's own loops and conditions, takes most of the time of the first call, and
    # Keras, too, leaves layers and losses as they are.
    return tf.function(
        functools.partial(function), jit_compile=xla, reduce_retracing=True, autograph=False
    )


def traced_graph() -> Any:
    """Return the graph that TensorFlow is just tracing a function into, None if there is none."""
    if not _is("tensorflow"):
        return None
    import tensorflow as tf  # noqa: PLC0415 - likewise

    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()


def is_unknown_to_xla(error: Exception) -> bool:
    """Return whether XLA has refused a function for an operation that it does not know."""
    if not _is("tensorflow"):
        return False
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    refused = isinstance(error, tf.errors.InvalidArgumentError)
    return refused and "unsupported operations" in str(error)


def compile_for_any_batch(
    function: Callable, weights: list[Tensor], batch: Iterable[Any]
) -> "_ForAnyBatch | _TensorFlowForAnyBatch":
    """Compile ``function(*weights, *rows) -> tensor`` for any number of rows.

    `weights` and `batch` have the shapes and dtypes of all that follow, but for the number of rows.
    Of what is returned, ``of_values(weights, rows)`` calls the function with weights that are
    tensors; ``mean(sources, rows)`` is the mean over networks, with the values that the variables
    of each have at that time: `sources` is a list of what `sources_of` gives.
    """
    if _is("tensorflow"):
        return _TensorFlowForAnyBatch(function, weights, batch)
    return _ForAnyBatch(function)


class _ForAnyBatch:
    def __init__(self, function: Callable) -> None:
        self.function = compile_function(function)

    def of_values(self, weights: list[Tensor], rows: list[Tensor]) -> Tensor:
        return self.function(*weights, *rows)

    def mean(self, sources: list[list[Any]], rows: list[Tensor]) -> Tensor:
        outputs = [self.function(*tensors_of(variables), *rows) for variables in sources]
        return _mean(outputs)


class _TensorFlowForAnyBatch:
    """TensorFlow's, which takes longer to sort arguments than to compute a row.

    It would otherwise make one program for the first number of rows it meets, and one for any
    number later. The two may round differently, so that a prediction would depend on what was
    predicted before.
    """

    def __init__(self, function: Callable, weights: list[Tensor], batch: Iterable[Any]) -> None:
        import tensorflow as tf  # noqa: PLC0415 - only under this backend

        self.run = tf.raw_ops.StatefulPartitionedCall
        self.fixed = [tf.TensorSpec(value.shape, value.dtype) for value in weights]
        self.free = [tf.TensorSpec([None, *values.shape[1:]], values.dtype) for values in batch]
        signature = [*self.fixed, *self.free]
        compiled = tf.function(function, input_signature=signature, autograph=False)
        before = _FOR_PROCESSOR.set(not _has_accelerator())
        try:
            self.concrete = compiled.get_concrete_function()
        finally:
            _FOR_PROCESSOR.reset(before)
        self.types = [output.dtype for output in self.concrete.outputs]
        self.means: dict[int, Any] = {}

    def of_values(self, weights: list[Tensor], rows: list[Tensor]) -> Tensor:
        return self._call(self.concrete, [*weights, *rows])

    def mean(self, sources: list[list[Any]], rows: list[Tensor]) -> Tensor:
        n = len(sources)
        if n not in self.means:
            self.means[n] = self._compile_mean(n)
        return self._call(self.means[n], [*itertools.chain(*sources), *rows])

    def _call(self, concrete: Any, arguments: list[Any]) -> Tensor:
        # Calling `concrete` itself takes several times as long as it takes to compute a row.
        arguments += concrete.captured_inputs  # constants of a user's layers
        return self.run(args=arguments, Tout=self.types, f=concrete)[0]

    def _compile_mean(self, n_estimators: int) -> Any:
        """Compile it for the handles of variables: read from Python, each takes 10 us a call."""
        import tensorflow as tf  # noqa: PLC0415 - only under this backend

        n_weights = len(self.fixed)

        def mean(*arguments: Any) -> Tensor:
            rows = arguments[n_estimators * n_weights :]
            outputs = []
            for i in range(n_estimators):
                handles = arguments[i * n_weights : (i + 1) * n_weights]
                read = tf.raw_ops.ReadVariableOp
                values = [
                    tf.ensure_shape(read(resource=handle, dtype=spec.dtype), spec.shape)
                    for handle, spec in zip(handles, self.fixed, strict=True)
                ]
                outputs.append(self.concrete(*values, *rows))
            return _mean(outputs)

        handles = [tf.TensorSpec([], tf.resource)] * (n_estimators * n_weights)
        signature = [*handles, *self.free]
        compiled = tf.function(mean, input_signature=signature, autograph=False)
        return compiled.get_concrete_function()


def _mean(outputs: list[Tensor]) -> Tensor:
    return outputs[0] if len(outputs) == 1 else sum(outputs) / len(outputs)


def to_numpy(value: Any) -> np.ndarray:
    """Return a variable or tensor as an ndarray.

    Keras's own function calls ``np.array``, whose protocol TensorFlow's tensors speak in an old
    form that NumPy 2 warns of.
    """
    if not _is("tensorflow"):
        return ops.convert_to_numpy(value)
    return ops.convert_to_tensor(value).numpy()


def sources_of(variables: list[keras.Variable]) -> list[Any]:
    """Return what the values of variables are read from, at each call."""
    return [v.value.handle for v in variables] if _is("tensorflow") else list(variables)


def tensors_of(variables: list[keras.Variable]) -> list[Tensor]:
    """Return the values of variables as tensors, which compiled functions take faster."""
    if not _is("tensorflow"):
        return [ops.convert_to_tensor(v) for v in variables]
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    read = tf.raw_ops.ReadVariableOp
    return [read(resource=v.value.handle, dtype=v.value.dtype) for v in variables]


def value_and_gradient(
    function: Callable, theta: Tensor, *arguments: Any
) -> tuple[tuple[Tensor, Any], Tensor]:
    """Return ``(value, auxiliary), gradient`` of a function that returns value and auxiliary."""
    if _is("jax"):
        import jax  # noqa: PLC0415 - only under this backend

        return jax.value_and_grad(function, has_aux=True)(theta, *arguments)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    with tf.GradientTape() as tape:
        tape.watch(theta)
        value, auxiliary = function(theta, *arguments)
    return (value, auxiliary), tape.gradient(value, theta)


def weighted_rows(table: Tensor, codes: Tensor, weight: Tensor, *, training: bool) -> Tensor:
    """Add up rows of a table, (size, width), each times a weight: (n_samples, width).

    Codes and weights are (n_samples, length). Where gradients will be needed, in `training`,
    TensorFlow takes half as long by a product with a sparse matrix, which neither XLA nor other
    runtimes know.

    Examples
    --------
    >>> table = np.array([[1.0, 0.0], [0.0, 1.0]], dtype="float32")
    >>> codes, weight = np.array([[1, 0, 1]]), np.array([[0.5, 3.0, 2.0]], dtype="float32")
    >>> weighted_rows(table, codes, weight, training=True).numpy().tolist()
    [[3.0, 2.5]]
    """
    floats = keras.backend.standardize_dtype(weight.dtype) in ("float32", "float64")
    if not (training and floats and _is("tensorflow")):
        return ops.einsum("nl,nlw->nw", weight, ops.take(table, codes, axis=0))
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    codes, length = tf.cast(codes, tf.int64), codes.shape[1]
    shape = tf.stack([tf.shape(codes, tf.int64)[0], tf.shape(table, tf.int64)[0]])
    positions = tf.stack([tf.repeat(tf.range(shape[0]), length), tf.reshape(codes, [-1])], axis=1)
    matrix = tf.SparseTensor(positions, tf.reshape(weight, [-1]), shape)
    return tf.sparse.sparse_dense_matmul(matrix, table)


def count_true(flags: Tensor) -> Tensor:
    """Count the true flags, (n_samples, n_features, n_flags), of each row, as int32.

    In compiled predictions up to 248 of them, a multiple of 8, are counted eight at a time.

    Examples
    --------
    >>> count_true(np.array([[[True, False, True]]])).numpy().tolist()
    [[2]]
    """
    n_features, n_flags = flags.shape[1:]
    if not _FOR_PROCESSOR.get() or n_flags not in range(8, 256, 8):
        return ops.sum(ops.cast(flags, "int32"), axis=-1)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    # Each flag is a byte of a number. The product adds all bytes up in the highest one.
    flags = tf.reshape(tf.cast(flags, tf.uint8), (-1, n_features, n_flags // 8, 8))
    total = tf.reduce_sum(tf.bitcast(flags, tf.uint64), axis=-1) * 0x0101010101010101
    return tf.cast(tf.bitwise.right_shift(total, 56), tf.int32)


def convolve(x: Tensor, kernel: Tensor) -> Tensor:
    """Slide filters along steps or over images, with zeros around them.

    TensorFlow adds up its own gradient of the filters thread by thread. Here it is products of
    matrices, which give the same bits for any number of threads. The kernel is (size, width,
    filters) for steps, (rows, columns, channels, filters) for images.

    Examples
    --------
    >>> x, kernel = np.array([[[1.0], [2.0], [4.0]]], "float32"), np.ones((3, 1, 1), "float32")
    >>> to_numpy(convolve(x, kernel)).ravel().tolist()
    [3.0, 7.0, 6.0]
    """
    if not _is("tensorflow"):
        return ops.conv(x, kernel, padding="same", data_format="channels_last")
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    x = ops.convert_to_tensor(x)
    kernel = tf.cast(tf.convert_to_tensor(kernel), x.dtype)

    def of_kernel(x: Tensor, gradient: Tensor) -> Tensor:
        if len(kernel.shape) == 3:
            x, gradient = x[:, None], gradient[:, None]
        rows, columns = (1, *kernel.shape[:-2])[-2:]
        height, width = x.shape[1:3]
        if x.dtype in (tf.float16, tf.bfloat16):
            x, gradient = tf.cast(x, tf.float32), tf.cast(gradient, tf.float32)
        around = [[(size - 1) // 2, size // 2] for size in (rows, columns)]
        x = tf.pad(x, [[0, 0], *around, [0, 0]])
        seen = tf.concat([x[:, :, i : i + width] for i in range(columns)], axis=3)
        by_filter = tf.reshape(gradient, (-1, gradient.shape[-1]))
        products = [
            tf.matmul(
                tf.reshape(seen[:, i : i + height], (-1, seen.shape[-1])),
                by_filter,
                transpose_a=True,
            )
            for i in range(rows)
        ]
        return tf.cast(tf.reshape(tf.concat(products, axis=0), kernel.shape), kernel.dtype)

    @tf.custom_gradient
    def convolution(x: Tensor, kernel: Tensor) -> tuple[Tensor, Callable]:
        def gradients(gradient: Tensor) -> tuple[Tensor, Tensor]:
            of_x = tf.nn.conv_transpose(gradient, kernel, tf.shape(x), 1, "SAME")
            return of_x, of_kernel(x, gradient)

        return ops.conv(x, kernel, padding="same", data_format="channels_last"), gradients

    return convolution(x, kernel)


def to_device(values: np.ndarray, rows: np.ndarray, n_rows: int) -> Tensor:
    """Copy rows of an array to a tensor, with zeros behind them up to `n_rows`.

    TensorFlow makes two copies of an array on its way to the processor's own memory. It takes
    one that begins at a multiple of 64 bytes as it is.
    """
    shape = (n_rows, *values.shape[1:])
    size = int(np.prod(shape)) * values.itemsize
    memory = np.zeros(size + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + size].view(values.dtype).reshape(shape)
    for i in range(0, len(rows), ROWS_AT_A_TIME):
        chunk = rows[i : i + ROWS_AT_A_TIME]
        copy[i : i + len(chunk)] = values[chunk]
    if not _is("tensorflow") or size < SHARED_BYTES or _has_accelerator():
        return ops.convert_to_tensor(copy)
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    return tf.experimental.dlpack.from_dlpack(copy.__dlpack__())


@functools.cache
def _has_accelerator() -> bool:
    import tensorflow as tf  # noqa: PLC0415 - only under this backend

    return bool(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"))
