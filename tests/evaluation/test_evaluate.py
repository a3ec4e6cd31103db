import warnings
from decimal import Decimal

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse, stats
from sklearn import config_context, metrics
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_info, threadpool_limits

from skmultiinput.evaluation._evaluate import evaluate
from skmultiinput.evaluation._evaluation_progress import Progress
from skmultiinput.evaluation._evaluation_task import guess_positive
from skmultiinput.metrics._classification_cost import classification_cost
from skmultiinput.metrics._thresholds import min_cost_threshold
from skmultiinput.preprocessing import make_preprocessor

CV = StratifiedKFold(3, shuffle=True, random_state=1)
COSTS = {"cost_fp": 1, "cost_fn": 10}


@pytest.fixture(scope="module")
def data():
    return make_classification(240, weights=[0.75], flip_y=0.1, random_state=0)


@pytest.fixture(autouse=True)
def one_thread():
    """Many tiny fits of boosted trees wait for each other's threads otherwise."""
    with threadpool_limits(1):
        yield


def model():
    return make_pipeline(StandardScaler(), LogisticRegression())


def test_scores_equal_those_of_cross_validate(data):
    X, y = data
    scores = evaluate(model(), X, y, cv=CV).scores
    names = {
        "roc_auc": "roc_auc",
        "average_precision": "average_precision",
        "precision": "precision",
        "recall": "recall",
        "f1": "f1",
        "balanced_accuracy": "balanced_accuracy",
        "accuracy": "accuracy",
        "log_loss": "neg_log_loss",
        "brier": "neg_brier_score",
    }
    expected = cross_validate(model(), X, y, cv=CV, scoring=list(names.values()))
    for ours, theirs in names.items():
        sign = -1 if theirs.startswith("neg_") else 1
        assert scores[ours].to_numpy() == pytest.approx(sign * expected[f"test_{theirs}"])
    assert scores["n_test"].sum() == len(y)
    assert (scores[["fit_seconds", "predict_seconds"]] >= 0).all(axis=None)


def test_multiclass_scores_equal_those_of_cross_validate():
    X, y = make_classification(300, n_classes=3, n_informative=5, random_state=0)
    labels = np.array(["low", "mid", "top"])[y]
    scores = evaluate(model(), X, labels, cv=CV).scores
    names = {
        "roc_auc": "roc_auc_ovr",
        "f1": "f1_macro",
        "recall": "recall_macro",
        "precision": "precision_macro",
        "log_loss": "neg_log_loss",
        "balanced_accuracy": "balanced_accuracy",
    }
    expected = cross_validate(model(), X, labels, cv=CV, scoring=list(names.values()))
    for ours, theirs in names.items():
        assert scores[ours].to_numpy() == pytest.approx(np.abs(expected[f"test_{theirs}"]))
    proba = cross_val_predict(model(), X, labels, cv=CV, method="predict_proba")
    squares = ((proba - np.eye(3)[y]) ** 2).sum(axis=1)
    assert np.average(scores["brier"], weights=scores["n_test"]) == pytest.approx(squares.mean())


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_regression_scores_equal_those_of_cross_validate(n_outputs):
    X, y = make_regression(120, n_targets=n_outputs, noise=5, random_state=0)
    splits = list(ShuffleSplit(3, random_state=0).split(X))
    result = evaluate(Ridge(), X, y, cv=splits)
    scoring = ["neg_mean_absolute_error", "r2"]
    expected = cross_validate(Ridge(), X, y, cv=splits, scoring=scoring)
    assert result.scores["mae"].to_numpy() == pytest.approx(
        -expected["test_neg_mean_absolute_error"]
    )
    assert result.scores["r2"].to_numpy() == pytest.approx(expected["test_r2"])
    assert result.metrics == ["rmse", "mae", "r2"]
    assert result.out_of_fold().shape == (120, n_outputs)
    never = np.setdiff1d(np.arange(120), np.concatenate([test for _, test in splits]))
    assert result.out_of_fold().isna().any(axis=1).sum() == len(never) > 0


def test_out_of_fold_probabilities_equal_those_of_cross_val_predict(data):
    X, y = data
    frame = pd.DataFrame(X).set_axis(range(1000, 1240))
    labels = np.where(y == 1, "yes", "no")
    oof = evaluate(model(), frame, labels, cv=CV).out_of_fold()
    expected = cross_val_predict(model(), X, y, cv=CV, method="predict_proba")
    assert oof.to_numpy() == pytest.approx(expected)
    assert list(oof.columns) == ["no", "yes"]
    assert oof.index.equals(frame.index)


def test_repetitions_are_averaged_per_row(data):
    X, y = data
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    result = evaluate(model(), X, y, cv=cv)
    total = np.zeros((len(y), 2))
    for train, test in cv.split(X, y):
        total[test] += model().fit(X[train], y[train]).predict_proba(X[test])
    assert result.out_of_fold().to_numpy() == pytest.approx(total / 2)
    ours = evaluate(model(), X, y, cv=2, n_repeats=3, random_state=0)
    assert len(ours.test_indices) == len(ours.scores) == 6
    assert len({tuple(test) for test in ours.test_indices}) == 6


def test_every_model_sees_the_same_stratified_folds(data):
    X, y = data
    result = evaluate(
        model(), X, y, cv=4, baselines={"twin": clone(model())}, name="ours", random_state=3
    )
    ours, twin = (result.scores.loc[name, result.metrics] for name in ["ours", "twin"])
    pd.testing.assert_frame_equal(ours, twin)
    positives = [y[test].sum() for test in result.test_indices]
    assert max(positives) - min(positives) <= 1
    assert sorted(np.concatenate(result.test_indices)) == list(range(len(y)))
    again = evaluate(model(), X, y, cv=4, random_state=3)
    assert all(map(np.array_equal, result.test_indices, again.test_indices))
    other = evaluate(model(), X, y, cv=4, random_state=4)
    assert not all(map(np.array_equal, result.test_indices, other.test_indices))


def test_groups_are_never_split(data):
    X, y = data
    groups = np.arange(len(y)) // 4
    result = evaluate(model(), X, y, cv=3, groups=groups, costs=COSTS, random_state=0)
    for test in result.test_indices:
        assert not set(groups[test]) & set(np.delete(groups, test))
    with pytest.raises(ValueError, match="at least as many groups; got 2"):
        evaluate(model(), X, y, cv=3, groups=groups % 2)


def test_a_splitter_that_parts_groups_is_refused(data):
    X, y = data
    groups = np.arange(len(y)) // 4
    with pytest.raises(ValueError, match=r"Group 0 has rows in .* fold 0: cv ignores groups"):
        evaluate(Broken(), X, y, cv=CV, groups=groups)
    evaluate(model(), X, y, cv=GroupKFold(3), groups=groups)


class Later(LogisticRegression):
    """Refuses to predict rows that come before a training row; the first column is the time."""

    def fit(self, X, y):
        self.last_ = X[:, 0].max()
        return super().fit(X[:, 1:], y)

    def predict_proba(self, X):
        if X[:, 0].min() <= self.last_:
            raise AssertionError("the past was predicted from the future")
        return super().predict_proba(X[:, 1:])


def test_splits_may_be_masks_or_lists(data):
    X, y = data
    splits = [(np.arange(160), np.arange(160, 240)), (np.arange(80, 240), np.arange(80))]
    masks = [tuple(np.isin(np.arange(240), rows) for rows in split) for split in splits]
    lists = [tuple(rows.tolist() for rows in split) for split in splits]
    expected = evaluate(model(), X, y, cv=splits, costs=COSTS)
    for cv in (masks, lists):
        result = evaluate(model(), X, y, cv=cv, costs=COSTS)
        assert result.scores["n_test"].tolist() == [80, 80]
        pd.testing.assert_frame_equal(result.out_of_fold(), expected.out_of_fold())


@pytest.mark.parametrize("costs", [None, COSTS])
def test_metadata_routing_changes_nothing(data, costs):
    X, y = data
    frame = pd.DataFrame(X).add_prefix("x")
    weight = np.random.default_rng(0).integers(1, 4, len(y))
    pipeline = make_pipeline(make_preprocessor(), LogisticRegression())
    options = {"cv": 2, "costs": costs, "baselines": "auto", "random_state": 0}
    expected = evaluate(pipeline, frame, y, sample_weight=weight, **options)
    with config_context(enable_metadata_routing=True):
        result = evaluate(pipeline, frame, y, sample_weight=weight, **options)
        evaluate(pipeline, frame, y, **options)
        refusing = LogisticRegression().set_fit_request(sample_weight=False)
        with pytest.raises(TypeError, match="not routed"):
            evaluate(refusing, X, y, sample_weight=weight)
    pd.testing.assert_frame_equal(result.out_of_fold(), expected.out_of_fold())
    trees = "boosted trees"
    pd.testing.assert_frame_equal(result.out_of_fold(trees), expected.out_of_fold(trees))


def test_numpy_scalars_are_numbers(data):
    X, y = data
    labels = np.where(y == 1, "yes", "no")
    options = {"cv": 3, "n_repeats": 2, "threshold_cv": 2, "pos_label": "yes", "costs": COSTS}
    scalars = {name: np.array([v])[0] for name, v in options.items() if name != "costs"}
    first = evaluate(model(), X, labels, random_state=0, **options)
    second = evaluate(model(), X, labels, random_state=0, **options | scalars)
    pd.testing.assert_frame_equal(first.out_of_fold(), second.out_of_fold())
    assert first.thresholds == second.thresholds


def test_folds_in_time_stay_in_time_inside_too(data):
    X, y = data
    rows = np.column_stack([np.arange(len(y)), X])
    cv = TimeSeriesSplit(4)
    result = evaluate(Later(), rows, y, cv=cv, costs=COSTS, baselines={"same": Later()})
    scores = result.scores.loc["pipeline"]
    assert scores["n_train"].tolist() == [48, 96, 144, 192]
    expected = cross_validate(model().steps[-1][1], X, y, cv=cv, scoring="roc_auc")["test_score"]
    assert scores["roc_auc"].to_numpy() == pytest.approx(expected)
    assert result.out_of_fold().isna().all(axis=1).tolist() == [True] * 48 + [False] * 192
    tested = np.arange(48, 240)
    oof = result.out_of_fold()[1].to_numpy()
    assert result.thresholds["pipeline"] == min_cost_threshold(y[tested], oof[tested], **COSTS)
    assert "4 folds" in result.to_html()
    # The first training rows have one class only: named before anything is fitted.
    with pytest.raises(ValueError, match=r"training rows of fold 0 .*no row of \[1\]"):
        evaluate(Broken(), rows, np.sort(y), cv=cv)
    early = np.r_[np.zeros(30), np.ones(2), y[32:]].astype(int)
    with pytest.raises(ValueError, match="cannot be tuned on the training rows of fold 0"):
        evaluate(Broken(), rows, early, cv=cv, costs=COSTS)
    with pytest.raises(AssertionError, match="from the future"):
        evaluate(Later(), rows, y, cv=4)


def test_the_difference_has_the_corrected_error_of_nadeau_and_bengio(data):
    X, y = data
    result = evaluate(model(), X, y, cv=5, baselines={"prior": DummyClassifier()}, random_state=0)
    apart = (
        result.scores.loc["pipeline", "roc_auc"] - result.scores.loc["prior", "roc_auc"]
    ).to_numpy()
    mean = sum(apart) / 5
    variance = sum((value - mean) ** 2 for value in apart) / 4
    se = ((1 / 5 + 48 / 192) * variance) ** 0.5
    row = result.compare(confidence=0.9).loc[("prior", "roc_auc")]
    assert row["difference"] == pytest.approx(mean)
    assert row["se"] == pytest.approx(se)
    assert row["high"] == pytest.approx(mean + stats.t.ppf(0.95, 4) * se)
    assert row["p_value"] == pytest.approx(2 * (1 - stats.t.cdf(mean / se, 4)), abs=1e-9)
    assert bool(row["better"])
    assert result.compare().loc[("prior", "log_loss"), "better"]
    summary = result.summary().loc[("pipeline", "roc_auc")]
    assert summary["sd"] == pytest.approx(result.scores.loc["pipeline", "roc_auc"].std())
    assert summary["low"] < summary["mean"] < summary["high"]


def test_the_threshold_is_tuned_on_the_training_rows_alone(data):
    """Whatever happens to the labels of the test rows, the threshold stays."""
    X, y = data
    train, test = next(CV.split(X, y))
    flipped = y.copy()
    flipped[test] = 1 - y[test]
    scores = [
        evaluate(model(), X, labels, cv=[(train, test)], costs=COSTS, random_state=0).scores
        for labels in (y, flipped)
    ]
    assert scores[0]["threshold"].item() == scores[1]["threshold"].item()
    assert scores[0]["cost"].item() != scores[1]["cost"].item()


def test_costs_tune_a_threshold_that_saves_money(data):
    X, y = data
    result = evaluate(model(), X, y, cv=CV, costs=COSTS, baselines={"twin": model()})
    scores = result.scores.loc["pipeline"]
    oof = result.out_of_fold()[1].to_numpy()
    for fold, test in enumerate(result.test_indices):
        decision = (oof[test] >= scores.loc[fold, "threshold"]).astype(int)
        assert scores.loc[fold, "cost"] == classification_cost(y[test], decision, **COSTS)
        assert scores.loc[fold, "recall"] == metrics.recall_score(y[test], decision)
        half = (oof[test] >= 0.5).astype(int)
        assert scores.loc[fold, "cost_at_0.5"] == classification_cost(y[test], half, **COSTS)
    gain = result.threshold_gain()
    assert gain.loc["pipeline", "difference"] < 0
    assert gain.loc["pipeline"].equals(gain.loc["twin"])
    assert result.thresholds["pipeline"] == min_cost_threshold(y, oof, **COSTS)


def test_costs_per_row_and_the_bayes_threshold(data):
    X, y = data
    amounts = np.random.default_rng(0).uniform(1, 20, len(y))
    costs = {"cost_fp": 1, "cost_fn": amounts}
    result = evaluate(model(), X, y, cv=CV, costs=costs, threshold="bayes")
    oof = result.out_of_fold()[1].to_numpy()
    decision = (oof >= 1 / (1 + amounts)).astype(int)
    for fold, test in enumerate(result.test_indices):
        expected = classification_cost(y[test], decision[test], cost_fp=1, cost_fn=amounts[test])
        assert result.scores.loc[("pipeline", fold), "cost"] == pytest.approx(expected)
    assert "threshold" not in result.scores
    tuned = evaluate(model(), X, y, cv=CV, costs=costs, random_state=0)
    assert tuned.threshold_gain().loc["pipeline", "difference"] < 0


def test_labels_are_predicted_by_the_model_itself_without_costs(data):
    X, y = data
    tuned = TunedThresholdClassifierCV(model(), scoring="recall", cv=3)
    scores = evaluate(tuned, X, y, cv=CV, scoring=["recall"]).scores["recall"]
    assert scores.to_numpy() == pytest.approx(
        cross_validate(tuned, X, y, cv=CV, scoring="recall")["test_score"]
    )


def test_a_matrix_takes_the_decision_of_least_expected_cost():
    X, y = make_classification(300, n_classes=3, n_informative=5, random_state=0)
    matrix = np.array([[0, 1, 1], [9, 0, 1], [9, 1, 0]])
    result = evaluate(model(), X, y, cv=CV, costs=matrix)
    proba = result.out_of_fold().to_numpy()
    expected = [[sum(p[i] * matrix[i, j] for i in range(3)) for j in range(3)] for p in proba]
    cost = matrix[y, np.argmin(expected, axis=1)]
    by_fold = [cost[test].mean() for test in result.test_indices]
    assert result.scores["cost"].to_numpy() == pytest.approx(by_fold)
    assert result.scores["cost"].mean() < result.scores["cost_argmax"].mean()


def test_a_matrix_of_two_classes_is_the_four_costs(data):
    X, y = data
    matrix = pd.DataFrame([[0, 1], [10, 0]], index=[0, 1], columns=[0, 1])
    results = [evaluate(model(), X, y, cv=CV, costs=c, random_state=0) for c in (matrix, COSTS)]
    columns = ["cost", "cost_at_0.5", "threshold"]
    pd.testing.assert_frame_equal(results[0].scores[columns], results[1].scores[columns])


def test_weights_count_in_fitting_and_in_the_metrics(data):
    X, y = data
    rng = np.random.default_rng(0)
    weight = rng.integers(1, 5, len(y))
    result = evaluate(
        model(), X, y, cv=CV, sample_weight=weight, baselines={"b": LogisticRegression()}
    )
    for fold, (train, test) in enumerate(CV.split(X, y)):
        fitted = model().fit(X[train], y[train], logisticregression__sample_weight=weight[train])
        proba = fitted.predict_proba(X[test])
        expected = metrics.log_loss(y[test], proba, sample_weight=weight[test])
        assert result.scores.loc[("pipeline", fold), "log_loss"] == pytest.approx(expected)


def test_weights_count_in_scorers_of_scikit_learn(data):
    X, y = data
    weight = np.random.default_rng(0).integers(1, 9, len(y))

    def own(estimator, X, y, sample_weight=None):
        return sample_weight.sum()

    scoring = {
        "ours": "log_loss",
        "theirs": "neg_log_loss",
        "own": own,
        "unweighted": lambda estimator, X, y: len(y),
    }
    scores = evaluate(model(), X, y, cv=CV, sample_weight=weight, scoring=scoring).scores
    np.testing.assert_allclose(-scores["theirs"], scores["ours"])
    assert scores["own"].tolist() == [weight[test].sum() for _, test in CV.split(X, y)]
    assert scores["unweighted"].tolist() == scores["n_test"].tolist()


def test_auto_baselines_stand_on_the_pipelines_preprocessing(data):
    X, y = data
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    frame["plan"] = pd.Categorical(np.random.default_rng(0).choice(["a", "b"], len(y)))
    preprocess = make_column_transformer(
        (StandardScaler(), [f"x{j}" for j in range(X.shape[1])]),
        (OneHotEncoder(sparse_output=False), ["plan"]),
    ).set_output(transform="pandas")
    pipeline = make_pipeline(preprocess, HistGradientBoostingClassifier(max_iter=5))
    result = evaluate(pipeline, frame, y, cv=2, baselines="auto", random_state=0)
    assert result.models == ["pipeline", "prior", "logistic regression", "boosted trees"]
    assert (result.scores.loc["prior", "roc_auc"] == 0.5).all()
    assert (result.scores.loc["logistic regression", "roc_auc"] > 0.75).all()


def test_progress_reports_every_fold_of_every_model(data):
    X, y = data
    events = []
    evaluate(model(), X, y, cv=2, baselines={"b": model()}, progress=events.append)
    assert [(p.done, p.model, p.fold, p.scores is None) for p in events] == [
        (0, "pipeline", 0, True),
        (1, "pipeline", 0, False),
        (1, "pipeline", 1, True),
        (2, "pipeline", 1, False),
        (2, "b", 0, True),
        (3, "b", 0, False),
        (3, "b", 1, True),
        (4, "b", 1, False),
    ]
    assert all(isinstance(p, Progress) and p.total == 4 for p in events)


def test_two_jobs_give_the_same_answer(data):
    X, y = data
    one = evaluate(model(), X, y, cv=CV, costs=COSTS, random_state=0)
    with joblib.parallel_config(backend="threading"):
        two = evaluate(model(), X, y, cv=CV, costs=COSTS, random_state=0, n_jobs=2)
    pd.testing.assert_frame_equal(one.out_of_fold(), two.out_of_fold())
    pd.testing.assert_frame_equal(
        one.scores[[*one.metrics, "threshold"]], two.scores[[*two.metrics, "threshold"]]
    )


def test_scorers_of_scikit_learn_beside_own_metrics(data):
    X, y = data
    scoring = {"auc": "roc_auc", "loss": "neg_log_loss", "rows": lambda m, X, y: len(y)}
    result = evaluate(model(), X, y, cv=CV, scoring=scoring)
    assert set(result.metrics) == {"auc", "loss", "rows"}
    assert (result.scores["rows"] == 80).all()
    assert (result.scores["loss"] < 0).all()


def test_nothing_that_was_passed_is_changed(data):
    X, y = data
    frame, before = pd.DataFrame(X), pd.DataFrame(X.copy())
    pipeline = model()
    evaluate(pipeline, frame, y, cv=2, costs=COSTS, baselines="auto")
    pd.testing.assert_frame_equal(frame, before)
    assert not hasattr(pipeline[-1], "coef_")


@pytest.mark.parametrize("container", [list, np.asarray, pd.DataFrame, sparse.csr_matrix])
def test_containers(data, container):
    X, y = data
    # As the StandardScaler of a sparse matrix cannot centre, the bare model is evaluated.
    result = evaluate(LogisticRegression(), container(X), y, cv=CV, costs=COSTS, random_state=0)
    expected = evaluate(LogisticRegression(), X, y, cv=CV, costs=COSTS, random_state=0)
    assert result.scores["log_loss"].to_numpy() == pytest.approx(
        expected.scores["log_loss"].to_numpy(), rel=1e-3
    )


@pytest.mark.parametrize("dtype", ["category", "string", "object", "Int64", "boolean", "bool"])
def test_labels_of_every_pandas_dtype(data, dtype):
    X, y = data
    values = y if dtype in ("Int64", "boolean", "bool") else np.where(y == 1, "yes", "no")
    if dtype.startswith("bool"):
        values = values.astype(bool)
    target = pd.Series(values, index=range(5, 245)).astype(dtype)
    result = evaluate(model(), X, target, cv=CV)
    assert result.pos_label in (1, "yes", True)
    assert result.summary().loc[("pipeline", "roc_auc"), "mean"] > 0.75


@pytest.mark.parametrize(
    "container",
    [
        lambda y: np.asarray(y, dtype=object),
        lambda y: pd.Series(y, dtype=object),
        lambda y: pd.DataFrame({"target": y}),
        lambda y: pd.DataFrame({"target": pd.Series(y, dtype="category")}),
        lambda y: np.asarray(y, dtype=object).reshape(-1, 1),
        list,
    ],
)
@pytest.mark.parametrize("values", [("no", "yes"), (False, True), (0, 1), ("a", "b", "c")])
def test_containers_of_labels(data, container, values):
    X, y = data
    labels = [values[place] for place in (y if len(values) == 2 else np.arange(len(y)) % 3)]
    result = evaluate(model(), X, container(labels), cv=2, random_state=0)
    assert result.classes.tolist() == list(values)
    assert result.pos_label == (values[1] if len(values) == 2 else None)
    assert result.y.dtype != object
    expected = evaluate(model(), X, np.array(labels), cv=2, random_state=0)
    pd.testing.assert_frame_equal(result.out_of_fold(), expected.out_of_fold())


@pytest.mark.parametrize(
    "container",
    [
        lambda y: pd.DataFrame({"amount": y}),
        lambda y: [Decimal(str(value)) for value in y],
        lambda y: pd.Series(y, dtype="Float64"),
        lambda y: np.asarray(y, dtype=object),
        lambda y: pd.DataFrame({"a": pd.Series(y, dtype="Float64"), "b": y > 0}),
    ],
)
def test_containers_of_numbers(container):
    X, y = make_regression(60, random_state=0)
    result = evaluate(Ridge(), X, container(y), cv=2)
    assert result.y.dtype == np.float64
    assert result.y.reshape(60, -1)[:, 0] == pytest.approx(y)


def test_the_rarer_label_is_positive_unless_the_labels_say_it(data):
    X, y = data
    assert guess_positive(["b", "a", "b"]) == "a"
    assert guess_positive([1, 1, 0]) == 1
    assert guess_positive([True, False, True]) is True
    result = evaluate(model(), X, np.where(y == 1, "a", "b"), cv=2)
    assert result.pos_label == "a"
    assert evaluate(model(), X, y, cv=2, pos_label=0).pos_label == 0


class Leak(TransformerMixin, BaseEstimator):
    """Remembers which rows it was fitted on, and refuses to have seen a row that it transforms."""

    def fit(self, X, y=None):
        self.seen_ = set(X[:, 0])
        return self

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X, held_out=False)

    def transform(self, X, held_out=True):
        if held_out and self.seen_ & set(X[:, 0]):
            raise AssertionError("a held-out row was seen in fit")
        return X[:, 1:]


def test_no_held_out_row_is_seen_by_any_step(data):
    X, y = data
    rows = np.column_stack([np.arange(len(y)), X])
    pipeline = make_pipeline(Leak(), StandardScaler(), LogisticRegression())
    evaluate(pipeline, rows, y, cv=3, costs=COSTS, baselines="auto", random_state=0)
    with pytest.raises(AssertionError, match="a held-out row was seen"):
        evaluate(pipeline, rows, y, cv=[(np.arange(200), np.arange(150, 240))])


class Broken(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        raise RuntimeError("no fit today")

    def predict_proba(self, X):
        return np.ones((len(X), 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cv": 100}, r"Class 1 has \d+ row\(s\), but 100 stratified folds"),
        ({"cv": 1}, "at least 2 folds; got 1"),
        ({"scoring": "roc_acu"}, "did you mean 'roc_auc'"),
        ({"costs": {"fp": 1}}, r"dict with cost_fp and cost_fn, .*got \['fp'\]"),
        ({"costs": {"cost_fp": 1, "cost_fn": [1, 2]}}, "cost_fn must be a number or one number"),
        ({"costs": np.eye(3)}, r"costs must be of shape \(2, 2\)"),
        ({"threshold": "tuned"}, "threshold='tuned' needs costs="),
        ({"threshold": "best"}, "threshold must be 'auto'"),
        ({"threshold": 2}, "threshold must be from 0 to 1; got 2"),
        ({"pos_label": "yes"}, "pos_label='yes' is none of the labels"),
        ({"baselines": "all"}, "baselines must be None, 'auto' or a dict"),
        ({"baselines": {"pipeline": LogisticRegression()}}, "rename one of them"),
        ({"baselines": {"r": Ridge()}}, "Baseline 'r' does not suit a binary target"),
        ({"cv": CV, "n_repeats": 2}, "brings its own splits"),
        ({"n_repeats": 0}, "n_repeats must be a positive number"),
        ({"sample_weight": [1, 2]}, "inconsistent numbers of samples"),
        ({"y": [0, 1]}, "inconsistent numbers of samples"),
        ({"y": np.zeros(240)}, "one class only"),
        ({"y": [np.nan] + [1.0] * 239}, r"y has 1 missing value\(s\), the first in row 0"),
        ({"y": pd.Series(["a", None] * 120)}, r"y has 120 missing value\(s\), the first in row 1"),
        ({"y": np.linspace(0, 1, 240)}, "the pipeline is a classifier, but y is 'continuous'|The"),
        ({"y": np.array(["a", "b"] * 120), "costs": COSTS}, "costs need pos_label for the labels"),
        ({"cv": [(np.arange(5), np.arange(5, 240))], "y": [0] * 200 + [1] * 40}, "have no row of"),
    ],
)
def test_wrong_arguments_are_named(data, change, message):
    X, y = data
    arguments = {"X": X, "y": y, **change}
    with pytest.raises(ValueError, match=message):
        evaluate(model(), **arguments)


@pytest.mark.parametrize("several", [{"one": Ridge()}, [Ridge()], None])
def test_one_estimator_is_evaluated(several):
    with pytest.raises(TypeError, match=r"Expected one estimator.* baselines="):
        evaluate(several, pd.DataFrame({"a": range(9)}), range(9))


def test_wrong_models_are_named(data):
    X, y = data
    with pytest.raises(TypeError, match=r"which LinearSVC \(the pipeline\) does not have"):
        evaluate(LinearSVC(), X, y)
    with pytest.raises(TypeError, match="StandardScaler is neither"):
        evaluate(StandardScaler(), X, y)
    with pytest.raises(RuntimeError, match="no fit today") as caught:
        evaluate(model(), X, y, baselines={"broken": Broken()})
    assert "fold 0 of model 'broken'" in "".join(caught.value.__notes__)
    with pytest.raises(ValueError, match="costs are for classifiers"):
        evaluate(Ridge(), X, y, costs=COSTS)


@pytest.mark.parametrize(
    "change",
    [
        {"y": np.array(["a", 1] * 120, dtype=object)},
        {"y": np.array([["a"], {"b"}] * 120, dtype=object)},
        {"sample_weight": -np.ones(240)},
        {"sample_weight": np.full(240, np.nan)},
        {"sample_weight": ["heavy"] * 240},
        {"groups": [None, "a", "b"] * 80},
        {"groups": np.resize([1.0, np.nan, 2.0], 240)},
        {"threshold": [0.5]},
        {"threshold": 1.5},
        {"params": ["sample_weight"]},
        {"threshold_cv": "three"},
        {"costs": COSTS, "threshold_cv": 1},
        {"costs": COSTS, "threshold_cv": StratifiedKFold(3)},
        {"costs": COSTS, "groups": np.arange(240) % 2, "cv": 2},
        {"progress": "loud"},
        {"cv": 0},
        {"scoring": {"n_test": "roc_auc"}},
        {"scoring": {"cost": lambda m, X, y: 1.0}},
        {"baselines": {"svm": LinearSVC()}},
        {"baselines": [DummyClassifier()]},
    ],
)
def test_everything_is_checked_before_the_first_fit(data, change):
    X, y = data
    with pytest.raises((ValueError, TypeError)) as caught:
        evaluate(Broken(), **{"X": X, "y": y, **change})
    assert not getattr(caught.value, "__notes__", [])


@pytest.mark.parametrize("y", [["a", "b"] * 20, [0.0, np.inf] * 20])
def test_a_regressor_needs_finite_numbers(y):
    with pytest.raises(ValueError, match=r"expected numbers|infinite values"):
        evaluate(Ridge(), np.zeros((40, 1)), y)


def test_rare_classes_are_refused_before_anything_is_fitted():
    X = np.zeros((30, 2))
    y = np.array(["often"] * 27 + ["rare"] * 3)
    with pytest.raises(ValueError, match=r"Class 'rare' has 3 row\(s\), but 5"):
        evaluate(Broken(), X, y)
    with pytest.raises(ValueError, match="3 inner folds needs as many"):
        evaluate(Broken(), X, y, cv=3, costs=COSTS, pos_label="rare")


def test_it_can_be_read_by_people(data):
    X, y = data
    result = evaluate(model(), X, np.where(y == 1, "yes", "no"), cv=2, baselines="auto")
    text = repr(result)
    assert "positive class 'yes' (2" in text
    assert "roc_auc" in text
    assert "boosted trees" in text
    assert "±" in text
    assert "<table" in result._repr_html_()
    assert evaluate(model(), X, y, cv=2).compare().empty
    with pytest.raises(KeyError, match="No model 'x'; there are"):
        result.out_of_fold("x")
    with pytest.raises(ValueError, match="threshold_gain needs"):
        result.threshold_gain()


def test_a_confidence_is_no_percentage(data):
    result = evaluate(model(), *data, cv=2)
    with pytest.raises(ValueError, match=r"such as 0\.95; got 95"):
        result.summary(confidence=95)


@pytest.mark.parametrize("convert", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_tables_of_other_libraries(convert):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"age": rng.normal(size=90), "plan": rng.choice(["a", "b"], 90)})
    y = (X["age"] + rng.normal(size=90) > 0).to_numpy()
    pipeline = make_pipeline(make_preprocessor(), LogisticRegression())
    expected, got = (
        evaluate(pipeline, table, y, cv=2, details=True, random_state=0)
        for table in (X, convert(X))
    )
    pd.testing.assert_frame_equal(got.out_of_fold(), expected.out_of_fold())
    assert got.column_profiles.index.tolist() == ["age", "plan"]
    assert "effects" in got.details["pipeline", 0]


def test_one_fold_has_no_spread(data):
    X, y = data
    result = evaluate(model(), X, y, cv=[next(CV.split(X, y))], baselines={"b": model()})
    assert result.summary()["se"].isna().all()
    assert result.compare()["better"].isna().all()
    assert "±" not in repr(result).splitlines()[2]


def test_intervals_end_where_the_metric_does(data):
    X, y = data
    summary = evaluate(model(), X, y, cv=CV).summary()
    result = evaluate(model(), X, y, cv=CV, scoring={"brier": "neg_brier_score"})
    for metric in ("fit_seconds", "predict_seconds", "log_loss"):
        assert summary.loc[("pipeline", metric), "low"] >= 0
    perfect = evaluate(model(), y[:, None] + X * 1e-3, y, cv=CV, scoring=["accuracy"]).summary()
    assert perfect.loc[("pipeline", "accuracy"), "high"] <= 1
    # A scorer of that name has another sign.
    row = result.summary().loc[("pipeline", "brier")]
    assert row["low"] < row["mean"] < row["high"]


def test_the_direction_is_that_of_the_metric_whatever_its_name(data):
    X, y = data
    scoring = {"brier": "neg_brier_score", "surprise": "log_loss", "auc": "roc_auc"}
    baselines = {"prior": DummyClassifier()}
    result = evaluate(model(), X, y, cv=10, scoring=scoring, baselines=baselines)
    assert [result.lower_is_better(name) for name in scoring] == [False, True, False]
    assert result.compare().loc["prior", "better"].all()
    assert [result.best_model(name) for name in scoring] == ["pipeline"] * 3


class Noisy(ClassifierMixin, BaseEstimator):
    """Warns in every fit, and notes the threads that OpenMP has."""

    def fit(self, X, y):
        warnings.warn("the column 'same' is constant", UserWarning, stacklevel=2)
        with warnings.catch_warnings():  # what other libraries do brings old warnings back
            self.classes_ = np.unique(y)
        self.threads_ = {
            info["num_threads"] for info in threadpool_info() if info["user_api"] == "openmp"
        }
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


@pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
def test_a_warning_of_every_fold_is_shown_once(data, backend):
    X, y = data
    with warnings.catch_warnings(record=True) as caught, joblib.parallel_config(backend):
        warnings.simplefilter("always")
        evaluate(Noisy(), X, y, cv=3, baselines={"b": Noisy()}, costs=COSTS, n_jobs=2)
    assert [str(w.message) for w in caught] == ["the column 'same' is constant"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="is constant"):
            evaluate(Noisy(), X, y, cv=3)


@pytest.mark.parametrize("jobs", [None, 2])
def test_few_rows_have_one_openmp_thread(data, jobs):
    X, y = data

    def threads(model, X, y):
        return max(model.threads_, default=1)

    scoring = {"threads": threads}
    with threadpool_limits(2), joblib.parallel_config(backend="threading"):
        result = evaluate(Noisy(), X, y, cv=2, scoring=scoring, n_jobs=jobs)
        assert any(i["num_threads"] == 2 for i in threadpool_info() if i["user_api"] == "openmp")
    assert (result.scores["threads"] == 1).all()


def test_progress_is_shown_on_a_terminal_or_when_asked(data, capsys, monkeypatch):
    X, y = data
    evaluate(model(), X, y, cv=2)
    evaluate(model(), X, y, cv=2, progress=False)
    assert capsys.readouterr() == ("", "")
    evaluate(model(), X, y, cv=2, progress=True, baselines={"[b]": model()})
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.partition(":")[0] for line in err.splitlines()] == [
        "[1/4] pipeline, fold 1 of 2",
        "[2/4] pipeline, fold 2 of 2",
        "[3/4] [b], fold 1 of 2",
        "[4/4] [b], fold 2 of 2",
    ]
    assert "ROC AUC 0." in err
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's way to call it a terminal
    evaluate(model(), X, y, cv=2)
    assert "pipeline, fold 2 of 2" in capsys.readouterr().err
