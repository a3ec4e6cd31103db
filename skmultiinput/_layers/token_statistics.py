"""What the training rows say of each token: how many hold it, how much it tells of the target."""

import numpy as np


def distinct(codes, mask, hidden):
    """Pairs of a row and a token it holds, each pair once.

    Parameters
    ----------
    codes : ndarray of int, shape (n_samples, length)
    mask : ndarray of shape (n_samples, length)
        Above 0 where there is a token.
    hidden : int
        A code that stands for what the mask hides, larger than all others.

    Returns
    -------
    rows, tokens : ndarray of int, shape (n_pairs,)

    Examples
    --------
    >>> codes, mask = np.array([[5, 2, 5], [2, 0, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
    >>> rows, tokens = distinct(codes, mask, hidden=9)
    >>> rows.tolist(), tokens.tolist()
    ([0, 0, 1], [2, 5, 2])
    """
    codes = np.sort(np.where(np.asarray(mask) > 0, codes, hidden), axis=1)
    new = codes < hidden
    new[:, 1:] &= codes[:, 1:] != codes[:, :-1]
    return np.nonzero(new)[0], codes[new]


def inverse_frequencies(tokens, n_samples, size):
    """Inverse document frequency of each code, as scikit-learn smooths it.

    Parameters
    ----------
    tokens : ndarray of int, shape (n_pairs,)
        Of `distinct`.
    n_samples, size : int
        Number of rows and of codes.

    Returns
    -------
    ndarray of shape (size,), float32

    Examples
    --------
    >>> inverse_frequencies(np.array([0, 0, 1]), 2, 2).round(2).tolist()
    [1.0, 1.409999966621399]
    """
    counts = np.bincount(tokens, minlength=size)
    return (np.log((1.0 + n_samples) / (1.0 + counts)) + 1.0).astype(np.float32)


def relevance(rows, tokens, target, size, n_outputs, smoothing):
    """How far the target of the rows that hold a token lies from the mean, per output.

    The mean target of a token's rows is drawn towards that of all rows, as if `smoothing` more
    rows with the overall mean held it: a rare token says little. To its distance from the overall
    mean the mean distance of all tokens is added, so that no token is without any weight. The
    figures of an output are scaled to a mean square of one.

    Parameters
    ----------
    rows, tokens : ndarray of int, shape (n_pairs,)
        Of `distinct`.
    target : ndarray of shape (n_samples, n_outputs), or of int and shape (n_samples,)
        What the outputs are to be; or the code of the output that is to be 1, if there are several.
    size, n_outputs : int
        Number of codes and of outputs.
    smoothing : float
        In rows, above 0.

    Returns
    -------
    ndarray of shape (size, n_outputs), float32
        1 for all where no token differs from another.

    References
    ----------
    Wang and Manning: Baselines and Bigrams: Simple, Good Sentiment and Topic Classification, ACL
    2012, who weigh the words of a linear model by their class ratios.

    Examples
    --------
    >>> rows, tokens = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    >>> target = np.array([[1.0], [0.0], [0.0]])
    >>> relevance(rows, tokens, target, 2, 1, smoothing=1.0).round(2).ravel().tolist()
    [0.8199999928474426, 1.149999976158142]
    """
    counts = np.bincount(tokens, minlength=size)
    seen = counts > 0
    found = np.ones((size, n_outputs), dtype=np.float32)
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
            found[:, k] = distance / scale
    return found
