"""Ready distributions for searches: over preprocessing, branches and the network."""

import warnings
from typing import Any, TypeAlias

from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler
from skrub import SquashingScaler

from skmultiinput._compat import HasMethods, StrOptions, validate_parameter_constraints
from skmultiinput._typing import TableLike
from skmultiinput.branches._branch import Branch
from skmultiinput.branches._categorical_branch import CategoricalBranch
from skmultiinput.branches._conv1d_branch import Conv1DBranch
from skmultiinput.branches._conv2d_branch import Conv2DBranch
from skmultiinput.branches._default_branches import DEFAULT_BRANCHES, default_branch
from skmultiinput.branches._numeric_branch import NumericBranch
from skmultiinput.branches._recurrent_branch import RecurrentBranch
from skmultiinput.branches._token_branch import TokenBranch
from skmultiinput.estimators._base import MultiInputMixin
from skmultiinput.frame._column_groups import ColumnGroups
from skmultiinput.model_selection._optuna_study import import_optuna
from skmultiinput.preprocessing import NoisyQuantileTransformer

_CONSTRAINTS: dict[str, list[Any]] = {
    "size": [StrOptions({"small", "large"})],
    "kind": [StrOptions({"scikit-learn", "optuna"})],
    "estimator": [HasMethods(["get_params", "set_params"])],
}
# What the groups of `make_preprocessor` become; flags have no embedding to choose.
_KINDS = {
    "numeric": "numeric",
    "target": "numeric",
    "date": "numeric",
    "category": "categorical",
    "text": "tokens",
    "sequence": "sequence",
    "image": "image",
}

# A range is written ("log", low, high), ("uniform", low, high) or ("integer", low, high), the
# ends included; a list is a choice.
Choice: TypeAlias = tuple[str, float, float] | list[Any]

_NETWORK: dict[str, dict[str, Choice]] = {
    "small": {
        "learning_rate": ("log", 5e-4, 8e-3),
        "weight_decay": ("log", 1e-5, 3e-2),
        "dropout": ("uniform", 0.0, 0.4),
        "hidden_units": [(128,), (256,), (128, 128), (256, 256), (512, 512)],
    },
    "large": {
        "learning_rate": ("log", 2e-4, 2e-2),
        "weight_decay": ("log", 1e-6, 1e-1),
        "dropout": ("uniform", 0.0, 0.6),
        "hidden_units": [
            *[(units,) * n for n in (1, 2) for units in (64, 128, 256, 512)],
            *[(units,) * 3 for units in (128, 256, 512)],
            (512, 256),
        ],
        "batch_size": ["auto", 64, 128, 256, 512],
        "activation": ["relu", "silu", "gelu"],
    },
}
# For a network that the user builds (model=): how it is trained.
_TRAINING = {
    size: {name: ranges[name] for name in ("learning_rate", "weight_decay")}
    for size, ranges in _NETWORK.items()
}
# By the class of the branch.
_BRANCHES: dict[str, dict[type, dict[str, Choice]]] = {
    "small": {
        NumericBranch: {"embedding_dim": ("integer", 8, 24), "n_bins": [16, 32, 48]},
        CategoricalBranch: {"category_dropout": ("uniform", 0.0, 0.5)},
        TokenBranch: {"token_dropout": ("uniform", 0.0, 0.6), "units": [16, 32, 64]},
        Conv1DBranch: {"dropout": ("uniform", 0.0, 0.4)},
        Conv2DBranch: {"dropout": ("uniform", 0.0, 0.4)},
        RecurrentBranch: {"units": [32, 64, 128]},
    },
    "large": {
        NumericBranch: {
            "embedding": ["piecewise", "periodic", "plain"],
            "embedding_dim": ("integer", 4, 32),
            "n_bins": ("integer", 8, 96),
        },
        CategoricalBranch: {
            "embedding_dim": [4, 8, 16, "auto"],
            "category_dropout": ("uniform", 0.0, 0.6),
            "l2": ("log", 1e-7, 1e-3),
        },
        TokenBranch: {
            "token_dropout": ("uniform", 0.0, 0.6),
            "units": [16, 32, 64],
            "dropout": ("uniform", 0.2, 0.7),
            "linear_lr_scale": ("log", 1.0, 20.0),
        },
        Conv1DBranch: {"dropout": ("uniform", 0.0, 0.4), "embedding_dim": ("integer", 8, 64)},
        Conv2DBranch: {"dropout": ("uniform", 0.0, 0.4)},
        RecurrentBranch: {
            "cell": ["lstm", "gru"],
            "units": [32, 64, 128],
            "dropout": ("uniform", 0.0, 0.4),
        },
    },
}
# By the group and the step of `make_preprocessor`.
_PREPROCESSING: dict[str, dict[tuple[str, str], Choice]] = {
    "small": {
        ("numeric", "scale"): [NoisyQuantileTransformer(), SquashingScaler()],
        ("target", "encode__max_columns"): [0, 20],
    },
    "large": {
        ("numeric", "impute"): [
            SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
            SimpleImputer(strategy="mean", add_indicator=True, keep_empty_features=True),
            KNNImputer(add_indicator=True, keep_empty_features=True),
        ],
        ("numeric", "scale"): [NoisyQuantileTransformer(), SquashingScaler(), RobustScaler()],
        ("target", "encode__max_columns"): [0, 5, 20],
        ("target", "encode__smooth"): ["auto", 5.0, 20.0, 100.0],
        ("category", "min_frequency"): [1, 2, 5, 10, 20],
    },
}


def search_space(
    estimator: BaseEstimator,
    size: str = "small",
    *,
    X: TableLike | None = None,
    kind: str = "scikit-learn",
) -> dict[str, Any]:
    """Return distributions to search for the preprocessing, the branches and the network.

    Parameters
    ----------
    estimator : estimator
        A `MultiInputClassifier` or `MultiInputRegressor`, or a Pipeline (or another
        meta-estimator) that holds one. Its preprocessing is covered if it was made by
        `make_preprocessor`, or uses its names.
    size : {"small", "large"}, default="small"
        "small" covers the most important parameters in safe ranges, for some 20 to 50 candidates.
        "large" covers more parameters in wider ranges.
    X : DataFrame, default=None
        The table that the search will be fitted on. If it is passed, or `estimator` is fitted, the
        column groups are known, and the parameters of their branches are covered. Branches that
        are passed to the estimator are covered in any case.
    kind : {"scikit-learn", "optuna"}, default="scikit-learn"
        Distributions for RandomizedSearchCV and HalvingRandomSearchCV, or for OptunaSearchCV, which
        needs ``optuna`` and ``optuna-integration``.

    Returns
    -------
    dict of {str: distribution or list}
        By the name of the parameter, ready for ``param_distributions=``.

    Raises
    ------
    TypeError
        If there is no network in `estimator`.
    ImportError
        If optuna is not installed.

    See Also
    --------
    tune : Searches it in one call.
    PartialFitPipeline : Trains an epoch at a time, for pruning.

    Notes
    -----
    For HalvingRandomSearchCV, use the epochs as ``resource``, switch early stopping off, because
    the search does it, and pass a folder as ``memory``: surviving candidates then continue from
    their weights instead of starting again (see `MultiInputClassifier`). See the example.

    References
    ----------
    Bergstra, J., Bengio, Y.: Random search for hyper-parameter optimization. JMLR 13, 2012.
    Jamieson, K., Talwalkar, A.: Non-stochastic best arm identification and hyperparameter
    optimization. AISTATS 2016.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.experimental import enable_halving_search_cv
    >>> from sklearn.model_selection import HalvingRandomSearchCV
    >>> from sklearn.pipeline import Pipeline
    >>> from skmultiinput import MultiInputClassifier, make_customers, make_preprocessor
    >>> X, y = make_customers(300, random_state=0)
    >>> X = X[["age", "income", "city"]]
    >>> folder = tempfile.TemporaryDirectory()
    >>> network = MultiInputClassifier(early_stopping=False, memory=folder.name, random_state=0)
    >>> pipe = Pipeline([("preprocess", make_preprocessor()), ("model", network)])
    >>> space = search_space(pipe, X=X)
    >>> list(space)[:3]
    ['preprocess__numeric__scale', 'preprocess__target__encode__max_columns',
     'model__learning_rate']
    >>> search = HalvingRandomSearchCV(
    ...     pipe, space, resource="model__epochs", min_resources=1, max_resources=3,
    ...     n_candidates=3, cv=2, scoring="roc_auc", random_state=0,
    ... ).fit(X, y)
    >>> search.best_params_["model__epochs"]
    3
    >>> folder.cleanup()
    >>> search_space(make_preprocessor())
    Traceback (most recent call last):
        ...
    TypeError: Expected an estimator that holds a MultiInputClassifier or MultiInputRegressor, got
    ColumnTransformer without one.
    """
    options = {"size": size, "kind": kind, "estimator": estimator}
    validate_parameter_constraints(_CONSTRAINTS, options, "search_space")
    space = _Space(size)
    space.add(estimator, "", X)
    if not space.has_network:
        raise TypeError(
            "Expected an estimator that holds a MultiInputClassifier or MultiInputRegressor, got "
            f"{type(estimator).__name__} without one."
        )
    convert = _for_optuna if kind == "optuna" else _for_scikit_learn
    return {name: convert(choice) for name, choice in space.ranges.items()}


class _Space:
    """Collects the ranges of an estimator and of all estimators in it."""

    def __init__(self, size: str) -> None:
        self.size = size
        self.ranges: dict[str, Choice] = {}
        self.has_network = False

    def add(self, estimator: Any, prefix: str, X: Any) -> None:
        if isinstance(estimator, MultiInputMixin):
            self._add_network(estimator, prefix, X)
        elif isinstance(estimator, ColumnTransformer):
            self._add_groups(estimator, prefix, X)
        elif isinstance(estimator, Pipeline):
            table = X
            for name, step in estimator.steps:
                self.add(step, f"{prefix}{name}__", table)
                if isinstance(step, ColumnTransformer) and X is not None:
                    table = _groups_with_columns(step, X)
        else:
            # The parts of a voting or stacking estimator are among its deep parameters only.
            for name, part in estimator.get_params().items():
                if isinstance(part, BaseEstimator) and "__" not in name:
                    self.add(part, f"{prefix}{name}__", X)

    def _add_network(self, network: Any, prefix: str, X: Any) -> None:
        self.has_network = True
        ranges = _TRAINING[self.size] if network.has_own_network else _NETWORK[self.size]
        self.ranges |= {f"{prefix}{name}": choice for name, choice in ranges.items()}
        for group, branches in _branches_of(network, X).items():
            for name, choice in _BRANCHES[self.size].get(type(branches[0]), {}).items():
                if all(name in branch.get_params() for branch in branches):
                    self.ranges[f"{prefix}{group}__{name}"] = choice

    def _add_groups(self, transformer: ColumnTransformer, prefix: str, X: Any) -> None:
        """Add the ranges of the groups of a preprocessor; of those with columns if `X` is known."""
        groups = None if X is None else _groups_with_columns(transformer, X)
        parameters = transformer.get_params(deep=True)
        for (group, parameter), choice in _PREPROCESSING[self.size].items():
            if f"{group}__{parameter}" in parameters and (groups is None or group in groups):
                self.ranges[f"{prefix}{group}__{parameter}"] = choice


def _groups_with_columns(transformer: ColumnTransformer, X: Any) -> list[str]:
    """Return the names of the groups whose selectors select columns of `X`."""
    with warnings.catch_warnings():
        # The search warns of dropped columns when it is fitted.
        warnings.simplefilter("ignore")
        return [
            group
            for group, _, columns in transformer.transformers
            if len(columns(X) if callable(columns) else columns)
        ]


def _branches_of(network: Any, X: Any) -> dict[str, list[Branch]]:
    """Return the branches of each group that is known: one per kind of its inputs."""
    if network.has_own_network:
        return {}
    branches: dict[str, list[Branch]] = {}
    if isinstance(X, list):  # groups of the preprocessor
        branches = {group: [DEFAULT_BRANCHES[_KINDS[group]]()] for group in X if group in _KINDS}
    else:
        groups = getattr(network, "column_groups_", None)
        if X is not None:
            groups = ColumnGroups.from_frame(X)
        for spec in [] if groups is None else groups.inputs:
            if not all(spec.binary or [False]):
                branches.setdefault(spec.group, []).append(default_branch(spec))
    explicit = {} if isinstance(network.branches, str) else dict(network.branches)
    return branches | {group: [branch] for group, branch in explicit.items()}


def _for_scikit_learn(choice: Choice) -> Any:
    if isinstance(choice, list):
        return choice
    scale, low, high = choice
    if scale == "integer":
        return randint(low, high + 1)
    return loguniform(low, high) if scale == "log" else uniform(low, high - low)


def _for_optuna(choice: Choice) -> Any:
    distributions = import_optuna('kind="optuna"').distributions
    if isinstance(choice, list):
        with warnings.catch_warnings():
            # Tuples and transformers cannot be stored in a data base; in memory they can.
            warnings.filterwarnings("ignore", message="Choices for a categorical distribution")
            return distributions.CategoricalDistribution(choice)
    scale, low, high = choice
    if scale == "integer":
        return distributions.IntDistribution(int(low), int(high))
    return distributions.FloatDistribution(low, high, log=scale == "log")
