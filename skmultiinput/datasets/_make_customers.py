"""Generated customers: columns of every kind with a known signal, missing cells and outliers."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from skmultiinput._checks import as_generator, suggest
from skmultiinput._typing import RandomState
from skmultiinput.datasets._customer_columns import (
    make_boolean,
    make_categorical,
    make_date,
    make_high_cardinality,
    make_image,
    make_number_text,
    make_numeric,
    make_sequence,
    make_text,
    standardise,
)

# Kind of column -> the columns that carry that kind's signal, and those that carry none.
CUSTOMER_COLUMNS = {
    "numeric": ("age", "income", "tenure_months"),
    "number_text": ("total_charges",),
    "categorical": ("plan", "payment", "city"),
    "high_cardinality": ("product_id",),
    "boolean": ("paperless",),
    "date": ("signup_date", "last_contact"),
    "text": ("review",),
    "sequence": ("monthly_usage",),
    "image": ("photo",),
}

# Kind of column -> its coefficient in the target's score, in logits per standard deviation.
CUSTOMER_SIGNAL = {
    "numeric": 0.8,
    "number_text": 0.4,
    "categorical": 0.6,
    "high_cardinality": 0.6,
    "boolean": 0.3,
    "date": 0.5,
    "text": 0.8,
    "sequence": 0.8,
    "image": 0.8,
}

_CLASSES = ("stays", "downgrades", "leaves")


def _hide(columns: dict[str, Any], rng: np.random.Generator, rate: float) -> dict[str, Any]:
    """Remove cells completely at random, in the columns that may have missing values."""
    n = len(columns["age"])
    for name in ("age", "income", "plan", "payment", "city", "last_contact", "review"):
        gone = rng.random(n) < rate
        empty = {"age": np.nan, "income": np.nan, "last_contact": pd.NaT}.get(name)
        columns[name] = pd.Series(columns[name]).where(~gone, empty).to_numpy()
    return columns


def _cut_for_share(score: np.ndarray, share: float) -> float:
    """Return the cut at which the mean of `sigmoid(score - cut)` is `share`."""
    low, high = score.min() - 50.0, score.max() + 50.0
    for _ in range(80):
        middle = (low + high) / 2
        too_many = _sigmoid(score - middle).mean() > share
        low, high = (middle, high) if too_many else (low, middle)
    return (low + high) / 2


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -60, 60)))


def _target(
    rng: np.random.Generator, score: np.ndarray, task: str, churn_rate: float
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the target, its true probability (or conditional mean), and its name."""
    if task == "regression":
        mean = 500 - 100 * score
        return (mean + rng.normal(0, 100, size=len(score))).round(2), mean, "yearly_spend"
    draw = rng.random(len(score))
    leaves = _sigmoid(score - _cut_for_share(score, churn_rate))
    if task == "binary":
        return (draw < leaves).astype(np.int64), leaves, "churned"
    # Ordered classes: one score, two cuts.
    not_stays = _sigmoid(score - _cut_for_share(score, churn_rate + (1 - churn_rate) / 4))
    label = np.where(draw < leaves, 2, np.where(draw < not_stays, 1, 0))
    probability = np.column_stack([1 - not_stays, not_stays - leaves, leaves])
    return np.array(_CLASSES, dtype=object)[label], probability, "outcome"


def _check_signal(signal: Mapping[str, float] | None, photo: bool) -> dict[str, float]:
    if signal is None:
        return dict(CUSTOMER_SIGNAL)
    if not isinstance(signal, Mapping):
        raise TypeError(
            "signal must be None or a mapping from a kind of column to its coefficient, e.g. "
            f"{{'text': 1.5}}. Got {signal!r}."
        )
    for kind, strength in signal.items():
        if kind not in CUSTOMER_SIGNAL:
            raise ValueError(
                f"signal names an unknown kind of column {kind!r}"
                f"{suggest(str(kind), CUSTOMER_SIGNAL)} "
                f"Known kinds: {', '.join(CUSTOMER_SIGNAL)}."
            )
        if not _is_number(strength) or not np.isfinite(strength):
            raise ValueError(f"signal[{kind!r}] must be a finite number. Got {strength!r}.")
    if "image" in signal and not photo:
        raise ValueError("signal names 'image', but there is no photo column: pass photo=True.")
    return {**CUSTOMER_SIGNAL, **signal}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating)


def _check_count(name: str, value: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an int of at least 1. Got {value!r}.")


def _check_share(name: str, value: float) -> None:
    if not _is_number(value) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1. Got {value!r}.")


@overload
def make_customers(
    n_samples: int = ...,
    *,
    task: str = ...,
    churn_rate: float = ...,
    signal: Mapping[str, float] | None = ...,
    missing: float = ...,
    outliers: float = ...,
    n_products: int | None = ...,
    row_id: bool = ...,
    photo: bool = ...,
    return_probability: Literal[False] = ...,
    random_state: RandomState = ...,
) -> tuple[pd.DataFrame, pd.Series]: ...
@overload
def make_customers(
    n_samples: int = ...,
    *,
    task: str = ...,
    churn_rate: float = ...,
    signal: Mapping[str, float] | None = ...,
    missing: float = ...,
    outliers: float = ...,
    n_products: int | None = ...,
    row_id: bool = ...,
    photo: bool = ...,
    return_probability: Literal[True],
    random_state: RandomState = ...,
) -> tuple[pd.DataFrame, pd.Series, np.ndarray]: ...
def make_customers(
    n_samples: int = 1000,
    *,
    task: str = "binary",
    churn_rate: float = 0.2,
    signal: Mapping[str, float] | None = None,
    missing: float = 0.05,
    outliers: float = 0.01,
    n_products: int | None = None,
    row_id: bool = True,
    photo: bool = False,
    return_probability: bool = False,
    random_state: RandomState = None,
) -> tuple[Any, ...]:
    """Generate a messy customer table with a known signal in every kind of column.

    The target depends on one score per row: the sum over the kinds of ``signal[kind]``
    times that kind's own score, which has mean 0 and standard deviation 1. Kinds are
    drawn independently of each other, with one exception: ``monthly_usage`` is as long as
    ``tenure_months``, up to 24. The default coefficients are in brackets.

    ================ =============== ======================================================
    kind             column          values; what raises the probability to leave
    ================ =============== ======================================================
    numeric          age             years; very young or very old (a curve); entries 999
    (0.8)            income          log-normal; low; outliers times 100
    ..               tenure_months   whole months 0 to 72; short
    number_text      total_charges   text such as ``"1,234.50"``; low; blank, ``" "``, ``"?"``
    (0.4)
    categorical      plan            3 levels; basic above plus above premium
    (0.6)            payment         4 levels; check
    ..               city            40 levels of unequal size; each its own effect
    high_cardinality product_id      ``n_products`` levels; each its own effect
    (0.6)
    boolean (0.3)    paperless       True
    date             signup_date     late, and November or December of any year
    (0.5)            last_contact    date and time; nothing
    text (0.8)       review          4 to 12 words; the negative words minus the positive
                                     ones, where "not" turns one signal word in seven round
    sequence (0.8)   monthly_usage   list of 0 to 24 floats, newest last, single gaps NaN;
                                     a falling trend (not the level)
    image (0.8)      photo           uint8 array (8, 8, 3); a brightness rising to the right
    none             customer_id     a different text in every row; nothing
    ================ =============== ======================================================

    Missing cells and outliers are added after the score is computed, completely at random: they
    hide signal and carry none. The effects of cities and products are drawn from `random_state`
    too, so split one table into train and test rather than making two.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows, at least 1.
    task : {"binary", "multiclass", "regression"}, default="binary"
        The target. "binary": 1 for a customer who leaves, else 0. "multiclass":
        "stays", "downgrades" or "leaves", ordered by the same score. "regression": spend
        of next year, 500 minus 100 times the score plus normal noise of deviation 100.
    churn_rate : float, default=0.2
        Expected share of customers who leave, strictly between 0 and 1. In the multiclass
        task a quarter of the others downgrades. Regression does not use it.
    signal : mapping of str to float, default=None
        Coefficients in logits per standard deviation that replace the default ones, by
        kind; 0 keeps a kind's columns without any signal.
    missing : float, default=0.05
        Share of cells removed in age, income, total_charges, plan, payment, city,
        last_contact and review, each on its own; from 0 to 1.
    outliers : float, default=0.01
        Share of wrong entries in age and in income, each on its own; from 0 to 1.
    n_products : int, default=None
        Number of different products offered. None: a tenth of the rows, but at least 30
        and at most 5,000.
    row_id : bool, default=True
        Whether the table starts with `customer_id`.
    photo : bool, default=False
        Whether the table ends with `photo`. All other columns stay the same.
    return_probability : bool, default=False
        Whether to return the true probabilities as well.
    random_state : int, RandomState, Generator or None, default=None
        Source of randomness; an int gives the same table every time. Every kind has its
        own stream, so `signal`, `photo`, `missing` and `outliers` change only the columns that
        they concern.

    Returns
    -------
    X : DataFrame of shape (n_samples, 13 + row_id + photo)
        The raw table: `customer_id`, then the columns in the order of the table above.
    y : Series of shape (n_samples,)
        The target: int64 named "churned", str named "outcome", or float64 named
        "yearly_spend".
    probability : ndarray of shape (n_samples,) or (n_samples, 3), dtype=float64
        Only with `return_probability`. Binary: true probability of 1. Multiclass: true
        probabilities of "stays", "downgrades", "leaves". Regression: expected spend.

    Raises
    ------
    TypeError
        If `signal` is not a mapping.
    ValueError
        If a parameter is out of its range, or `signal` names an unknown kind.

    See Also
    --------
    skmultiinput.preprocessing.describe_columns : What each column is detected as.

    Examples
    --------
    >>> from skmultiinput.datasets import make_customers
    >>> X, y = make_customers(500, random_state=0)
    >>> X.shape, y.name
    ((500, 14), 'churned')
    >>> list(X.columns[:6])
    ['customer_id', 'age', 'income', 'tenure_months', 'total_charges', 'plan']
    >>> int(X["monthly_usage"].str.len().max())
    24
    >>> X, y, p = make_customers(500, signal={"text": 3.0}, return_probability=True)
    >>> round(float(p.mean()), 2)
    0.2
    >>> make_customers(signal={"txt": 3.0})
    Traceback (most recent call last):
        ...
    ValueError: signal names an unknown kind of column 'txt', did you mean 'text'? Known
    kinds: numeric, number_text, ...
    """
    _check_count("n_samples", n_samples)
    _check_share("missing", missing)
    _check_share("outliers", outliers)
    if not (_is_number(churn_rate) and 0 < churn_rate < 1):
        raise ValueError(
            f"churn_rate must be a number strictly between 0 and 1. Got {churn_rate!r}."
        )
    if task not in ("binary", "multiclass", "regression"):
        raise ValueError(f"task must be 'binary', 'multiclass' or 'regression'. Got {task!r}.")
    if n_products is None:
        n_products = min(max(n_samples // 10, 30), 5000)
    _check_count("n_products", n_products)
    signal = _check_signal(signal, photo)

    seeds = as_generator(random_state).integers(2**63 - 1, size=len(CUSTOMER_COLUMNS) + 2)
    streams = [np.random.default_rng(seed) for seed in seeds]
    stream = dict(zip([*CUSTOMER_COLUMNS, "missing", "target"], streams, strict=True))

    parts = {
        "numeric": make_numeric(stream["numeric"], n_samples, outliers),
        "number_text": make_number_text(stream["number_text"], n_samples, missing),
        "categorical": make_categorical(stream["categorical"], n_samples),
        "high_cardinality": make_high_cardinality(
            stream["high_cardinality"], n_samples, n_products
        ),
        "boolean": make_boolean(stream["boolean"], n_samples),
        "date": make_date(stream["date"], n_samples),
        "text": make_text(stream["text"], n_samples),
    }
    tenure = parts["numeric"][0]["tenure_months"]
    parts["sequence"] = make_sequence(stream["sequence"], n_samples, tenure)
    if photo:
        parts["image"] = make_image(stream["image"], n_samples)

    columns = {name: cells for made, _ in parts.values() for name, cells in made.items()}
    if row_id:
        width = max(6, len(str(n_samples)))
        columns = {"customer_id": [f"C{i:0{width}d}" for i in range(n_samples)], **columns}
    X = pd.DataFrame(_hide(columns, stream["missing"], missing))

    scores = [signal[kind] * standardise(values) for kind, (_, values) in parts.items()]
    score = np.sum(scores, axis=0)
    values, truth, name = _target(stream["target"], score, task, churn_rate)
    y = pd.Series(values, index=X.index, name=name)
    return (X, y, truth) if return_probability else (X, y)
