"""What the classifier and the regressor share: fitting, raw predictions, pickling."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._checks import draw_seed
from skmultiinput._compat import visual_block
from skmultiinput._keras.backend import refuse_distribution
from skmultiinput._keras.processes import prepare_process
from skmultiinput._network.ensemble import networks_of
from skmultiinput._training.prediction import Predictor, activated, concatenate
from skmultiinput._typing import TableLike
from skmultiinput.estimators._fit import FitResult, Plan, continue_fit, fit_networks
from skmultiinput.estimators._fit_config import FitConfig, resolve_config
from skmultiinput.estimators._fit_memory import fit_with_memory
from skmultiinput.estimators._parameter_names import ParameterMixin
from skmultiinput.estimators._pickling import pack, unpack
from skmultiinput.estimators._read_input import read_features, row_blocks
from skmultiinput.estimators._routing import (
    refuse_fit_arguments,
    refuse_partial_fit_arguments,
)
from skmultiinput.estimators._targets import read_target
from skmultiinput.estimators._text_targets import read_quantity
from skmultiinput.estimators._training_data import TrainingData, read_training_data

# Attributes that a fit may set on an estimator.
_LEARNED = (
    "n_features_in_",
    "feature_names_in_",
    "column_groups_",
    "target_encoder_",
    "target_format_",
    "target_type_",
    "n_outputs_",
    "n_outputs_expected_",
    "X_shape_",
    "X_dtype_",
    "y_dtype_",
    "y_ndim_",
    "classes_",
    "n_classes_",
    "model_",
    "predictor_",
    "history_",
    "fit_state_",
    "n_iter_",
    "prior_ratio_",
)


class MultiInputMixin(ParameterMixin):
    """Fitting and raw predictions; stands left of SciKeras's estimators."""

    # -- fitting ---------------------------------------------------------------------------------

    def fit(
        self,
        X: TableLike,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: TableLike | None = None,
        y_val: Any = None,
        groups: Any = None,
        times: Any = None,
        **unknown: Any,
    ) -> Self:
        """Fit the network.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            A typed frame, as preprocessing with pandas output gives it, or numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target. For a classifier, labels of any type, or a matrix of 0 and 1; more than 20
            amounts written as text, such as prices, are refused unless they are a pandas
            ``category``. For a regressor, numbers, or text that holds amounts such as
            "£12,500.00", "81 kg" or "2h 10m" (in seconds), read as `NumberParser` reads them.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row; rows of weight 0 take no part.
        X_val : DataFrame or array-like of shape (n_validation, n_features), default=None
            Validation rows for early stopping, instead of some of `X`.
        y_val : array-like of shape (n_validation,), default=None
            Their targets.
        groups : array-like of shape (n_samples,), default=None
            Validation rows of early stopping never share a group with training rows.
        times : array-like of shape (n_samples,), default=None
            Numbers or dates; with ``validation="time"``, instead of the order of the rows.
        **unknown
            Anything else, as the `fit` of Keras takes it, is refused with the parameter to use.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, a column or the target cannot be used; it is named.
        FloatingPointError
            If training diverges.
        """
        refuse_fit_arguments(unknown, type(self).__name__, self._signature_names())
        self._check_before_fit()
        config = resolve_config(self)
        continues = self.warm_start and self._is_fitted()
        data = self._read(
            X,
            y,
            sample_weight,
            validation=(X_val, y_val),
            metadata=(groups, times),
            continues=continues,
        )
        if continues:
            return self._continue(config, data, epochs=config.epochs)
        plan = Plan(draw_seed(self.random_state), config.epochs, keep_state=self.warm_start)
        if self.memory is not None and not self.warm_start:
            return self._learn(fit_with_memory(self.memory, self.random_state, config, data, plan))
        return self._learn(fit_networks(config, data, plan))

    def _fit_one_epoch(
        self, X: TableLike, y: Any, sample_weight: Any, classes: Any = None, **unknown: Any
    ) -> Self:
        """Train one epoch: of a single network, or of each where several are asked for."""
        refuse_partial_fit_arguments(unknown, type(self).__name__)
        self._check_before_fit()
        continues = self._is_fitted()
        alone = self.n_estimators in ("auto", 1)
        config = replace(resolve_config(self, alone=alone), early_stopping=False)
        data = self._read(X, y, sample_weight, classes=classes, continues=continues)
        if continues:
            return self._continue(config, data, epochs=1, is_part=True)
        plan = Plan(draw_seed(self.random_state), 1, keep_state=True)
        return self._learn(fit_networks(config, data, plan))

    def initialize(self, X: TableLike, y: Any, *, classes: Any = None) -> Self:
        """Build the network, the first of several, without training it, as SciKeras does.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        classes : array-like of shape (n_classes,), default=None
            All labels, if `y` lacks some; for classifiers only.

        Returns
        -------
        self
        """
        self._check_before_fit()
        config = replace(resolve_config(self), n_estimators=1, early_stopping=False)
        data = self._read(X, y, classes=classes)
        return self._learn(fit_networks(config, data, Plan(draw_seed(self.random_state), 0)))

    def _check_before_fit(self) -> None:
        self._validate_params()
        prepare_process()
        refuse_distribution(type(self).__name__)

    def _is_fitted(self) -> bool:
        return hasattr(self, "model_")

    def _read(
        self,
        X: TableLike,
        y: Any,
        sample_weight: Any = None,
        *,
        continues: bool = False,
        **options: Any,
    ) -> TrainingData:
        """Read rows; a fit anew leaves the estimator as it is until it has ended."""
        if continues:
            groups = self.column_groups_
            return read_training_data(self, X, y, sample_weight, groups=groups, **options)
        reader = object.__new__(type(self))
        reader.__dict__.update({n: v for n, v in self.__dict__.items() if n not in _LEARNED})
        return read_training_data(reader, X, y, sample_weight, **options)

    def _continue(self, config: FitConfig, data: TrainingData, **options: Any) -> Self:
        if config.params["warm_start"] and len(networks_of(self.model_)) > 1:
            raise ValueError(
                "A fit cannot go on from several networks; fit with n_estimators=1 first, or go on "
                "by partial_fit."
            )
        key, state = self.predictor_.key, self.fit_state_
        fitted = FitResult(data, self.target_encoder_, self.model_, key, self.history_, state)
        done = self.current_epoch
        seed = draw_seed(self.random_state)
        plan = Plan(seed, start=done, initial_epoch=done, keep_state=True, **options)
        return self._learn(continue_fit(config, data, plan, fitted))

    def _learn(self, result: FitResult) -> Self:
        """Store what a fit has learned."""
        for name in _LEARNED:
            self.__dict__.pop(name, None)
        self.__dict__.update(result.attributes)
        self.predictor_ = Predictor(result.key)
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.sparse = True
        # A network of the user's own may not know what to do with NaN.
        tags.input_tags.allow_nan = not self.has_own_network
        return tags

    def _sk_visual_block_(self) -> Any:
        """Show the column groups, each with its branch, in scikit-learn's diagrams once fitted."""
        parts = {}
        if not self.has_own_network and hasattr(self, "column_groups_"):
            branches = resolve_config(self).branches(self.column_groups_)
            for spec in self.column_groups_.inputs:
                # scikit-learn takes what stands before the colon for the prefix of parameters.
                label = f"{spec.group}: {spec.name}, {spec.kind}, {spec.shape}"
                parts[label] = branches[spec.name]
        return visual_block(self, parts)

    # -- pickling --------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return pack({**super().__getstate__()})

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(unpack(state))

    def __sklearn_clone__(self) -> Self:
        """Copy Keras objects among the parameters with all their options, unlike Keras itself."""
        params = self.get_params(deep=False)
        copied = type(self)(
            **{name: unpack(clone(pack(value), safe=False)) for name, value in params.items()}
        )
        if "_metadata_request" in self.__dict__:
            copied.__dict__["_metadata_request"] = copy.deepcopy(self.__dict__["_metadata_request"])
        return copied

    # -- predicting ------------------------------------------------------------------------------

    def predict_outputs(self, X: TableLike) -> np.ndarray:
        """Predict the outputs of the network, before they become labels or numbers.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Columns are matched by name.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Probabilities under the prior that was trained on, or scaled numbers. Of a network of
            your own with several outputs, a list or dict of arrays.
        """
        check_is_fitted(self, "model_")
        return concatenate(list(self._predict_blocks(X, self.predictor_)))

    def _predict_blocks(self, X: TableLike, predict: Callable) -> Iterator[Any]:
        for block in row_blocks(X):
            frame = read_features(self, block, reset=False)
            yield predict(self.model_, self.column_groups_.split(frame), len(frame))

    def score(self, X: TableLike, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy of the predicted labels, or R² of the predicted numbers.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True labels or numbers.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
        """
        y = read_target(y, type(self).__name__, warn=False)
        y = read_quantity(y, getattr(self, "target_format_", None))
        return self.scorer(y, self.predict(X), sample_weight=sample_weight)

    def _outputs_before_activation(self, X: TableLike) -> list[np.ndarray]:
        """Predict the outputs of each network before their activation."""
        parts = self._predict_blocks(X, self.predictor_.before_activation)
        return [np.concatenate(of_network) for of_network in zip(*parts, strict=True)]

    def _outputs_of_members(self, X: TableLike) -> list[np.ndarray]:
        """Predict the outputs of each member of each network, (n_samples, n_outputs)."""
        outputs = self._outputs_before_activation(X)
        networks = networks_of(self.model_)
        return [m for n, raw in zip(networks, outputs, strict=True) for m in activated(n, raw)]

    @property
    def current_epoch(self) -> int:
        """Number of epochs trained so far."""
        return len(getattr(self, "history_", {}).get("loss", []))
