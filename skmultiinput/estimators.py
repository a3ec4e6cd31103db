"""Both estimators; saved files name them by this module."""

from skmultiinput.classifier import MultiInputClassifier
from skmultiinput.regressor import MultiInputRegressor

__all__ = ["MultiInputClassifier", "MultiInputRegressor"]
