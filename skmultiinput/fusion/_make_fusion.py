"""The fusion that an estimator's parameters describe."""

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from skmultiinput.fusion._attention_fusion import AttentionFusion
from skmultiinput.fusion._concat_fusion import ConcatFusion
from skmultiinput.fusion._fusion import Fusion
from skmultiinput.fusion._gated_fusion import GatedFusion
from skmultiinput.fusion._late_fusion import LateFusion

FUSIONS: dict[str, type[Fusion]] = {
    "concat": ConcatFusion,
    "gated": GatedFusion,
    "attention": AttentionFusion,
    "late": LateFusion,
}


def make_fusion(fusion: Any = None, options: Mapping[str, Any] | None = None) -> Any:
    """Make the fusion that a name, None for "concat", or an object describes; an object is copied.

    Examples
    --------
    >>> make_fusion("attention", {"units": 32})
    AttentionFusion(units=32)
    """
    if fusion is None or isinstance(fusion, str):
        kind = FUSIONS.get(fusion or "concat")
        if kind is None:
            raise ValueError(
                f"The 'fusion' parameter must be one of {', '.join(map(repr, FUSIONS))} or an "
                f"object with a method build(outputs). Got {fusion!r} instead."
            )
        made = kind()
    else:
        made = clone(fusion)
    return made.set_params(**options) if options else made
