"""Branches for numbers and categories, a user's own branch, and parameters reached by group."""

import keras
import numpy as np
import pandas as pd
import pytest
from networks import network, predict
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skmultiinput import MultiInputClassifier
from skmultiinput._keras.backend import to_numpy
from skmultiinput._layers.embedding_layers import CategoryEmbedding
from skmultiinput._network.ensemble import networks_of
from skmultiinput.branches._branch import Branch, layer_prefix, layers_behind
from skmultiinput.branches._categorical_branch import CategoricalBranch, embedding_width
from skmultiinput.branches._default_branches import DEFAULT_BRANCHES
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.frame._column_groups import KINDS
from skmultiinput.inspection import get_embeddings

RNG = np.random.default_rng(0)
NUMBERS = pd.DataFrame(
    {
        "numeric__age": RNG.normal(size=40),
        "numeric__flag": RNG.integers(0, 2, 40),
        "numeric__sum": RNG.normal(size=40),
    }
)


def category(levels, n_rows=40, seed=0):
    codes = np.random.default_rng(seed).integers(0, levels, n_rows)
    names = ["<unknown>", *(f"l{i}" for i in range(levels))]
    return pd.Categorical.from_codes(codes + 1, dtype=pd.CategoricalDtype(names))


CATEGORIES = pd.DataFrame({"category__city": category(3), "category__id": category(60, seed=1)})


def test_every_kind_has_a_branch():
    assert set(DEFAULT_BRANCHES) == set(KINDS.values())
    for branch in DEFAULT_BRANCHES.values():
        assert issubclass(branch, Branch)
        assert clone(branch()).get_params() == branch().get_params()


@pytest.mark.parametrize("embedding", ["piecewise", "periodic", "plain"])
def test_flags_pass_by_the_embedding(embedding):
    model = network(NUMBERS, NumericBranch(embedding, embedding_dim=5))
    width = model.get_layer("network>members").input.shape[-1]
    assert width == (3 if embedding == "plain" else 2 * 5 + 1)
    assert np.isfinite(predict(model, NUMBERS)).all()


@pytest.mark.parametrize("embedding", ["piecewise", "periodic", "plain"])
def test_numbers_are_learned(embedding):
    y = (NUMBERS["numeric__age"] > 0).astype(int)
    model = MultiInputClassifier(
        hidden_units=(16,),
        epochs=40,
        learning_rate=1e-2,
        early_stopping=False,
        numeric__embedding=embedding,
        numeric__embedding_dim=4,
        random_state=0,
    )
    assert model.fit(NUMBERS, y).score(NUMBERS, y) > 0.9


def test_widths_of_embeddings_follow_the_rule_or_the_number():
    sizes = {}
    for given in ("auto", 3):
        model = network(CATEGORIES, CategoricalBranch(embedding_dim=given))
        tables = [layer for layer in model.layers if isinstance(layer, CategoryEmbedding)]
        sizes[given] = sorted(table.units for table in tables)
    # Vocabularies of 4 and 61 levels are rounded up to 8 and 64.
    assert sizes == {"auto": [embedding_width(8), embedding_width(64)], 3: [3]}


@pytest.mark.parametrize("embedding_dim", ["auto", 3])
@pytest.mark.parametrize("units", [None, 5])
def test_unknown_is_set_for_every_feature(embedding_dim, units):
    model = network(CATEGORIES, CategoricalBranch(embedding_dim=embedding_dim, units=units))
    for table in layers_behind(model, "category"):
        assert not to_numpy(table.unknown).any()
    assert predict(model, CATEGORIES).shape == (40, 2)


def test_embeddings_are_found_under_their_labels():
    options = {"hidden_units": (4,), "n_estimators": 1, "epochs": 1}
    model = MultiInputClassifier(**options, category__embedding_dim="auto")
    model.fit(CATEGORIES, [0, 1] * 20)
    for feature in ("city", "id"):
        frame = get_embeddings(model, "category", feature)
        labels = CATEGORIES[f"category__{feature}"].cat.categories
        assert frame.index.tolist() == labels.tolist()
        codes = model.column_groups_.split(CATEGORIES)["category"]
        position = ["city", "id"].index(feature)
        (table,) = [
            layer for layer in layers_behind(model.model_, "category") if position in layer.features
        ]
        out = to_numpy(table(codes))[:, table.features.index(position)]
        expected = frame.loc[CATEGORIES[f"category__{feature}"].astype(str)].to_numpy()
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize(
    ("branch", "frame", "message"),
    [
        (NumericBranch("splines"), NUMBERS, "'embedding' parameter of NumericBranch must be a str"),
        (NumericBranch(embedding_dim=0), NUMBERS, "'embedding_dim' .* in the range"),
        (NumericBranch(n_bins=0), NUMBERS, "'n_bins' .* in the range"),
        (NumericBranch("periodic", n_frequencies=1.5), NUMBERS, "'n_frequencies' .* an int"),
        (NumericBranch(linear="yes"), NUMBERS, "'linear' .* instance of 'bool'"),
        (NumericBranch(), CATEGORIES, "NumericBranch reads 'numeric' columns"),
        (
            CategoricalBranch(embedding_dim="wide"),
            CATEGORIES,
            "'embedding_dim' .* must be an int",
        ),
        (CategoricalBranch(), NUMBERS, "CategoricalBranch reads 'categorical' columns"),
        (Branch(), NUMBERS, r"Branch must define build\(group\)"),
    ],
)
def test_wrong_parameters_are_named(branch, frame, message):
    with pytest.raises((ValueError, TypeError), match=message):
        network(frame, branch)


@pytest.mark.parametrize("name", ["my group", "été", "a/b", "_x", "[1]", "größe (kW)"])
def test_any_name_of_a_group_gives_names_of_layers(name):
    frame = NUMBERS.rename(columns=lambda column: column.replace("numeric__", f"{name}__"))
    model = MultiInputClassifier(hidden_units=(4,), epochs=1, fusion="gated", random_state=0)
    assert model.fit(frame, [0, 1] * 20).predict(frame).shape == (40,)


def test_alike_names_stay_apart():
    assert layer_prefix("a b") != layer_prefix("a_b") != layer_prefix("a:b")


# --- A branch of one's own.


class Squares(Branch):
    """Ten lines of a user."""

    def __init__(self, units=4):
        self.units = units

    def build(self, group):
        x = keras.layers.Dense(self.units, name=f"{group.prefix}line")(group.tensor)
        return keras.layers.Multiply(name=f"{group.prefix}square")([x, x])


def test_an_own_branch_works_in_a_search_and_stays_as_it_was():
    own = Squares()
    pipe = Pipeline(
        [
            ("as_is", FunctionTransformer()),
            (
                "model",
                MultiInputClassifier(
                    branches=[("numeric", own)],
                    hidden_units=(4,),
                    n_members=1,
                    n_estimators=1,
                    epochs=2,
                    random_state=0,
                ),
            ),
        ]
    )
    grid = {"model__numeric__units": [2, 3]}
    search = GridSearchCV(pipe, grid, cv=2).fit(NUMBERS, [0, 1] * 20)
    assert own.units == 4
    line = search.best_estimator_[-1].model_.get_layer("numeric>line")
    assert line.units == search.best_params_["model__numeric__units"]
    with pytest.raises(ValueError, match="has no parameter 'width'"):
        clone(pipe).set_params(model__branches="auto", model__numeric__width=3).fit(
            NUMBERS, [0, 1] * 20
        )


class LayerBranch(Branch):
    """One layer of Keras's, or of the user's."""

    def __init__(self, make):
        self.make = make

    def build(self, group):
        return keras.layers.Flatten()(self.make()(group.tensor))


class ThroughNumpy(keras.layers.Layer):
    """XLA has no way to call Python."""

    def call(self, inputs):
        import tensorflow as tf

        return tf.ensure_shape(tf.numpy_function(lambda x: 2 * x, [inputs], "float32"), (None, 2))

    def compute_output_shape(self, input_shape):
        return input_shape


def numbers(n=200, mean=5.0):
    values = np.random.default_rng(0).normal(mean, 2, size=(n, 2))
    y = (values[:, 0] > mean).astype(int)
    return pd.DataFrame(values, columns=["numeric__a", "numeric__b"]), y


def fitted(make, frame, y, **params):
    options = {"hidden_units": (16,), "n_estimators": 1, "random_state": 0, "epochs": 30}
    branches = [("numeric", LayerBranch(make))]
    return MultiInputClassifier(branches=branches, **{**options, **params}).fit(frame, y)


@pytest.mark.parametrize("n_estimators", [1, 2])
@pytest.mark.parametrize("mean", [5.0, -3.0])
def test_layers_of_keras_learn_from_the_training_rows(mean, n_estimators):
    # They keep it outside of their variables, where networks of one architecture differ.
    frame, y = numbers(mean=mean)
    model = fitted(keras.layers.Normalization, frame, y, n_estimators=n_estimators, epochs=60)
    means = []
    for one in networks_of(model.model_):
        layer = next(x for x in one.layers if isinstance(x, keras.layers.Normalization))
        means.append(to_numpy(layer.mean).ravel())
        np.testing.assert_allclose(means[-1], frame.mean(), atol=0.3)
    assert n_estimators == 1 or not np.array_equal(*means)
    assert model.score(frame, y) > 0.9
    inputs = model.column_groups_.split(frame)
    expected = np.mean([to_numpy(x(inputs)) for x in networks_of(model.model_)], axis=0)
    np.testing.assert_allclose(model.predict_proba(frame)[:, 1:], expected, atol=1e-5)


def test_what_layers_of_keras_are_given_stays():
    frame, y = numbers()
    model = fitted(lambda: keras.layers.Normalization(mean=3.0, variance=1.0), frame, y, epochs=1)
    layer = next(x for x in model.model_.layers if isinstance(x, keras.layers.Normalization))
    np.testing.assert_allclose(to_numpy(layer.mean).ravel(), 3.0)
    bins = lambda: keras.layers.Discretization([4.0, 5.0, 6.0], output_mode="one_hot")  # noqa: E731 - short
    assert fitted(bins, frame, y, epochs=1).predict_proba(frame).shape == (200, 2)


def test_what_xla_does_not_know_is_trained_without_it():
    frame, y = numbers(600, mean=0.0)
    assert fitted(ThroughNumpy, frame, y, early_stopping=False).score(frame, y) > 0.9
