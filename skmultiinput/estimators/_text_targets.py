"""Targets that are text: amounts become numbers for a regressor, and are no labels."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from skmultiinput.estimators._encoders import CustomTarget, new_target
from skmultiinput.estimators._targets import read_target, refuse_missing
from skmultiinput.preprocessing._reading.amounts import (
    amount_format,
    look_like_amounts,
    read_amounts,
)
from skmultiinput.preprocessing._reading.quantities import NumberFormat


def read_estimator_target(reader: Any, y: Any, *, labels: bool = False) -> np.ndarray:
    """Check the target of an estimator, and read text that holds amounts.

    A regressor keeps the form of its text as ``target_format_``, and reads by it later on. A
    classifier refuses labels that look like amounts, unless it knows by `labels` that they are
    none.
    """
    owner = type(reader).__name__
    labels = labels or isinstance(getattr(y, "dtype", None), pd.CategoricalDtype)
    y = read_target(y, owner)
    if y.dtype.kind not in "OU" or isinstance(new_target(reader), CustomTarget):
        return y
    _refuse_collections(y)
    if is_classifier(reader):
        if not labels:
            _refuse_amounts(y, owner)
        return y
    if not hasattr(reader, "target_format_"):
        reader.target_format_ = amount_format(y)
    return read_quantity(y, reader.target_format_)


def read_quantity(y: np.ndarray, number_format: NumberFormat | None) -> np.ndarray:
    """Read text by a form, if there is one; numbers stay as they are."""
    if number_format is None or y.dtype.kind not in "OU":
        return y
    numbers = read_amounts(y, number_format)
    refuse_missing(np.isnan(numbers))
    return numbers


def _refuse_collections(y: np.ndarray) -> None:
    """Refuse cells that hold several values, such as lists of tags."""
    cell = next((cell for cell in y.flat if isinstance(cell, (list, tuple, set, dict))), None)
    if cell is not None:
        raise ValueError(
            f"y holds cells of type {type(cell).__name__}, e.g. {cell!r:.40}; expected one label "
            "or number per row. Make columns of several labels, e.g. by MultiLabelBinarizer."
        )


def _refuse_amounts(y: np.ndarray, owner: str) -> None:
    """Refuse labels that look like amounts: each would be a class of its own."""
    number_format = look_like_amounts(y)
    if number_format is not None:
        raise ValueError(
            f"y looks like amounts ({number_format.describe()}) with {len(np.unique(y))} different "
            f"values, e.g. {str(y[0])!r}; {owner} would make a class of each. Use "
            "MultiInputRegressor, which reads them as numbers. If they are labels after all, pass "
            "y as a pandas category."
        )
