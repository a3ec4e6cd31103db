"""Reading a fitted network back."""

import numpy as np
import pandas as pd
import pytest
from networks import token_frame
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import MultiInputClassifier, MultiInputSMOTE, make_customers, make_preprocessor
from skmultiinput._keras.backend import to_numpy
from skmultiinput.inspection import get_embeddings, get_fusion_gates, network_summary

CITY = pd.CategoricalDtype(["<unknown>", "Bern", "Rome", "Oslo"])


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    texts = [["good", "fit"], ["bad"], ["good", "price"], []] * 15
    X = pd.concat(
        [
            pd.DataFrame({"numeric__age": rng.normal(size=60)}),
            pd.DataFrame({"category__city": rng.choice(CITY.categories[1:], 60)}).astype(CITY),
            token_frame(texts, 3),
            token_frame(texts, 3).rename(columns=lambda c: c.replace("review", "Title 1")),
        ],
        axis=1,
    )
    y = rng.integers(0, 3, 60)
    model = MultiInputClassifier(
        fusion="gated", hidden_units=(8,), n_members=2, n_estimators=1, epochs=2, random_state=0
    )
    return model.fit(X, y), X, y


def test_embeddings_are_labelled(fitted):
    model, X, _ = fitted
    frame = get_embeddings(model, "category")
    assert frame.index.tolist() == CITY.categories.tolist()
    assert frame.index.name == "city"
    table = to_numpy(model.model_.get_layer("category>embedding").embeddings)
    np.testing.assert_array_equal(frame, table[: len(frame)])
    words = get_embeddings(model, "text", "Title 1")
    assert words.index.tolist() == X.iloc[:, -1].cat.categories.tolist()
    assert words.columns.tolist() == [*(f"linear_{i}" for i in range(3)), *range(16)]


def test_a_pipeline_is_read_at_its_last_step(fitted):
    model, X, _ = fitted
    pipe = make_pipeline(FunctionTransformer(), model)
    pd.testing.assert_frame_equal(
        get_embeddings(pipe, "category"), get_embeddings(model, "category")
    )
    pd.testing.assert_frame_equal(get_fusion_gates(pipe, X), get_fusion_gates(model, X))


@pytest.mark.parametrize("pooling", ["mean_max", "tfidf"])
def test_hashed_ngrams_do_not_hide_the_words(pooling):
    X = token_frame([["good", "fit"], ["bad", "fit"]] * 20, 2)
    model = MultiInputClassifier(
        text__pooling=pooling, text__ngrams=2, text__n_bits=4, hidden_units=(4,), epochs=1
    ).fit(X, [0, 1] * 20)
    frame = get_embeddings(model, "text")
    width = {"mean_max": 64, "tfidf": 16}[pooling]
    assert frame.shape == (len(X.iloc[:, 0].cat.categories), 1 + width)
    assert not frame.index.duplicated().any()


def test_the_summary_counts_all_weights(fitted):
    model, _, _ = fitted
    frame = network_summary(model)
    network = model.model_
    assert frame.index.tolist() == [layer.name for layer in network.layers]
    assert frame["trained"].sum() == sum(np.prod(w.shape) for w in network.trainable_weights)
    assert frame.loc["network>hidden_0", "layer"] == "Dense"
    assert frame.loc["category>embedding", "input"] == "category"
    assert frame.loc["network>prediction", "shape"] == (3,)


def test_errors_list_what_exists(fitted):
    model, X, y = fitted
    with pytest.raises(ValueError, match=r"no column group 'txt'; the groups are \['numeric'"):
        get_embeddings(model, "txt")
    with pytest.raises(ValueError, match=r"pass feature=, one of \['review', 'Title 1'\]"):
        get_embeddings(model, "text")
    with pytest.raises(ValueError, match=r"no feature 'body'; it has \['review', 'Title 1'\]"):
        get_embeddings(model, "text", "body")
    with pytest.raises(ValueError, match="no embedding of 'numeric'"):
        get_embeddings(model, "numeric")
    with pytest.raises(NotFittedError):
        get_embeddings(MultiInputClassifier(), "text")
    plain = MultiInputClassifier(hidden_units=(4,), epochs=1)
    with pytest.raises(ValueError, match="fusion='gated'"):
        get_fusion_gates(plain.fit(X[["numeric__age"]], y), X[["numeric__age"]])


def test_the_diagram_of_a_fitted_pipeline_shows_the_groups():
    X, y = make_customers(120, random_state=0)
    X = X[["age", "plan", "review"]]
    model = MultiInputClassifier(epochs=1, hidden_units=(4,), random_state=0)
    pipeline = make_pipeline(make_preprocessor(), model)
    assert "TokenBranch" not in pipeline._repr_html_()
    page = pipeline.fit(X, y)._repr_html_()
    for text in ("text: text, tokens", "TokenBranch", "numeric: numeric", "NumericBranch"):
        assert text in page
    # A step that holds another estimator still shows as itself.
    assert "MultiInputClassifier" in MultiInputClassifier(sampler=MultiInputSMOTE())._repr_html_()
