"""No step ever sees a held-out row: spies in every step, and a table of noise that gives away
its labels to anything that peeks."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import StratifiedKFold, cross_val_score

from skmultiinput import MultiInputClassifier, MultiInputSMOTE
from skmultiinput.estimators import _fit
from skmultiinput.preprocessing import make_preprocessor

SMALL = {"hidden_units": (8,), "n_members": 2, "n_estimators": 1, "epochs": 3, "random_state": 0}
SEEN: dict[str, list] = {}


class SpyTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_, self.feature_names_in_ = X.shape[1], np.array(X.columns, dtype=object)
        SEEN.setdefault("transformer", []).append(set(X["row"]))
        return self

    def transform(self, X):
        return X


class SpySampler(RandomOverSampler):
    def __init__(self, name="sampler", random_state=None):
        super().__init__(random_state=random_state)
        self.name = name

    def fit_resample(self, X, y):
        SEEN.setdefault(self.name, []).append(set(X["numeric__row"]))
        return super().fit_resample(X, y)


class SpyClassifier(MultiInputClassifier):
    def fit(self, X, y, sample_weight=None):
        SEEN.setdefault("classifier", []).append(set(X["numeric__row"]))
        return super().fit(X, y, sample_weight)


@pytest.fixture(autouse=True)
def spy_on_tables(monkeypatch):
    prepare = _fit.prepare_table

    def prepare_table(config, data, *args):
        split, *rest = prepare(config, data, *args)
        names = list(data.X.columns)
        if "numeric__row" not in names:
            return split, *rest
        j = names.index("numeric__row")
        rows = split.table.inputs["numeric"][:, j]
        SEEN.setdefault("trained", []).append(set(rows[split.training]))
        SEEN.setdefault("validated", []).append(set(rows[split.validation]))
        return split, *rest

    monkeypatch.setattr(_fit, "prepare_table", prepare_table)


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"row": np.arange(300.0), "x": rng.normal(size=300)})
    return X, (rng.random(300) < 0.2).astype(int)


def test_no_step_sees_a_held_out_row(table):
    X, y = table
    SEEN.clear()
    pipeline = Pipeline(
        [
            (
                "preprocess",
                ColumnTransformer([("numeric", SpyTransformer(), ["row", "x"])]).set_output(
                    transform="pandas"
                ),
            ),
            ("balance", SpySampler()),
            ("model", SpyClassifier(**SMALL, sampler=SpySampler("inner"))),
        ]
    )
    folds = list(StratifiedKFold(3, shuffle=True, random_state=0).split(X, y))
    cross_val_score(pipeline, X, y, cv=folds, scoring="roc_auc")
    assert set(SEEN) == {
        "transformer",
        "sampler",
        "classifier",
        "inner",
        "trained",
        "validated",
    }  # every spy was there
    for name, fits in SEEN.items():
        assert len(fits) == len(folds)
        for seen, (_, held_out) in zip(fits, folds, strict=True):
            assert not seen & set(X["row"].iloc[held_out]), name


def test_the_inner_sampler_never_sees_validation_rows(table):
    X, y = table
    SEEN.clear()
    frame = X.add_prefix("numeric__")
    SpyClassifier(**SMALL, sampler=SpySampler("inner")).fit(frame, y)
    assert SEEN["validated"][0]
    assert not SEEN["inner"][0] & SEEN["validated"][0]
    assert not SEEN["trained"][0] & SEEN["validated"][0]


def test_marked_synthetic_rows_are_never_validated_on(table):
    X, y = table
    SEEN.clear()
    frame, labels = MultiInputSMOTE(random_state=0).fit_resample(X.add_prefix("numeric__"), y)
    SpyClassifier(**SMALL).fit(frame, labels)
    real = set(X["row"].to_numpy(dtype=np.float32))
    assert SEEN["validated"][0] <= real
    assert not SEEN["trained"][0] <= real


@pytest.mark.parametrize("treatment", ["target", "embedding", "hash", "embedding+target"])
def test_noise_stays_noise(treatment):
    """Levels seen once or twice give their labels away to anything that does not cross-fit."""
    rng = np.random.default_rng(0)
    n = 600
    X = pd.DataFrame(
        {
            "city": rng.integers(250, size=n).astype(str),
            "product": rng.integers(60, size=n).astype(str),
            "x": rng.normal(size=n),
        }
    ).assign(city=lambda X: "c" + X["city"], product=lambda X: "p" + X["product"])
    y = rng.integers(2, size=n)
    pipeline = Pipeline(
        [
            ("preprocess", make_preprocessor(high_cardinality=treatment, random_state=0)),
            ("balance", MultiInputSMOTE(random_state=0)),
            ("model", MultiInputClassifier(**{**SMALL, "epochs": 30})),
        ]
    )
    scores = cross_val_score(
        pipeline, X, y, cv=StratifiedKFold(4, shuffle=True, random_state=0), scoring="roc_auc"
    )
    # Standard error of a mean AUC of 4 x 150 rows of noise: about 0.024.
    assert abs(scores.mean() - 0.5) < 0.08
