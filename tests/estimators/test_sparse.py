"""Sparse rows, as scikit-learn's MLPClassifier takes them."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from small import SMALL

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.estimators import _read_input

RNG = np.random.default_rng(0)
X = np.where(RNG.uniform(size=(120, 6)) < 0.3, RNG.normal(size=(120, 6)), 0.0)
CODES = (X[:, 0] > 0).astype(int)
TEXTS = [f"{'good' if code else 'bad'} size {i % 7}" for i, code in enumerate(CODES)]


def classifier(**params):
    return MultiInputClassifier(**{**SMALL, **params})


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
def test_sparse_rows_train_the_network_that_dense_rows_do(form):
    rows = form(X)
    dense, model = classifier().fit(X, CODES), classifier().fit(rows, CODES)
    expected = dense.predict_proba(X)
    for table in (X, rows):
        np.testing.assert_array_equal(model.predict_proba(table), expected)
    np.testing.assert_array_equal(dense.predict_log_proba(rows), dense.predict_log_proba(X))
    assert model.score(rows, CODES) == dense.score(X, CODES)
    for fitted, table in ((dense, X), (model, rows)):
        fitted.partial_fit(table, CODES)
    np.testing.assert_array_equal(model.predict_proba(rows), dense.predict_proba(X))


def test_sparse_rows_are_predicted_in_blocks(monkeypatch):
    rows = sparse.csr_array(X)
    model = MultiInputRegressor(**SMALL).fit(rows, X[:, 0])
    expected = model.predict(X)
    monkeypatch.setattr(_read_input, "BLOCK_VALUES", 100)
    # More than may be dense at once.
    monkeypatch.setattr(_read_input, "MAX_DENSE_BYTES", 4 * 100)
    assert max(block.shape[0] for block in _read_input.row_blocks(rows)) == 100 // X.shape[1]
    np.testing.assert_allclose(model.predict(rows), expected, rtol=1e-5)


def test_what_would_take_too_much_memory_is_refused():
    wide = sparse.csr_matrix((100_000, 50_000))
    with pytest.raises(ValueError, match=r"takes 18\.6 GiB .* limit is 4\.0 GiB.*TruncatedSVD"):
        classifier().fit(wide, np.arange(100_000) % 2)


@pytest.mark.parametrize("model", [classifier(), MLPClassifier(max_iter=2, random_state=0)])
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_behind_transformers_that_return_sparse_rows(model):
    for pipeline, table in (
        (make_pipeline(TfidfVectorizer(), model), TEXTS),
        (make_pipeline(OneHotEncoder(handle_unknown="ignore"), model), X.round()),
    ):
        assert pipeline.fit(table, CODES).predict_proba(table).shape == (120, 2)


def test_sparse_rows_have_as_many_columns_as_in_fit():
    rows = sparse.csr_matrix(X)
    model = classifier(epochs=1).fit(rows, CODES)
    with pytest.raises(ValueError, match="expecting 6 features"):
        model.predict(rows[:, :4])
