"""Text columns to token columns."""

import re
import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import StrOptions, _fit_context
from skmultiinput._typing import CellsLike
from skmultiinput.preprocessing._cell_encoder import (
    CellEncoder,
    category_columns,
    code_box,
    length_of,
    named_frame,
)
from skmultiinput.preprocessing._column_wise import unique_names
from skmultiinput.preprocessing._reading.texts import joined_name, joined_texts, read_texts
from skmultiinput.preprocessing._reading.words import build_analyzers, split_words, token_layers
from skmultiinput.preprocessing._vocabulary import (
    COUNT,
    FREQUENCY,
    UNKNOWN_CODE,
    encode,
    learn_vocabulary,
    least_count,
    look_up,
    shared_dtype,
)


class TokenEncoder(CellEncoder):
    """Encode text columns as columns of tokens with the fitted vocabulary.

    A column ``review`` becomes ``review[0]``, ``review[1]``, ... in reading order, one token each,
    as pandas categories. All columns of one text share one category dtype, whose categories are the
    vocabulary: ``<pad>``, ``<unknown>``, then the tokens, the most frequent first.

    Texts are taken apart by scikit-learn's `CountVectorizer`, whose parameters mean the same here.
    Repeated tokens stay, so that a network can weigh them by their frequency (tf-idf) as well
    as read them in order. The output is always a DataFrame, because its dtypes carry the
    vocabulary. A ColumnTransformer keeps it only after ``set_output(transform="pandas")``; without,
    it makes strings of it.

    Parameters
    ----------
    max_tokens : int or None, default=None
        Size of each vocabulary without the two reserved tokens; the most frequent tokens are kept.
        None keeps all that are frequent enough.
    max_length : int or "auto", default="auto"
        Number of columns per text. Tokens beyond it are lost; nothing else is. "auto" holds 99 % of
        the non-empty training texts in full and makes 512 columns at most.
    min_frequency : int or float, default=3
        In how many training rows, or which share of them, a word has to occur. A rarer word becomes
        ``<unknown>``, as one never seen does, so that this token is learned from
        the training rows.
    min_ngram_frequency : int or float, default=2
        The same for n-grams longer than the shortest in `ngram_range`. A rarer one is left out:
        its words are there already.
    ngram_range : tuple (min_n, max_n), default=(1, 1)
        Lengths of the word or character n-grams. The shortest come first in reading order, then
        the next longer ones; all count towards `max_length`. For recurrent and convolutional
        branches keep one length.
    analyzer : {"word", "char", "char_wb"} or callable, default="word"
        What a token is: a word, a character, a character inside a word, or what the callable
        makes of the raw text.
    tokenizer : callable or None, default=None
        Splits a prepared text into tokens instead of `token_pattern`, for analyzer "word".
    token_pattern : str or None, default=None
        Regular expression of a word. None means runs of word characters, also of one ("5 stars"),
        with the combining marks that many scripts spell vowels with. Letters of scripts written
        without spaces (Chinese, Japanese, Thai, Lao, Khmer, Myanmar) come one by one, for which
        ``ngram_range=(1, 2)`` is a good choice.
    preprocessor : callable or None, default=None
        Prepares a text instead of `lowercase` and `strip_accents`.
    lowercase : bool, default=True
        Whether to convert to lower case.
    strip_accents : {"ascii", "unicode"} or callable or None, default=None
        Whether to remove accents. Do not use it for Indic scripts or Thai, whose vowels it removes.
    stop_words : {"english"}, list or None, default=None
        Words that are left out.
    joined : bool, default=False
        Whether several columns are, besides, read as one text: ``title + review``, with a
        vocabulary of its own. What a word says in one of them then helps to understand it in the
        others. Without effect on a single column.

    Attributes
    ----------
    vocabularies_ : list of ndarray of str objects, each of shape (n_categories,)
        Per column of `X`, and last of the joined texts if there are, the vocabulary; the position
        is the code. The lists below have as many elements.
    document_frequencies_ : list of ndarray of int, each of shape (n_categories,)
        In how many training rows each token occurs; 0 for the reserved tokens.
    unknown_shares_ : list of float
        Per column of `X` the share of the training tokens that the vocabulary lacks, because they
        are rare; 0 where there is no token.
    lengths_ : list of int
        Per column of `X` the number of output columns.
    n_samples_seen_ : int
        Number of training rows.
    n_features_in_ : int
        Number of columns seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Their names; only set where all are strings.

    See Also
    --------
    skmultiinput.branches.TokenBranch : The branch of tokens.

    Notes
    -----
    A missing text (None, NaN, pandas.NA) and one without any token are all ``<pad>``: the row has
    no text. A number among the texts is read as it is printed. Canonically equal spellings of a
    letter are the same (Unicode NFC).

    Examples
    --------
    >>> import pandas as pd
    >>> reviews = pd.Series(["Good fit, good colour", None, "Good price"], name="review")
    >>> encoder = TokenEncoder(min_frequency=1, max_length=4)
    >>> encoder.fit_transform(reviews)
      review[0] review[1] review[2] review[3]
    0      good       fit      good    colour
    1     <pad>     <pad>     <pad>     <pad>
    2      good     price     <pad>     <pad>
    >>> encoder.transform(pd.Series(["bad fit"], name="review"))
      review[0] review[1] review[2] review[3]
    0 <unknown>       fit     <pad>     <pad>
    >>> two = pd.DataFrame({"title": ["Great", None], "review": ["So good", "Great price"]})
    >>> both = TokenEncoder(min_frequency=1, joined=True).fit_transform(two)
    >>> both.filter(like="+").columns.tolist()
    ['title + review[0]', 'title + review[1]', 'title + review[2]']
    >>> encoder.transform(pd.Series([["bad", "fit"]], name="review"))
    Traceback (most recent call last):
        ...
    TypeError: Expected text or a missing value, got list ['bad', 'fit'] in row 0 of column
    'review'.
    """

    # Large, and the analyzers of texts cannot be stored but by pickle.
    _tables = ("_analyzers", "_codes_of", "_dtypes")
    _parameter_constraints: dict = {
        "max_tokens": [COUNT, None],
        "max_length": [COUNT, StrOptions({"auto"})],
        "min_frequency": FREQUENCY,
        "min_ngram_frequency": FREQUENCY,
        "ngram_range": [tuple, list],
        "analyzer": [StrOptions({"word", "char", "char_wb"}), callable],
        "tokenizer": [callable, None],
        "token_pattern": [str, None],
        "preprocessor": [callable, None],
        "lowercase": ["boolean"],
        "strip_accents": [StrOptions({"ascii", "unicode"}), callable, None],
        "stop_words": [StrOptions({"english"}), list, None],
        "joined": ["boolean"],
    }

    def __init__(
        self,
        max_tokens: int | None = None,
        max_length: int | str = "auto",
        *,
        min_frequency: float = 3,
        min_ngram_frequency: float = 2,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: str | Callable[[str], list[str]] = "word",
        tokenizer: Callable[[str], list[str]] | None = None,
        token_pattern: str | None = None,
        preprocessor: Callable[[str], str] | None = None,
        lowercase: bool = True,
        strip_accents: str | Callable[[str], str] | None = None,
        stop_words: str | list[str] | None = None,
        joined: bool = False,
    ) -> None:
        self.max_tokens = max_tokens
        self.max_length = max_length
        self.min_frequency = min_frequency
        self.min_ngram_frequency = min_ngram_frequency
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.tokenizer = tokenizer
        self.token_pattern = token_pattern
        self.preprocessor = preprocessor
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.stop_words = stop_words
        self.joined = joined

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags

    def fit(self, X: CellsLike, y: object = None) -> Self:
        """Learn a vocabulary per column.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of str
            Texts; missing ones are allowed.
        y : None
            Ignored.

        Returns
        -------
        self : TokenEncoder

        Raises
        ------
        TypeError
            If a column does not hold text; the column and the row are named.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: CellsLike, y: object = None) -> pd.DataFrame:
        """Learn a vocabulary per column and encode the same texts.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of str
            Texts; missing ones are allowed.
        y : None
            Ignored.

        Returns
        -------
        DataFrame of shape (n_samples, n_columns_out)
            Category columns.
        """
        frame = self._read(X, reset=True)
        self.vectorizer_ = self._vectorizer()
        self._analyzers = build_analyzers(self.vectorizer_)
        self.vocabularies_, self.document_frequencies_, self.lengths_ = [], [], []
        self.n_samples_seen_, self.unknown_shares_ = len(frame), []
        least = least_count(self.min_frequency, len(frame))
        least_ngram = least_count(self.min_ngram_frequency, len(frame))
        encoded = []
        for j, name in enumerate(frame.columns):
            layers = self._layers(frame.iloc[:, j])
            tokens, counts = learn_vocabulary(
                layers, [least] + [least_ngram] * (len(layers) - 1), max_tokens=self.max_tokens
            )
            if not counts.any():
                reason = f"No token of column {name!r} occurs in {least} rows"
                remedy = "lower min_frequency"
                if not any(layers[0]):
                    reason = f"No token of column {name!r} is found in any row"
                    remedy = "set token_pattern to what a word is"
                warnings.warn(
                    f"{reason}, so its vocabulary is empty; {remedy} or leave the column out.",
                    UserWarning,
                    stacklevel=2,
                )
            self.vocabularies_.append(tokens)
            self.document_frequencies_.append(counts)
            codes, lengths = encode(layers, look_up(tokens))
            encoded.append((codes, lengths))
            self.unknown_shares_.append(
                float((codes == UNKNOWN_CODE).mean()) if len(codes) else 0.0
            )
            self.lengths_.append(length_of(self.max_length, lengths))
        self._prepare()
        return self._frame(encoded, frame.index)

    def transform(self, X: CellsLike) -> pd.DataFrame:
        """Encode texts with the fitted vocabularies.

        Parameters
        ----------
        X : DataFrame of shape (n_samples, n_features), Series or list of str
            Texts; missing ones are allowed.

        Returns
        -------
        DataFrame of shape (n_samples, n_columns_out)
            Category columns with the index of `X`.

        Raises
        ------
        TypeError
            If a cell is neither text, a number nor missing; the column and the row are named.
        """
        check_is_fitted(self, "vocabularies_")
        frame = self._read(X, reset=False)
        encoded = [
            encode(self._layers(frame.iloc[:, j]), codes_of)
            for j, codes_of in enumerate(self._codes_of)
        ]
        return self._frame(encoded, frame.index)

    def _read(self, X: Any, *, reset: bool, stacked: bool = False) -> pd.DataFrame:
        frame = super()._read(X, reset=reset, stacked=stacked)
        if not self.joined or frame.shape[1] < 2:
            return frame
        return pd.concat([frame, joined_texts(frame)], axis=1)

    def _names_out(self, features: tuple[str, ...]) -> np.ndarray:
        if len(self.lengths_) > len(features):
            features = tuple(unique_names([*features, joined_name(features)]))
        return super()._names_out(features)

    def _vectorizer(self) -> CountVectorizer:
        """Make scikit-learn's text analysis from the parameters, and check them."""
        bounds = tuple(self.ngram_range)
        if not (len(bounds) == 2 and all(isinstance(n, Integral) for n in bounds)) or not (
            1 <= bounds[0] <= bounds[1]
        ):
            raise ValueError(
                "The 'ngram_range' parameter of TokenEncoder must be two integers (min_n, max_n) "
                f"with 1 <= min_n <= max_n. Got {self.ngram_range!r} instead."
            )
        if self.tokenizer is not None and self.token_pattern is not None:
            raise ValueError(
                "Both 'tokenizer' and 'token_pattern' of TokenEncoder split a text; "
                "set one of them to None."
            )
        default = split_words if self.token_pattern is None else None
        if self.token_pattern is not None:
            try:
                re.compile(self.token_pattern)
            except re.error as error:
                raise ValueError(
                    "The 'token_pattern' parameter of TokenEncoder must be a regular expression. "
                    f"Got {self.token_pattern!r} instead: {error}."
                ) from error
        return CountVectorizer(
            analyzer=self.analyzer,
            ngram_range=bounds,
            tokenizer=default if self.tokenizer is None else self.tokenizer,
            token_pattern=self.token_pattern,
            preprocessor=self.preprocessor,
            lowercase=self.lowercase,
            strip_accents=self.strip_accents,
            stop_words=self.stop_words,
        )

    def _layers(self, column: pd.Series) -> list[list[list[str]]]:
        return token_layers(read_texts(column), self.vectorizer_, self._analyzers)

    def _prepare(self) -> None:
        """Make the look-up tables for `transform`."""
        self._analyzers = build_analyzers(self.vectorizer_)
        self._codes_of = [look_up(tokens) for tokens in self.vocabularies_]
        self._dtypes = [shared_dtype(tokens) for tokens in self.vocabularies_]

    def _frame(self, encoded: list[tuple[np.ndarray, np.ndarray]], index: pd.Index) -> pd.DataFrame:
        columns = [
            column
            for (codes, lengths), length, dtype in zip(
                encoded, self.lengths_, self._dtypes, strict=True
            )
            for column in category_columns(code_box(codes, lengths, length, dtype), dtype)
        ]
        return named_frame(columns, self.get_feature_names_out(), index)

    def _suffixes(self) -> list[list[str]]:
        return [[f"[{i}]" for i in range(length)] for length in self.lengths_]
