"""Validation rows of early stopping by group and in time."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small import SMALL

from skmultiinput import MultiInputClassifier, MultiInputRegressor, evaluate, fit_out_of_core
from skmultiinput.estimators._validation_split import split_by_group, split_in_time

RNG = np.random.default_rng(0)
ROWS = np.arange(1000)
GROUPS = RNG.integers(0, 200, 1000)
LABELS = (RNG.random(1000) < 0.1).astype(int)
# The groups are known by their place; their target is noise.
PLACES = pd.DataFrame({"a": RNG.normal(size=200)[GROUPS], "b": RNG.normal(size=200)[GROUPS]})
NOISE = RNG.normal(size=200)[GROUPS]


def test_no_group_is_on_both_sides():
    training, validation = split_by_group(ROWS, GROUPS, 0.15, np.random.default_rng(0), y=LABELS)
    assert np.intersect1d(GROUPS[training], GROUPS[validation]).size == 0
    assert sorted([*training, *validation]) == ROWS.tolist()
    assert 0.13 < len(validation) / 1000 < 0.17
    assert abs(LABELS[validation].mean() - LABELS.mean()) < 0.02


def test_groups_differ_between_networks():
    splits = [split_by_group(ROWS, GROUPS, 0.15, np.random.default_rng(i))[1] for i in range(2)]
    assert len(np.intersect1d(*splits)) < 0.5 * len(splits[0])


def test_a_rare_class_is_on_both_sides_if_its_groups_allow():
    rare = np.isin(GROUPS, [3, 4]).astype(int)
    training, validation = split_by_group(ROWS, GROUPS, 0.15, np.random.default_rng(1), y=rare)
    assert rare[training].any()
    assert rare[validation].any()


def test_the_latest_rows_are_set_aside():
    times = RNG.permutation(1000)
    training, validation = split_in_time(ROWS, times, 0.2)
    assert times[training].max() < times[validation].min()
    assert len(validation) == 200


def test_rows_of_one_day_stay_together_and_so_do_groups():
    days = np.repeat([1, 2, 3, 4], 250)
    training, validation = split_in_time(ROWS, days, 0.1, groups=GROUPS)
    assert set(days[validation]) == {4}
    assert np.intersect1d(GROUPS[training], GROUPS[validation]).size == 0
    with pytest.raises(ValueError, match="leaves no row to train on"):
        split_in_time(ROWS, days, 0.1, groups=np.zeros(1000))


def test_early_stopping_sees_no_row_of_the_groups_it_trains_on():
    """Learning groups by heart looks like progress where their rows are on both sides."""
    model = MultiInputRegressor(**{**SMALL, "hidden_units": (256,), "epochs": 30})
    by_heart = model.fit(PLACES, NOISE).history_["val_loss"]
    honest = model.fit(PLACES, NOISE, groups=GROUPS).history_["val_loss"]
    assert np.argmin(by_heart) > np.argmin(honest) + 5


class Recorder(BaseEstimator):
    """A sampler that keeps its rows: those of training, without the validation rows."""

    seen: list = []

    def fit_resample(self, X, y):
        self.seen.append(np.asarray(X)[:, 0])
        return X, y


@pytest.mark.parametrize("kept_whole", [True, False])
def test_evaluate_keeps_groups_together_inside_its_fits_too(kept_whole):
    Recorder.seen.clear()
    folds = list(GroupKFold(2).split(PLACES, groups=GROUPS))
    model = MultiInputClassifier(**SMALL, sampler=Recorder())
    groups = GROUPS if kept_whole else None
    evaluate(model, PLACES, LABELS, cv=folds, groups=groups, scoring="roc_auc")
    parted = []
    for (train, _), places in zip(folds, Recorder.seen, strict=True):
        trained_on = pd.Series(places).round(4).value_counts()
        in_fold = PLACES["a"].iloc[train].round(4).value_counts()
        assert len(places) < len(train)  # some rows are validated on
        parted.append((trained_on < in_fold.reindex(trained_on.index)).any())
    assert parted == [not kept_whole] * 2


HOURS = pd.date_range("2024-01-01", periods=1000, freq="h")[::-1]
PERIODS = pd.period_range("2024-01-01", periods=1000, freq="h")[::-1]


@pytest.mark.parametrize("times", [None, HOURS, HOURS.tz_localize("Asia/Tokyo"), PERIODS])
def test_a_fit_validates_on_the_latest_rows(times):
    """The first half is noise; what is learned holds in the second half, or does not."""
    y = pd.Series(np.r_[np.zeros(850), 100 * np.ones(150)])
    X = pd.DataFrame({"a": RNG.normal(size=1000)})
    if times is not None:
        X, y = X[::-1].reset_index(drop=True), y[::-1].reset_index(drop=True)
    model = MultiInputRegressor(**SMALL, validation="time").fit(X, y, times=times)
    assert min(model.history_["val_loss"]) > 9000
    assert np.abs(model.predict(X)).max() < 50


def test_groups_are_routed_through_a_pipeline_and_cross_validation():
    network = MultiInputClassifier(**SMALL)
    params = {"multiinputclassifier__groups": GROUPS}
    pipe = make_pipeline(StandardScaler().set_output(transform="pandas"), network)
    plain = cross_validate(
        pipe,
        PLACES,
        LABELS,
        cv=list(GroupKFold(3).split(PLACES, groups=GROUPS)),
        params=params,
        error_score="raise",
    )["test_score"]
    with config_context(enable_metadata_routing=True):
        routed = make_pipeline(
            StandardScaler().set_output(transform="pandas"),
            MultiInputClassifier(**SMALL).set_fit_request(groups=True),
        )
        scores = cross_validate(
            routed, PLACES, LABELS, cv=GroupKFold(3), params={"groups": GROUPS}, error_score="raise"
        )["test_score"]
    np.testing.assert_allclose(scores, plain)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"groups": np.zeros(1000)}, "holds one group only"),
        ({"groups": GROUPS[:10]}, "inconsistent numbers of samples"),
        ({"groups": np.where(ROWS == 5, np.nan, 1.0)}, "groups contains NaN: 1 of 1000"),
        ({"times": ["yesterday"] * 1000}, "pandas.to_datetime"),
    ],
)
def test_metadata_that_cannot_be_used_is_named(metadata, message):
    how = "time" if "times" in metadata else "random"
    model = MultiInputRegressor(**SMALL, validation=how)
    with pytest.raises(ValueError, match=message):
        model.fit(PLACES, NOISE, **metadata)


def test_kept_fits_are_told_apart_by_groups(tmp_path):
    model = MultiInputRegressor(**SMALL, memory=tmp_path)
    first = model.fit(PLACES, NOISE, groups=GROUPS).history_
    assert model.fit(PLACES, NOISE).history_ != first
    assert model.fit(PLACES, NOISE, groups=GROUPS).history_ == first


def test_out_of_core_cannot_validate_in_time():
    model = MultiInputRegressor(**SMALL, validation="time")
    with pytest.raises(ValueError, match="validation='time'"):
        fit_out_of_core(model, lambda: [(PLACES, NOISE)])
