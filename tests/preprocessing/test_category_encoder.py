import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks
from strategies import category_frames

from skmultiinput.frame._column_groups import INFREQUENT, MISSING, UNKNOWN
from skmultiinput.preprocessing import (
    CategoryEncoder,
    HashingEncoder,
    ImageEncoder,
    SequenceEncoder,
    TokenEncoder,
)
from skmultiinput.preprocessing._reading.labels import cell_label

# The output are categories, whatever the input; these checks subtract one output from another.
CATEGORIES = "compares outputs by subtraction, which categories do not have"
EXPECTED_FAILED_CHECKS = dict.fromkeys(
    [
        "check_pipeline_consistency",
        "check_estimators_pickle",
        "check_transformer_data_not_an_array",
        "check_transformer_general",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_fit_idempotent",
    ],
    CATEGORIES,
)


@parametrize_with_checks(
    [CategoryEncoder(), CategoryEncoder(min_frequency=0.1, max_categories=3)],
    expected_failed_checks=lambda _: EXPECTED_FAILED_CHECKS,
)
def test_estimator_checks(estimator, check):
    check(estimator)


def encode_slowly(train, cells, min_frequency=1, max_categories=None):
    """Encode one column cell by cell: the reference."""

    def label(cell):
        gap = pd.api.types.is_scalar(cell) and pd.isna(cell)
        text = None if gap else cell_label(cell)
        return text if text and text.strip() else None  # blank text is missing

    counts = {}
    for cell in train:
        if label(cell) is not None:
            counts[label(cell)] = counts.get(label(cell), 0) + 1
    least = min_frequency if isinstance(min_frequency, int) else min_frequency * len(train)
    kept = [level for level in counts if counts[level] >= least]
    kept = sorted(kept, key=lambda level: (-counts[level], _order(level, counts)))[:max_categories]
    out = []
    for cell in cells:
        level = label(cell)
        if level is None:
            out.append(MISSING)
        elif level in kept:
            out.append(level)
        else:
            out.append(INFREQUENT if level in counts else UNKNOWN)
    return out


def _order(level, counts):
    def is_number(text):
        try:
            return np.isfinite(float(text))
        except ValueError:
            return False

    return (float(level), level) if all(map(is_number, counts)) else level


@settings(max_examples=60, deadline=None)
@given(category_frames(), st.data())
def test_equals_a_cell_by_cell_reference(frame, data):
    options = {
        "min_frequency": data.draw(st.sampled_from([1, 2, 0.3])),
        "max_categories": data.draw(st.sampled_from([None, 1, 2])),
    }
    encoder = CategoryEncoder(**options).fit(frame)
    # Enough rows to take the way of large tables as well as the way of small ones.
    many = pd.concat([frame] * (40 // len(frame) + 1), ignore_index=True)
    for rows in (frame, many):
        encoded = encoder.transform(rows)
        for j in range(frame.shape[1]):
            expected = encode_slowly(frame.iloc[:, j], rows.iloc[:, j], **options)
            assert encoded.iloc[:, j].tolist() == expected
    pd.testing.assert_frame_equal(
        CategoryEncoder(**options).fit_transform(frame), encoder.transform(frame)
    )


@settings(max_examples=40, deadline=None)
@given(category_frames(), st.randoms(use_true_random=False))
def test_permuted_rows_are_permuted_and_learn_the_same(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    encoder = CategoryEncoder(max_categories=2)
    encoded = encoder.fit_transform(frame)
    pd.testing.assert_frame_equal(
        clone(encoder).fit_transform(frame.iloc[order]), encoded.iloc[order]
    )


@settings(max_examples=40, deadline=None)
@given(category_frames(), category_frames())
def test_unseen_levels_never_raise_and_nothing_is_missing(train, other):
    encoder = CategoryEncoder().fit(train)
    n = train.shape[1]
    new = pd.concat([other] * n, axis=1).iloc[:, :n].set_axis(train.columns, axis=1)
    encoded = encoder.transform(new)
    assert not encoded.isna().any().any()
    assert list(encoded.dtypes) == encoder.dtypes_


@settings(max_examples=20, deadline=None)
@given(category_frames())
def test_pickle_keeps_the_output_and_the_input_stays_untouched(frame):
    before = frame.copy(deep=True)
    encoder = CategoryEncoder(min_frequency=2).fit(frame)
    pd.testing.assert_frame_equal(
        pickle.loads(pickle.dumps(encoder)).transform(frame), encoder.transform(frame)
    )
    pd.testing.assert_frame_equal(frame, before)


def test_reserved_categories_come_first_and_always_exist():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": ["x"]}))
    assert encoder.vocabularies_[0].tolist() == [UNKNOWN, INFREQUENT, MISSING, "x"]


def test_one_level_for_one_and_the_text_one():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": [1, 2, 2]}))
    new = pd.DataFrame({"a": pd.Series(["1", 2.0, 2, np.nan, True], dtype=object)})
    assert encoder.transform(new)["a"].tolist() == ["1", "2", "2", MISSING, UNKNOWN]


def test_true_and_one_in_one_column_stay_apart_in_any_order():
    cells = pd.Series([1, True, "1", 1.0], dtype=object)
    for order in ([0, 1, 2, 3], [1, 0, 3, 2]):
        column = cells.iloc[order].to_frame("a")
        encoded = CategoryEncoder().fit_transform(column)["a"].sort_index()
        assert encoded.tolist() == ["1", "True", "1", "1"]


def test_a_level_that_reads_like_a_reserved_symbol_is_kept_apart():
    frame = pd.DataFrame({"a": ["<unknown>", "\\<unknown>", "x", None]})
    encoder = CategoryEncoder().fit(frame)
    encoded = encoder.transform(frame)["a"]
    assert encoded.tolist() == ["\\<unknown>", "\\\\<unknown>", "x", MISSING]
    assert encoder.inverse_transform(encoded.to_frame())["a"].tolist() == [
        *frame["a"].tolist()[:3],
        None,
    ]
    new = pd.DataFrame({"a": ["<missing>", "y"]})
    assert encoder.transform(new)["a"].tolist() == [UNKNOWN, UNKNOWN]


def test_category_input_uses_the_levels_that_occur():
    column = pd.Series(["b", "a"], dtype=pd.CategoricalDtype(["a", "b", "never"]))
    encoder = CategoryEncoder().fit(column.to_frame("c"))
    assert encoder.vocabularies_[0].tolist()[3:] == ["a", "b"]
    recoded = pd.DataFrame({"c": pd.Categorical(["never", "a"], categories=["never", "a", "b"])})
    assert encoder.transform(recoded)["c"].tolist() == [UNKNOWN, "a"]


def test_float_precision_does_not_change_the_level():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": np.array([0.1, 0.2], dtype="float32")}))
    assert encoder.transform(pd.DataFrame({"a": [0.1, 0.2]}))["a"].tolist() == ["0.1", "0.2"]


def test_numbers_are_sorted_as_numbers():
    encoder = CategoryEncoder().fit(pd.DataFrame({"a": [10, 9, -1]}))
    assert encoder.vocabularies_[0].tolist()[3:] == ["-1", "9", "10"]


def test_the_categories_are_the_same_object_at_every_transform():
    # So that whoever reads the frame sees at once that nothing has to be recoded.
    frame = pd.DataFrame({"a": ["x", "y"]})
    encoder = CategoryEncoder().fit(frame)
    for rows in (frame, frame.iloc[:1], pd.concat([frame] * 30)):
        dtype = encoder.transform(rows)["a"].dtype
        assert dtype == encoder.dtypes_[0]
        assert dtype.categories is encoder.dtypes_[0].categories


def test_list_cells_are_refused_with_the_name_of_the_column():
    frame = pd.DataFrame({"ok": ["a", "b"], "tags": [["a"], ["b"]]})
    with pytest.raises(TypeError, match=r"Column 'tags'.*list.*SequenceEncoder"):
        CategoryEncoder().fit(frame)
    encoder = CategoryEncoder().fit(pd.DataFrame({"tags": ["a"]}))
    with pytest.raises(TypeError, match="Column 'tags'"):
        encoder.transform(frame[["tags"]])


def test_duplicated_and_foreign_columns_are_named():
    twice = pd.DataFrame([["a", "b"]], columns=["c", "c"])
    with pytest.raises(ValueError, match=r"more than once: \['c'\]"):
        CategoryEncoder().fit(twice)
    encoder = CategoryEncoder().fit(pd.DataFrame({"c": ["a"]}))
    with pytest.raises(ValueError, match="d"):
        encoder.transform(pd.DataFrame({"d": ["a"]}))


def test_a_name_that_looks_like_an_index_becomes_plain():
    frame = pd.DataFrame({"x[3]": ["a"], "load [kW]": ["b"]})
    assert CategoryEncoder().fit_transform(frame).columns.tolist() == ["x(3)", "load [kW]"]
    with pytest.raises(ValueError, match="cannot be told apart"):
        CategoryEncoder().fit_transform(pd.DataFrame({"x[3]": ["a"], "x(3)": ["b"]}))


@pytest.mark.parametrize("options", [{"min_frequency": 0}, {"max_categories": 0}])
def test_wrong_parameters(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        CategoryEncoder(**options).fit(pd.DataFrame({"a": ["x"]}))


def test_tree_learners_read_the_output_inside_a_stock_column_transformer():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.choice(["x", "y", "z"], 200), "b": rng.integers(0, 5, 200)})
    y = (frame["a"] == "x") ^ (frame["b"] > 2)
    transformer = ColumnTransformer([("category", CategoryEncoder(), ["a", "b"])])
    typed = transformer.set_output(transform="pandas").fit_transform(frame)
    assert typed.columns.tolist() == ["category__a", "category__b"]
    trees = HistGradientBoostingClassifier(categorical_features="from_dtype", min_samples_leaf=5)
    assert trees.fit(typed, y).score(typed, y) > 0.95


@pytest.mark.parametrize(
    ("encoder", "column"),
    [
        (CategoryEncoder(), ["a", "b"]),
        (HashingEncoder(), ["a", "b"]),
        (TokenEncoder(), ["a good day", "a bad day"]),
        (SequenceEncoder(), [[1.0], [2.0, 3.0]]),
        (ImageEncoder(), [np.zeros((2, 2)), np.ones((2, 2))]),
    ],
)
def test_polars_has_no_place_for_a_vocabulary(encoder, column):
    table = pd.DataFrame({"x": pd.Series(column, dtype=object)})
    with pytest.raises(ValueError, match=r'Call set_output\(transform="pandas"\)'):
        encoder.set_output(transform="polars")
    with (
        config_context(transform_output="polars"),
        pytest.raises(ValueError, match=r'Call set_output\(transform="pandas"\)'),
    ):
        encoder.fit_transform(table)
    with config_context(transform_output="polars"):
        assert type(encoder.set_output(transform="pandas").fit_transform(table)) is pd.DataFrame


@pytest.mark.parametrize(
    ("name", "cells", "levels"),
    [
        ("mail", ["ann@a.org", "bob@a.org", "eve@B.com", None], ["a.org", "b.com"]),
        ("page", ["https://www.a.org/1", "http://a.org/2", "https://b.com"], ["a.org", "b.com"]),
        (
            "referrer",
            [*(f"https://{site}.com/{i}" for site in "ab" for i in range(4)), *["(none)"] * 3],
            ["(none)", "a.com", "b.com"],
        ),
        ("zip", ["94107", "94110", "10001-1234"], ["100", "941"]),
        ("postcode", ["SW1A 1AA", "SW1A 2AB", "N1 9GU"], ["n1", "sw1a"]),
        ("phone", ["+1 415 5550001", "+1 415 5550002", "+1 212 5550003"], ["+1 212", "+1 415"]),
        # Whole texts that repeat, or have another form, stay as they are.
        ("mail", ["ann@a.org"] * 3 + ["bob@a.org"] * 3, ["ann@a.org", "bob@a.org"]),
        ("mail", ["ann", "bob@a.org"], ["ann", "bob@a.org"]),
        ("serial", ["94107", "94110", "10001"], ["10001", "94107", "94110"]),
    ],
)
def test_parts_of_texts_that_mostly_differ(name, cells, levels):
    table = pd.DataFrame({name: cells})
    encoder = CategoryEncoder(parts=True).fit(table)
    assert encoder.vocabularies_[0][3:].tolist() == levels
    many = pd.concat([table] * 20, ignore_index=True)
    row_by_row = encoder.transform(table)[name].tolist()
    assert encoder.transform(many)[name].tolist() == row_by_row * 20
    whole = CategoryEncoder().fit(table).vocabularies_[0]
    assert len(whole) == 3 + table[name].nunique()
    hashed = HashingEncoder(64, parts=True).fit_transform(table)[name]
    assert hashed[table[name].notna()].nunique() <= len(levels)


@pytest.mark.parametrize("share", [np.float32(0.3), np.float64(0.3)])
def test_shares_may_be_floats_of_numpy(share):
    X = pd.DataFrame({"plan": ["free"] * 7 + ["pro"] * 3})
    for encoder in (CategoryEncoder, TokenEncoder, SequenceEncoder):
        column = X.map(lambda cell: [cell]) if encoder is SequenceEncoder else X
        expected = encoder(min_frequency=0.3).fit_transform(column)
        pd.testing.assert_frame_equal(encoder(min_frequency=share).fit_transform(column), expected)


@pytest.mark.parametrize("encoder", [CategoryEncoder(), HashingEncoder(64)])
@pytest.mark.parametrize("kind", ["datetime64", "timedelta64"])
def test_dates_and_spans_are_the_same_level_at_every_resolution(encoder, kind):
    cells = np.arange(3).astype(f"{kind}[s]")
    encoded = encoder.fit_transform(pd.DataFrame({"d": cells}))["d"]
    assert encoded.nunique() == 3
    for n_copies in (1, 20):
        other = pd.DataFrame({"d": np.tile(cells.astype(f"{kind}[ns]"), n_copies)})
        assert encoder.transform(other)["d"].tolist() == encoded.tolist() * n_copies


@pytest.mark.parametrize("n_rows", [3, 300])
@pytest.mark.parametrize("blank", ["", "  ", "\t"])
@pytest.mark.parametrize("encoder", [CategoryEncoder(), HashingEncoder()])
def test_blank_text_is_missing(encoder, blank, n_rows):
    with_gaps = pd.DataFrame({"plan": ["basic", None, "plus"] * n_rows}, dtype=object)
    with_blanks = with_gaps.fillna(blank)
    expected = encoder.fit_transform(with_gaps)
    pd.testing.assert_frame_equal(encoder.transform(with_blanks), expected)
    pd.testing.assert_frame_equal(encoder.fit_transform(with_blanks), expected)
    declared = with_blanks.astype("category")
    pd.testing.assert_frame_equal(encoder.transform(declared), expected)


@pytest.mark.parametrize(
    ("true", "false"), [(1, 0), (1.0, 0.0), ("true", "false"), ("TRUE", "FALSE")]
)
@pytest.mark.parametrize("n_rows", [3, 300])
def test_truth_values_as_other_programs_write_them(true, false, n_rows):
    flags = pd.DataFrame({"left": [True, False, False] * n_rows})
    encoder = CategoryEncoder().fit(flags)
    given = pd.DataFrame({"left": [true, false, false] * n_rows})
    pd.testing.assert_frame_equal(encoder.transform(given), encoder.transform(flags))
    words = CategoryEncoder().fit(pd.DataFrame({"left": ["True", "False", "maybe"]}))
    assert words.transform(pd.DataFrame({"left": ["1", "true"]}))["left"].tolist() == [UNKNOWN] * 2
