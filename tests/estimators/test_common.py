"""The checks that every estimator of scikit-learn has to pass."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from skmultiinput import MultiInputClassifier, MultiInputRegressor

# The checks that no subclass of KerasClassifier or KerasRegressor can pass, and why.
EXPECTED_FAILED_CHECKS = {
    "check_mixin_order": "SciKeras puts scikit-learn's mixins behind BaseEstimator",
    "check_estimator_tags_renamed": "SciKeras still defines _more_tags, for scikit-learn < 1.6",
    "check_sample_weight_equivalence_on_dense_data": (
        "a row that is repeated meets other rows in its mini-batches than a row that weighs twice"
    ),
}
SMALL = {"hidden_units": (32,), "n_members": 2, "n_estimators": 1, "epochs": 60}


def checks_of(*estimators):
    pairs = [
        pair
        for estimator in estimators
        for pair in estimator_checks_generator(
            estimator, mark="xfail", expected_failed_checks=EXPECTED_FAILED_CHECKS
        )
    ]
    return pytest.mark.parametrize(
        ("estimator", "check"),
        pairs,
        ids=lambda value: value.func.__name__ if hasattr(value, "func") else type(value).__name__,
    )


@checks_of(MultiInputClassifier(**SMALL), MultiInputRegressor(**SMALL))
def test_small_networks_pass_every_check(estimator, check):
    check(estimator)


@pytest.mark.slow
@checks_of(MultiInputClassifier(), MultiInputRegressor())
def test_default_networks_pass_every_check(estimator, check):
    check(estimator)
