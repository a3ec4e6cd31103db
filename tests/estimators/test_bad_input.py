"""What a user gets wrong: one clear error each, which names the column or the parameter."""

import copy
import traceback

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.pipeline import Pipeline
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor
from skmultiinput.branches._numeric_branch import NumericBranch

X, Y = small_table()
NUMBERS = X.iloc[:, :2].to_numpy()


def classifier(**params):
    return MultiInputClassifier(**{**SMALL, **params})


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


def refused(function, *arguments, **keywords):
    """The message of the error that is raised, and not from inside Keras or TensorFlow."""
    with pytest.raises((ValueError, TypeError)) as caught:
        function(*arguments, **keywords)
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert not any(f"site-packages/{part}" in f for part in ("keras", "tensorflow") for f in files)
    return "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])


@pytest.mark.parametrize(
    ("frame", "parts"),
    [
        (X.assign(numeric__age="old"), ["'numeric__age'", "'old'", "make_preprocessor"]),
        (X.assign(numeric__age=[1, "old"] * 60), ["'numeric__age'", "mixed", "'old'"]),
        (X.assign(numeric__age=[1.5, {"a": 1}] * 60), ["'numeric__age'", "mixed"]),
        (X.assign(day=pd.Timestamp("2024-01-01")), ["'day'", "dates", "DatetimeEncoder"]),
        (X.assign(**{"usage[0]": np.nan}), ["NaN", "'usage[0]'", "impute"]),
        (X.assign(numeric__age=[0.0, np.inf] * 60), ["infinity", "'numeric__age'", "row 1"]),
        (X.assign(numeric__age=1e300), ["too large for float32", "'numeric__age'"]),
        (X.assign(category__plan=pd.Categorical([None, "a"] * 60)), ["NaN", "'category__plan'"]),
        (pd.concat([X, X[["numeric__age"]]], axis=1), ["more than once", "'numeric__age'"]),
        (X[:0], ["0 sample(s)"]),
        (X[[]], ["0 feature(s)"]),
    ],
    ids=[
        "text",
        "mixed",
        "objects",
        "dates",
        "nan in a series",
        "inf",
        "huge",
        "gap",
        "twice",
        "rows",
        "columns",
    ],
)
def test_columns_that_cannot_be_read(frame, parts):
    message = refused(classifier().fit, frame, Y[: len(frame)])
    assert all(part in message for part in parts), message


@pytest.mark.parametrize(
    ("frame", "parts"),
    [
        (X.drop(columns="numeric__age"), ["now missing", "numeric__age"]),
        (X.assign(numeric__debt=1.0), ["unseen at fit time", "numeric__debt"]),
        (pd.concat([X, X[["numeric__age"]]], axis=1), ["more than once", "'numeric__age'"]),
        (X.assign(numeric__age=[0.0, -np.inf] * 60), ["infinity", "'numeric__age'", "row 1"]),
        (X.assign(numeric__age="old"), ["'numeric__age'", "'old'"]),
        (X.assign(numeric__age=pd.Categorical(["a"] * 120)), ["'numeric__age'", "category"]),
        (X.assign(category__plan=1.0), ["'category__plan'", "was a pandas category in fit"]),
        (
            X.assign(category__plan=pd.Categorical(["gold"] * 120)),
            ["'category__plan'", "outside the fitted vocabulary: gold", "CategoryEncoder"],
        ),
        (X[:0], ["0 sample(s)"]),
        (X.to_numpy(), ["category columns", "expected a pandas DataFrame"]),
    ],
    ids=[
        "missing",
        "extra",
        "twice",
        "inf",
        "text",
        "category",
        "number",
        "unseen",
        "rows",
        "array",
    ],
)
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_columns_that_differ_from_those_in_fit(fitted, frame, parts, method):
    message = refused(getattr(fitted, method), frame)
    assert all(part in message for part in parts), message


def test_wrappers_that_pass_arrays_on_take_the_whole_pipeline():
    message = refused(BaggingClassifier(classifier()).fit, X, Y)
    assert "Column 2 of X holds text" in message
    assert "BaggingClassifier, take the whole Pipeline" in message


def test_columns_in_another_order_give_the_same_answer(fitted):
    np.testing.assert_array_equal(fitted.predict_proba(X[X.columns[::-1]]), fitted.predict_proba(X))


def test_other_categories_of_the_same_categories_give_the_same_answer(fitted):
    codes = X["category__plan"].cat.reorder_categories(["pro", "basic", "plus"])
    np.testing.assert_array_equal(
        fitted.predict_proba(X.assign(category__plan=codes)), fitted.predict_proba(X)
    )
    only = X[X["category__plan"] == "pro"]
    np.testing.assert_allclose(
        fitted.predict_proba(only.assign(category__plan=pd.Categorical(["pro"] * len(only)))),
        fitted.predict_proba(only),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("y", "parts"),
    [
        (np.full(120, "a"), ["one class only: 'a'"]),
        (pd.Series(Y).mask(np.arange(120) < 3), ["y contains NaN", "3 of 120"]),
        (np.array([1, "a"] * 60, dtype=object), ["y mixes", "int, str"]),
        (Y[:-1], ["inconsistent numbers of samples: [120, 119]"]),
        (None, ["requires y"]),
        (np.linspace(0, 1, 120), ["continuous"]),
    ],
    ids=["one class", "nan", "mixed", "length", "none", "numbers"],
)
def test_targets_that_cannot_be_learned(y, parts):
    message = refused(classifier().fit, X, y)
    assert all(part in message for part in parts), message


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (X.to_numpy(), ["could not convert", "Column 2 of X holds text", "set_output"]),
        (dict(X), ["one DataFrame", "dict"]),
        ([NUMBERS, X.to_numpy()], ["list of 2 arrays", "one DataFrame", "ColumnGroups.join"]),
        ([NUMBERS, NUMBERS], ["list of 2 arrays", "one DataFrame", "ColumnGroups.join"]),
        ((X, X), ["tuple of 2 arrays", "one DataFrame"]),
        (np.zeros((120, 2, 2)), ["dim 3", "SequenceEncoder (time, channel)"]),
        (np.zeros((120, 2, 2, 3)), ["dim 4", "ImageEncoder (height, width, channel)"]),
        (np.zeros(120), ["Expected 2D array"]),
    ],
    ids=["text", "dict", "widths", "list", "tuple", "3d", "4d", "1d"],
)
def test_data_that_is_no_table(data, parts):
    message = refused(classifier().fit, data, Y)
    assert all(part in message for part in parts), message


@pytest.mark.parametrize(
    ("params", "parts"),
    [
        ({"hidden_units": (0,)}, ["'hidden_units'", "at least 1"]),
        ({"hidden_units": 8}, ["'hidden_units'", "array-like"]),
        ({"activation": "rlu"}, ["'rlu'", "did you mean 'relu'"]),
        ({"loss": ["mse", "mse"]}, ["Several losses", "['mse', 'mse']"]),
        ({"loss": []}, ["Several losses", "[]"]),
        ({"loss": lambda y, prediction: 0.0}, ["one value per row", "a single number"]),
        ({"dropout": 1.0}, ["'dropout'", "[0.0, 1.0)"]),
        ({"n_members": 0}, ["'n_members'"]),
        ({"epochs": 0}, ["'epochs'"]),
        ({"fit__epochs": "many"}, ["'epochs'", "'many'"]),
        ({"batch_size": 0}, ["'batch_size'", "'auto'"]),
        ({"optimizer": "adma"}, ["'adma'", "did you mean"]),
        ({"optimizer__bta_1": 0.5}, ["optimizer__bta_1", "did you mean 'beta_1'"]),
        ({"loss": "crossentropy"}, ["'crossentropy'", "'auto'"]),
        ({"loss": "categorical_crossentropy"}, ["one label of three or more", "binary"]),
        ({"metrics": ["acuracy"]}, ["'acuracy'", "did you mean"]),
        ({"class_weight": "balancd"}, ["'class_weight'", "'balanced'"]),
        ({"class_weight": {"leave": 2.0, "stays": 1.0}}, ["'leaves'", "class_weight"]),
        ({"class_weight": {"leaves": -1.0, "stays": 1.0}}, ["class_weight", "at least 0", "-1.0"]),
        ({"class_weight": {"leaves": np.nan, "stays": 1.0}}, ["class_weight", "nan"]),
        ({"class_weight": {"leaves": 0.0, "stays": 0.0}}, ["class_weight", "zero"]),
        ({"sampler": "SMOTE"}, ["'sampler'", "fit_resample"]),
        ({"callbacks": ["stop"]}, ["'callbacks'", "'stop'"]),
        ({"model": "mlp"}, ["model", "returns a keras.Model", "Got 'mlp'"]),
        ({"random_state": "zero"}, ["'random_state'", "'zero'"]),
        ({"validation_fraction": 1}, ["'validation_fraction'"]),
        ({"branches": [("text", NumericBranch())]}, ["'text'", "not in X", "'numeric'"]),
        ({"branches": [("category", NumericBranch())]}, ["NumericBranch", "'category'"]),
        ({"branches": [1, 2]}, ["'branches'", "pairs"]),
        ({"text__units": 3}, ["'text__units'", "no column group 'text'", "'numeric'"]),
        ({"numeric__embeding_dim": 3}, ["numeric__embeding_dim", "did you mean 'embedding_dim'"]),
        ({"callbacks__patience": 3}, ["callbacks__patience", "None"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_parameters_that_cannot_be_used(params, parts):
    message = refused(classifier(**params).fit, X, Y)
    assert all(part in message for part in parts), message


def test_unknown_names_are_refused_where_they_are_set():
    assert "did you mean 'epochs'?" in refused(MultiInputClassifier, epoch=3)
    assert "did you mean 'epochs'?" in refused(classifier().set_params, epoch=3)
    assert "unexpected keyword argument 'class_weight'" in refused(
        MultiInputRegressor, class_weight="balanced"
    )
    assert "Valid parameters" in refused(
        classifier(branches=[("numeric", NumericBranch())]).set_params, numeric__foo=3
    )


def test_weights_that_cannot_be_used():
    fit = classifier().fit
    assert "expected (120,)" in refused(fit, X, Y, sample_weight=np.ones(3))
    assert "Negative values in sample_weight" in refused(fit, X, Y, sample_weight=-np.ones(120))
    assert "sample_weight contains NaN" in refused(fit, X, Y, sample_weight=np.full(120, np.nan))
    assert "zero" in refused(fit, X, Y, sample_weight=np.zeros(120))


def test_validation_rows_that_cannot_be_used():
    fit = classifier().fit
    assert "expected both or neither" in refused(fit, X, Y, X_val=X)
    assert "expected both or neither" in refused(fit, X, Y, y_val=Y)
    assert "inconsistent" in refused(fit, X, Y, X_val=X, y_val=Y[:3])
    assert "numeric__age" in refused(fit, X, Y, X_val=X.drop(columns="numeric__age"), y_val=Y)
    for label in ("a", "new", "zzz"):
        unknown = refused(fit, X, Y, X_val=X, y_val=np.full(120, label))
        assert "outside the known classes" in unknown


@pytest.mark.parametrize(
    ("argument", "advice"),
    [
        ({"epochs": 3}, "Set MultiInputClassifier(epochs=3) or set_params(epochs=3) instead"),
        ({"batch_size": 8}, "MultiInputClassifier(batch_size=8)"),
        ({"callbacks": []}, "MultiInputClassifier(callbacks=[])"),
        ({"validation_data": (X, Y)}, "fit(X, y, X_val=..., y_val=...)"),
        ({"eval_set": [(X, Y)]}, "fit(X, y, X_val=..., y_val=...)"),
        ({"validation_split": 0.2}, "MultiInputClassifier(validation_fraction=0.2)"),
        ({"steps_per_epoch": 5}, "set in the constructor"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_arguments_of_fit_elsewhere_name_the_parameter(argument, advice):
    message = refused(classifier().fit, X, Y, **argument)
    assert f"argument {next(iter(argument))!r}" in message
    assert advice in message
    step = {f"model__{name}": value for name, value in argument.items()}
    assert advice in refused(Pipeline([("model", classifier())]).fit, X, Y, **step)


def test_negative_weights_of_labels_are_refused():
    labels = np.c_[Y == "leaves", Y == "stays"].astype(int)
    for weight in ([{0: 1.0, 1: -2.0}, {0: 1.0, 1: 1.0}], [{0: 1.0, 1: np.inf}, {0: 1.0, 1: 1.0}]):
        message = refused(classifier(class_weight=weight).fit, X, labels)
        assert "class_weight" in message
        assert "at least 0" in message


@pytest.mark.parametrize("scope", ["MirroredStrategy", "OneDeviceStrategy"])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_fits_under_a_strategy_are_refused(scope, method):
    tf = pytest.importorskip("tensorflow", reason="strategies are TensorFlow's")
    strategy = getattr(tf.distribute, scope)("CPU:0" if scope == "OneDeviceStrategy" else None)
    model = classifier()
    with strategy.scope(), pytest.raises(RuntimeError) as caught:
        getattr(model, method)(X, Y)
    assert f"under tf.distribute.{scope}: one fit uses one device" in str(caught.value)
    assert "Leave the strategy's scope" in str(caught.value)
    assert not hasattr(model, "model_")
    assert model.fit(X, Y).predict(X).shape == Y.shape


def test_copies_under_a_strategy():
    tf = pytest.importorskip("tensorflow", reason="strategies are TensorFlow's")
    model = classifier().fit(X, Y)
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        assert copy.deepcopy(model).predict(X).shape == Y.shape
    with tf.distribute.MirroredStrategy().scope():
        assert model.predict(X).shape == Y.shape
        with pytest.raises(RuntimeError, match=r"cannot be loaded under tf.distribute.Mirrored"):
            copy.deepcopy(model)


def test_text_is_no_target_of_a_regressor():
    model = MultiInputRegressor(**SMALL)
    assert "expects numbers in y, but y holds" in refused(model.fit, X, Y)


def test_a_loss_that_returns_one_number_is_refused():
    def total(y_true, y_pred):
        import keras

        return keras.ops.mean((y_true - y_pred) ** 2)

    assert "one value per row" in refused(classifier(loss=total).fit, X, Y)


def test_training_that_diverges_says_what_to_do():
    wild = {"optimizer": "sgd", "learning_rate": 1e30, "optimizer__clipvalue": 1e30}
    with pytest.raises(FloatingPointError, match=r"diverged. Try a lower learning_rate"):
        classifier(**wild, epochs=5).fit(X, Y)
