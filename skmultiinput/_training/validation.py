"""The losses and metrics of an epoch, whoever has trained it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from skmultiinput._keras.backend import to_numpy
from skmultiinput._training.losses import RowLoss
from skmultiinput._training.schedule import NamedMetric, measure
from skmultiinput._training.table import SplitTable

# Predicts some rows of the table, given their numbers.
PredictRows = Callable[[np.ndarray], np.ndarray]


class Validation:
    """Evaluates networks on the rows of a table."""

    def __init__(self, split: SplitTable, loss: RowLoss, metrics: Sequence[NamedMetric]) -> None:
        self.split, self.loss, self.metrics = split, loss, metrics
        table, rows = split.table, split.training
        self.scale = loss.scale_rows(table.y[rows], table.weight[rows], table.scale)

    def evaluate(self, predict: PredictRows) -> tuple[float | None, dict[str, Any]]:
        """Return the loss that early stopping watches, and what is recorded.

        Recorded losses and metrics are in the unit of the target. Without validation rows, the
        former is None.
        """
        score: float | None = None
        logs: dict[str, Any] = {}
        if self.metrics:
            logs |= self._measure(predict(self.split.training), self.split.training, "")
        if len(self.split.validation):
            prediction = predict(self.split.validation)
            score, logs["val_loss"] = self._losses(prediction, self.split.validation)
            if self.metrics:
                logs |= self._measure(prediction, self.split.validation, "val_")
        return score, logs

    def _losses(self, prediction: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
        table = self.split.table
        y, weight = table.y[rows], table.weight[rows]
        recorded = self._mean(self.loss.of_prediction(y, prediction, self.scale), weight)
        if self.scale is None or not self.loss.on_scaled_targets:
            return recorded, recorded
        # Of several outputs, each counts alike.
        return self._mean(self.loss.of_prediction(y, prediction), weight), recorded

    @staticmethod
    def _mean(values: Any, weight: np.ndarray) -> float:
        return float(np.average(to_numpy(values), weights=weight))

    def _measure(self, prediction: np.ndarray, rows: np.ndarray, prefix: str) -> dict[str, Any]:
        table = self.split.table
        y = table.y[rows]
        if table.scale is not None:
            prediction = self.loss.point_prediction(prediction)
            y, prediction = table.scale.undo(y), table.scale.undo(prediction)
        return measure(self.metrics, y, prediction, table.weight[rows], prefix)
