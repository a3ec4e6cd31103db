"""The columns of `make_customers`, one function per kind.

Each function returns the columns of its kind and the score that they add to the target
(`standardise` brings it to mean 0 and standard deviation 1).
"""

from typing import Any

import numpy as np
import pandas as pd

# Columns by name, and the score of each row.
Columns = tuple[dict[str, Any], np.ndarray]

_POSITIVE = ("great", "friendly", "reliable", "happy", "fast", "excellent", "helpful", "easy")
_NEGATIVE = ("slow", "rude", "broken", "angry", "expensive", "terrible", "confusing", "late")
_NEUTRAL = (
    *("the", "service", "was", "delivered", "my", "order", "phone", "on", "monday", "they"),
    *("called", "about", "a", "new", "contract", "and", "router", "at", "home", "with", "this"),
    *("company", "again", "support", "team", "bill", "arrived", "for", "two", "weeks"),
)
_HISTORY_MONTHS = 24
_PHOTO_SHAPE = (8, 8, 3)


def standardise(values: np.ndarray) -> np.ndarray:
    """Return `values` with mean 0 and standard deviation 1 (0 everywhere if constant)."""
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)


def make_numeric(rng: np.random.Generator, n: int, outliers: float) -> Columns:
    """Make age, income and tenure; `outliers` is the share of wrong entries."""
    age_z, income_z = rng.normal(size=(2, n))
    age = np.clip(45 + 14 * age_z, 18, 95).round()
    income = np.exp(10.5 + 0.5 * income_z).round(2)
    tenure = np.minimum(rng.geometric(1 / 20, size=n) - 1, 72).astype(np.int64)
    # The youngest and the oldest leave: a curve that no linear model of age can fit.
    score = -0.7 * income_z + 0.5 * (age_z**2 - 1) / np.sqrt(2) - 0.5 * standardise(tenure)
    # Outliers are mistakes of entry: they come after the score, so they carry no signal.
    income = np.where(rng.random(n) < outliers, income * 100, income)
    age = np.where(rng.random(n) < outliers, 999.0, age)
    return {"age": age, "income": income, "tenure_months": tenure}, score


def make_number_text(rng: np.random.Generator, n: int, missing: float) -> Columns:
    """Make amounts written as text, a share `missing` of them as a mark."""
    spent_z = rng.normal(size=n)
    hidden = rng.random(n) < missing
    marks = rng.choice(["", " ", "?"], size=n)
    text = [
        mark if gone else f"{value:,.2f}"
        for value, gone, mark in zip(np.exp(6.5 + spent_z), hidden, marks, strict=True)
    ]
    return {"total_charges": np.array(text, dtype=object)}, -spent_z


def make_categorical(rng: np.random.Generator, n: int) -> Columns:
    """Make plan, payment and city."""
    plans = np.array(["basic", "plus", "premium"], dtype=object)
    payments = np.array(["card", "transfer", "check", "wallet"], dtype=object)
    cities = np.array([f"city_{i:02d}" for i in range(40)], dtype=object)
    plan = rng.choice(3, size=n, p=[0.5, 0.35, 0.15])
    payment = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1])
    # Squaring a uniform number makes the first cities large and the last ones small.
    city = (len(cities) * rng.random(n) ** 2).astype(int)
    city_effect = rng.normal(size=len(cities))
    score = (
        0.7 * standardise(np.array([1.0, 0.0, -1.0])[plan])
        + 0.4 * standardise(np.array([-0.5, 0.0, 1.5, 0.0])[payment])
        + 0.6 * standardise(city_effect[city])
    )
    return {"plan": plans[plan], "payment": payments[payment], "city": cities[city]}, score


def make_high_cardinality(rng: np.random.Generator, n: int, n_products: int) -> Columns:
    """Draw a product out of `n_products`, the first ones sold more often."""
    product = (n_products * rng.random(n) ** 1.5).astype(int)
    effect = rng.normal(size=n_products)
    names = np.array([f"P{i:05d}" for i in rng.permutation(n_products)], dtype=object)
    return {"product_id": names[product]}, effect[product]


def make_boolean(rng: np.random.Generator, n: int) -> Columns:
    """Draw whether a customer gets bills without paper."""
    paperless = rng.random(n) < 0.6
    return {"paperless": paperless}, paperless.astype(float)


def make_date(rng: np.random.Generator, n: int) -> Columns:
    """Make day of signing up and moment of the last contact."""
    day = rng.integers(0, 5 * 365, size=n)
    signup = pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D")
    # Customers won by the holiday offers of November and December leave more often.
    holiday = np.isin(signup.month.to_numpy(), (11, 12)).astype(float)
    score = 0.8 * standardise(day.astype(float)) + 0.6 * standardise(holiday)
    contact = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 180 * 86_400, size=n), unit="s"
    )
    return {"signup_date": signup.as_unit("ns"), "last_contact": contact.as_unit("ns")}, score


def make_text(rng: np.random.Generator, n: int) -> Columns:
    """Make short reviews with words of praise and of complaint."""
    longest = 12
    mood = rng.normal(size=n)
    length = rng.integers(4, longest + 1, size=n)
    here = np.arange(longest) < length[:, None]
    signals = here & (rng.random((n, longest)) < 0.35)
    bad = rng.random((n, longest)) < 1 / (1 + np.exp(-2 * mood))[:, None]
    # One signal word in seven is turned round by "not", which only word order can tell.
    turned = signals & (rng.random((n, longest)) < 1 / 7)
    neutral = np.array(_NEUTRAL, dtype=object)[rng.integers(len(_NEUTRAL), size=(n, longest))]
    shown_bad = bad ^ turned
    word = np.where(
        shown_bad,
        np.array(_NEGATIVE, dtype=object)[rng.integers(len(_NEGATIVE), size=(n, longest))],
        np.array(_POSITIVE, dtype=object)[rng.integers(len(_POSITIVE), size=(n, longest))],
    )
    word = np.where(turned, "not " + word, word)
    words = np.where(signals, word, neutral)
    end = rng.choice([".", "!", ""], size=n, p=[0.6, 0.2, 0.2])
    review = [
        " ".join(row[:stop]).capitalize() + mark
        for row, stop, mark in zip(words, length, end, strict=True)
    ]
    score = np.where(signals, np.where(bad, 1.0, -1.0), 0.0).sum(axis=1)
    return {"review": np.array(review, dtype=object)}, score


def make_sequence(rng: np.random.Generator, n: int, tenure: np.ndarray) -> Columns:
    """Make monthly usage over the last `tenure` months, 24 at most."""
    slope = rng.normal(size=n)
    level = np.exp(rng.normal(3.0, 0.4, size=n))
    length = np.minimum(tenure, _HISTORY_MONTHS)
    month = np.arange(_HISTORY_MONTHS)
    # Time is centred per sequence, so its mean carries no signal, only its trend.
    centred = (month - (length[:, None] - 1) / 2) / 6
    usage = level[:, None] * np.exp(0.25 * slope[:, None] * centred)
    usage = (usage * np.exp(rng.normal(0, 0.15, size=usage.shape))).round(2)
    # A month in fifty was not metered.
    usage = np.where(rng.random(usage.shape) < 0.02, np.nan, usage)
    cut = (row[:stop] for row, stop in zip(usage.tolist(), length, strict=True))
    history = np.fromiter(cut, dtype=object, count=n)
    return {"monthly_usage": history}, -slope


def make_image(rng: np.random.Generator, n: int) -> Columns:
    """Make small photos."""
    tilt = rng.normal(size=n)
    ramp = np.linspace(-1, 1, _PHOTO_SHAPE[1])[None, None, :, None]
    pixels = 128 + 30 * tilt[:, None, None, None] * ramp + rng.normal(0, 40, (n, *_PHOTO_SHAPE))
    photo = np.fromiter(np.clip(pixels, 0, 255).astype(np.uint8), dtype=object, count=n)
    return {"photo": photo}, tilt
