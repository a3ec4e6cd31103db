"""A Pipeline that trains one epoch at a time, for searches that stop poor candidates early."""

from typing import Any, Self

import joblib
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skmultiinput._checks import refuse_samplers
from skmultiinput._typing import TableLike


class PartialFitPipeline(Pipeline):
    """A scikit-learn Pipeline with ``partial_fit``.

    The first call of `partial_fit` fits the steps before the network; each call trains the
    network for one epoch. So tools that evaluate a model between epochs can refit the whole
    pipeline in each fold, e.g. Optuna's ``OptunaSearchCV(enable_pruning=True)``. Apart from this
    it is a Pipeline.

    Parameters
    ----------
    steps : list of (str, estimator)
        As in Pipeline. The last one must have ``partial_fit``, as `MultiInputClassifier` has.
    transform_input, memory, verbose
        As in Pipeline.

    Attributes
    ----------
    named_steps : Bunch
        The steps by name.
    classes_ : ndarray of shape (n_classes,)
        The labels, if the last step is a classifier.
    n_features_in_ : int
        Number of columns in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Their names, if all are strings.

    See Also
    --------
    skmultiinput.streaming.fit_out_of_core : Trains a pipeline on more rows than fit into memory.

    Examples
    --------
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputClassifier, make_preprocessor
    >>> X = pd.DataFrame({"age": [31.0, 64.0, 45.0, 22.0], "plan": ["free", "pro"] * 2})
    >>> y = ["stays", "leaves", "stays", "leaves"]
    >>> network = MultiInputClassifier(hidden_units=(8,), random_state=0)
    >>> model = PartialFitPipeline([("preprocess", make_preprocessor()), ("model", network)])
    >>> for epoch in range(3):
    ...     model = model.partial_fit(X, y)
    >>> len(model["model"].history_["loss"]), model.predict(X).shape
    (3, (4,))
    """

    def fit(self, X: TableLike, y: ArrayLike | None = None, **params: Any) -> Self:
        """Fit all steps as Pipeline does: all epochs, with early stopping if it is on.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        **params
            As in Pipeline.

        Returns
        -------
        self
        """
        self.__dict__.pop("_kept", None)
        return super().fit(X, y, **params)

    def partial_fit(
        self,
        X: TableLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train the last step for one more epoch.

        Parameters
        ----------
        X : table of shape (n_samples, n_features)
            The first call fixes columns and vocabularies. Numbers that are missing for the first
            time in a later call are treated as in ``predict``: as the median, without an indicator.
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            All labels that later calls may hold; needed at the first call if `y` lacks some.
        sample_weight : array-like of shape (n_samples,), default=None
            For the last step.

        Returns
        -------
        self
        """
        options = {"sample_weight": sample_weight}
        if is_classifier(self):
            options["classes"] = classes
        kept = getattr(self, "_kept", None)
        try:
            self.steps[-1][1].partial_fit(self._prepare(X, y), y, **options)
        except BaseException:
            if kept is None:  # a first call that fails leaves nothing to the next
                self.__dict__.pop("_kept", None)
            raise
        return self

    def _prepare(self, X: TableLike, y: ArrayLike) -> Any:
        """Transform `X`; for the rows of the fit, return the result of ``fit_transform``.

        A target encoder is cross-fitted there, which ``transform`` is not.
        """
        refuse_samplers(self.steps, "partial_fit")
        if len(self.steps) == 1:
            return X
        before = Pipeline(self.steps[:-1], memory=self.memory)
        rows = joblib.hash(X if isinstance(X, pd.DataFrame) else [X])
        if not hasattr(self, "_kept") and not hasattr(self.steps[-1][1], "n_features_in_"):
            prepared = before.fit_transform(X, y)
            # With a memory, a Pipeline fits copies of its steps.
            self.steps[:-1] = before.steps
            self._kept = rows, prepared
        fitted_rows, prepared = getattr(self, "_kept", (None, None))
        return prepared if fitted_rows == rows else before.transform(X)

    def __getstate__(self) -> dict[str, Any]:
        # No training rows in a pickle.
        return {name: value for name, value in super().__getstate__().items() if name != "_kept"}
