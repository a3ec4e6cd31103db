import copy
import pickle
import unicodedata
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils._param_validation import InvalidParameterError
from strategies import texts

from skmultiinput import ColumnGroups
from skmultiinput.frame._column_groups import PAD, UNKNOWN
from skmultiinput.preprocessing import TokenEncoder

# Few texts, of which nothing may be left: that is legal here and shown to warn below.
pytestmark = pytest.mark.filterwarnings("ignore:No token of column")

REVIEWS = pd.Series(
    ["Good fit, good colour", None, "Good price", "", "bad fit and bad price"],
    index=[7, 7, 3, 1, 0],
    name="review",
)


def rows(frame):
    """Tokens of each row without the padding."""
    return [[token for token in row if token != PAD] for row in frame.to_numpy().tolist()]


def slow_encoding(cells, encoder):
    """What TokenEncoder promises for words, written down plainly."""
    analyze = CountVectorizer(
        tokenizer=encoder.vectorizer_.tokenizer, token_pattern=None
    ).build_analyzer()
    cells = [unicodedata.normalize("NFC", cell) if isinstance(cell, str) else "" for cell in cells]
    docs = [analyze(cell) for cell in cells]
    counts = Counter(token for doc in docs for token in set(doc))
    known = {token for token, count in counts.items() if count >= encoder.min_frequency}
    return [[t if t in known - {PAD, UNKNOWN} else UNKNOWN for t in doc] for doc in docs]


def test_output_is_one_category_dtype_per_text():
    frame = TokenEncoder(min_frequency=1).fit_transform(REVIEWS)
    assert frame.columns.tolist() == [f"review[{i}]" for i in range(5)]
    assert frame.index.equals(REVIEWS.index)
    vocabularies = {id(frame.iloc[:, i].cat.categories) for i in range(5)}
    assert len(vocabularies) == 1
    assert frame.dtypes.iloc[0].categories.tolist() == [
        PAD, UNKNOWN, "fit", "good", "price", "and", "bad", "colour",
    ]  # fmt: skip
    assert frame.iloc[:, 0].cat.codes.dtype == np.int8
    assert not frame.isna().to_numpy().any()
    assert rows(frame) == [
        ["good", "fit", "good", "colour"], [], ["good", "price"], [],
        ["bad", "fit", "and", "bad", "price"],
    ]  # fmt: skip


def test_the_typed_frame_reads_it():
    table = pd.DataFrame({"review": REVIEWS, "title": ["a b c"] * 5})
    encoder = TokenEncoder(min_frequency=1, max_length=3, token_pattern=r"\w+")
    transformer = ColumnTransformer([("text", encoder, ["review", "title"])])
    frame = transformer.set_output(transform="pandas").fit_transform(table)
    groups = ColumnGroups.from_frame(frame)
    assert [(spec.name, spec.kind, spec.shape) for spec in groups.inputs] == [
        ("text__review", "tokens", (3,)),
        ("text__title", "tokens", (3,)),
    ]
    assert groups.split(frame)["text__title"].tolist() == [[2, 3, 4]] * 5


@pytest.mark.parametrize("columns", ["review", ["review"]])
def test_scalar_and_list_columns_of_a_column_transformer_agree(columns):
    table = REVIEWS.reset_index(drop=True).to_frame()
    transformer = ColumnTransformer([("text", TokenEncoder(min_frequency=1), columns)])
    transformer.set_output(transform="pandas")
    frame = transformer.fit_transform(table)
    assert frame.columns[0] == "text__review[0]"
    pd.testing.assert_frame_equal(transformer.transform(table.iloc[[0]]), frame.iloc[[0]])


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_default_output_is_a_frame_too(output):
    encoder = TokenEncoder(min_frequency=1).set_output(transform=output)
    frame = encoder.fit_transform(REVIEWS)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == encoder.get_feature_names_out().tolist()


@given(texts())
@settings(deadline=None, max_examples=60)
def test_words_agree_with_a_slow_reference(cells):
    encoder = TokenEncoder(min_frequency=2, max_length=100)
    assert rows(encoder.fit_transform(cells)) == slow_encoding(cells, encoder)


@given(texts(min_size=2), texts())
@settings(deadline=None, max_examples=40)
def test_any_text_can_be_encoded_after_fit(train, test):
    encoder = TokenEncoder(min_frequency=1, ngram_range=(1, 2)).fit(train)
    frame = encoder.transform(test)
    assert not frame.isna().to_numpy().any()
    for vocabulary in encoder.vocabularies_:
        assert set(np.unique(frame.to_numpy())) <= set(vocabulary)


@given(texts(min_size=2))
@settings(deadline=None, max_examples=40)
def test_permuted_rows_only_permute(cells):
    encoder = TokenEncoder(min_frequency=1, max_length=20, ngram_range=(1, 2))
    frame = encoder.fit_transform(cells)
    shuffled = cells.iloc[::-1]
    pd.testing.assert_frame_equal(clone(encoder).fit_transform(shuffled), frame.iloc[::-1])


@given(texts())
@settings(deadline=None, max_examples=40)
def test_tokens_beyond_max_length_are_the_only_loss(cells):
    whole = rows(TokenEncoder(min_frequency=1, max_length=200).fit_transform(cells))
    for max_length in (1, 3):
        cut = rows(TokenEncoder(min_frequency=1, max_length=max_length).fit_transform(cells))
        assert cut == [row[:max_length] for row in whole]


@given(texts())
@settings(deadline=None, max_examples=25)
def test_kept_copied_and_fitted_twice_it_stays_the_same(cells):
    encoder = TokenEncoder(min_frequency=1)
    before = cells.copy()
    frame = encoder.fit_transform(cells)
    pd.testing.assert_series_equal(cells, before)
    for other in (
        pickle.loads(pickle.dumps(encoder)),
        copy.deepcopy(encoder),
        clone(encoder).fit(cells),
        encoder,
    ):
        pd.testing.assert_frame_equal(other.transform(cells), frame)


def test_ngrams_have_a_frequency_of_their_own_and_come_after_the_words():
    reviews = ["so nice top", "so nice dress", "top so nice", "rare pair"]
    encoder = TokenEncoder(ngram_range=(1, 2), min_frequency=3, min_ngram_frequency=2)
    assert rows(encoder.fit_transform(reviews)) == [
        ["so", "nice", UNKNOWN, "so nice"],
        ["so", "nice", UNKNOWN, "so nice"],
        [UNKNOWN, "so", "nice", "so nice"],
        [UNKNOWN, UNKNOWN],
    ]
    assert encoder.vocabularies_[0].tolist() == [PAD, UNKNOWN, "nice", "so", "so nice"]
    assert encoder.document_frequencies_[0].tolist() == [0, 0, 3, 3, 3]


def test_document_frequencies_can_be_counted_from_the_codes():
    encoder = TokenEncoder(min_frequency=1, ngram_range=(1, 2))
    frame = encoder.fit_transform(REVIEWS)
    codes = np.column_stack([frame.iloc[:, i].cat.codes for i in range(frame.shape[1])])
    counted = [(codes == code).any(axis=1).sum() for code in range(2, codes.max() + 1)]
    assert counted == encoder.document_frequencies_[0][2:].tolist()


@pytest.mark.parametrize(("share", "number"), [(0.5, 2), (0.01, 1), (0.75, 3)])
def test_frequency_as_a_share_of_the_rows(share, number):
    cells = ["top", "top dress", "top dress shoe", None]
    by_share = TokenEncoder(min_frequency=share).fit(cells)
    by_number = TokenEncoder(min_frequency=number).fit(cells)
    assert by_share.vocabularies_[0].tolist() == by_number.vocabularies_[0].tolist()


def test_max_tokens_keeps_the_most_frequent():
    encoder = TokenEncoder(max_tokens=2, min_frequency=1).fit(REVIEWS)
    assert encoder.vocabularies_[0].tolist() == [PAD, UNKNOWN, "fit", "good"]


def test_auto_length_holds_nearly_all_and_has_a_limit():
    lengths = [3] * 995 + [60] * 5
    assert TokenEncoder(min_frequency=1).fit(["ab " * n for n in lengths]).lengths_ == [3]
    assert TokenEncoder(min_frequency=1).fit(["ab " * 2000]).lengths_ == [512]
    with pytest.warns(UserWarning, match="No token of column 'review'"):
        encoder = TokenEncoder().fit(pd.Series([None, ""], name="review"))
    assert encoder.lengths_ == [1]


def test_each_column_has_its_own_vocabulary_and_length():
    table = pd.DataFrame({"title": ["nice top", None], "body": ["so nice top", "bad"]})
    encoder = TokenEncoder(min_frequency=1)
    frame = encoder.fit_transform(table)
    assert encoder.lengths_ == [2, 3]
    assert frame.columns.tolist() == ["title[0]", "title[1]", "body[0]", "body[1]", "body[2]"]
    assert "bad" not in frame["title[0]"].cat.categories


@pytest.mark.parametrize(
    ("parameters", "text", "tokens"),
    [
        ({}, "The TOP", ["the", "top"]),
        ({"lowercase": False}, "The TOP", ["The", "TOP"]),
        ({"strip_accents": "unicode"}, "été", ["ete"]),
        ({"stop_words": "english"}, "the dress", ["dress"]),
        ({"stop_words": ["top"]}, "the top", ["the"]),
        ({"token_pattern": r"\w+"}, "a top", ["a", "top"]),
        ({"tokenizer": lambda text: text.split(",")}, "new york,rome", ["new york", "rome"]),
        ({"tokenizer": lambda text: (w for w in text.split())}, "a b", ["a", "b"]),
        ({"preprocessor": lambda text: text.replace("<br>", " ")}, "so<br>nice", ["so", "nice"]),
        ({"analyzer": "char"}, "ab c", ["a", "b", " ", "c"]),
        ({"analyzer": "char_wb", "ngram_range": (2, 2)}, "ab", [" a", "ab", "b "]),
        ({"analyzer": str.split}, "A <pad> b", ["A", UNKNOWN, "b"]),
        ({"ngram_range": [2, 2], "min_ngram_frequency": 1}, "so nice top", ["so nice", "nice top"]),
        (
            {"ngram_range": (1, 2), "min_ngram_frequency": 1},
            "我喜欢",
            [*"我喜欢", "我 喜", "喜 欢"],
        ),
        ({}, "e\u0301te\u0301", ["été"]),
    ],
)
def test_texts_are_taken_apart_as_the_parameters_say(parameters, text, tokens):
    encoder = TokenEncoder(min_frequency=1, **parameters)
    assert rows(encoder.fit_transform([text])) == [tokens]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["good fit", None, "bad"]),
        pd.Series(["good fit", pd.NA, "bad"], dtype="string"),
        pd.Series(["good fit", np.nan, "bad"], dtype="category"),
        pd.Series(["good fit", None, "bad"]).to_frame(),
        ["good fit", None, "bad"],
        ("good fit", float("nan"), "bad"),
        np.array(["good fit", None, "bad"], dtype=object),
        np.array([["good fit"], [None], ["bad"]], dtype=object),
        pd.Index(["good fit", None, "bad"]),
    ],
    ids=lambda column: type(column).__name__,
)
def test_many_containers_one_answer(column):
    frame = TokenEncoder(min_frequency=1).fit_transform(column)
    assert rows(frame) == [["good", "fit"], [], ["bad"]]
    assert frame.columns.tolist() == ["x0[0]", "x0[1]"]


def test_arrow_tables_are_read():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"review": ["good fit", None]})
    assert TokenEncoder(min_frequency=1).fit_transform(table).columns[0] == "review[0]"


def test_numbers_among_texts_are_read_as_printed_and_a_missing_batch_is_legal():
    encoder = TokenEncoder(min_frequency=1).fit(pd.Series(["good", 404, None], name="review"))
    assert "404" in encoder.vocabularies_[0]
    batch = pd.DataFrame({"review": [np.nan, np.nan]})
    assert rows(encoder.transform(batch)) == [[], []]
    assert encoder.transform(batch.iloc[:0]).shape == (0, encoder.lengths_[0])


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ([1.5, 2.5], TypeError, "Column 'review' holds numbers"),
        (["good", ["bad"]], TypeError, r"got list \['bad'\] in row 1 of column 'review'"),
        (["good", b"bad"], TypeError, "got bytes b'bad' in row 1 of column 'review'"),
        ([pd.Timestamp("2024-01-01")], TypeError, "got Timestamp"),
        ([], ValueError, "0 sample"),
    ],
)
def test_a_wrong_cell_is_named(column, error, message):
    with pytest.raises(error, match=message):
        TokenEncoder().fit(pd.Series(column, name="review"))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"max_length": 0}, "'max_length' parameter"),
        ({"min_frequency": 1.5}, "'min_frequency' parameter"),
        ({"ngram_range": (2, 1)}, "'ngram_range' parameter"),
        ({"ngram_range": (1, 2, 3)}, "'ngram_range' parameter"),
        ({"token_pattern": "("}, "'token_pattern' parameter"),
        ({"token_pattern": "x", "tokenizer": str.split}, "Both 'tokenizer' and 'token_pattern'"),
        ({"analyzer": "words"}, "'analyzer' parameter"),
        ({"stop_words": "german"}, "'stop_words' parameter"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, message):
    with pytest.raises((InvalidParameterError, ValueError), match=message):
        TokenEncoder(**parameters).fit(REVIEWS)


def test_other_refusals():
    with pytest.raises(TypeError, match="got int 1"):
        TokenEncoder(tokenizer=lambda _: [1, 2], min_frequency=1).fit(["a"])
    with pytest.raises(ValueError, match="single cell into a list"):
        TokenEncoder().fit("good fit")
    with pytest.raises(NotFittedError):
        TokenEncoder().transform(REVIEWS)
    encoder = TokenEncoder(min_frequency=1).fit(REVIEWS)
    with pytest.raises(ValueError, match="feature names"):
        encoder.transform(REVIEWS.rename("title"))
    with pytest.raises(ValueError, match="input_features"):
        encoder.get_feature_names_out(["title"])
    twice = pd.DataFrame([["a", "b"]], columns=["x", "x"])
    with pytest.raises(ValueError, match=r"more than once: \['x'\]"):
        encoder.fit(twice)
    with pytest.raises(TypeError, match="Sparse"):
        encoder.fit(sparse.eye(2, format="csr"))


@given(texts(min_size=2), texts(min_size=2))
@settings(max_examples=25)
def test_joined_texts_are_one_more_column(titles, reviews):
    n = min(len(titles), len(reviews))
    X = pd.DataFrame({"title": titles[:n], "review": reviews[:n]})
    held = [[text for text in row if not pd.isna(text)] for row in X.to_numpy().tolist()]
    joined = ["\n".join(row) if row else None for row in held]
    by_hand = X.assign(**{"title + review": pd.Series(joined, dtype=object)})
    got = TokenEncoder(min_frequency=1, joined=True).fit(X)
    expected = TokenEncoder(min_frequency=1).fit_transform(by_hand)
    pd.testing.assert_frame_equal(got.transform(X), expected)
    assert got.get_feature_names_out().tolist() == expected.columns.tolist()
    assert len(ColumnGroups.from_frame(got.transform(X).add_prefix("text__")).inputs) == 3


def test_one_column_is_not_joined_with_itself():
    alone = TokenEncoder(joined=True).fit_transform(REVIEWS.to_frame())
    pd.testing.assert_frame_equal(alone, TokenEncoder().fit_transform(REVIEWS.to_frame()))


def test_words_of_one_character():
    tags = pd.DataFrame({"tags": ["a, c", "b", "c, b, a"] * 3})
    assert sorted(TokenEncoder().fit(tags).vocabularies_[0][2:]) == ["a", "b", "c"]
    with pytest.warns(UserWarning, match=r"No token of column 'tags' is found in any row.*token_p"):
        TokenEncoder(token_pattern=r"\w\w+").fit(tags)
