"""Fusion: the outputs of the branches become one tensor."""

from dataclasses import replace

import keras
from sklearn.base import BaseEstimator, clone

from skmultiinput._layers.fusion_layers import (
    ApplyGate,
    Gates,
    ModalityDropout,
    Presence,
    StackTokens,
    StandIn,
)
from skmultiinput._layers.numeric_layers import HashDropout
from skmultiinput.branches._branch import layer_prefix

# The layer that tells how much each branch counts, row by row.
GATES = "gates"


class ConcatFusion(BaseEstimator):
    """Lay the branches' outputs side by side.

    Parameters
    ----------
    modality_dropout : float
        Share of the inputs of a row that are treated as absent in training, in [0, 1); never all
        of them. A learned vector stands in, as it does for rows without text, history or picture.

    Examples
    --------
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = ConcatFusion().build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 11), [1, 1, 1, 4, 4])
    """

    def __init__(self, modality_dropout=0.0):
        self.modality_dropout = modality_dropout

    def build(self, outputs):
        """Fuse the outputs.

        Parameters
        ----------
        outputs : dict of {str: KerasTensor}
            Per input a tensor of shape (None, width) or (None, n_features, width).

        Returns
        -------
        tensor : KerasTensor of shape (None, total)
        chunks : list of int
            Widths of the features that the tensor consists of, in order.
        """
        flat, chunks = flatten(outputs)
        return side_by_side(flat, "fusion"), chunks


class GatedFusion(BaseEstimator):
    """Lay the branches' outputs side by side, each times a gate between 0 and 2.

    The gates of a row depend on all of its branches and start at 1. `get_fusion_gates` reads
    them back: how much each branch counts, row by row.

    Parameters
    ----------
    modality_dropout : float
        As for `ConcatFusion`.

    References
    ----------
    Arevalo, Solorio, Montes-y-Gómez, González: Gated Multimodal Units for Information Fusion,
    ICLR Workshop 2017.

    Examples
    --------
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = GatedFusion().build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 11), [1, 1, 1, 4, 4])
    """

    def __init__(self, modality_dropout=0.0):
        self.modality_dropout = modality_dropout

    def build(self, outputs):
        """Fuse the outputs; see `ConcatFusion.build`."""
        flat, chunks = flatten(outputs)
        gates = Gates(list(outputs), name=GATES)(side_by_side(flat, "gates_view"))
        gated = [
            ApplyGate(i, name=f"{layer_prefix(name)}_gated")([x, gates])
            for i, (name, x) in enumerate(zip(outputs, flat, strict=True))
        ]
        return side_by_side(gated, "fusion"), chunks


class AttentionFusion(BaseEstimator):
    """Let the branches look at one another: each is a token of a small transformer.

    Parameters
    ----------
    units : int
        Width of a token.
    n_layers : int
        Number of blocks of attention and a dense layer.
    n_heads : int
        Number of heads of the attention.
    dropout : float
        Share of each block's outputs that is dropped in training, in [0, 1).
    modality_dropout : float
        As for `ConcatFusion`.

    References
    ----------
    Vaswani et al.: Attention Is All You Need, NeurIPS 2017.

    Examples
    --------
    >>> a, b = keras.Input((3,)), keras.Input((2, 4))
    >>> tensor, chunks = AttentionFusion(units=8).build({"numeric": a, "category": b})
    >>> tensor.shape, chunks
    ((None, 16), [8, 8])
    """

    def __init__(self, units=64, n_layers=1, n_heads=4, dropout=0.1, modality_dropout=0.0):
        self.units = units
        self.n_layers = n_layers
        self.n_heads = n_heads
        self.dropout = dropout
        self.modality_dropout = modality_dropout

    def build(self, outputs):
        """Fuse the outputs; see `ConcatFusion.build`."""
        flat, _ = flatten(outputs)
        tokens = [
            keras.layers.Dense(self.units, name=f"{layer_prefix(name)}_token")(x)
            for name, x in zip(outputs, flat, strict=True)
        ]
        x = StackTokens(name="tokens")(tokens)
        for i in range(self.n_layers):
            seen = keras.layers.LayerNormalization(name=f"attention_norm_{i}")(x)
            seen = keras.layers.MultiHeadAttention(
                self.n_heads, max(self.units // self.n_heads, 1), name=f"attention_{i}"
            )(seen, seen)
            x = keras.layers.Add(name=f"attention_sum_{i}")([x, self._dropped(seen, f"a{i}")])
            wide = keras.layers.LayerNormalization(name=f"mlp_norm_{i}")(x)
            wide = keras.layers.Dense(2 * self.units, activation="relu", name=f"mlp_{i}")(wide)
            wide = keras.layers.Dense(self.units, name=f"mlp_out_{i}")(wide)
            x = keras.layers.Add(name=f"mlp_sum_{i}")([x, self._dropped(wide, f"m{i}")])
        x = keras.layers.LayerNormalization(name="fusion_norm")(x)
        return keras.layers.Flatten(name="fusion")(x), [self.units] * len(outputs)

    def _dropped(self, x, name):
        if not self.dropout:
            return x
        return HashDropout(self.dropout, seed=0, name=f"attention_dropout_{name}")(x)


class LateFusion(BaseEstimator):
    """Let each modality decide by itself, and add up what they say.

    All numbers and categories share one network of dense layers with members of its own; each
    text, history and picture has another. Their outputs are added before the last activation, so
    no modality can learn from another, and none can drown another. Good where modalities say
    different things and rows are few.

    Parameters
    ----------
    modality_dropout : float
        As for `ConcatFusion`.

    References
    ----------
    Baltrušaitis, Ahuja, Morency: Multimodal Machine Learning: A Survey and Taxonomy, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 41, 2019.

    Examples
    --------
    >>> LateFusion().views({"numeric": "numeric", "category": "categorical", "text": "tokens"})
    {'numeric': '', 'category': '', 'text': 'text_'}
    """

    def __init__(self, modality_dropout=0.0):
        self.modality_dropout = modality_dropout

    def views(self, kinds):
        """Say which inputs decide together.

        Parameters
        ----------
        kinds : dict of {str: str}
            The kind of each input.

        Returns
        -------
        dict of {str: str}
            For each input the prefix of the layers it goes through with others of that prefix.
        """
        table = ("numeric", "categorical")
        return {n: "" if kind in table else f"{layer_prefix(n)}_" for n, kind in kinds.items()}

    def build(self, outputs):
        """Fuse the outputs that decide together; see `ConcatFusion.build`."""
        flat, chunks = flatten(outputs)
        return side_by_side(flat, f"{layer_prefix(next(iter(outputs)))}_fusion"), chunks


FUSIONS = {
    "concat": ConcatFusion,
    "gated": GatedFusion,
    "attention": AttentionFusion,
    "late": LateFusion,
}


def flatten(outputs):
    """Return the outputs as tensors of shape (None, width), and the widths of their features.

    Parameters
    ----------
    outputs : dict of {str: KerasTensor}
        Per input a tensor of shape (None, width) or (None, n_features, width).

    Returns
    -------
    flat : list of KerasTensor of shape (None, width)
    chunks : list of int
    """
    flat, chunks = [], []
    for name, x in outputs.items():
        if len(x.shape) == 3:
            chunks += [x.shape[2]] * x.shape[1]
            x = keras.layers.Flatten(name=f"{layer_prefix(name)}_flatten")(x)  # noqa: PLW2901 - the flat form of the same thing
        else:
            chunks += [1] * x.shape[1]
        flat.append(x)
    return flat, chunks


def side_by_side(tensors, name):
    """Concatenate tensors of shape (None, width); one alone is itself."""
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)


def make_fusion(given, options=None):
    """Make the fusion that an estimator's parameters describe.

    Parameters
    ----------
    given : {"concat", "gated", "attention", "late"}, fusion object or None
        None is "concat". An object is copied.
    options : dict, optional
        Parameters set on it.

    Returns
    -------
    fusion object

    Raises
    ------
    ValueError
        If the name or a parameter is unknown.

    Examples
    --------
    >>> make_fusion("attention", {"units": 32})
    AttentionFusion(units=32)
    """
    if given is None or isinstance(given, str):
        if given is not None and given not in FUSIONS:
            raise ValueError(
                f"The 'fusion' parameter must be one of {', '.join(map(repr, FUSIONS))} or an "
                f"object with a method build(outputs). Got {given!r} instead."
            )
        fusion = FUSIONS[given or "concat"]()
    else:
        fusion = clone(given)
    return fusion.set_params(**options) if options else fusion


def stand_in(groups, outputs, rate):
    """Put learned vectors in the place of what a branch says of rows that lack its input.

    Parameters
    ----------
    groups : dict of {str: BranchInput}
        The inputs by name.
    outputs : dict of {str: BranchOutput}
        What their branches give.
    rate : float
        Modality dropout: share of the inputs treated as absent in training.

    Returns
    -------
    dict of {str: BranchOutput}
    """
    if not 0 <= rate < 1:
        raise ValueError(f"modality_dropout must be in the range [0, 1), got {rate!r}.")
    flags = {}
    for name, group in groups.items():
        can_lack = group.mask is not None or group.kind == "image"
        if can_lack or (rate and len(groups) > 1):
            seen = group.tensor if group.mask is None else group.mask
            flags[name] = Presence(always=not can_lack, name=f"{group.name}_present")(seen)
    if not flags:
        return outputs
    present = ModalityDropout(rate if len(flags) > 1 else 0.0, name="present")(list(flags.values()))
    replaced = dict(outputs)
    for which, name in enumerate(flags):
        output = outputs[name]
        features = [
            StandIn(which, name=f"{groups[name].name}_or_absent_{i}")([x, present])
            for i, x in enumerate(output.features)
        ]
        logits = output.logits
        if logits is not None:
            logits = StandIn(which, name=f"{groups[name].name}_path_or_absent")([logits, present])
        replaced[name] = replace(output, features=features, logits=logits)
    return replaced
