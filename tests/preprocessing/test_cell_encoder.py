import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmultiinput.preprocessing import ImageEncoder, SequenceEncoder, TokenEncoder
from skmultiinput.preprocessing._cell_encoder import category_columns, code_box, length_of, places


class FromMatrix:
    """Makes cells of numbers, so that scikit-learn's checks can drive an encoder of cells."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = tags.input_tags.string = False
        return tags

    def _read(self, X, *, reset, stacked=False):
        frame = super()._read(X, reset=reset, stacked=False)
        return pd.DataFrame(
            {name: [self.make_cell(v) for v in frame[name]] for name in frame}, index=frame.index
        )


class TextsOfNumbers(FromMatrix, TokenEncoder):
    @staticmethod
    def make_cell(value):
        return f"{float(value)}"

    # The checks subtract outputs, so they get the codes.
    def transform(self, X):
        return super().transform(X).apply(lambda column: column.cat.codes)

    def fit_transform(self, X, y=None):
        return super().fit_transform(X).apply(lambda column: column.cat.codes)


class SequencesOfNumbers(FromMatrix, SequenceEncoder):
    @staticmethod
    def make_cell(value):
        return [float(value)]


class PicturesOfNumbers(FromMatrix, ImageEncoder):
    @staticmethod
    def make_cell(value):
        value = abs(float(value))
        return None if np.isnan(value) else np.full((2, 1), value)


COLUMN = "a list or a one-dimensional array is a column of cells, not a row to be reshaped"
EXPECTED_FAILED_CHECKS = {
    "check_fit1d": COLUMN,
    "check_fit2d_predict1d": COLUMN,
    "check_transformer_data_not_an_array": "it passes a matrix as a list of rows; " + COLUMN,
    "check_transformer_preserve_dtypes": "the output is a frame, whose columns have the dtypes",
    "check_complex_data": "float() refuses complex numbers with a TypeError before the encoder",
}


@parametrize_with_checks(
    [
        TextsOfNumbers(min_frequency=1, analyzer=str.split),
        SequencesOfNumbers(),
        PicturesOfNumbers(),
    ],
    expected_failed_checks=lambda _: EXPECTED_FAILED_CHECKS,
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("encoder", [TokenEncoder(), SequenceEncoder(), ImageEncoder()])
def test_tags_say_that_a_matrix_of_numbers_is_not_what_they_read(encoder):
    tags = encoder.__sklearn_tags__().input_tags
    assert tags.allow_nan
    assert not tags.two_d_array
    assert not tags.sparse


def slow_places(cells, max_length, padding, truncation):
    boxes = []
    for cell in cells:
        kept = cell[:max_length] if truncation == "post" else cell[max(len(cell) - max_length, 0) :]
        room = [0] * (max_length - len(kept))
        boxes.append(kept + room if padding == "post" else room + kept)
    return boxes


@given(
    st.lists(st.lists(st.integers(1, 99), max_size=6), min_size=1, max_size=6),
    st.integers(1, 7),
    st.sampled_from(["pre", "post"]),
    st.sampled_from(["pre", "post"]),
)
@settings(deadline=None)
def test_places_agree_with_a_slow_reference(cells, max_length, padding, truncation):
    lengths = np.array([len(cell) for cell in cells])
    items = np.array([item for cell in cells for item in cell], dtype=int)
    kept, rows, steps = places(lengths, max_length, padding=padding, truncation=truncation)
    box = np.zeros((len(cells), max_length), dtype=int)
    box[rows, steps] = items[kept]
    assert box.tolist() == slow_places(cells, max_length, padding, truncation)


@pytest.mark.parametrize(
    ("n_categories", "dtype"), [(3, np.int8), (126, np.int8), (127, np.int16), (40_000, np.int32)]
)
def test_codes_are_as_small_as_pandas_has_them(n_categories, dtype):
    category = pd.CategoricalDtype(np.arange(n_categories))
    codes = np.array([n_categories - 1, 1, 2])
    box = code_box(codes, np.array([2, 0, 1]), 2, category)
    assert box.tolist() == [[n_categories - 1, 1], [0, 0], [2, 0]]
    for column, values in zip(category_columns(box, category), box.T, strict=True):
        assert column.codes.dtype == box.dtype == dtype
        assert column.categories is category.categories
        assert column.codes.tolist() == values.tolist()


def test_auto_length_ignores_empty_cells_and_stays_between_1_and_512():
    assert length_of("auto", np.array([0, 0, 0])) == 1
    assert length_of("auto", np.array([0] * 1000 + [7])) == 7
    assert length_of("auto", np.arange(1, 1001)[:100]) == 100
    assert length_of("auto", np.array([9000])) == 512


@pytest.mark.parametrize(
    ("encoder", "cell"),
    [
        (TokenEncoder(min_frequency=1), "good fit"),
        (SequenceEncoder(), [1.0, 2.0]),
        (SequenceEncoder(), ["web", "shop"]),
        (ImageEncoder(), np.ones((2, 2))),
        (ImageEncoder(max_columns=0), np.ones((2, 2))),
    ],
)
@pytest.mark.parametrize("n_columns", [1, 2])
def test_a_table_without_rows_is_encoded(encoder, cell, n_columns):
    table = pd.DataFrame({f"c{j}": pd.Series([cell, None], dtype=object) for j in range(n_columns)})
    encoded = encoder.fit_transform(table)
    empty = encoder.transform(table.iloc[:0])
    assert empty.shape == (0, encoded.shape[1])
    assert empty.dtypes.equals(encoded.dtypes)
