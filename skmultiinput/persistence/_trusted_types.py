"""The types that `load` builds without being asked to, each for a reason.

A type is on the list when building it from any content runs no code but its own, and its own only
stores what it is given. What a later call of the pipeline does with that content was looked at,
too: types whose compiled code follows indices of the file without checking them (scikit-learn's
trees) are not on it. Networks have lists of their own, in `_network_bytes`.
"""

from skmultiinput.persistence._standins import STAND_INS

# Classes and functions of this package that are part of fitted pipelines.
OURS = (
    *(f"{cls.__module__}.{cls.__qualname__}" for cls in STAND_INS),
    "skmultiinput.frame._input_spec.InputSpec",
    "skmultiinput.evaluation._baselines.LinearFeatures",
    "skmultiinput.evaluation._baselines.TreeFeatures",
    "skmultiinput.estimators._classifier.MultiInputClassifier",
    "skmultiinput.model_selection._partial_fit_pipeline.PartialFitPipeline",
    # Where they stood when the first files were written.
    "skmultiinput.estimators.MultiInputClassifier",
    "skmultiinput.estimators.MultiInputRegressor",
    "skmultiinput.frame._column_groups.ColumnGroups",
    "skmultiinput.fusion._fusion.AttentionFusion",
    "skmultiinput.fusion._fusion.ConcatFusion",
    "skmultiinput.fusion._fusion.GatedFusion",
    "skmultiinput.fusion._fusion.LateFusion",
    "skmultiinput.over_sampling._multi_input_smote.MultiInputSMOTE",
    "skmultiinput.branches._plain_branches.CategoricalBranch",
    "skmultiinput.branches._plain_branches.NumericBranch",
    "skmultiinput.preprocessing._category_encoder.CategoryEncoder",
    "skmultiinput.preprocessing._datetime_features.DatetimeFeatures",
    "skmultiinput.preprocessing._datetime_parser.DatetimeParser",
    "skmultiinput.preprocessing._hashing_encoder.HashingEncoder",
    "skmultiinput.preprocessing._image_encoder.ImageEncoder",
    "skmultiinput.preprocessing._column_kind.ColumnFacts",
    "skmultiinput.preprocessing._make_preprocessor.onehot_name",
    "skmultiinput.preprocessing._number_parser.NumberParser",
    "skmultiinput.preprocessing._frame_pipeline.FramePipeline",
    "skmultiinput.preprocessing._noisy_quantile_transformer.NoisyQuantileTransformer",
    "skmultiinput.preprocessing._column_selector.ColumnSelector",
    "skmultiinput.preprocessing._sequence_encoder.SequenceEncoder",
    "skmultiinput.preprocessing._cross_fitted_target_encoder.CrossFittedTargetEncoder",
    "skmultiinput.preprocessing._interaction_target_encoder.InteractionTargetEncoder",
    "skmultiinput.preprocessing._token_encoder.TokenEncoder",
    "skmultiinput.preprocessing._winsorizer.Winsorizer",
    "skmultiinput.preprocessing._split_words.split_words",
    "skmultiinput._training.program.State",
    "skmultiinput.estimators._regressor.MultiInputRegressor",
    "skmultiinput.branches._sequence_branches.ConvBranch",
    "skmultiinput.branches._sequence_branches.RecurrentBranch",
    "skmultiinput.estimators._targets.ClassTarget",
    "skmultiinput.estimators._targets.NumberTarget",
    "skmultiinput.branches._token_branch.TokenBranch",
)

THEIRS = (
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
    "sklearn.feature_extraction.text._document_frequency",
    "sklearn.impute._iterative._ImputerTriplet",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.RepeatedStratifiedKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.model_selection._split.StratifiedShuffleSplit",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.model_selection._classification_threshold._CurveScorer",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
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
    # Dates, time zones and other values.
    "datetime.date",
    "datetime.datetime",
    "datetime.timedelta",
    "datetime.timezone",
    "zoneinfo.ZoneInfo",
    "builtins.complex",
    "builtins.NoneType",
    "pandas.Interval",
    "pandas._libs.interval.Interval",
    # Callbacks that neither write files nor take functions.
    "keras.src.callbacks.early_stopping.EarlyStopping",
    "keras.src.callbacks.reduce_lr_on_plateau.ReduceLROnPlateau",
    "keras.src.callbacks.terminate_on_nan.TerminateOnNaN",
)

TRUSTED = frozenset((*OURS, *THEIRS))
