"""The preprocessor: a stock ColumnTransformer whose groups are detected in fit."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from numbers import Integral
from typing import Any, TypeAlias, TypeGuard

import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from skrub import SquashingScaler

from skmultiinput._typing import RandomState
from skmultiinput.preprocessing._category_encoder import CategoryEncoder
from skmultiinput.preprocessing._column_selector import DROPPED, GROUPS, ColumnSelector, claim
from skmultiinput.preprocessing._column_wise import plain_name
from skmultiinput.preprocessing._datetime_features import DatetimeFeatures
from skmultiinput.preprocessing._datetime_parser import DatetimeParser
from skmultiinput.preprocessing._frame_pipeline import FramePipeline
from skmultiinput.preprocessing._hashing_encoder import HashingEncoder
from skmultiinput.preprocessing._image_encoder import ImageEncoder
from skmultiinput.preprocessing._interaction_target_encoder import InteractionTargetEncoder
from skmultiinput.preprocessing._noisy_quantile_transformer import NoisyQuantileTransformer
from skmultiinput.preprocessing._number_parser import NumberParser
from skmultiinput.preprocessing._sequence_encoder import SequenceEncoder
from skmultiinput.preprocessing._token_encoder import TokenEncoder
from skmultiinput.preprocessing._winsorizer import Winsorizer

# Columns by name, a callable that takes the table and returns them, or a skrub selector.
Columns: TypeAlias = Sequence[Hashable] | Callable[[pd.DataFrame], Sequence[Hashable]] | Any
# The options of a parameter, and the function that makes the step of each.
Options: TypeAlias = Mapping[str, Callable[[], BaseEstimator]]
HIGH_CARDINALITY = ("target", "embedding", "hash", "embedding+target")
# An embedding pools levels that are seen less often than this.
_EMBEDDED_FROM = 5


def onehot_name(feature: object, category: object) -> str:
    """Name the column of one category as scikit-learn does, brackets made plain.

    Examples
    --------
    >>> onehot_name("plan", "basic"), onehot_name("plan", "load[3]")
    ('plan_basic', 'plan_load(3)')
    """
    # A lone surrogate, which broken files bring along, cannot be in a column's name.
    text = str(category).encode("utf-8", "backslashreplace").decode()
    return plain_name(f"{feature}_{text}")


def make_preprocessor(
    *,
    cardinality_threshold: int = 8,
    imputation: str | BaseEstimator | None = "median",
    outliers: str | BaseEstimator | None = None,
    scaling: str | BaseEstimator | None = "quantile",
    high_cardinality: str | BaseEstimator = "target",
    target_pairs: int | str = "auto",
    target_type: str = "auto",
    numeric: Columns = (),
    onehot: Columns = (),
    category: Columns = (),
    target: Columns = (),
    date: Columns = (),
    text: Columns = (),
    image: Columns = (),
    ordinal: Columns | Mapping[Hashable, Sequence[object]] = (),
    sequence: Columns | Mapping[str, Sequence[Hashable]] = (),
    drop: Columns = (),
    sentinels: str | Sequence[float] | None = "auto",
    day_first: bool | None = None,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
) -> ColumnTransformer:
    """Make a ColumnTransformer that turns a raw table into a typed frame.

    The group of each column is detected in `fit`: in cross-validation anew in the training rows of
    each fold. A group without columns takes no part. `describe_columns` shows what was detected.

    ========== ============================================ =====================================
    group      columns                                      becomes
    ========== ============================================ =====================================
    numeric    numbers, text that holds numbers (with       steps `parse`, `impute`, `outliers`,
               units, durations, times, ranges), time spans `scale`; a flag for what was missing
    onehot     bools, categories with few levels            steps `categories`, `encode`
    target     categories with many levels                  cross-fitted target encoding, also of
                                                            pairs: steps `categories`, `encode`,
                                                            `scale`
    category   the same, for `high_cardinality="embedding"` one ``category`` column each
    date       dates, text and numbers that hold dates      steps `parse`, `encode` (cyclic parts,
                                                            days between), `impute`, `scale`
    text       free text                                    words and pairs, by `TokenEncoder`
    sequence   lists, arrays, text such as "[1, 2]" or       by `SequenceEncoder`
               "red; green", where levels repeat
    image      arrays, PIL images, image files              by `ImageEncoder`
    constant   one value, or none at all                    dropped with a warning
    identifier a value of its own in (nearly) every row     dropped with a warning
    ========== ============================================ =====================================

    Two kinds of columns go to `numeric` and to a group of categories: whole numbers that look like
    codes (they repeat, with gaps between them, or are written as text), and levels with an order
    (ranges, words of a known scale, an ordered pandas ``category``). E-mail addresses, URLs, postal
    codes and telephone numbers that mostly differ are categories by their domain or first digits;
    URLs of one domain are text.

    Parameters
    ----------
    cardinality_threshold : int, default=8
        Categories with at most this many levels (in training) are one-hot encoded. A higher one
        makes wider frames, and needs no target to encode by.
    imputation : str, transformer or None, default="median"
        How gaps in numbers are filled: "median", "mean", "most_frequent", "knn", "iterative", or
        an imputer. "knn" and "iterative" use other columns and take much longer. The named ones add
        an indicator column for each column with gaps. None leaves them: the estimators of this
        package learn what a missing number means, as HistGradientBoosting does; most other
        estimators and samplers refuse NaN.
    outliers : "winsorize", transformer or None, default=None
        "winsorize" draws values in to the 1 % and 99 % quantiles (`Winsorizer`). The default
        scaling needs none.
    scaling : str, transformer or None, default="quantile"
        "quantile" (to a normal distribution, `NoisyQuantileTransformer`), "robust", "standard",
        "minmax", "squash" (`skrub.SquashingScaler`), None, or a transformer. Dates are scaled by
        it too; target encodings are standardised, unless it is None. The default needs no look at
        the distribution: outliers and skew do no harm.
    high_cardinality : str or transformer, default="target"
        What becomes of categories with more levels: "target" (shrunk and cross-fitted, so
        without leak: `InteractionTargetEncoder`), "embedding" (`CategoryEncoder`), "hash"
        (`HashingEncoder`), "embedding+target" (both), or a transformer, which gets them as group
        ``category``.
    target_pairs : "auto" or int, default="auto"
        The most columns that pairs of categories with more levels may add, where two of them say
        more together than alone (`InteractionTargetEncoder`); "auto" is 20, 0 adds none
        and saves time.
    target_type : {"auto", "continuous", "binary", "multiclass"}, default="auto"
        What `y` is, for target encoding (see `InteractionTargetEncoder`). Say "continuous" for
        regression on a few whole numbers.
    numeric, onehot, category, target, date, text, image : columns, default=()
        Columns that belong to this group whatever was detected: a list of names, a callable such
        as `sklearn.compose.make_column_selector`, or a skrub selector.
    ordinal : columns or dict of {column: list}, default=()
        Columns that are encoded as a number and as a category. A dict lists their levels, the
        lowest first.
    sequence : columns or dict of {str: list of columns}, default=()
        Columns of sequences. A dict joins columns to sequences: name, and the columns of its
        steps, the earliest first.
    drop : columns, default=()
        Columns to leave out.
    sentinels : "auto", list of numbers or None, default="auto"
        Numbers that stand for "missing"; "auto" finds numbers such as -999 (see `NumberParser`).
    day_first : bool, default=None
        Whether 02/01/2024 is in January (see `DatetimeParser`).
    random_state : int, RandomState instance or None, default=0
        Seed of the cross-fitting, of iterative imputation and of the noise in "quantile".
    n_jobs : int, default=None
        Number of groups processed at the same time, as for `ColumnTransformer`.

    Returns
    -------
    ColumnTransformer
        With pandas output. Everything in it can be reached by `set_params` and so be searched:
        ``preprocess__numeric__impute`` (an imputer or "passthrough"),
        ``preprocess__category__min_frequency`` ..., and what is chosen here by
        ``preprocess=[make_preprocessor(...), make_preprocessor(...)]``.

    Raises
    ------
    ValueError
        If a parameter is none of its options, or a column is named for two groups.

    See Also
    --------
    describe_columns : What was detected in each column.

    Notes
    -----
    A transformer put in place of a whole group later on (``set_params(numeric=KNNImputer())``)
    has to be asked for frames by ``set_output(transform="pandas")``, or the ColumnTransformer
    returns one array. Steps within a group need not: see `FramePipeline`.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({
    ...     "age": [31.0, None, 45.0, 60.0],
    ...     "plan": ["basic", "plus", "basic", "basic"],
    ...     "total": ["1,200", " ", "15", "80"],
    ... })
    >>> preprocessor = make_preprocessor(scaling=None)
    >>> frame = preprocessor.fit_transform(customers)
    >>> frame.columns.tolist()
    ['numeric__age', 'numeric__total', 'numeric__missingindicator_age',
     'numeric__missingindicator_total', 'onehot__plan_basic', 'onehot__plan_plus']
    >>> frame["numeric__total"].tolist()
    [1200.0, 80.0, 15.0, 80.0]
    >>> make_preprocessor(imputation="mode")
    Traceback (most recent call last):
        ...
    ValueError: imputation must be one of 'median', 'mean', 'most_frequent', 'knn', 'iterative', ...
    """
    if not _is_count(cardinality_threshold):
        raise ValueError(
            "cardinality_threshold must be a whole number of levels, 0 or more, got "
            f"{cardinality_threshold!r}."
        )
    orders = dict(ordinal) if isinstance(ordinal, Mapping) else None
    join = (
        {name: list(steps) for name, steps in sequence.items()}
        if isinstance(sequence, Mapping)
        else None
    )
    joined = [column for steps in (join or {}).values() for column in steps]
    named = {
        "numeric": numeric,
        "onehot": onehot,
        "category": category,
        "target": target,
        "ordinal": ordinal,
        "date": date,
        "text": text,
        "sequence": joined or sequence,
        "image": image,
        "drop": drop,
    }
    _check_named(named)
    scaler = _choose("scaling", scaling, _scalers(random_state))
    category_encoder, treatment = _high_cardinality(high_cardinality)
    transformers = {
        "numeric": FramePipeline(
            [
                ("parse", NumberParser(orders, sentinels)),
                ("impute", _choose("imputation", imputation, _imputers(random_state))),
                ("outliers", _choose("outliers", outliers, {"winsorize": Winsorizer})),
                ("scale", scaler),
            ]
        ),
        "onehot": FramePipeline(
            [
                ("categories", CategoryEncoder(parts=True)),
                (
                    "encode",
                    OneHotEncoder(
                        sparse_output=False,
                        handle_unknown="ignore",
                        feature_name_combiner=onehot_name,
                    ),
                ),
            ]
        ),
        "category": category_encoder,
        "target": FramePipeline(
            [
                ("categories", CategoryEncoder(parts=True)),
                ("encode", _target_encoder(target_pairs, target_type, random_state)),
                ("scale", "passthrough" if scaling is None else StandardScaler()),
            ]
        ),
        "date": FramePipeline(
            [
                ("parse", DatetimeParser(day_first=day_first)),
                ("encode", DatetimeFeatures()),
                # The encoder has flagged what is missing, once for all parts of a date.
                ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
                ("scale", scaler if isinstance(scaler, str) else clone(scaler)),
            ]
        ),
        # A linear path over words and pairs of words is what reads short texts best.
        "text": TokenEncoder(ngram_range=(1, 2)),
        "sequence": SequenceEncoder(join=join),
        "image": ImageEncoder(),
        **dict.fromkeys(DROPPED, "drop"),
    }
    selector: dict[str, Any] = {
        "cardinality_threshold": cardinality_threshold,
        "high_cardinality": treatment,
        "named": named,
    }
    return ColumnTransformer(
        [
            (group, transformers[group], ColumnSelector(group, **selector))
            for group in (*GROUPS, *DROPPED)
        ],
        remainder="drop",
        verbose_feature_names_out=True,
        n_jobs=n_jobs,
    ).set_output(transform="pandas")


def _check_named(named: dict[str, Any]) -> None:
    group_of: dict = {}
    for group, columns in named.items():
        if isinstance(columns, str):
            raise ValueError(f"{group} must be a list of columns, got {columns!r}; write [...].")
        if callable(columns) or hasattr(columns, "expand"):
            continue  # a selector, looked at in fit
        for column in columns:
            claim(group_of, column, group)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0


def _choose(parameter: str, value: Any, options: Options) -> str | BaseEstimator:
    """Turn the value of a parameter into a step of a pipeline."""
    if value is None:
        return "passthrough"
    if isinstance(value, str):
        if value == "passthrough":
            return value
        if value in options:
            return options[value]()
    elif _is_transformer(value):
        return clone(value)
    raise ValueError(
        f"{parameter} must be one of {', '.join(map(repr, options))}, None or a transformer "
        f"instance, got {value!r}."
    )


def _is_transformer(value: object) -> bool:
    return isinstance(value, BaseEstimator) and hasattr(value, "transform")


def _imputers(random_state: RandomState) -> Options:
    # Indicators tell the network what was missing; a column without any value keeps its place.
    gaps = {"add_indicator": True, "keep_empty_features": True}
    return {
        "median": lambda: SimpleImputer(strategy="median", **gaps),
        "mean": lambda: SimpleImputer(strategy="mean", **gaps),
        "most_frequent": lambda: SimpleImputer(strategy="most_frequent", **gaps),
        "knn": lambda: KNNImputer(**gaps),
        "iterative": lambda: _iterative_imputer(random_state),
    }


def _iterative_imputer(random_state: RandomState) -> BaseEstimator:
    # The import makes the next one possible; scikit-learn still calls it experimental.
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401, PLC0415 - makes it importable
    from sklearn.impute import IterativeImputer  # noqa: PLC0415 - an experiment of scikit-learn

    # keep_empty_features=True writes into its input, which pandas hands out read-only.
    return IterativeImputer(add_indicator=True, random_state=random_state)


def _scalers(random_state: RandomState) -> Options:
    return {
        "quantile": lambda: NoisyQuantileTransformer(random_state=random_state),
        "robust": RobustScaler,
        "standard": StandardScaler,
        "minmax": MinMaxScaler,
        "squash": SquashingScaler,
    }


def _target_encoder(pairs: int | str, target_type: str, random_state: RandomState) -> BaseEstimator:
    """Return the encoder of the group `target`, with as many columns for pairs as it may add."""
    if isinstance(pairs, str) and pairs == "auto":
        return InteractionTargetEncoder(target_type=target_type, random_state=random_state)
    if not _is_count(pairs):
        raise ValueError(
            f"target_pairs must be 'auto' or a whole number of columns, 0 or more, got {pairs!r}."
        )
    return InteractionTargetEncoder(pairs, target_type=target_type, random_state=random_state)


def _high_cardinality(treatment: Any) -> tuple[BaseEstimator, str]:
    """Return the transformer of the group `category`, and where the selectors send columns."""
    if isinstance(treatment, str) and treatment in HIGH_CARDINALITY:
        encoder = (
            HashingEncoder(parts=True)
            if treatment == "hash"
            else CategoryEncoder(_EMBEDDED_FROM, parts=True)
        )
        return encoder, treatment
    if _is_transformer(treatment):
        return clone(treatment), "embedding"
    raise ValueError(
        f"high_cardinality must be one of {', '.join(map(repr, HIGH_CARDINALITY))} or a "
        f"transformer instance, got {treatment!r}."
    )
