"""Embeddings as a plot."""

import numpy as np
import pandas as pd

from skmultiinput.frame._column_groups import PAD
from skmultiinput.metrics._plot_axes import axes_or_new


class EmbeddingDisplay:
    """Learned vectors of symbols, drawn on the plane of their two main directions.

    Parameters
    ----------
    vectors : DataFrame of shape (n_symbols, n_dimensions)
        Indexed by symbol, as `embeddings` gives them.

    Attributes
    ----------
    points_ : DataFrame of shape (n_symbols, 2)
        Where each symbol was drawn.
    explained_ : ndarray of shape (2,), dtype=float64
        Share of the variance that each direction shows.
    scatter_ : matplotlib PathCollection
        What was drawn.
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        What it is on.

    Examples
    --------
    >>> vectors = pd.DataFrame([[0.0, 0, 1], [2, 0, 1], [0, 1, 1]], index=["tea", "car", "mug"])
    >>> display = EmbeddingDisplay(vectors).plot()
    >>> display.points_.shape, [text.get_text() for text in display.ax_.texts]
    ((3, 2), ['tea', 'car', 'mug'])
    """

    def __init__(self, vectors):
        self.vectors = vectors

    @classmethod
    def from_estimator(cls, estimator, group, feature=None, *, max_labels=40, ax=None, **kwargs):
        """Plot the embedding that a fitted estimator learned for a column group.

        Parameters
        ----------
        estimator : estimator
            Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline around one.
        group : str
            Name of the column group.
        feature : str, default=None
            Name of the feature, where the group has several.
        max_labels : int, default=40
            The most symbols that are labelled: those farthest from the middle.
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        **kwargs
            For ``ax.scatter``.

        Returns
        -------
        EmbeddingDisplay
        """
        # It imports Keras, which the other displays have no need of.
        from skmultiinput.inspection._embeddings import get_embeddings  # noqa: PLC0415 - see above

        vectors = get_embeddings(estimator, group, feature)
        # The padding is no symbol, and the linear path of a word is no part of its vector.
        vectors = vectors.drop(index=PAD, errors="ignore")
        vectors = vectors[[name for name in vectors if not str(name).startswith("linear")]]
        return cls(vectors).plot(ax, max_labels=max_labels, **kwargs)

    def plot(self, ax=None, *, max_labels=40, **kwargs):
        """Plot the symbols as points, and name those farthest from the middle.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a new figure if None.
        max_labels : int, default=40
            The most symbols that are labelled.
        **kwargs
            For ``ax.scatter``.

        Returns
        -------
        EmbeddingDisplay

        Raises
        ------
        ValueError
            If there are no vectors.
        """
        if self.vectors.empty:
            raise ValueError("There are no vectors to plot: expected at least one symbol.")
        self.points_, self.explained_ = _plane(self.vectors)
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        style = {"s": 12, "alpha": 0.7, **kwargs}
        self.scatter_ = ax.scatter(self.points_.iloc[:, 0], self.points_.iloc[:, 1], **style)
        reach = np.hypot(*self.points_.to_numpy().T)
        for place in np.sort(np.argsort(-reach, kind="stable")[:max_labels]):
            symbol = self.points_.index[place]
            symbol = ", ".join(map(str, symbol)) if isinstance(symbol, tuple) else str(symbol)
            ax.annotate(
                symbol.replace("$", r"\$"),
                self.points_.iloc[place],
                xytext=(3, 3),
                textcoords="offset points",
                fontsize="small",
            )
        first, second = self.explained_
        ax.set(xlabel=f"1st direction ({first:.0%})", ylabel=f"2nd direction ({second:.0%})")
        return self


def _plane(vectors):
    """Project on the two directions of largest variance; their signs are fixed."""
    centred = vectors.to_numpy(dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    directions = directions[:2]
    flips = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    points = np.zeros((len(vectors), 2))
    points[:, : len(directions)] = centred @ (directions * flips[:, None]).T
    shares = np.zeros(2)
    shares[: len(directions)] = sizes[:2] ** 2 / max((sizes**2).sum(), 1e-300)
    return pd.DataFrame(points, index=vectors.index, columns=["1st", "2nd"]), shares
