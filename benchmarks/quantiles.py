"""Coverage and pinball loss of quantiles, beside boosted trees with a quantile loss.

Half of each table is trained on, the other half judges. The trees read the numbers and categories
of the raw table, the network the whole of it. CatBoost takes part where it is installed.

    python benchmarks/quantiles.py
"""

import argparse
import os
import warnings
from importlib.util import find_spec

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _results import PACKAGES, data_folder, write_results
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputRegressor, make_preprocessor

LEVELS = (0.05, 0.5, 0.95)


def california_housing():
    table = pd.read_csv(data_folder() / "california_housing" / "housing.csv")
    return table, table.pop("median_house_value")


def network(seed, preset):
    """One network for all quantiles."""
    model = make_pipeline(
        make_preprocessor(random_state=seed),
        MultiInputRegressor(loss="quantile", quantiles=LEVELS, preset=preset, random_state=seed),
    )

    def predict(X):
        return model[-1].predict_quantiles(model[:-1].transform(X))

    return model.fit, predict


def trees(seed, _preset):
    """One forest of boosted trees per quantile."""
    models = [
        HistGradientBoostingRegressor(
            loss="quantile",
            quantile=level,
            categorical_features="from_dtype",
            early_stopping=True,
            random_state=seed,
        )
        for level in LEVELS
    ]
    return _each(models, lambda X: X.astype(dict.fromkeys(X.select_dtypes("str"), "category")))


def catboost(seed, _preset):
    """One CatBoost model per quantile."""
    models = [_catboost(f"Quantile:alpha={level}", seed) for level in LEVELS]
    return _each(models, lambda X: X)


def catboost_multi(seed, _preset):
    """One CatBoost model for all quantiles."""
    model = _catboost("MultiQuantile:alpha=" + ",".join(map(str, LEVELS)), seed)
    return model.fit, model.predict


def _catboost(loss, seed):
    from catboost import CatBoostRegressor  # noqa: PLC0415 - may be absent

    return CatBoostRegressor(
        loss_function=loss,
        cat_features=["ocean_proximity"],
        random_seed=seed,
        thread_count=2,
        verbose=False,
        allow_writing_files=False,
    )


def _each(models, prepare):
    def fit(X, y):
        for model in models:
            model.fit(prepare(X), y)

    def predict(X):
        return np.column_stack([model.predict(prepare(X)) for model in models])

    return fit, predict


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--preset", default="default")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    X, y = california_housing()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=args.seed)
    contenders = {"skmultiinput": network, "HistGradientBoosting": trees}
    packages = PACKAGES
    if find_spec("catboost"):
        contenders["CatBoost, a model per quantile"] = catboost
        contenders["CatBoost, MultiQuantile"] = catboost_multi
        packages = (*PACKAGES, "catboost")
    runs = []
    for name, make in contenders.items():
        fit, predict = make(args.seed, args.preset)
        fit(X_train, y_train)
        quantiles = predict(X_test)
        inside = (quantiles[:, 0] <= y_test) & (y_test <= quantiles[:, -1])
        losses = [
            mean_pinball_loss(y_test, quantiles[:, i], alpha=level)
            for i, level in enumerate(LEVELS)
        ]
        run = {
            "model": name,
            "coverage": float(inside.mean()),
            "pinball_loss": float(np.mean(losses)),
            "crossing": float((np.diff(quantiles, axis=1) < 0).any(axis=1).mean()),
        }
        runs.append(run)
        print(run, flush=True)
    write_results("quantiles", seed=args.seed, runs=runs, packages=packages, preset=args.preset)


if __name__ == "__main__":
    main()
