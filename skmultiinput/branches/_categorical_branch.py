"""The branch for categories."""

from collections.abc import Callable

import keras
import numpy as np

from skmultiinput._compat import StrOptions
from skmultiinput._layers.embedding_layers import CategoryEmbedding
from skmultiinput.branches._branch import (
    POSITIVE,
    SHARE,
    TAIL,
    Branch,
    BranchInput,
    BranchOutput,
    check_kind,
    finish,
    layers_behind,
)
from skmultiinput.frame._column_groups import UNKNOWN
from skmultiinput.frame._input_spec import InputSpec


def embedding_width(n_categories: int) -> int:
    """Width of the embedding of a vocabulary, by fastai's rule of thumb."""
    return min(100, max(2, round(1.6 * n_categories**0.56)))


class CategoricalBranch(Branch):
    """Categories, embedded by a table over the fitted vocabularies.

    Parameters
    ----------
    embedding_dim : int or "auto", default=8
        Width of the embedding of one feature; "auto" is ``min(100, 1.6 * n ** 0.56)`` for a
        vocabulary of n categories, fastai's rule of thumb. Wide ones learn rare levels by heart.
    category_dropout : float, default=0.1
        Fraction of the categories that are replaced by "unknown" in training, so that an unseen
        category meets a trained row; in [0, 1). More where levels are rare.
    units : int or None, default=None
        Width of a final dense layer; None for none.
    activation : str or callable, default="relu"
        Activation of that layer, as in Keras.
    dropout : float, default=0.0
        Fraction of the branch's outputs that are dropped in training, in [0, 1).
    l1, l2 : float, default=0.0
        Penalties on the dense layer's kernel; `l2` also on the table.

    See Also
    --------
    skmultiinput.preprocessing.CategoryEncoder : Makes the categories.
    skmultiinput.inspection.get_embeddings : The learned vectors, labelled.

    Examples
    --------
    >>> CategoricalBranch(embedding_dim=16)
    CategoricalBranch(embedding_dim=16)
    >>> [embedding_width(n) for n in (2, 100, 100_000)]
    [2, 21, 100]
    """

    _parameter_constraints = {
        **TAIL,
        "embedding_dim": [POSITIVE, StrOptions({"auto"})],
        "category_dropout": [SHARE],
    }

    def __init__(
        self,
        embedding_dim: int | str = 8,
        category_dropout: float = 0.1,
        units: int | None = None,
        activation: str | Callable = "relu",
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        self.embedding_dim = embedding_dim
        self.category_dropout = category_dropout
        self.units = units
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2

    def build(self, group: BranchInput) -> BranchOutput:
        """Build the branch; see `Branch.build`."""
        check_kind(self, group, "categorical")
        widths = [
            embedding_width(size) if self.embedding_dim == "auto" else int(self.embedding_dim)
            for size in group.vocabulary_sizes
        ]
        name, embedded = f"{group.prefix}embedding", []
        for width in dict.fromkeys(widths):
            features = [j for j, other in enumerate(widths) if other == width]
            table = CategoryEmbedding(
                [group.vocabulary_sizes[j] for j in features],
                width,
                dropout=self.category_dropout,
                l2=self.l2,
                features=None if len(features) == len(widths) else features,
                name=name if len(set(widths)) == 1 else f"{name}_{width}",
            )
            embedded.append(table(group.tensor))
        if len(embedded) > 1 and self.units:
            flat = [
                keras.layers.Flatten(name=f"{group.prefix}flat_{i}")(x)
                for i, x in enumerate(embedded)
            ]
            embedded = [keras.layers.Concatenate(name=f"{group.prefix}embeddings")(flat)]
        prefixes = [f"{group.prefix}{i}_" if i else group.prefix for i in range(len(embedded))]
        return BranchOutput(
            [finish(self, x, prefix) for x, prefix in zip(embedded, prefixes, strict=True)]
        )

    def adapt(
        self,
        model: keras.Model,
        spec: InputSpec,
        values: np.ndarray,
        target: np.ndarray | None = None,
    ) -> None:
        """Set which code of each vocabulary means "unknown"; see `Branch.adapt`."""
        for table in layers_behind(model, spec.name):
            if not isinstance(table, CategoryEmbedding):
                continue
            positions = range(len(spec.categories)) if table.features is None else table.features
            codes = [
                spec.categories[j].get_loc(UNKNOWN) if UNKNOWN in spec.categories[j] else size
                for j, size in zip(positions, table.sizes, strict=True)
            ]
            table.unknown.assign(np.array(codes, dtype="int32"))
