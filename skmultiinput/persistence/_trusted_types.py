"""The types that `load` builds without being asked to, by what it does with them.

An object is built by setting its attributes, a value by calling its type; a function is only
looked up. A type is listed when that runs no code but its own, and its own only stores what it
is given. What later calls of the pipeline do with the content was considered, too: types whose
compiled code follows indices of the file without checking them (scikit-learn's trees, SciPy's
sparse matrices) are not listed. `_keras_names` does the same for networks.
"""

import importlib
from collections.abc import Callable
from dataclasses import is_dataclass

from sklearn.base import BaseEstimator

from skmultiinput.persistence._standins import StandIn
from skmultiinput.preprocessing._column_selector import ColumnSelector
from skmultiinput.preprocessing._make_preprocessor import onehot_name
from skmultiinput.preprocessing._reading.words import split_words


def _name(value: type | Callable) -> str:
    return f"{value.__module__}.{value.__qualname__}"


# Folders of this package whose estimators and dataclasses are parts of fitted pipelines.
_FOLDERS = frozenset(
    {"_training", "branches", "estimators", "evaluation", "frame", "fusion", "model_selection"}
    | {"over_sampling", "preprocessing"}
)
_OBJECTS = frozenset(
    {
        _name(ColumnSelector),
        # Pipelines with samplers; these estimators only store what they are given.
        "imblearn.pipeline.Pipeline",
        "imblearn.over_sampling._random_over_sampler.RandomOverSampler",
        "imblearn.over_sampling._smote.base.SMOTE",
        "imblearn.over_sampling._smote.base.SMOTEN",
        "imblearn.over_sampling._smote.base.SMOTENC",
        "imblearn.over_sampling._smote.filter.BorderlineSMOTE",
        "imblearn.over_sampling._smote.filter.SVMSMOTE",
        "imblearn.over_sampling._adasyn.ADASYN",
        "imblearn.under_sampling._prototype_selection._random_under_sampler.RandomUnderSampler",
        "imblearn.under_sampling._prototype_selection._tomek_links.TomekLinks",
        "imblearn.under_sampling._prototype_selection._nearmiss.NearMiss",
        "imblearn.combine._smote_enn.SMOTEENN",
        "imblearn.combine._smote_tomek.SMOTETomek",
        # Parts of `make_preprocessor`.
        "skrub._datetime_encoder.DatetimeEncoder",
        "skrub._datetime_encoder._CircularEncoder",
        "skrub._squashing_scaler.SquashingScaler",
        "skrub._squashing_scaler._MinMaxScaler",
        "skrub._to_datetime.ToDatetime",
        # Private parts of scikit-learn's estimators, which skops knows by their public ones only:
        # plain records of parameters and arrays.
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.impute._iterative._ImputerTriplet",
        "sklearn.metrics._scorer._CurveScorer",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.model_selection._classification_threshold._CurveScorer",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.RepeatedStratifiedKFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.model_selection._split.StratifiedShuffleSplit",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils._metadata_requests.MetadataRequest",
        "sklearn.utils._metadata_requests.MethodMetadataRequest",
        # Callbacks that neither write files nor call functions.
        "keras.src.callbacks.early_stopping.EarlyStopping",
        "keras.src.callbacks.reduce_lr_on_plateau.ReduceLROnPlateau",
        "keras.src.callbacks.terminate_on_nan.TerminateOnNaN",
    }
)
_VALUES = frozenset(
    {
        _name(StandIn),
        "builtins.frozenset",
        "datetime.date",
        "datetime.datetime",
        "datetime.timedelta",
        "datetime.timezone",
        "pandas.Interval",
        "pandas._libs.interval.Interval",
        "zoneinfo.ZoneInfo",
    }
)
_FUNCTIONS = frozenset(
    {
        _name(onehot_name),
        _name(split_words),
        "sklearn.feature_extraction.text._document_frequency",
        # Metrics that scorers hold: functions of arrays.
        "sklearn.metrics._classification.accuracy_score",
        "sklearn.metrics._classification.balanced_accuracy_score",
        "sklearn.metrics._classification.brier_score_loss",
        "sklearn.metrics._classification.f1_score",
        "sklearn.metrics._classification.log_loss",
        "sklearn.metrics._classification.precision_score",
        "sklearn.metrics._classification.recall_score",
        "sklearn.metrics._ranking.average_precision_score",
        "sklearn.metrics._ranking.roc_auc_score",
        "sklearn.metrics._regression.mean_absolute_error",
        "sklearn.metrics._regression.mean_squared_error",
        "sklearn.metrics._regression.r2_score",
        "sklearn.metrics._regression.root_mean_squared_error",
    }
)
_BY_LOADER = {
    "ObjectNode": _OBJECTS,
    "DictNode": frozenset({"sklearn.utils._bunch.Bunch"}),
    "ListNode": frozenset({"sklearn.compose._column_transformer._RemainderColsList"}),
    "ConstructorFromReduceNode": _VALUES,
    "FunctionNode": _FUNCTIONS,
    "TypeNode": frozenset({"builtins.NoneType"}),
    "DTypeNode": frozenset({"numpy.dtype"}),
}


def is_trusted(loader: str, name: str) -> bool:
    """Whether skops's `loader` may be used on the type of this name without being asked to."""
    if name in _BY_LOADER.get(loader, ()):
        return True
    return loader == "ObjectNode" and _is_ours(name)


def _is_ours(name: str) -> bool:
    """Whether the name is that of an estimator or a dataclass of this package."""
    module, _, last = name.rpartition(".")
    package, folder, *_ = *module.split("."), "", ""
    if package != "skmultiinput" or folder not in _FOLDERS:
        return False
    try:
        cls = getattr(importlib.import_module(module), last)
    except (ImportError, AttributeError):
        return False
    is_plain = isinstance(cls, type) and (issubclass(cls, BaseEstimator) or is_dataclass(cls))
    return is_plain and _name(cls) == name
