"""Seconds of make_preprocessor beside the same by hand with stock parts.

200,000 rows x 30 columns: 15 numbers with gaps, 10 categories of 5 levels, 5 of 500 levels.

    python benchmarks/preprocess.py
"""

import argparse
import statistics
import warnings

import numpy as np
import pandas as pd
from _results import seconds, write_results
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, TargetEncoder

from skmultiinput.preprocessing import make_preprocessor


def make_table(n_rows, seed):
    rng = np.random.default_rng(seed)
    columns = {}
    for i in range(15):
        values = rng.normal(size=n_rows)
        values[rng.random(n_rows) < 0.05] = np.nan
        columns[f"x{i}"] = values
    for i in range(10):
        columns[f"plan{i}"] = rng.choice([f"plan_{k}" for k in range(5)], n_rows)
    for i in range(5):
        columns[f"city{i}"] = rng.choice([f"city_{k}" for k in range(500)], n_rows)
    return pd.DataFrame(columns), rng.integers(2, size=n_rows)


def by_hand(X):
    names = {p: [c for c in X if c.startswith(p)] for p in ("x", "plan", "city")}
    numeric = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(output_distribution="normal", random_state=0),
    )
    return ColumnTransformer(
        [
            ("numeric", numeric, names["x"]),
            ("onehot", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), names["plan"]),
            ("target", TargetEncoder(), names["city"]),
        ]
    ).set_output(transform="pandas")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    X, y = make_table(arguments.rows, arguments.seed)
    # Without pairs of columns, which stock parts do not have.
    makers = {
        "by hand": lambda: by_hand(X),
        "make_preprocessor": lambda: make_preprocessor(target_pairs=0),
    }
    times = {}
    for _ in range(arguments.repeats):
        for name, make in makers.items():
            preprocessor = make()
            lists = times.setdefault(name, {"fit_transform": [], "transform": [], "one_row": []})
            lists["fit_transform"].append(seconds(lambda p=preprocessor: p.fit_transform(X, y)))
            lists["transform"].append(seconds(lambda p=preprocessor: p.transform(X)))
            one = [seconds(lambda p=preprocessor: p.transform(X[:1])) for _ in range(20)]
            lists["one_row"].append(statistics.median(one))
    runs = [
        {"preprocessor": name, **{f"{k}_s": round(statistics.median(v), 4) for k, v in t.items()}}
        for name, t in times.items()
    ]
    print(pd.DataFrame(runs).to_string(index=False))
    write_results("preprocess", seed=arguments.seed, runs=runs, rows=arguments.rows)


if __name__ == "__main__":
    main()
