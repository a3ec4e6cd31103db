"""A search in one call."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import ExtraTreeRegressor
from small import SMALL

from skmultiinput import MultiInputClassifier, evaluate, make_customers, make_preprocessor
from skmultiinput.model_selection import tune

optuna = pytest.importorskip("optuna", reason="an extra of the package")

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(200, 8)), columns=list("abcdefgh"))
y = X["a"] + X["b"] + 0.5 * RNG.normal(size=200)
RIDGE = make_pipeline(StandardScaler(), Ridge(alpha=1000.0))
SPACE = {"ridge__alpha": optuna.distributions.FloatDistribution(0.1, 1e4, log=True)}


def search(**options):
    return tune(RIDGE, X, y, **{"space": SPACE, "n_trials": 8, "random_state": 0, **options})


def test_it_says_how_much_better_than_the_defaults_by_the_folds_of_evaluate():
    result = search()
    assert list(result.scores.index) == ["defaults", *range(8)]
    plain = evaluate(RIDGE, X, y, cv=3, scoring="rmse", random_state=0).scores["rmse"]
    np.testing.assert_allclose(result.scores.loc["defaults"], plain)
    gain = result.improvement()
    assert gain["mean"] > 0
    assert gain["low"] > 0
    differences = result.scores.loc["defaults"] - result.scores.loc[result.best]
    assert gain["mean"] == pytest.approx(differences.mean())
    assert result.best_params["ridge__alpha"] < 1000
    assert result.best_estimator.score(X, y) > RIDGE.fit(X, y).score(X, y)
    assert "chosen on the same folds" in repr(result)


def test_equal_seeds_search_alike():
    pd.testing.assert_frame_equal(search().scores, search().scores)


def test_a_study_goes_on_where_it_stopped(tmp_path):
    kept = {"storage": f"sqlite:///{tmp_path}/study.db", "study": "s", "refit": False}
    first = search(n_trials=3, **kept)
    second = search(n_trials=2, **kept)
    assert list(second.scores.index) == ["defaults", *range(5)]
    pd.testing.assert_frame_equal(second.scores[:4], first.scores, check_index_type=False)
    alphas = [trial.params["ridge__alpha"] for trial in second.study.trials]
    assert len(set(alphas)) == 5
    for other in ({"cv": 4}, {"scoring": "mae"}, {"random_state": 1}):
        with pytest.raises(ValueError, match="other rows, folds, metric or pipeline"):
            search(**kept, **other)


def test_nested_searches_judge_by_rows_they_have_not_seen():
    """With noise for a target, the best of many candidates only seems to be better."""
    noise = RNG.normal(size=200)
    space = {"random_state": optuna.distributions.IntDistribution(0, 10_000)}
    model = ExtraTreeRegressor(max_depth=3, random_state=0)
    result = tune(model, X, noise, space=space, n_trials=15, nested=3, refit=False, random_state=0)
    assert list(result.nested.columns) == ["defaults", "tuned"]
    assert len(result.nested) == 3
    flattered = (result.scores.loc["defaults"] - result.scores.loc[result.best]).mean()
    assert flattered > 0
    assert result.improvement()["mean"] < flattered
    assert "nested folds" in repr(result)


def test_an_ensemble_is_no_worse_than_its_best_candidate():
    result = search(ensemble=5, n_trials=4)
    assert isinstance(result.best_estimator, VotingRegressor)
    assert result.best == "ensemble"
    means = result.scores.mean(axis=1)
    assert means["ensemble"] == means.min()
    assert 1 <= sum(result.ensemble.values()) <= 5
    assert result.best_estimator.predict(X).shape == (200,)


def test_seconds_end_a_search():
    assert 1 <= len(search(seconds=0.5, n_trials=10_000).study.trials) < 1000


def test_a_bar_shows_the_number_of_trials(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's way to call it a terminal
    search(n_trials=2, seconds=60.0)
    assert "2 trials" in capsys.readouterr().err


def test_a_network_is_tuned_and_poor_trials_end_early(monkeypatch):
    table, left = make_customers(200, random_state=0)
    network = MultiInputClassifier(**{**SMALL, "epochs": 3, "n_estimators": 2})
    pipe = make_pipeline(make_preprocessor(), network)
    chosen = table[["age", "income", "city"]]
    monkeypatch.setattr(optuna.pruners.MedianPruner, "prune", lambda *args: args[2].number == 1)
    result = tune(pipe, chosen, left, n_trials=3, cv=2, ensemble=2, random_state=0)
    states = [trial.state.name for trial in result.study.trials]
    assert states == ["COMPLETE", "PRUNED", "COMPLETE"]
    losses = result.study.trials[0].intermediate_values
    assert list(losses) == [0, 1, 2]  # of the first network of the first fold
    assert max(losses.values()) < 0  # losses, where the study maximises
    assert list(result.study.trials[1].intermediate_values) == [0]
    assert list(result.scores.index) == ["defaults", 0, 2, "ensemble"]
    assert result.metric == "roc_auc"
    assert result.best_estimator.predict_proba(chosen).shape == (200, 2)
    for part in result.best_estimator.estimators_:
        assert part[-1].callbacks is None


def test_what_is_wrong_is_said_before_the_first_fit():
    with pytest.raises(ValueError, match="seconds= or n_trials="):
        tune(RIDGE, X, y, space=SPACE)
    with pytest.raises(ValueError, match="one metric to search by"):
        search(scoring=["rmse", "mae"])
    with pytest.raises(TypeError, match="holds a MultiInputClassifier"):
        search(space="small")
    with pytest.raises(ValueError, match="not a scorer"):
        search(scoring="neg_max_error", ensemble=3)
    with pytest.raises(ValueError, match="nested must be a whole number of at least 2; got 1"):
        search(nested=1)
    with pytest.raises(
        TypeError, match=r"space\['ridge__alpha'\] must be a list of choices or a d"
    ):
        search(space={"ridge__alpha": loguniform(0.1, 10)})


def test_a_list_is_a_choice():
    space = {"ridge__alpha": [1.0, 2.0], "standardscaler": [StandardScaler(), MinMaxScaler()]}
    result = search(space=space, n_trials=3)
    assert set(result.best_params) == set(space)
    assert result.best_params["ridge__alpha"] in {1.0, 2.0}
    assert isinstance(result.best_params["standardscaler"], StandardScaler | MinMaxScaler)


def test_optuna_logs_as_before():
    before = optuna.logging.get_verbosity()
    search(n_trials=1)
    assert optuna.logging.get_verbosity() == before


def test_targets_written_as_text_are_searched_as_numbers():
    written = (1000 * y).round(2).map("{:,.2f} €".format)
    result = tune(RIDGE, X, written, space=SPACE, n_trials=1, refit=False, random_state=0)
    numbers = tune(RIDGE, X, (1000 * y).round(2), space=SPACE, n_trials=1, random_state=0)
    np.testing.assert_allclose(result.scores, numbers.scores)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_trials": 0}, "n_trials must be a whole number of at least 1; got 0"),
        ({"n_trials": 1.5}, "n_trials must be a whole number"),
        ({"n_trials": None, "seconds": -1}, "seconds must be above 0; got -1"),
        ({"ensemble": -2}, "ensemble must be a whole number of at least 0; got -2"),
        ({"study": "churn"}, "'churn' is a name; pass storage="),
        ({"scoring": {"odd": lambda *_: np.nan}}, "'odd' of the defaults is NaN in fold 0"),
    ],
)
def test_searches_that_cannot_choose_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        search(**options)


def test_groups_reach_the_last_fit():
    seen = []

    class Grouped(Ridge):
        def fit(self, X, y, groups=None):
            seen.append(None if groups is None else len(groups))
            return super().fit(X, y)

    pipeline = make_pipeline(StandardScaler(), Grouped())
    space = {"grouped__alpha": [1.0, 2.0]}
    tune(pipeline, X, y, space=space, n_trials=1, groups=np.arange(200) // 4, random_state=0)
    assert seen[-1] == len(y)
