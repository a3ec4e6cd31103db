"""Conformal intervals and sets by MAPIE around a pipeline, on real tables."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor

DATA = Path(os.environ.get("SKMULTIINPUT_DATA", "no data"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="SKMULTIINPUT_DATA is no folder"),
]


def parts(X, y):
    """Rows to fit on, to conformalize on, and to judge by."""
    X_fit, X_rest, y_fit, y_rest = train_test_split(X, y, train_size=0.3, random_state=0)
    X_held, X_new, y_held, y_new = train_test_split(X_rest, y_rest, random_state=0)
    return X_fit, y_fit, X_held, y_held, X_new, y_new


def pipeline(network):
    return make_pipeline(
        make_preprocessor(random_state=0), network(preset="fast", epochs=15, random_state=0)
    )


def test_intervals_hold_on_california_housing():
    mapie = pytest.importorskip("mapie.regression", reason="an extra of the package")
    table = pd.read_csv(DATA / "california_housing" / "housing.csv")
    y = table.pop("median_house_value")
    X_fit, y_fit, X_held, y_held, X_new, y_new = parts(table, y)
    model = pipeline(MultiInputRegressor).fit(X_fit, y_fit)
    conformal = mapie.SplitConformalRegressor(model, confidence_level=0.9, prefit=True)
    _, intervals = conformal.conformalize(X_held, y_held).predict_interval(X_new)
    inside = (intervals[:, 0, 0] <= y_new) & (y_new <= intervals[:, 1, 0])
    assert 0.88 < inside.mean() < 0.92


def test_sets_hold_on_telco_churn():
    mapie = pytest.importorskip("mapie.classification", reason="an extra of the package")
    table = pd.read_csv(DATA / "telco_churn" / "Telco-Customer-Churn.csv")
    y = (table.pop("Churn") == "Yes").astype(int)
    X_fit, y_fit, X_held, y_held, X_new, y_new = parts(table.drop(columns="customerID"), y)
    model = pipeline(MultiInputClassifier).fit(X_fit, y_fit)
    conformal = mapie.SplitConformalClassifier(model, confidence_level=0.9, prefit=True)
    _, sets = conformal.conformalize(X_held, y_held).predict_set(X_new)
    covered = sets[np.arange(len(sets)), y_new.to_numpy(), 0]
    assert 0.88 < covered.mean() < 0.92
