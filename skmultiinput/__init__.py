"""Multi-input Keras networks for mixed tables, as scikit-learn estimators.

Names are imported when they are first used, so that preprocessing alone never
imports TensorFlow.
"""

import importlib

from skmultiinput._version import __version__

# Public name -> the module that defines it.
_HOME = {
    "ArtifactError": "skmultiinput._archive",
    "UntrustedTypesError": "skmultiinput._archive",
    "export": "skmultiinput.exporting",
    "load": "skmultiinput.persistence",
    "read_manifest": "skmultiinput.persistence",
    "save": "skmultiinput.persistence",
    "EpochPipeline": "skmultiinput.epoch_pipeline",
    "fit_batches": "skmultiinput.streaming",
    "events_to_sequences": "skmultiinput.preprocessing",
    "ImageEncoder": "skmultiinput.preprocessing",
    "evaluate": "skmultiinput.evaluation",
    "EvaluationResult": "skmultiinput.evaluation",
    "make_cost_scorer": "skmultiinput.cost_scorers",
    "make_profit_scorer": "skmultiinput.cost_scorers",
    "misclassification_cost": "skmultiinput.costs",
    "classification_profit": "skmultiinput.costs",
    "best_threshold": "skmultiinput.thresholds",
    "bayes_threshold": "skmultiinput.thresholds",
    "cost_curve": "skmultiinput.thresholds",
    "default_baselines": "skmultiinput.baselines",
    "SequenceEncoder": "skmultiinput.preprocessing",
    "MultiInputSMOTE": "skmultiinput.over_sampling",
    "synthetic_mask": "skmultiinput.over_sampling",
    "TokenEncoder": "skmultiinput.preprocessing",
    "make_customers": "skmultiinput.datasets",
    "CategoryEncoder": "skmultiinput.preprocessing",
    "ColumnSelector": "skmultiinput.preprocessing",
    "CrossFittedTargetEncoder": "skmultiinput.preprocessing",
    "DateEncoder": "skmultiinput.preprocessing",
    "DateParser": "skmultiinput.preprocessing",
    "DroppedColumnWarning": "skmultiinput.preprocessing",
    "GroupPipeline": "skmultiinput.preprocessing",
    "HashEncoder": "skmultiinput.preprocessing",
    "NumberParser": "skmultiinput.preprocessing",
    "QuantileNormalizer": "skmultiinput.preprocessing",
    "TargetPairEncoder": "skmultiinput.preprocessing",
    "Winsorizer": "skmultiinput.preprocessing",
    "describe_columns": "skmultiinput.preprocessing",
    "make_preprocessor": "skmultiinput.preprocessing",
    "ColumnGroups": "skmultiinput.frame",
    "permutation_importances": "skmultiinput.importance",
    "prediction_report": "skmultiinput.drift",
    "CostCurveDisplay": "skmultiinput.displays",
    "EmbeddingDisplay": "skmultiinput.displays",
    "GroupImportanceDisplay": "skmultiinput.displays",
    "TrainingHistoryDisplay": "skmultiinput.displays",
    "MultiInputClassifier": "skmultiinput.classifier",
    "MultiInputRegressor": "skmultiinput.regressor",
    "Branch": "skmultiinput.branches",
    "NumericBranch": "skmultiinput.branches",
    "CategoricalBranch": "skmultiinput.branches",
    "ConcatFusion": "skmultiinput.fusion",
    "GatedFusion": "skmultiinput.fusion",
    "AttentionFusion": "skmultiinput.fusion",
    "LateFusion": "skmultiinput.fusion",
    "TokenBranch": "skmultiinput.branches",
    "RecurrentBranch": "skmultiinput.branches",
    "ConvBranch": "skmultiinput.branches",
    "embeddings": "skmultiinput.inspection",
    "gates": "skmultiinput.inspection",
    "network_summary": "skmultiinput.inspection",
    "search_space": "skmultiinput.search",
    "dask_backend": "skmultiinput.clusters",
    "set_pool_size": "skmultiinput.pool",
    "clear_pool": "skmultiinput.pool",
}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604 - the keys are strings


def __getattr__(name):
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
