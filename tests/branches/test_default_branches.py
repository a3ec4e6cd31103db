"""The branches of inputs for which none is named."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.branches import TokenBranch
from skmultiinput.branches._default_branches import default_branch
from skmultiinput.frame import ColumnGroups
from skmultiinput.serving import compile_pipeline


@pytest.fixture(scope="module")
def visits():
    """Pages that customers visited; the last one tells."""
    rng = np.random.default_rng(0)
    pages = np.array(["home", "price", "help", "cancel", "cart", "offer"])
    rows = [rng.choice(pages, rng.integers(3, 12)).tolist() for _ in range(600)]
    X = pd.DataFrame({"pages": rows, "note": [f"{r[0]} and {r[1]} twice" for r in rows]})
    return X, np.array([row[-1] in ("cancel", "help") for row in rows])


def test_categories_are_read_in_order_and_words_by_their_weights(visits):
    preprocessor = make_preprocessor(text=["note"]).fit(*visits)
    groups = ColumnGroups.from_frame(preprocessor.transform(visits[0]))
    chosen = {spec.group: default_branch(spec) for spec in groups.inputs}
    assert chosen["sequence"].pooling == "convolution"
    assert chosen["text"].get_params() == TokenBranch().get_params()


def test_what_came_last_counts(visits):
    (X, y), train = visits, np.arange(600) < 400
    network = MultiInputClassifier(preset="fast", random_state=0)
    model = make_pipeline(make_preprocessor(drop=["note"]), network).fit(X[train], y[train])
    proba = model.predict_proba(X[~train])
    assert roc_auc_score(y[~train], proba[:, 1]) > 0.95
    compiled = compile_pipeline(model).predict_proba(X[~train])
    np.testing.assert_allclose(compiled, proba, atol=1e-5)
