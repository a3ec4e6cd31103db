from ._drift_report import drift_report as drift_report
from ._embedding_display import EmbeddingDisplay as EmbeddingDisplay
from ._explain import explain as explain
from ._explain_words import explain_words as explain_words
from ._explanation_display import ExplanationDisplay as ExplanationDisplay
from ._get_embeddings import get_embeddings as get_embeddings
from ._get_fusion_gates import get_fusion_gates as get_fusion_gates
from ._network_summary import network_summary as network_summary
from ._permutation_importance import permutation_importance as permutation_importance
from ._permutation_importance_display import (
    PermutationImportanceDisplay as PermutationImportanceDisplay,
)
from ._training_history_display import TrainingHistoryDisplay as TrainingHistoryDisplay

__all__ = [
    "EmbeddingDisplay",
    "ExplanationDisplay",
    "PermutationImportanceDisplay",
    "TrainingHistoryDisplay",
    "drift_report",
    "explain",
    "explain_words",
    "get_embeddings",
    "get_fusion_gates",
    "network_summary",
    "permutation_importance",
]
