"""Plot of embeddings."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from skmultiinput.frame._column_groups import PAD
from skmultiinput.metrics._plot_axes import axes_or_new, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class EmbeddingDisplay:
    """Learned vectors of categories or words, projected on their first two principal components.

    Parameters
    ----------
    vectors : DataFrame of shape (n_levels, n_dimensions)
        Indexed by level, as returned by `get_embeddings`.

    Attributes
    ----------
    points_ : DataFrame of shape (n_levels, 2)
        Position of each level.
    explained_ : ndarray of shape (2,), dtype=float64
        Share of the variance that each component explains.
    scatter_ : matplotlib PathCollection
        The points.
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure with the plot.

    See Also
    --------
    get_embeddings : Returns the vectors.

    Examples
    --------
    >>> vectors = pd.DataFrame([[0.0, 0, 1], [2, 0, 1], [0, 1, 1]], index=["tea", "car", "mug"])
    >>> display = EmbeddingDisplay(vectors).plot()
    >>> display.points_.shape, [text.get_text() for text in display.ax_.texts]
    ((3, 2), ['tea', 'car', 'mug'])
    """

    def __init__(self, vectors: pd.DataFrame):
        self.vectors = vectors

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        group: str,
        feature: str | None = None,
        *,
        max_labels: int = 40,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the embedding that a fitted estimator learned for a column group.

        Parameters
        ----------
        estimator : estimator
            Fitted: MultiInputClassifier, MultiInputRegressor, or a Pipeline or another wrapper
            around one.
        group : str
            Name of the column group.
        feature : str, default=None
            Name of the feature, if the group has several.
        max_labels : int, default=40
            Maximum number of labels, on the points farthest from the centre.
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        **kwargs
            Keyword arguments of ``ax.scatter``.

        Returns
        -------
        EmbeddingDisplay
        """
        # Imported here because it imports Keras, which displays do not need.
        from skmultiinput.inspection._get_embeddings import get_embeddings  # noqa: PLC0415 - imports Keras

        vectors = get_embeddings(estimator, group, feature)
        # The padding is not a word, and the linear path is not part of the vector.
        vectors = vectors.drop(index=PAD, errors="ignore")
        vectors = vectors[[name for name in vectors if not str(name).startswith("linear")]]
        return cls(vectors).plot(ax, max_labels=max_labels, **kwargs)

    def plot(self, ax: "Axes | None" = None, *, max_labels: int = 40, **kwargs: Any) -> Self:
        """Plot the levels as points, and label those farthest from the centre.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on; a new figure if None.
        max_labels : int, default=40
            Maximum number of labels.
        **kwargs
            Keyword arguments of ``ax.scatter``.

        Returns
        -------
        EmbeddingDisplay

        Raises
        ------
        ValueError
            If there are no vectors.
        """
        if self.vectors.empty:
            raise ValueError("There are no vectors to plot; expected at least one level.")
        self.points_, self.explained_ = _plane(self.vectors)
        ax = axes_or_new(ax)
        self.ax_, self.figure_ = ax, ax.figure
        style = {"s": 12, "alpha": 0.7, **kwargs}
        self.scatter_ = ax.scatter(self.points_.iloc[:, 0], self.points_.iloc[:, 1], **style)
        distance = np.hypot(*self.points_.to_numpy().T)
        for position in np.sort(np.argsort(-distance, kind="stable")[:max_labels]):
            level = self.points_.index[position]
            label = ", ".join(map(str, level)) if isinstance(level, tuple) else level
            ax.annotate(
                literal(label),
                tuple(self.points_.iloc[position]),
                xytext=(3, 3),
                textcoords="offset points",
                fontsize="small",
            )
        first, second = self.explained_
        ax.set(xlabel=f"1st component ({first:.0%})", ylabel=f"2nd component ({second:.0%})")
        return self


def _plane(vectors: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Project on the first two principal components, with fixed signs."""
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
