"""The checks that every estimator of scikit-learn has to pass."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import estimator_checks_generator

from skmultiinput import MultiInputClassifier, MultiInputRegressor

# The checks that no subclass of KerasClassifier or KerasRegressor can pass, and why.
EXPECTED_FAILED_CHECKS = {
    "check_mixin_order": "SciKeras puts scikit-learn's mixins behind BaseEstimator",
    "check_estimator_tags_renamed": "SciKeras still defines _more_tags, for scikit-learn < 1.6",
    "check_sample_weight_equivalence_on_dense_data": (
        "a row that is repeated meets other rows in its mini-batches than a row that weighs twice"
    ),
    "check_sample_weight_equivalence_on_sparse_data": "as on dense data",
}
# Of attention: its functions are computed for several numbers at once, and for those left at the
# end of a batch one by one, which rounds the last digit in another way. These checks allow for
# less; `test_attention_predicts_rows_alike` takes their place.
ROUNDED = {"check_methods_sample_order_invariance", "check_methods_subset_invariance"}
SMALL = {"hidden_units": (32,), "n_members": 2, "n_estimators": 1, "epochs": 60}


def checks_of(*estimators, only=None):
    """Parametrize with the checks of estimators, or with those named in `only`."""
    pairs, ids = [], []
    for estimator in estimators:
        name = f"{type(estimator).__name__}-{estimator.fusion}-{estimator.preset}"
        for pair in estimator_checks_generator(
            estimator, mark="xfail", expected_failed_checks=EXPECTED_FAILED_CHECKS
        ):
            check = getattr(pair, "values", pair)[1].func.__name__
            if estimator.fusion == "attention" and check in ROUNDED:
                continue
            if only is None or check in only:
                pairs.append(pair)
                ids.append(f"{name}-{check}")
    return pytest.mark.parametrize(("estimator", "check"), pairs, ids=ids)


@checks_of(MultiInputClassifier(**SMALL), MultiInputRegressor(**SMALL))
def test_small_networks_pass_every_check(estimator, check):
    check(estimator)


def both(**parameters):
    return MultiInputClassifier(**parameters), MultiInputRegressor(**parameters)


TWO = both(**{**SMALL, "n_estimators": 2})
FUSIONS = [both(**SMALL, fusion=fusion) for fusion in ("gated", "attention", "late")]
PRESETS = [both(preset=preset, hidden_units=(16,), epochs=3) for preset in ("fast", "best")]
OTHERS = [*TWO, *(model for pair in FUSIONS for model in pair)]
# What another network or another number of them has broken.
CHOSEN = {
    "check_estimators_partial_fit_n_features",
    "check_estimators_unfitted",
    "check_n_features_in_after_fitting",
}


@checks_of(*TWO, *(pair[0] for pair in [*FUSIONS, *PRESETS]), only=CHOSEN)
def test_several_networks_fusions_and_presets_pass_chosen_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@checks_of(*OTHERS, *both(preset="fast"), *both(preset="best"))
def test_several_networks_fusions_and_presets_pass_every_check(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", both(**SMALL, fusion="attention"))
def test_attention_predicts_rows_alike(estimator):
    """In any order and any number, up to rounding."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 3))
    estimator = clone(estimator).set_params(random_state=0, epochs=5)
    estimator.fit(X, (X[:, 0] > 0).astype(int))
    predict = getattr(estimator, "predict_proba", estimator.predict)
    order = rng.permutation(20)
    np.testing.assert_allclose(predict(X[order]), predict(X)[order], rtol=1e-5, atol=1e-6)
    alone = np.concatenate([predict(X[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(alone, predict(X), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@checks_of(MultiInputClassifier(), MultiInputRegressor())
def test_default_networks_pass_every_check(estimator, check):
    check(estimator)
