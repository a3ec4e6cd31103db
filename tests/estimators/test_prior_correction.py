import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose
from sklearn.metrics import brier_score_loss, log_loss

from skmultiinput import MultiInputClassifier, MultiInputSMOTE
from skmultiinput.estimators._prior_correction import PriorMass
from skmultiinput.estimators._targets import ClassTarget
from skmultiinput.estimators._training_data import class_masses
from skmultiinput.metrics._class_probabilities import correct_prior

SMALL = {"hidden_units": (16,), "n_members": 2, "n_estimators": 1, "epochs": 40, "random_state": 0}


def by_bayes(probabilities, before, after):
    """The slow way: back to likelihoods, forward with the other prior, row by row."""
    corrected = []
    for row in probabilities:
        likelihoods = [p / a for p, a in zip(row, after, strict=True)]
        joint = [lik * b for lik, b in zip(likelihoods, before, strict=True)]
        corrected.append([value / sum(joint) for value in joint])
    return np.array(corrected)


@given(
    masses=st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)), min_size=2, max_size=5),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=50, deadline=None)
def test_correction_equals_bayes_rule(masses, seed):
    before, after = (np.array(column) / sum(column) for column in zip(*masses, strict=True))
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(len(masses)), size=7)
    found = correct_prior(probabilities, PriorMass(before, after).ratio)
    assert_allclose(found, by_bayes(probabilities, before, after), rtol=1e-9)
    assert_allclose(found.sum(axis=1), 1.0)


def test_correction_there_and_back_is_the_identity():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), size=20)
    ratio = PriorMass(np.array([0.7, 0.2, 0.1]), np.array([0.3, 0.3, 0.4])).ratio
    assert_allclose(correct_prior(correct_prior(probabilities, ratio), 1 / ratio), probabilities)


def test_labels_are_corrected_one_by_one():
    y = np.array([[1, 0], [0, 0], [0, 1], [0, 1]])
    target = ClassTarget().fit(y)
    before = class_masses(target, y, np.ones(4))
    after = class_masses(target, y, np.array([3.0, 1, 1, 1]))
    assert before.tolist() == [[3.0, 1.0], [2.0, 2.0]]
    found = correct_prior(np.array([[0.5, 0.5]]), PriorMass(before, after).ratio)
    for j in range(2):
        slow = by_bayes(np.array([[0.5, 0.5]]), *(m[j] / m[j].sum() for m in (before, after)))
        assert_allclose(found[0, j], slow[0, 1])


@pytest.fixture(scope="module")
def rare():
    """A rare class whose probability is known."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(6000, 4)), columns=[f"numeric__x{i}" for i in range(4)])
    probability = 1 / (1 + np.exp(2.5 - 1.5 * X["numeric__x0"] - X["numeric__x1"]))
    y = (rng.random(len(X)) < probability).to_numpy().astype(int)
    return X[:3000], y[:3000], X[3000:], y[3000:]


@pytest.fixture(scope="module")
def plain_scores(rare):
    X, y, X_test, y_test = rare
    p = MultiInputClassifier(**SMALL).fit(X, y).predict_proba(X_test)[:, 1]
    return brier_score_loss(y_test, p), log_loss(y_test, p)


@pytest.mark.parametrize(
    "options",
    [
        {"sampler": MultiInputSMOTE()},
        {"sampler": SMOTE()},
        {"sampler": RandomOverSampler()},
        {"class_weight": "balanced"},
        {"balanced_batches": True},
    ],
    ids=lambda options: str(next(iter(options.values()))),
)
def test_probabilities_stay_calibrated(rare, plain_scores, options):
    X, y, X_test, y_test = rare
    model = MultiInputClassifier(**SMALL, **options).fit(X, y)
    corrected = model.predict_proba(X_test)[:, 1]
    uncorrected = model.set_params(correct_prior=False).predict_proba(X_test)[:, 1]
    brier, loss = plain_scores
    assert brier_score_loss(y_test, corrected) < 1.05 * brier
    assert log_loss(y_test, corrected) < 1.05 * loss
    assert brier_score_loss(y_test, uncorrected) > 1.3 * brier
    assert log_loss(y_test, uncorrected) > 1.3 * loss
    # The decision is the one that was asked for: more of the rare class.
    assert model.predict(X_test).mean() > 1.5 * y_test.mean()


def test_nothing_is_corrected_without_reason(rare):
    X, y, *_ = rare
    model = MultiInputClassifier(**{**SMALL, "epochs": 1}).fit(
        X, y, np.random.default_rng(0).random(len(y))
    )
    assert model.prior_ratio_.tolist() == [1.0, 1.0]


def test_under_sampling_is_corrected_and_keeps_weights(rare):
    X, y, X_test, _ = rare
    weight = np.where(y == 1, 2.0, 1.0)
    model = MultiInputClassifier(**SMALL, sampler=RandomUnderSampler()).fit(X, y, weight)
    # The real prior is the weighted one.
    real = weight[y == 1].sum() / weight.sum()
    assert_allclose(model.predict_proba(X_test)[:, 1].mean(), real, rtol=0.25)


def test_partial_fit_corrects_by_all_it_has_seen(rare):
    X, y, *_ = rare
    model = MultiInputClassifier(**SMALL, class_weight={0: 1, 1: 9})
    for part in np.array_split(np.arange(len(y)), 3):
        model.partial_fit(X.iloc[part], y[part], classes=[0, 1])
    share = y.mean()
    trained = 9 * share / (9 * share + 1 - share)
    assert_allclose(model.prior_ratio_, [(1 - share) / (1 - trained), share / trained])
