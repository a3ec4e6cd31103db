"""Losses per row: on outputs before their activation, with members, in the unit of the target."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from skmultiinput._fingerprint import fingerprint_or_none
from skmultiinput._layers.base_layer import register
from skmultiinput._layers.quantile_outputs import OrderedQuantiles
from skmultiinput._training.table import TargetScale

# Losses that have an exact form on outputs before their activation.
_FROM_LOGITS = {
    ("binary_crossentropy", "sigmoid"),
    ("sparse_categorical_crossentropy", "softmax"),
    ("categorical_crossentropy", "softmax"),
}
# Losses of the difference alone that only change by a factor with the scale of the target: they
# train on standardised targets, each of several with the same weight.
_STANDARDISED = {"mean_squared_error", "mse", "mean_absolute_error", "mae"}
# Losses of quantities that cannot be negative: the network predicts their logarithm.
LOG_LINK = {"poisson", "mean_squared_logarithmic_error", "msle", "gamma", "tweedie"}
# The loss whose outputs are the quantiles of one target.
QUANTILE = "quantile"


def gamma(y_true: Any, y_pred: Any) -> Any:
    """Half the gamma deviance of positive targets, (n_samples, n_outputs) -> (n_samples,)."""
    ratio = y_true / y_pred
    return ops.mean(ratio - ops.log(ratio) - 1, axis=-1)


def tweedie(y_true: Any, y_pred: Any) -> Any:
    """Half the Tweedie deviance of power 1.5, (n_samples, n_outputs) -> (n_samples,)."""
    root = ops.sqrt(y_pred)
    return ops.mean(2 * (y_true / root + root) - 4 * ops.sqrt(y_true), axis=-1)


@register
class PinballLoss(keras.losses.Loss):
    """The pinball loss of quantiles at `levels`, (n_samples, n_quantiles) -> (n_samples,)."""

    def __init__(self, levels: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**{"name": QUANTILE, **kwargs})
        self.levels = tuple(levels)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        error = y_true - y_pred
        levels = ops.convert_to_tensor(np.array(self.levels), dtype=error.dtype)
        return ops.mean(ops.maximum(levels * error, (levels - 1) * error), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "levels": self.levels}


# Losses that Keras does not have, by name.
OWN_LOSSES = {"gamma": gamma, "tweedie": tweedie}


def loss_name(loss: Any) -> str:
    """Return the name of a loss in Keras's snake case, "" where it has none."""
    if isinstance(loss, str):
        return loss
    if isinstance(loss, (keras.losses.Loss, type)):
        return snake_case((loss if isinstance(loss, type) else type(loss)).__name__)
    return str(getattr(loss, "__name__", ""))


def is_auto(loss: Any) -> bool:
    """Return whether the task decides the loss."""
    return loss is None or (isinstance(loss, str) and loss == "auto")


def is_quantile(loss: Any) -> bool:
    """Return whether a loss is the one of quantiles: a function of that name is not."""
    return isinstance(loss, str) and loss == QUANTILE


def from_logits(loss: Any) -> bool:
    """Return whether a loss takes outputs before their activation."""
    options = getattr(loss, "keywords", {})  # of functools.partial
    return bool(options.get("from_logits", getattr(loss, "from_logits", False)))


def snake_case(name: str) -> str:
    """Return the name of a class as Keras writes it in the names of objects.

    Examples
    --------
    >>> snake_case("KLDivergence"), snake_case("MeanIoU")
    ('kl_divergence', 'mean_io_u')
    """
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


@dataclass(frozen=True)
class RowLoss:
    """The loss of each row.

    `loss` is one that Keras takes. `activation` is that of the network's outputs, "linear" where
    the network is a user's own and has applied it already. `key` is equal for losses that compute
    the same; None for one whose content cannot be read.
    """

    loss: Any = field(compare=False)
    activation: Any = "linear"
    key: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", fingerprint_or_none(self.loss))

    @property
    def on_scaled_targets(self) -> bool:
        """Whether training may use scaled targets as they are."""
        is_standardised = isinstance(self.loss, str) and self.loss in _STANDARDISED
        return is_standardised or isinstance(self.loss, PinballLoss)

    def point_prediction(self, prediction: np.ndarray) -> np.ndarray:
        """Return what metrics measure, (n_samples, n_outputs): of quantiles, the median."""
        if isinstance(self.activation, OrderedQuantiles):
            return prediction[:, [self.activation.median]]
        return prediction

    def objective(self, y: Any, raw: Any, scale: Any = None) -> Any:
        """Compute what training minimises, (n_samples,), for outputs before their activation.

        With members, (n_samples, n_members, n_outputs), it is the mean of theirs. `scale` is (3,
        n_outputs): mean and scale of the target, and a divisor; see `scale_rows`.
        """
        if keras.backend.standardize_dtype(raw.dtype) in ("float16", "bfloat16"):
            raw = ops.cast(raw, "float32")
        y = ops.cast(y, raw.dtype) if "float" in keras.backend.standardize_dtype(y.dtype) else y
        if len(raw.shape) == 3:
            n_members = raw.shape[1]
            y = ops.repeat(y, n_members, axis=0)
            rows = self.objective(y, ops.reshape(raw, (-1, raw.shape[2])), scale)
            return ops.mean(ops.reshape(rows, (-1, n_members)), axis=1)
        if (self.loss, self.activation) in _FROM_LOGITS:
            return _reduce(keras.losses.get(self.loss)(y, raw, from_logits=True))
        prediction = keras.activations.get(self.activation)(raw)
        if scale is None or self.on_scaled_targets:
            return self._rows(y, prediction)
        divisor = ops.cast(scale[2, 0], prediction.dtype)
        return self.of_prediction(y, prediction, scale) / divisor

    def recorded(self, y: Any, raw: Any, scale: Any) -> Any:
        """Loss in the unit of the target, for outputs before their activation; as `objective`."""
        prediction = keras.activations.get(self.activation)(raw)
        if len(prediction.shape) == 3:
            prediction = ops.mean(prediction, axis=1)
        return self.of_prediction(ops.cast(y, prediction.dtype), prediction, scale)

    def of_prediction(self, y: Any, prediction: Any, scale: Any = None) -> Any:
        """Loss of predictions in the unit of the target, (n_samples, n_outputs) -> (n_samples,)."""
        if scale is not None:
            # The mean of the target cancels out of a difference, and with it rounding errors.
            scale = ops.cast(scale, keras.backend.standardize_dtype(prediction.dtype))
            mean = 0.0 if self.on_scaled_targets else scale[0]
            y, prediction = y * scale[1] + mean, prediction * scale[1] + mean
        return self._rows(y, prediction)

    def scale_rows(self, y: np.ndarray, weight: np.ndarray, scale: TargetScale | None) -> Any:
        """Return mean, scale and divisor as an array (3, n_outputs), None for unscaled targets.

        The divisor is the loss of predicting the mean: whatever the unit and the loss, training
        starts near an objective of 1, which is what learning rates and clipping are made for.
        """
        if scale is None:
            return None
        rows = np.stack([scale.mean, scale.scale, np.ones_like(scale.mean)]).astype(np.float32)
        if not self.on_scaled_targets:
            constant = np.broadcast_to(np.average(y, axis=0, weights=weight), y.shape)
            loss = np.asarray(self.of_prediction(y, constant.astype(np.float32), rows))
            divisor = float(np.average(loss, weights=weight))
            rows[2] = divisor if np.isfinite(divisor) and divisor > 0 else 1.0
        return rows

    def _rows(self, y: Any, prediction: Any) -> Any:
        name = self.loss if isinstance(self.loss, str) else None
        loss = OWN_LOSSES[name] if name in OWN_LOSSES else keras.losses.get(self.loss)
        # For the name of a class, Keras before 3.4 returns the class, later releases an instance.
        loss = loss() if isinstance(loss, type) else loss
        if (
            isinstance(loss, keras.losses.Loss)
            and type(loss).__call__ is keras.losses.Loss.__call__
        ):
            return _reduce(loss.call(y, prediction))
        return _reduce(loss(y, prediction))


def _reduce(values: Any) -> Any:
    """Take the mean over all axes but the rows."""
    values = ops.convert_to_tensor(values)
    if len(values.shape) == 0:
        raise ValueError(
            "The loss must return one value per row, shape (n_samples,); it returned a single "
            "number. Leave the mean over rows to the training."
        )
    axes = tuple(range(1, len(values.shape)))
    return ops.mean(values, axis=axes) if axes else values
