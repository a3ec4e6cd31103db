import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats._distn_infrastructure import rv_frozen
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next one there
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingRandomSearchCV, ParameterSampler, RandomizedSearchCV
from sklearn.pipeline import Pipeline

from skmultiinput import (
    MultiInputClassifier,
    MultiInputRegressor,
    make_customers,
    make_preprocessor,
    search_space,
)
from skmultiinput.branches._recurrent_branch import RecurrentBranch

X, Y = make_customers(150, random_state=0)
TABLE = X[["age", "income", "city", "plan"]]
LITTLE = {"epochs": 1, "random_state": 0}


def pipeline(**options):
    network = MultiInputClassifier(**{**LITTLE, **options})
    return Pipeline([("preprocess", make_preprocessor()), ("model", network)])


@pytest.mark.parametrize("size", ["small", "large"])
def test_every_name_is_a_parameter_and_every_draw_is_accepted(size):
    pipe = pipeline()
    space = search_space(pipe, size, X=X)
    groups = {name.split("__")[1] for name in space if name.startswith("model__")}
    assert {"numeric", "target", "date", "text", "sequence", "learning_rate"} <= groups
    prepared = clone(pipe[0]).fit_transform(X, Y)
    for params in ParameterSampler(space, 6, random_state=0):
        chosen = clone(pipe).set_params(**params)
        assert chosen.get_params()["model__dropout"] == params["model__dropout"]
        # Building the network reads every parameter of the network and its branches.
        chosen[-1].initialize(prepared, Y)


def as_numpy(value):
    """A draw as a NumPy scalar, which is what a randomised search draws."""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return np.int64(value)
    return np.float32(value) if isinstance(value, (float, np.floating)) else value


PHOTOS = [np.full((8, 8, 3), i % 256, dtype=np.uint8) for i in range(len(X))]
TABLES = {
    "numbers": X[["age", "income"]],
    "categories": X[["city", "plan"]],
    "dates": X[["signup_date"]],
    "texts": X[["review"]],
    "sequences": X[["monthly_usage"]],
    "images": pd.DataFrame({"photo": pd.Series(PHOTOS, index=X.index)}),
    "all": X.assign(photo=PHOTOS),
}


@pytest.mark.filterwarnings("ignore:Dropped 'customer_id'")
@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("kind", TABLES)
def test_numpy_scalars_of_every_size_are_fitted_on_every_kind_of_table(kind, size):
    pipe = pipeline(n_members=1, n_estimators=1, early_stopping=False)
    space = search_space(pipe, size, X=TABLES[kind])
    for params in ParameterSampler(space, 2, random_state=1):
        numpy_params = {name: as_numpy(value) for name, value in params.items()}
        numpy_params["model__hidden_units"] = (np.int64(8),)
        fitted = clone(pipe).set_params(**numpy_params).fit(TABLES[kind], Y)
        assert np.isfinite(fitted.predict_proba(TABLES[kind])).all()


def test_what_is_not_known_is_left_out():
    small, large = (search_space(pipeline(), size) for size in ("small", "large"))
    assert not [name for name in small if name.startswith("model__numeric")]
    assert "preprocess__numeric__scale" in small
    assert set(small) < set(large)
    numbers = search_space(pipeline(), X=X[["age", "income"]])
    assert "model__numeric__n_bins" in numbers
    assert not [name for name in numbers if "target" in name or "text" in name]


def test_fitted_networks_and_given_branches():
    network = MultiInputClassifier(branches=[("sequence", RecurrentBranch())])
    space = search_space(network)
    assert "sequence__units" in space
    frame = pd.DataFrame({"numeric__a": np.arange(40.0), "numeric__b": np.arange(40.0) % 7})
    fitted = MultiInputClassifier(**LITTLE, hidden_units=(4,)).fit(frame, np.arange(40) % 2)
    assert search_space(fitted).keys() == search_space(MultiInputClassifier(), X=frame).keys()
    assert "numeric__n_bins" in search_space(fitted)


def test_networks_inside_of_other_estimators():
    outer = TransformedTargetRegressor(MultiInputRegressor(random_state=0))
    space = search_space(outer)
    assert "regressor__learning_rate" in space
    outer.set_params(**next(iter(ParameterSampler(space, 1, random_state=0))))


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_group_of_several_kinds_has_the_parameters_that_all_its_branches_share(size):
    """One value of `sequence__...` is set on the branches of all inputs of the group."""
    pages = [["home", "cart", "home"][: 1 + i % 3] for i in range(len(X))]
    table = X[["monthly_usage"]].assign(pages=pages)
    for columns in (["monthly_usage", "pages"], ["pages", "monthly_usage"]):
        frame = make_preprocessor().fit_transform(table[columns], Y)
        network = MultiInputClassifier(**LITTLE, hidden_units=(8,))
        space = search_space(network, size, X=frame)
        assert "sequence__dropout" in space or "sequence__units" in space
        for params in ParameterSampler(space, 3, random_state=0):
            clone(network).set_params(**params).initialize(frame, Y)


@pytest.mark.parametrize("outer", [VotingClassifier, StackingClassifier])
def test_networks_among_several_estimators(outer):
    together = outer([("linear", LogisticRegression()), ("network", pipeline())])
    space = search_space(together, X=TABLE)
    assert space.keys() == {f"network__{name}" for name in search_space(pipeline(), X=TABLE)}
    together.set_params(**next(iter(ParameterSampler(space, 1, random_state=0))))


def test_networks_of_ones_own_have_only_training_to_search():
    network = MultiInputClassifier(model=lambda meta: None)
    assert list(search_space(network)) == ["learning_rate", "weight_decay"]


def test_randomized_search():
    search = RandomizedSearchCV(
        pipeline(hidden_units=(8,), early_stopping=False),
        {k: v for k, v in search_space(pipeline(), X=TABLE).items() if "hidden" not in k},
        n_iter=2,
        cv=2,
        random_state=0,
        error_score="raise",
    )
    assert 0 <= search.fit(TABLE, Y).best_score_ <= 1


def test_survivors_of_halving_go_on(tmp_path):
    pipe = pipeline(early_stopping=False, n_members=2, n_estimators=1, memory=str(tmp_path))
    space = {"model__dropout": [0.0, 0.1, 0.2, 0.3], "model__hidden_units": [(8,)]}
    search = HalvingRandomSearchCV(
        pipe,
        space,
        resource="model__epochs",
        min_resources=1,
        max_resources=4,
        n_candidates=4,
        factor=2,
        cv=2,
        refit=False,
        random_state=0,
        error_score="raise",
    ).fit(TABLE, Y)
    assert search.n_resources_ == [1, 2, 4]
    # A file per candidate and fold: later rounds have written over those of earlier ones.
    assert len(list(tmp_path.iterdir())) == 4 * 2


def test_optuna():
    distributions = pytest.importorskip("optuna.distributions")
    integration = pytest.importorskip("optuna_integration.sklearn")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space = search_space(pipeline(), "large", X=TABLE, kind="optuna")
    assert all(isinstance(v, distributions.BaseDistribution) for v in space.values())
    assert space.keys() == search_space(pipeline(), "large", X=TABLE).keys()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # OptunaSearchCV is experimental, and says so
        search = integration.OptunaSearchCV(
            pipeline(early_stopping=False), space, n_trials=2, cv=2, random_state=0
        ).fit(TABLE, Y)
    assert search.best_params_.keys() == space.keys()


def test_both_kinds_draw_from_the_same_ranges():
    pytest.importorskip("optuna")
    ours = search_space(pipeline(), "large", X=X)
    for name, distribution in search_space(pipeline(), "large", X=X, kind="optuna").items():
        if isinstance(ours[name], rv_frozen):
            low, high = ours[name].support()
            assert low == pytest.approx(distribution.low)
            assert high == pytest.approx(distribution.high)
        else:
            assert len(ours[name]) == len(distribution.choices)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": "huge"}, "'size' parameter of search_space"),
        ({"kind": "hyperopt"}, "'kind' parameter of search_space"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        search_space(pipeline(), **arguments)
    with pytest.raises(TypeError, match="got LogisticRegression without one"):
        search_space(LogisticRegression())
