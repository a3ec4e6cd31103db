from ._fusion import AttentionFusion as AttentionFusion
from ._fusion import ConcatFusion as ConcatFusion
from ._fusion import GatedFusion as GatedFusion
from ._fusion import LateFusion as LateFusion

__all__ = [
    "AttentionFusion",
    "ConcatFusion",
    "GatedFusion",
    "LateFusion",
]
