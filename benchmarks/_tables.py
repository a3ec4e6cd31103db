"""The public tables that models are compared on, and how each is split."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _results import data_folder
from sklearn.model_selection import train_test_split

ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]


@dataclass
class Task:
    """A table, its target, and the test rows where they are given.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_features)
        As it is read from the file, less what is no feature: ids, leaks.
    y : Series of shape (n_samples,)
    n_given : int or None
        The first so many rows are for training, as whoever collected them has decided.
    """

    X: pd.DataFrame
    y: pd.Series
    n_given: int | None = None

    @property
    def regression(self):
        return self.y.dtype.kind == "f"

    def split(self, seed):
        """Return X, X_test, y, y_test: the given split, or a stratified quarter for testing."""
        if self.n_given is not None:
            n = self.n_given
            return self.X[:n], self.X[n:], self.y[:n], self.y[n:]
        stratify = None if self.regression else self.y
        return train_test_split(
            self.X, self.y, test_size=0.25, stratify=stratify, random_state=seed
        )

    def sample(self, n_rows, seed=0):
        """Return a task of at most so many of the rows, stratified."""
        if n_rows is None or n_rows >= len(self.X):
            return self
        stratify = None if self.regression else self.y
        X, _, y, _ = train_test_split(
            self.X, self.y, train_size=n_rows, stratify=stratify, random_state=seed
        )
        return Task(X, y)


def _keel(name):
    lines = (data_folder() / "keel" / f"{name}.dat").read_text(encoding="utf-8").splitlines()
    names = [line.split()[1] for line in lines if line.lower().startswith("@attribute")]
    rows = [line.split(",") for line in lines if line and not line.startswith("@")]
    table = pd.DataFrame(rows, columns=names).apply(lambda column: column.str.strip())
    y = (table.pop("Class") == "positive").astype(int)
    for column in table:
        numbers = pd.to_numeric(table[column], errors="coerce")
        table[column] = table[column] if numbers.isna().any() else numbers
    return Task(table, y)


def yeast4():
    return _keel("yeast4")


def car_vgood():
    return _keel("car-vgood")


def hr_attrition():
    table = pd.read_csv(data_folder() / "hr_attrition" / "emp_attrition.csv", encoding="utf-8-sig")
    y = (table.pop("Attrition") == "Yes").astype(int)
    return Task(
        table.drop(columns=["EmployeeCount", "Over18", "StandardHours", "EmployeeNumber"]), y
    )


def telco_churn():
    table = pd.read_csv(data_folder() / "telco_churn" / "Telco-Customer-Churn.csv")
    y = (table.pop("Churn") == "Yes").astype(int)
    return Task(table.drop(columns="customerID"), y)


def adult():
    parts = [
        pd.read_csv(
            data_folder() / "adult" / f"adult-{part}.csv.gz",
            names=ADULT,
            na_values="?",
            skipinitialspace=True,
        )
        for part in ("train", "test")
    ]
    table = pd.concat(parts, ignore_index=True)
    y = table.pop("income").str.startswith(">50K").astype(int)
    return Task(table, y, len(parts[0]))


def bank_marketing():
    table = pd.read_csv(data_folder() / "bank_marketing" / "bank-additional-full.csv.gz", sep=";")
    y = (table.pop("y") == "yes").astype(int)
    return Task(table.drop(columns="duration"), y)


def california_housing():
    table = pd.read_csv(data_folder() / "california_housing" / "housing.csv")
    return Task(table, table.pop("median_house_value").astype(float))


def _clothing(target):
    table = pd.read_csv(data_folder() / "womens_clothing" / "womens_clothing.csv.gz")
    y = table[target]
    leaks = ["Rating", "Recommended IND", *table.filter(like="Unnamed")]
    return Task(table.drop(columns=leaks), y)


def clothing_recommended():
    return _clothing("Recommended IND")


def clothing_rating():
    return _clothing("Rating")


def japanese_vowels():
    parts = []
    for name in ("TRAIN", "TEST"):
        path = data_folder() / "japanese_vowels" / f"JapaneseVowels_{name}.ts"
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next(i for i, line in enumerate(lines) if line.lower().startswith("@data"))
        for line in filter(None, lines[start + 1 :]):
            *channels, label = line.split(":")
            cell = np.array([channel.split(",") for channel in channels], dtype=float).T
            parts.append((cell, int(label), name))
    X = pd.DataFrame({"voice": pd.Series([cell for cell, _, _ in parts], dtype=object)})
    y = pd.Series([label for _, label, _ in parts], name="speaker")
    return Task(X, y, sum(name == "TRAIN" for _, _, name in parts))


# From small to large.
TASKS = {
    "yeast4": yeast4,
    "hr_attrition": hr_attrition,
    "japanese_vowels": japanese_vowels,
    "telco_churn": telco_churn,
    "california_housing": california_housing,
    "clothing_recommended": clothing_recommended,
    "clothing_rating": clothing_rating,
    "bank_marketing": bank_marketing,
    "adult": adult,
}
# Numbers and categories, nothing else.
PLAIN = ["yeast4", "hr_attrition", "telco_churn", "california_housing", "bank_marketing", "adult"]
