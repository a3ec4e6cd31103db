import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler
from strategies import sequence_cells

from skmultiinput import ColumnGroups
from skmultiinput.frame._column_groups import MISSING, PAD, UNKNOWN
from skmultiinput.preprocessing import SequenceEncoder

# Few cells, of which none may hold a sequence: legal, and shown to warn below.
pytestmark = pytest.mark.filterwarnings("ignore:Column .* holds no sequence in fit")

SIDES = st.sampled_from(["pre", "post"])
USAGE = pd.Series(
    [[1.0, 3.0, 5.0], None, [], np.array([7.0]), (2, 4)], index=[9, 9, 2, 1, 0], name="usage"
)


def boxes(encoder, frame, j=0):
    """Values of shape (n, time, channel) and mask of shape (n, time) of an encoder's output."""
    box = frame.to_numpy().reshape(len(frame), encoder.lengths_[j], encoder.channels_[j] + 1)
    return box[:, :, :-1], box[:, :, -1]


def steps_of(cell):
    """The steps of a cell as a list of lists; one that measured nothing is None."""
    if cell is None or isinstance(cell, float):
        return []
    steps = [np.atleast_1d(np.asarray(step, dtype=float)) for step in cell]
    return [None if np.isnan(step).all() else step.tolist() for step in steps]


def slow_encoding(cells, max_length, padding, truncation):
    """Standard scaling, mean for a missing measurement and mask, cell by cell."""
    rows = [steps_of(cell) for cell in cells]
    observed = [step for row in rows for step in row if step is not None]
    width = len(observed[0])
    mean, scale = [], []
    for channel in range(width):
        values = [step[channel] for step in observed if not np.isnan(step[channel])]
        mean.append(np.mean(values) if values else 0.0)
        deviation = np.std(values) if values else 0.0
        scale.append(deviation if deviation > 1e-7 else 1.0)
    out = []
    for row in rows:
        kept = row[:max_length] if truncation == "post" else row[max(0, len(row) - max_length) :]
        room = [None] * (max_length - len(kept))
        steps = kept + room if padding == "post" else room + kept
        out.append(
            [
                [0.0] * (width + 1)
                if step is None
                else [
                    0.0 if np.isnan(v) else (v - m) / s
                    for v, m, s in zip(step, mean, scale, strict=True)
                ]
                + [1.0]
                for step in steps
            ]
        )
    return np.array(out)


@given(sequence_cells(), st.integers(1, 7), SIDES, SIDES)
@settings(deadline=None, max_examples=80)
def test_agrees_with_a_slow_reference(cells, max_length, padding, truncation):
    observed = [s for cell in cells for s in steps_of(cell) if s is not None]
    assume(observed)
    assume((~np.isnan(observed)).any(axis=0).all())
    # Where a spread is tiny beside the mean, two ways to compute it differ.
    spread = np.nanstd(np.array(observed), axis=0)
    assume(((spread == 0) | (spread > 1e-2)).all())
    encoder = SequenceEncoder(max_length, padding=padding, truncation=truncation)
    box = encoder.fit_transform(cells).to_numpy().reshape(len(cells), max_length, -1)
    expected = slow_encoding(cells, max_length, padding, truncation)
    np.testing.assert_allclose(box, expected, rtol=1e-3, atol=1e-4)


@given(sequence_cells(), SIDES, SIDES)
@settings(deadline=None, max_examples=40)
def test_length_of_the_padding_never_changes_what_was_observed(cells, padding, truncation):
    encoder = SequenceEncoder(6, padding=padding, truncation=truncation, scale=None)
    values, mask = boxes(encoder, encoder.fit_transform(cells))
    encoder = clone(encoder).set_params(max_length=11)
    longer_values, longer_mask = boxes(encoder, encoder.fit_transform(cells))
    new = slice(0, 6) if padding == "post" else slice(5, 11)
    np.testing.assert_array_equal(longer_mask[:, new], mask)
    np.testing.assert_array_equal(longer_values[:, new], values)
    assert longer_mask.sum() == mask.sum()


@given(sequence_cells(min_size=2))
@settings(deadline=None, max_examples=40)
def test_permuted_rows_only_permute(cells):
    encoder = SequenceEncoder(6)
    frame = encoder.fit_transform(cells)
    other = clone(encoder).fit_transform(cells.iloc[::-1])
    pd.testing.assert_frame_equal(other, frame.iloc[::-1], rtol=1e-3, atol=1e-3)
    pd.testing.assert_frame_equal(encoder.transform(cells.iloc[::-1]), frame.iloc[::-1])


@given(sequence_cells())
@settings(deadline=None, max_examples=40)
def test_kept_copied_and_fitted_twice_it_stays_the_same(cells):
    encoder = SequenceEncoder()
    before = copy.deepcopy(cells)
    frame = encoder.fit_transform(cells)
    pd.testing.assert_series_equal(cells, before)
    assert set(frame.dtypes) == {np.dtype(np.float32)}
    assert np.isfinite(frame.to_numpy()).all()
    for other in (
        pickle.loads(pickle.dumps(encoder)),
        copy.deepcopy(encoder),
        clone(encoder).fit(cells),
        encoder,
    ):
        pd.testing.assert_frame_equal(other.transform(cells), frame)


def test_mask_tells_a_real_zero_from_padding():
    encoder = SequenceEncoder(scale=None)
    values, mask = boxes(encoder, encoder.fit_transform([[0.0, 0.0], [0.0]]))
    assert not values.any()
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_names_index_and_defaults():
    encoder = SequenceEncoder()
    frame = encoder.fit_transform(USAGE)
    assert frame.columns.tolist() == [f"usage[{t},{c}]" for t in range(3) for c in range(2)]
    assert frame.index.equals(USAGE.index)
    values, mask = boxes(encoder, frame)
    assert mask.tolist() == [[1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert encoder.means_[0] == pytest.approx([22 / 6])
    assert values[mask == 1].mean() == pytest.approx(0, abs=1e-6)
    assert values[mask == 1].std() == pytest.approx(1)


def test_missing_measurements_become_the_mean_and_empty_steps_are_not_observed():
    cells = [[[1.0, 10.0], [None, 30.0], [np.nan, np.nan], None], [[3.0, 20.0]]]
    encoder = SequenceEncoder(scale=None)
    values, mask = boxes(encoder, encoder.fit_transform(cells))
    assert values[0].tolist() == [[1, 10], [2, 30], [0, 0], [0, 0]]
    assert mask.tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    encoder = SequenceEncoder()
    values, _ = boxes(encoder, encoder.fit_transform(cells))
    assert values[0, 1, 0] == 0


@pytest.mark.parametrize(
    ("scale", "scaler"),
    [
        ("standard", StandardScaler()),
        ("robust", RobustScaler()),
        ("minmax", MinMaxScaler()),
        (PowerTransformer(), PowerTransformer()),
    ],
)
def test_scaling_is_learned_on_observed_steps_only(scale, scaler):
    rng = np.random.default_rng(0)
    cells = [rng.gamma(2, 3, (n, 2)) for n in (3, 0, 7, 1)]
    encoder = SequenceEncoder(scale=scale)
    values, mask = boxes(encoder, encoder.fit_transform(cells))
    expected = scaler.fit_transform(np.concatenate(cells))
    np.testing.assert_allclose(values[mask == 1], expected, rtol=1e-5, atol=1e-6)
    assert not values[mask == 0].any()
    if not isinstance(scale, str):
        assert not hasattr(scale, "lambdas_")


def test_a_scaler_may_take_no_nan_and_change_the_channels():
    cells = [[[1.0, 2.0, 3.0], [2.0, None, 1.0]], [[5.0, 1.0, 0.0], [0.0, 0.0, 2.0]]]
    encoder = SequenceEncoder(scale=PCA(2, random_state=0))
    frame = encoder.fit_transform(cells)
    assert encoder.channels_ == [2]
    assert frame.columns.tolist()[:3] == ["x0[0,0]", "x0[0,1]", "x0[0,2]"]


@pytest.mark.parametrize(
    "cells",
    [
        [[1.0, 2.0], [3.0]],
        [(1, 2), (3,)],
        [range(1, 3), range(3, 4)],
        [np.array([1, 2]), np.array([3])],
        [np.array([[1], [2]]), np.array([[3.0]])],
        [[[1], [2]], [[3]]],
        [[np.array([1]), np.array([2])], [np.array([3])]],
        [pd.Series([1, 2]), pd.Series([3])],
        [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3]})],
        pd.Series([[1.0, 2.0], [3.0]]).to_frame(),
    ],
)
def test_many_containers_one_answer(cells):
    encoder = SequenceEncoder(scale=None)
    assert encoder.fit_transform(cells).to_numpy().tolist() == [[1, 1, 2, 1], [3, 1, 0, 0]]


def test_a_three_dimensional_array_is_one_column():
    cube = np.arange(12.0).reshape(2, 3, 2)
    encoder = SequenceEncoder(scale=None)
    values, mask = boxes(encoder, encoder.fit_transform(cube))
    np.testing.assert_array_equal(values, cube)
    assert mask.all()


def test_a_channel_that_was_never_measured_is_zero():
    cells = [[[1.0, None], [3.0, None]]]
    encoder = SequenceEncoder()
    values, mask = boxes(encoder, encoder.fit_transform(cells))
    assert values[0].tolist() == [[-1, 0], [1, 0]]
    assert mask.all()
    values, _ = boxes(encoder, encoder.transform([[[2.0, 5.0]]]))
    assert np.isfinite(values).all()


def test_categories_become_tokens():
    pages = pd.Series([["web", "shop", None], ["web"], None, []], name="pages")
    encoder = SequenceEncoder(padding="pre", max_length=2)
    frame = encoder.fit_transform(pages)
    assert encoder.kinds_ == ["categories"]
    assert frame.columns.tolist() == ["pages[0]", "pages[1]"]
    assert frame.iloc[:, 0].cat.categories is frame.iloc[:, 1].cat.categories
    assert frame.dtypes.iloc[0].categories.tolist() == [PAD, UNKNOWN, MISSING, "web", "shop"]
    assert frame.to_numpy().tolist() == [
        ["shop", MISSING], [PAD, "web"], [PAD, PAD], [PAD, PAD],
    ]  # fmt: skip
    unseen = encoder.transform(pd.Series([["app", "web"]], name="pages"))
    assert unseen.to_numpy().tolist() == [[UNKNOWN, "web"]]
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(encoder)).transform(pages), frame)


def test_ids_are_categories_when_told_and_rare_ones_unknown():
    baskets = [[17, 4], [17.0], np.array([17, 5]), [None, True]]
    encoder = SequenceEncoder(kind="categories", min_frequency=2)
    assert encoder.fit_transform(baskets).to_numpy().tolist() == [
        ["17", UNKNOWN], ["17", PAD], ["17", UNKNOWN], [MISSING, UNKNOWN],
    ]  # fmt: skip
    assert SequenceEncoder(kind="categories", max_tokens=1).fit(baskets).vocabularies_[
        0
    ].tolist() == [
        PAD,
        UNKNOWN,
        MISSING,
        "17",
    ]


def lists_of(values):
    return pd.Series([values[i : i + 4].tolist() for i in range(0, len(values), 4)], name="u")


def test_whole_numbers_that_are_spread_like_ids_are_categories():
    rng = np.random.default_rng(0)
    bought = lists_of(rng.choice([1045, 2210, 87, 3321, 4410, 512, 9001, 7777, 6120, 333], 400))
    encoder = SequenceEncoder().fit(bought)
    assert encoder.kinds_ == ["categories"]
    as_text = bought.map(lambda cell: [str(value) for value in cell])
    pd.testing.assert_frame_equal(encoder.transform(bought), encoder.transform(as_text))
    pd.testing.assert_frame_equal(encoder.transform(bought.map(str)), encoder.transform(as_text))


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.poisson(5, 400),
        lambda rng: rng.choice([10, 20, 50, 100, 200, 500, 1000, 2000, 5000], 400),
        lambda rng: np.round(rng.normal(200, 20, 400).round() * 3.7),
        lambda rng: rng.choice([87, 512, 2048, 3321], 400) + 0.5,
        lambda rng: rng.lognormal(7, 1, 400).round(),
    ],
)
def test_other_whole_numbers_are_measured(draw):
    assert SequenceEncoder().fit(lists_of(draw(np.random.default_rng(0)))).kinds_ == ["numeric"]


def test_the_typed_frame_reads_numbers_and_categories_side_by_side():
    table = pd.DataFrame({"usage": USAGE.to_list(), "pages": [["a"], None, ["b", "a"], [], None]})
    encoder = SequenceEncoder()
    for columns in (["usage", "pages"], ["pages", "usage"]):
        transformer = ColumnTransformer([("history", encoder, columns), ("one", encoder, "usage")])
        frame = transformer.set_output(transform="pandas").fit_transform(table)
        kinds = {
            spec.name: (spec.kind, spec.shape) for spec in ColumnGroups.from_frame(frame).inputs
        }
        assert kinds == {
            "history__usage": ("sequence", (3, 2)),
            "history__pages": ("tokens", (2,)),
            "one": ("sequence", (3, 2)),
        }


def test_nothing_in_fit_is_legal_and_warned_of():
    with pytest.warns(UserWarning, match="Column 'usage' holds no sequence in fit"):
        frame = SequenceEncoder().fit_transform(pd.Series([None, []], name="usage"))
    assert frame.to_numpy().tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    ("cells", "error", "message"),
    [
        ([[1.0], 3.0], TypeError, "got float 3.0 in row 1 of column 'u'"),
        (["one two"], TypeError, "got str 'one two' in row 0 of column 'u'. Text is read if"),
        ([[1.0], {"a": 1}], TypeError, "got dict"),
        ([[[1, 2]], [[1, 2, 3]]], ValueError, "2 channel.* got 3 in row 1 of column 'u'"),
        ([[[1, 2], [3]]], ValueError, r"steps of \[1, 2\] values in row 0 of column 'u'"),
        ([[[1, 2], 3]], ValueError, "same number of channels"),
        ([np.zeros((1, 2, 3))], ValueError, r"shape \(1, 2, 3\) in row 0"),
        ([[1.0], [np.inf]], ValueError, "infinite one in row 1 of column 'u'"),
        ([["a"], [2.0]], ValueError, "numbers in row 1 of column 'u' and text in row 0"),
        ([[1, "a"], [2]], ValueError, "kind='categories'"),
        ([[["a", "b"]]], ValueError, "flat list of categories"),
        ([[pd.Timestamp("2024-01-01")]], TypeError, "Expected numbers, got Timestamp"),
        ([np.array(["2024-01-01"], dtype="datetime64[D]")], TypeError, "dates or durations"),
        ([[1 + 2j]], TypeError, "Expected numbers"),
    ],
)
def test_a_wrong_cell_is_named(cells, error, message):
    with pytest.raises(error, match=message):
        SequenceEncoder().fit(pd.Series(cells, name="u"))


def test_other_refusals():
    encoder = SequenceEncoder().fit([[1.0], [2.0]])
    with pytest.raises(TypeError, match="Expected numbers, got 'a'"):
        encoder.transform([["a"]])
    with pytest.raises(TypeError, match="Expected numbers, got '3'"):
        encoder.transform([["3", 4]])
    with pytest.raises(ValueError, match=r"1 channel.* as in fit, got 2"):
        encoder.transform([[[1.0, 2.0]]])
    with pytest.raises(ValueError, match="'scale' parameter"):
        SequenceEncoder(scale="log").fit([[1.0]])
    with pytest.raises(ValueError, match="'padding' parameter"):
        SequenceEncoder(padding="left").fit([[1.0]])
    with pytest.raises(TypeError, match="list of its rows"):
        SequenceEncoder().fit(np.zeros((3, 4)))
    with pytest.raises(NotFittedError):
        SequenceEncoder().transform([[1.0]])


def test_lists_written_as_text_are_read():
    lists = pd.Series([[1.0, 2.0], [3.0], []], name="u")
    for texts in (["[1.0, 2.0]", "[3.0]", "[]"], ["(1, 2)", "(3,)", "()"]):
        out = SequenceEncoder(scale=None).fit_transform(pd.Series(texts, name="u"))
        pd.testing.assert_frame_equal(out, SequenceEncoder(scale=None).fit_transform(lists))
    out = SequenceEncoder().fit_transform(pd.Series(["['a', 'b']", '["a"]'], name="u"))
    assert out.iloc[0].tolist() == ["a", "b"]
    for text in ("1 2 3", "1|2|3", "1;2;3"):
        out = SequenceEncoder(scale=None).fit_transform(pd.Series([text], name="u"))
        assert out.iloc[0].tolist() == [1, 1, 2, 1, 3, 1]


def test_levels_with_a_separator_are_categories():
    chosen = pd.Series(["price; brand", "brand", None, " ", "price, in all;ads"], name="why")
    encoder = SequenceEncoder(max_length=2)
    frame = encoder.fit_transform(chosen)
    assert (encoder.kinds_, encoder.separators_) == (["categories"], [";"])
    assert frame.to_numpy().tolist() == [
        ["price", "brand"], ["brand", PAD], [PAD, PAD], [PAD, PAD], ["price, in all", "ads"],
    ]  # fmt: skip
    new = pd.Series([["brand", "ads"], "ads;", "news;brand"], name="why")
    assert encoder.transform(new).to_numpy().tolist() == [
        ["brand", "ads"], ["ads", PAD], [UNKNOWN, "brand"],
    ]  # fmt: skip


def test_columns_are_joined_to_a_sequence():
    table = pd.DataFrame({"b1": [1.0, 4], "b2": [2.0, None], "b3": [3, 6], "other": [[9.0], [8.0]]})
    encoder = SequenceEncoder(scale=None, join={"b": ["b3", "b2", "b1"]})
    out = encoder.fit_transform(table)
    assert out.columns.tolist() == encoder.get_feature_names_out().tolist()
    steps = out[[f"b[{t},0]" for t in range(3)]]
    masks = out[[f"b[{t},1]" for t in range(3)]]
    assert steps.iloc[0].tolist() == [3, 2, 1]
    assert masks.iloc[1].tolist() == [1, 0, 1]
    assert out["other[0,0]"].tolist() == [9, 8]
    with pytest.raises(ValueError, match=r"names \['b9'\]"):
        SequenceEncoder(join={"b": ["b9"]}).fit(table)


def test_joined_columns_without_names_and_names_that_are_taken():
    table = pd.DataFrame([[1.0, 2.0, [5.0]], [3.0, 4.0, [6.0]]])
    encoder = SequenceEncoder(scale=None, join={"s": [1, 0]})
    out = encoder.fit_transform(table)
    assert out.columns.tolist() == ["x2[0,0]", "x2[0,1]", "s[0,0]", "s[0,1]", "s[1,0]", "s[1,1]"]
    assert out["s[0,0]"].tolist() == [2.0, 4.0]
    assert encoder.transform(table).equals(out)
    with pytest.raises(ValueError, match="has the name of another column"):
        SequenceEncoder(join={2: [0, 1]}).fit(table)
