"""The classifier: scikit-learn's contract around a multi-input network."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from scikeras.wrappers import KerasClassifier
from sklearn.utils import ClassifierTags, Tags
from sklearn.utils.validation import check_is_fitted

from skmultiinput._compat import StrOptions
from skmultiinput._typing import RandomState, TableLike
from skmultiinput.branches._branch import Branch
from skmultiinput.estimators._base import MultiInputMixin
from skmultiinput.estimators._constraints import CONSTRAINTS
from skmultiinput.estimators._targets import ClassTarget
from skmultiinput.metrics._class_probabilities import correct_prior, log_probabilities


class MultiInputClassifier(MultiInputMixin, KerasClassifier):
    """Classify the rows of a typed frame by a network with one input per column group.

    Use it after a ColumnTransformer with pandas output. Each column group is read by a branch of
    its own; dense layers read all branches. Several networks are trained, and their predictions
    are averaged.

    Parameters
    ----------
    model : callable or keras.Model, default=None
        A network of your own: a function ``(meta) -> keras.Model`` with one input per entry of
        ``meta["column_groups_"].inputs``. Its further parameters are set by ``model__...``.
    branches : "auto" or list of (str, Branch), default="auto"
        What the network does with each column group, by the group's name; the others get the
        branch of their kind. ``group__parameter`` sets its parameters, e.g. ``text__units=32``.
    fusion : {"concat", "gated", "attention", "late"} or fusion object, default="concat"
        How the branches are combined: concatenated, each weighted by a gate, by attention, or
        only in the sum of their predictions. ``fusion__...`` sets its parameters.
    preset : {"fast", "default", "best"}, default="default"
        How much time to spend, in one word. It decides the parameters below that are "auto":

        ==================== ============= ================ ================
        preset               "fast"        "default"        "best"
        ==================== ============= ================ ================
        `hidden_units`       (128,)        (128, 128)       (256, 256)
        `n_estimators`         1             4                4
        `n_members`          4             2                8
        `epochs`, at most    40            200              200
        `n_iter_no_change`   4             6                8
        ==================== ============= ================ ================

        Explicit values take precedence. Embeddings of numbers are 16 wide; 8 in
        "default" for fewer than 20,000 rows to train on.
        On 10,000 rows "fast" takes 0.4 times as long as "default" and is a little less
        accurate on average; "best" takes 6 times as long for a little more.
    hidden_units : "auto" or sequence of int, default="auto"
        Widths of the dense layers behind the fusion. Wider ones cost time and gain little.
    n_estimators : "auto" or int, default="auto"
        Number of networks whose predictions are averaged. Each has its own initial weights and
        validation rows. "auto" is 1 if `n_members` or `callbacks` is given, with `model`,
        `warm_start` and `memory`, which are for one network, and for `partial_fit` before `fit`.
    n_members : "auto" or int, default="auto"
        Members of each network share its dense layers; each has its own scales of the inputs and
        its own head: cheaper than networks, which help more. 1 is a plain network. "auto" is 8 for
        one network of a preset with several.
    activation : str, default="relu"
        Activation of the dense layers, as in Keras.
    dropout : float, default=0.1
        Share of each dense layer's outputs that is dropped in training, in [0, 1). Between 0 and
        0.2 it matters little; raise it where the network learns small tables by heart.
    l1, l2 : float, default=0.0
        Penalties on the kernels of the dense layers; `weight_decay` is the default instead.
    optimizer : str, class or keras.optimizers.Optimizer, default="adamw"
        As in Keras. Its parameters are set by ``optimizer__...``; by default the norm of the
        gradient is clipped to 1. Of an instance only the configuration is used.
    learning_rate : float or LearningRateSchedule, default=2e-3
        A lower one takes more epochs; a higher one may diverge, which is an error. Not used where
        `optimizer` is an instance.
    weight_decay : float or None, default=3e-4
        Decoupled, on all weights but biases. Not used where `optimizer` is an instance.
    loss : str, callable or keras.losses.Loss, default="auto"
        As in Keras; ``loss__...`` sets the parameters of a class. "auto" is cross-entropy.
    metrics : str, callable, keras.metrics.Metric, list or dict of these, default=None
        Recorded in `history_` after each epoch, under names that never change: the name given,
        e.g. ``{"pr_auc": keras.metrics.AUC(curve="PR")}``.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class; "balanced" makes all weigh the same. A list of dicts for multilabel.
    balanced_batches : bool, default=False
        Draw as many rows of each class in every epoch: rare rows repeat, others are skipped.
    sampler : imbalanced-learn sampler, default=None
        Resamples the training rows inside `fit`, after the validation rows have been set aside.
    correct_prior : bool, default=True
        After resampling, class weights or balanced batches, bring the probabilities back to the
        prior of the rows as they are, so that `predict_proba` stays calibrated. `predict` decides
        as the network was trained: you have asked for more of the rare class.
    batch_size : int or "auto", default="auto"
        Rows per update; -1 for all at once. "auto" grows from 32 to 1024 with the number of rows:
        small batches learn more in an epoch, large ones make it shorter.
    epochs : "auto" or int, default="auto"
        The most passes over the training rows.
    early_stopping : bool, default=True
        Set validation rows aside, stop when their loss no longer falls, restore the best weights.
        False trains on all rows, and always for `epochs`.
    validation : {"random", "time"}, default="random"
        Which rows early stopping sets aside: random ones (stratified), or the last rows of `X`;
        with `times` given to `fit`, the latest by these.
    validation_fraction : float, default=0.15
        Share of the rows set aside, in (0, 1). They are not trained on, but each of several
        networks sets others aside.
    n_iter_no_change : "auto" or int, default="auto"
        Epochs without improvement after which training stops. More takes time, and helps where the
        loss falls in steps.
    weight_averaging : float, default=0.8
        With early stopping, how much an epoch counts in a running mean of the weights, relative
        to the epoch after it; 0 for no mean. After each epoch the better of the mean and the
        weights as they are counts. It does what a falling learning rate would do, for any number
        of epochs. Not with optimizers that Keras has to run by itself.
    callbacks : keras.callbacks.Callback class or instance, list or dict, default=None
        As in Keras; copies are used. Parameters of classes are set by ``callbacks__...``.
    warm_start : bool, default=False
        Go on from the weights of the last `fit`, as scikit-learn's `MLPClassifier` does.
    memory : str or Path, default=None
        A folder in which fits are kept, for searches whose resource is `epochs`: a fit that
        differs from a kept one in having more `epochs` alone goes on from its weights to the same
        end. Early stopping and callbacks count anew. The files are pickles: give a folder that
        nobody else writes to.
    n_jobs : int, default=None
        Number of networks trained at the same time, in threads; the result does not depend on it.
        None means 1 unless in a :obj:`joblib.parallel_config` context, -1 all cores. It is 1 with
        callbacks, or with an optimizer that Keras has to run by itself.
    random_state : int, RandomState, Generator or None, default=None
        Everything random is drawn from it. Pass an int for equal results at every call.
    verbose : int, default=0
        1 shows the epochs: on a terminal or in a notebook one live line per network, elsewhere a
        line per epoch.
    **kwargs
        Routed parameters, named ``optimizer__...``, ``loss__...``, ``metrics__...``,
        ``callbacks__...``, ``fusion__...``, ``model__...``, ``fit__...``, ``predict__...`` or
        ``group__...``.

    Attributes
    ----------
    model_ : keras.Model
        The fitted network; takes the dict that ``column_groups_.split(X)`` gives. With several
        networks, they are its layers ``network_0`` and so on.
    column_groups_ : ColumnGroups
        What the columns are, and how a frame is split into the network's inputs.
    history_ : dict of {str: list of float}
        ``loss``, ``val_loss`` and metrics per epoch; of the first of several networks.
    n_iter_ : int
        Number of epochs trained; of the first of several networks.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_classes_ : int
    prior_ratio_ : ndarray of shape (n_classes,) or (n_labels, 2)
        Real prior of each class, or without and with each label, over that of training.
    target_encoder_ : ClassTarget
        From the target to what the network is trained on, and back.
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,), dtype=object
        Their names; only set if all are strings.

    See Also
    --------
    MultiInputRegressor : For numbers.
    skmultiinput.preprocessing.make_preprocessor : Makes typed frames of raw tables.
    skmultiinput.serving.compile_pipeline : Predicts single rows much faster.

    References
    ----------
    Lakshminarayanan, Pritzel, Blundell: Simple and Scalable Predictive Uncertainty Estimation
    using Deep Ensembles, NeurIPS 2017.

    Gorishniy, Kotelnikov, Babenko: TabM: Advancing Tabular Deep Learning with
    Parameter-Efficient Ensembling, ICLR 2025.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skmultiinput import MultiInputClassifier
    >>> rng = np.random.default_rng(0)
    >>> plan = pd.Categorical(rng.choice(["free", "pro"], 200))
    >>> X = pd.DataFrame({"numeric__age": rng.normal(size=200), "category__plan": plan})
    >>> y = np.where((X["numeric__age"] > 0) & (plan == "free"), "leaves", "stays")
    >>> model = MultiInputClassifier(hidden_units=(32,), epochs=40, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **CONSTRAINTS,
        "balanced_batches": ["boolean"],
        "correct_prior": ["boolean"],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        model: Any = None,
        *,
        branches: str | list[tuple[str, Branch]] = "auto",
        fusion: Any = "concat",
        preset: str = "default",
        hidden_units: str | Sequence[int] = "auto",
        n_estimators: int | str = "auto",
        n_members: int | str = "auto",
        activation: str | Callable = "relu",
        dropout: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: Any = "adamw",
        learning_rate: Any = 2e-3,
        weight_decay: float | None = 3e-4,
        loss: Any = "auto",
        metrics: Any = None,
        class_weight: Any = None,
        balanced_batches: bool = False,
        sampler: Any = None,
        correct_prior: bool = True,
        batch_size: int | str = "auto",
        epochs: int | str = "auto",
        early_stopping: bool = True,
        validation: str = "random",
        validation_fraction: float = 0.15,
        n_iter_no_change: int | str = "auto",
        weight_averaging: float = 0.8,
        callbacks: Any = None,
        warm_start: bool = False,
        memory: str | Path | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        self.branches = branches
        self.fusion = fusion
        self.preset = preset
        self.hidden_units = hidden_units
        self.n_estimators = n_estimators
        self.n_members = n_members
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.loss = loss
        self.metrics = metrics
        self.class_weight = class_weight
        self.balanced_batches = balanced_batches
        self.sampler = sampler
        self.correct_prior = correct_prior
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation = validation
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.weight_averaging = weight_averaging
        self.callbacks = callbacks
        self.model = model
        self.warm_start = warm_start
        self.memory = memory
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self._store_routed(kwargs)

    @property
    def target_encoder(self) -> ClassTarget:
        """A new encoder of labels."""
        return ClassTarget()

    def partial_fit(
        self, X: TableLike, y: Any, classes: Any = None, sample_weight: Any = None, **unknown: Any
    ) -> Self:
        """Train one more epoch on these rows: one network, or each of those that `fit` has trained.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            The first call fixes the columns, the vocabularies and the bins of the numbers: begin
            with some hundred rows that are like all others.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come; needed at the first call if `y` lacks some.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row.
        **unknown
            Refused: parameters of training are set in the constructor.

        Returns
        -------
        self
        """
        return self._fit_one_epoch(X, y, sample_weight, classes, **unknown)

    def predict_proba(self, X: TableLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Columns are matched by name.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype=float64
            In the order of `classes_`; for multilabel targets the probability of each label.
        """
        outputs, ratio = self.predict_outputs(X), self._ratio_to_correct_by()
        probabilities = self.target_encoder_.probabilities(outputs)
        return probabilities if ratio is None else correct_prior(probabilities, ratio)

    def predict_log_proba(self, X: TableLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Exact for tiny probabilities; with `model`, only if its loss has ``from_logits=True``.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Columns are matched by name.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype=float64
            In the order of `classes_`; for multilabel targets of the probability of each label.
        """
        check_is_fitted(self, "model_")
        target = self.target_encoder_
        if self.has_own_network and not getattr(target, "from_logits_", False):
            with np.errstate(divide="ignore"):
                return np.log(self.predict_proba(X))
        outputs, softmax = self._outputs_before_activation(X), target.kind_ == "multiclass"
        return log_probabilities(outputs, softmax=softmax, ratio=self._ratio_to_correct_by())

    def _ratio_to_correct_by(self) -> np.ndarray | None:
        ratio = getattr(self, "prior_ratio_", None)
        return ratio if self.correct_prior and ratio is not None and (ratio != 1).any() else None

    def predict(self, X: TableLike) -> np.ndarray:
        """Predict labels: the most probable one under the prior that was trained on.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, n_features)
            Columns are matched by name.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        outputs = self.predict_outputs(X)
        return self.target_encoder_.labels(outputs)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # SciKeras puts scikit-learn's mixin behind the base class, where its tags are not reached.
        tags.estimator_type = "classifier"
        tags.classifier_tags = ClassifierTags(poor_score=self.has_own_network, multi_label=True)
        tags.target_tags.multi_output = False
        return tags
