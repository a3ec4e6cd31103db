"""Targets of every dtype are learned as the same numbers or labels in NumPy's own types are."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.pipeline import make_pipeline
from small import SMALL, small_table

from skmultiinput import MultiInputClassifier, MultiInputRegressor, make_preprocessor

X, Y = small_table(60)
PLAIN = {**SMALL, "epochs": 1, "early_stopping": False}
A = X["numeric__age"].round(3)
FLAG = A > 0
COUNT = (2 * A).round().astype(int)
FLOATS, COUNTS = pd.DataFrame({"a": A, "b": 2 * A}), pd.DataFrame({"a": COUNT, "b": 3 + COUNT})
FLAGS = pd.DataFrame({"a": FLAG, "b": ~FLAG})


def decimals(numbers):
    return [Decimal(str(number)) for number in numbers]


NUMBERS = {
    "Float64": (FLOATS.astype("Float64"), FLOATS),
    "Int64": (COUNTS.astype("Int64"), COUNTS),
    "boolean": (FLAGS.astype("boolean"), FLAGS),
    "double[pyarrow]": (FLOATS.astype("double[pyarrow]"), FLOATS),
    "int64[pyarrow]": (COUNTS.astype("int64[pyarrow]"), COUNTS),
    "bool and int": (pd.DataFrame({"a": FLAG, "b": COUNT}), np.c_[FLAG, COUNT]),
    "bool and float": (pd.DataFrame({"a": FLAG, "b": A}), np.c_[FLAG, A]),
    "boolean and Int64": (pd.DataFrame({"a": FLAG.astype("boolean"), "b": COUNT.astype("Int64")}),
                          np.c_[FLAG, COUNT]),
    "Decimals": (pd.DataFrame({"a": decimals(A), "b": decimals(2 * A)}), FLOATS),
    "objects": (FLOATS.astype(object), FLOATS),
    "one 0/1, one count": (np.c_[FLAG, 1 + COUNT % 5], np.c_[FLAG, 1 + COUNT % 5].astype(float)),
    "Series of Float64": (A.astype("Float64"), A),
    "Series of double[pyarrow]": (A.astype("double[pyarrow]"), A),
    "Series of Decimals": (pd.Series(decimals(A)), A),
    "Series of objects": (A.astype(object), A),
    "list of Decimals": (decimals(A), A),
    "sparse": (sparse.csr_matrix(COUNTS), COUNTS),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_of_every_type_are_learned_alike(kind):
    given, plain = NUMBERS[kind]
    expected = MultiInputRegressor(**PLAIN).fit(X, np.asarray(plain, dtype=float)).predict(X)
    assert np.array_equal(MultiInputRegressor(**PLAIN).fit(X, given).predict(X), expected)


LABELS = {
    "boolean": (FLAG.astype("boolean"), FLAG),
    "bool[pyarrow]": (FLAG.astype("bool[pyarrow]"), FLAG),
    "Int64": (COUNT.clip(-1, 1).astype("Int64"), COUNT.clip(-1, 1)),
    "int64[pyarrow]": (COUNT.clip(-1, 1).astype("int64[pyarrow]"), COUNT.clip(-1, 1)),
    "string[pyarrow]": (pd.Series(Y).astype("string[pyarrow]"), Y),
    "category": (pd.Series(Y).astype("category"), Y),
    "objects": (COUNT.clip(-1, 1).astype(object), COUNT.clip(-1, 1)),
    "Decimals": (pd.Series(decimals(COUNT.clip(-1, 1))), COUNT.clip(-1, 1)),
    "several booleans": (FLAGS.astype("boolean"), FLAGS),
    "several Int64": (FLAGS.astype("Int64"), FLAGS),
    "several, bool and int": (FLAGS.assign(b=1 - FLAG.astype(int)), FLAGS),
    "several, sparse": (sparse.csr_matrix(FLAGS.astype(int)), FLAGS),
    "several, a sparse array": (sparse.csc_array(FLAGS.astype(int)), FLAGS),
    "several, objects": (FLAGS.astype(object), FLAGS),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_type_are_learned_alike(kind):
    given, plain = LABELS[kind]
    expected = MultiInputClassifier(**PLAIN).fit(X, np.asarray(plain))
    found = MultiInputClassifier(**PLAIN).fit(X, given)
    assert np.array_equal(found.predict_proba(X), expected.predict_proba(X))
    assert np.array_equal(found.predict(X), expected.predict(X))
    assert found.score(X, given) == expected.score(X, np.asarray(plain)) > 0


@pytest.mark.parametrize(
    "y",
    [
        np.c_[FLAG, 1 + COUNT % 5],
        np.c_[1 + COUNT % 5, COUNT % 3],
        np.c_[FLAG, A],
        np.c_[FLAG, ~FLAG],
    ],
    ids=["0/1 and counts", "counts", "0/1 and numbers", "0/1 twice"],
)
def test_categories_are_encoded_by_several_targets_of_any_type(y):
    """A category of many levels beside them: each target is encoded by its own type."""
    table = pd.DataFrame({"age": A, "city": [f"city {i % 25}" for i in range(len(A))]})
    preprocess = make_preprocessor(high_cardinality="target", random_state=0)
    encoded = preprocess.fit_transform(table, y)
    assert (encoded.columns.str.startswith("target__")).sum() >= y.shape[1]
    assert np.isfinite(encoded.to_numpy(float)).all()
    model = make_pipeline(preprocess, MultiInputRegressor(**PLAIN)).fit(table, y)
    assert model.predict(table).shape == y.shape


@pytest.mark.parametrize("model", [MultiInputClassifier, MultiInputRegressor])
@pytest.mark.parametrize("cells", [(("a",), ("a", "b")), (["a"], ["b"]), ({"a"}, {"b"})])
def test_cells_of_several_labels_are_refused(model, cells):
    y = pd.Series([cells[i % 2] for i in range(60)])
    with pytest.raises(ValueError, match=r"y holds cells of type (list|tuple|set).*Binarizer"):
        model(**PLAIN).fit(X, y)
