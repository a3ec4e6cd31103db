"""Plots in scikit-learn's form: an object with the data, which can be drawn again elsewhere."""

from skmultiinput.displays._costs import CostCurveDisplay
from skmultiinput.displays._embedding import EmbeddingDisplay
from skmultiinput.displays._history import TrainingHistoryDisplay
from skmultiinput.displays._importance import GroupImportanceDisplay

__all__ = [
    "CostCurveDisplay",
    "EmbeddingDisplay",
    "GroupImportanceDisplay",
    "TrainingHistoryDisplay",
]
