"""Every kind of column at once, from the raw table through a pipeline and a search."""

import numpy as np
import pytest
from imblearn.pipeline import Pipeline
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score

from skmultiinput import MultiInputClassifier, MultiInputSMOTE, make_customers, make_preprocessor
from skmultiinput.branches._recurrent_branch import RecurrentBranch


@pytest.fixture(scope="module")
def pipe():
    return Pipeline(
        [
            ("preprocess", make_preprocessor(high_cardinality="embedding")),
            ("sample", MultiInputSMOTE(random_state=0)),
            (
                "model",
                MultiInputClassifier(
                    branches=[("sequence", RecurrentBranch(units=4))],
                    hidden_units=(16,),
                    n_members=2,
                    n_estimators=1,
                    epochs=3,
                    image__filters=(4,),
                    random_state=0,
                ),
            ),
        ]
    )


def test_one_parameter_of_each_branch_is_searched(pipe):
    X, y = make_customers(n_samples=160, photo=True, row_id=False, random_state=0)
    grid = {
        "model__numeric__embedding_dim": [4],
        "model__category__embedding_dim": ["auto"],
        "model__text__units": [8],
        "model__sequence__units": [3, 5],
        "model__image__units": [6],
        "model__fusion": ["gated"],
        "model__fusion__modality_dropout": [0.1],
    }
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    search = GridSearchCV(pipe, grid, cv=folds, scoring="roc_auc", error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    model = search.best_estimator_[-1]
    kinds = {spec.kind for spec in model.column_groups_.inputs}
    assert kinds == {"numeric", "categorical", "tokens", "sequence", "image"}
    layers = {layer.name: layer for layer in model.model_.layers}
    (lstm,) = [layer for name, layer in layers.items() if name.endswith(">lstm")]
    assert lstm.units == search.best_params_["model__sequence__units"]
    (dense,) = [layer for name, layer in layers.items() if name == "image>units"]
    assert dense.units == 6
    assert dict(pipe.named_steps["model"].branches)["sequence"].units == 4


@pytest.mark.slow
def test_every_kind_is_worth_its_place():
    X, y = make_customers(n_samples=3000, row_id=False, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    pipe = Pipeline(
        [("preprocess", make_preprocessor()), ("model", MultiInputClassifier(random_state=0))]
    )
    table = X.drop(columns=["review", "monthly_usage"])
    with_all, with_table = (
        cross_val_score(pipe, part, y, cv=folds, scoring="roc_auc").mean() for part in (X, table)
    )
    assert with_all > with_table + 0.01
