"""Statistics of each token over the training rows: document frequency, relevance to the target."""

import numpy as np


def distinct_tokens(
    codes: np.ndarray, mask: np.ndarray, hidden: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and tokens of the pairs of a row and a token that it holds, each pair once.

    The mask is above 0 where there is a token. `hidden` is a code, larger than all others, that
    stands for what the mask hides.

    Examples
    --------
    >>> codes, mask = np.array([[5, 2, 5], [2, 0, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
    >>> rows, tokens = distinct_tokens(codes, mask, hidden=9)
    >>> rows.tolist(), tokens.tolist()
    ([0, 0, 1], [2, 5, 2])
    """
    codes = np.sort(np.where(np.asarray(mask) > 0, codes, hidden), axis=1)
    new = codes < hidden
    new[:, 1:] &= codes[:, 1:] != codes[:, :-1]
    return np.nonzero(new)[0], codes[new]


def inverse_frequencies(tokens: np.ndarray, n_samples: int, size: int) -> np.ndarray:
    """Return the inverse document frequency of each code, as scikit-learn smooths it.

    `tokens` are those of `distinct_tokens`, `size` is the number of codes.

    Examples
    --------
    >>> inverse_frequencies(np.array([0, 0, 1]), 2, 2).round(2).tolist()
    [1.0, 1.409999966621399]
    """
    counts = np.bincount(tokens, minlength=size)
    return (np.log((1.0 + n_samples) / (1.0 + counts)) + 1.0).astype(np.float32)


def target_relevance(
    rows: np.ndarray,
    tokens: np.ndarray,
    target: np.ndarray,
    size: int,
    n_outputs: int,
    smoothing: float,
) -> np.ndarray:
    """Return how far the mean target of the rows that hold a token is from the overall mean.

    The mean target of a token's rows is shrunk towards that of all rows, as if `smoothing` more
    rows with the overall mean held it: a rare token tells little. The mean distance of all tokens
    is added to its distance from the overall mean, so that every token has some weight. The values
    of an output are scaled to a mean square of one; they are 1 for all where no token differs from
    another, (size, n_outputs).

    `rows` and `tokens` are those of `distinct_tokens`. `target` is what the outputs should be,
    (n_samples, n_outputs), or, of several, the code of the one that should be 1, (n_samples,).

    References
    ----------
    Wang and Manning: Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, ACL
    2012, who weigh the words of a linear model by their class ratios.

    Examples
    --------
    >>> rows, tokens = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    >>> target = np.array([[1.0], [0.0], [0.0]])
    >>> target_relevance(rows, tokens, target, 2, 1, smoothing=1.0).round(2).ravel().tolist()
    [0.8199999928474426, 1.149999976158142]
    """
    counts = np.bincount(tokens, minlength=size)
    seen = counts > 0
    result = np.ones((size, n_outputs), dtype=np.float32)
    for k in range(n_outputs):
        column = (
            target == k
            if target.ndim == 1 and n_outputs > 1
            else target.reshape(-1, n_outputs)[:, k]
        )
        column = column - column.mean(dtype=np.float64)
        sums = np.bincount(tokens, weights=column[rows], minlength=size)
        distance = np.abs(sums / (counts + smoothing))
        distance += distance[seen].mean() if seen.any() else 0.0
        scale = np.sqrt(np.mean(distance[seen] ** 2)) if seen.any() else 0.0
        if scale > 1e-8:  # not a rounding error: targets are about one in size
            result[:, k] = distance / scale
    return result
