from ._attention_fusion import AttentionFusion as AttentionFusion
from ._concat_fusion import ConcatFusion as ConcatFusion
from ._gated_fusion import GatedFusion as GatedFusion
from ._late_fusion import LateFusion as LateFusion

__all__ = [
    "AttentionFusion",
    "ConcatFusion",
    "GatedFusion",
    "LateFusion",
]
