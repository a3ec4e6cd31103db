"""Lower what is fitted: pipelines, our estimators, and scikit-learn's wrappers around them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import tuned_positive_label
from skmultiinput.serving._lower_preprocessing import Place, lower_preprocessing, plan_inputs
from skmultiinput.serving._numpy.numpy_layers import NoNumPyFormError
from skmultiinput.serving._numpy.numpy_network import NumpyNetwork
from skmultiinput.serving._preprocessing_plan import LazyObject
from skmultiinput.serving._scorers import (
    CalibratedScorer,
    ClassLabels,
    Interpolation,
    NetworkScorer,
    PipelineScorer,
    Sigmoid,
    TargetNumbers,
    Temperature,
    ThresholdScorer,
    TransformedTargetScorer,
)


def lower_model(model: Any, places: dict[str, Place] | None = None) -> Any:
    """Return the scorer that predicts as a fitted model does.

    `places` says where the columns of the typed frame are; None before the preprocessing. A part of
    the model that is none of those that are compiled raises ValueError with its name.
    """
    check_is_fitted(model)
    if isinstance(model, FrozenEstimator) or hasattr(model, "best_estimator_"):
        return lower_model(getattr(model, "best_estimator_", None) or model.estimator, places)
    for cls, lowering in _LOWERINGS.items():
        if isinstance(model, cls):
            return lowering(model, places)
    if hasattr(model, "column_groups_") and hasattr(model, "predictor_"):
        return _network(model, places)
    raise ValueError(
        f"{type(model).__name__} is not compiled. Expected a Pipeline of a ColumnTransformer and a "
        "MultiInputClassifier or MultiInputRegressor, alone or inside "
        "TunedThresholdClassifierCV, FixedThresholdClassifier, CalibratedClassifierCV, "
        "FrozenEstimator, TransformedTargetRegressor or a fitted search."
    )


def _pipeline(model: Any, places: dict[str, Place] | None) -> Any:
    steps = [
        (name, step)
        for name, step in model.steps
        # Samplers change the training rows only.
        if step is not None and step != "passthrough" and not hasattr(step, "fit_resample")
    ]
    if places is not None and len(steps) == 1:
        return lower_model(steps[0][1], places)
    is_supported = len(steps) == 2 and isinstance(steps[0][1], ColumnTransformer) and places is None
    if not is_supported:
        odd = [name for name, step in steps[:-1] if not isinstance(step, ColumnTransformer)]
        raise ValueError(
            "Expected a pipeline of one ColumnTransformer and a network (samplers between them "
            f"are left out), got the steps {[name for name, _ in steps]}"
            + (f"; the step {odd[0]!r} is not compiled" if odd else "")
            + ". Move what stands between them into the ColumnTransformer, or serve the pipeline."
        )
    plan, own_places = lower_preprocessing(steps[0][1])
    return PipelineScorer(plan, lower_model(steps[1][1], own_places))


def _network(model: Any, places: dict[str, Place] | None) -> NetworkScorer:
    if places is None:
        raise ValueError(
            f"Expected a Pipeline with a ColumnTransformer before the {type(model).__name__}; "
            "without one there is no preprocessing to compile."
        )
    groups = model.column_groups_
    network = None
    try:
        network = NumpyNetwork(*_described(model.model_))
    except NoNumPyFormError as error:
        reason = str(error)
    scorer = NetworkScorer(
        plan_inputs(groups, places), network, _target(model), model, LazyObject(groups)
    )
    if network is None:
        scorer.many_rows, scorer.reason = 0, reason
    return scorer


def _described(model: Any) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the configuration of a network, and its weights."""
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    if "layers" not in config["config"]:
        raise NoNumPyFormError("it is no functional network")
    return config, [np.array(weight) for weight in model.get_weights()]


def _target(model: Any) -> ClassLabels | TargetNumbers:
    target = model.target_encoder_
    if target.kind_ == "regression":
        levels = getattr(target, "levels", None)
        median = None if levels is None else levels.index(0.5)
        return TargetNumbers(target.mean_, target.scale_, int(target.n_dimensions_), median)
    ratio = getattr(model, "prior_ratio_", None)
    used = model.correct_prior and ratio is not None and (ratio != 1).any()
    return ClassLabels(
        target.kind_,
        np.asarray(target.classes_),
        bool(target.from_logits_),
        bool(target.one_hot_),
        ratio if used else None,
    )


def _threshold(model: Any, places: dict[str, Place] | None) -> ThresholdScorer:
    if getattr(model, "response_method", "auto") not in ("auto", "predict_proba"):
        raise ValueError(f"response_method={model.response_method!r} is not compiled.")
    inner = lower_model(getattr(model, "estimator_", model.estimator), places)
    classes = np.asarray(model.classes_)
    if isinstance(model, TunedThresholdClassifierCV):
        label, threshold = tuned_positive_label(model), model.best_threshold_
    else:
        label = model.pos_label
        threshold = 0.5 if model.threshold == "auto" else model.threshold
    positive = 1 if label is None else int(np.flatnonzero(classes == label)[0])
    return ThresholdScorer(inner, float(threshold), classes, positive)


def _calibrated(model: Any, places: dict[str, Place] | None) -> CalibratedScorer:
    classes = np.asarray(model.classes_)
    members = []
    for member in model.calibrated_classifiers_:
        scorer = lower_model(member.estimator, places)
        class_positions = np.searchsorted(classes, np.asarray(member.estimator.classes_))
        calibrators = [_calibrator(calibrator) for calibrator in member.calibrators]
        members.append((scorer, calibrators, [int(position) for position in class_positions]))
    return CalibratedScorer(members, classes)


def _calibrator(calibrator: Any) -> Any:
    if isinstance(calibrator, IsotonicRegression):
        if calibrator.out_of_bounds != "clip":
            raise ValueError("An IsotonicRegression that does not clip is not compiled.")
        return Interpolation(
            np.asarray(calibrator.X_thresholds_, np.float64),
            np.asarray(calibrator.y_thresholds_, np.float64),
        )
    if hasattr(calibrator, "beta_"):
        return Temperature(float(calibrator.beta_))
    return Sigmoid(float(calibrator.a_), float(calibrator.b_))


def _transformed_target(model: Any, places: dict[str, Place] | None) -> TransformedTargetScorer:
    return TransformedTargetScorer(
        lower_model(model.regressor_, places), LazyObject(model.transformer_)
    )


_LOWERINGS: dict[type, Callable[..., Any]] = {
    Pipeline: _pipeline,
    TunedThresholdClassifierCV: _threshold,
    FixedThresholdClassifier: _threshold,
    CalibratedClassifierCV: _calibrated,
    TransformedTargetRegressor: _transformed_target,
}
