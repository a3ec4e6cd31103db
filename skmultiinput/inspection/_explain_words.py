"""Contributions of the words of a text to a prediction."""

from typing import Any

import numpy as np
import pandas as pd

from skmultiinput.inspection._explain import as_frame, output_names, outputs_of
from skmultiinput.preprocessing._reading.words import split_words


def explain_words(estimator: Any, X: pd.DataFrame, column: Any) -> pd.DataFrame:
    """Explain predictions by the words of a text column.

    The contribution of a word is the change of the prediction when the word is removed from the
    text (occlusion). Contributions of words do not add up to the prediction: words that only
    count together, such as "not good", share their effect, and redundant words have little.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier or regressor, usually a Pipeline that takes the raw table.
    X : DataFrame of shape (n_samples, n_features)
        Rows to explain.
    column : str
        Name of the text column.

    Returns
    -------
    DataFrame of shape (n_words, 2 or 1 + n_outputs)
        Indexed by row (the index of `X`) and ``start``, the position of the word's first
        character. ``word``, then ``contribution``, or one column per class or target if there are
        several: in log-odds for classifiers, in the unit of the target for regressors.

    Raises
    ------
    ValueError
        If `X` has no such column.
    TypeError
        If the column holds something else than text.

    See Also
    --------
    explain : Contributions of columns.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X = pd.DataFrame({"review": ["good price", "bad price", "good fit", "bad fit"]})
    >>> words = make_column_transformer((CountVectorizer(), "review"))
    >>> model = make_pipeline(words, LogisticRegression()).fit(X, [1, 0, 1, 0])
    >>> explain_words(model, X[:1], "review").round(1)
               word  contribution
    row start
    0   0      good           0.7
        5     price           0.0
    """
    table = as_frame(X)
    if column not in table.columns:
        raise ValueError(f"X has no column {column!r}; it has {list(table.columns)}.")
    cells = table[column].dropna()
    if not cells.map(lambda cell: isinstance(cell, str)).all():
        types = sorted({type(cell).__name__ for cell in cells if not isinstance(cell, str)})
        raise TypeError(
            f"Column {column!r} must hold texts, to be explained by their words; it holds "
            f"{' and '.join(types)}. `explain` gives the contribution of any column."
        )
    rows, starts, words, texts = [], [], [], []
    for row, text in enumerate(table[column]):
        for start, word in _words(text):
            rows.append(row)
            starts.append(start)
            words.append(word)
            texts.append(text[:start] + text[start + len(word) :])
    without = table.iloc[rows].copy()
    without[column] = pd.array(texts, dtype=table[column].dtype)
    outputs = outputs_of(estimator, pd.concat([table, without], ignore_index=True))
    changes = outputs[: len(table)][rows] - outputs[len(table) :]
    names = output_names(estimator, outputs.shape[1]) or ["contribution"]
    index = pd.MultiIndex.from_arrays([table.index.take(rows), starts], names=["row", "start"])
    frame = pd.DataFrame(changes, index=index, columns=names)
    frame.insert(0, "word", np.array(words, dtype=object))
    return frame


def _words(text: Any) -> list[tuple[int, str]]:
    """Return the position of each word of a text, and the word; nothing of a missing text."""
    if not isinstance(text, str):
        return []
    words_at, end = [], 0
    for word in split_words(text):
        start = text.find(word, end)
        if start >= 0:
            words_at.append((start, word))
            end = start + len(word)
    return words_at
