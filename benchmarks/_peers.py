"""What people would use instead: each with its defaults and the preprocessing it asks for.

A peer is a function ``(X, regression, seed) -> unfitted pipeline``; it may look at the training
table to sort its columns, never at the target. All get the table after `tidy`.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

# Strings of so many words on average are texts.
_TEXT_WORDS = 3


def tidy(X):
    """Do what a careful user does before any model: numbers as numbers, series laid out flat."""
    X = X.copy()
    for name in list(X.columns):
        column = X[name]
        cells = column.dropna()
        if len(cells) and isinstance(cells.iloc[0], np.ndarray):
            longest = 29
            box = np.zeros((len(X), longest, cells.iloc[0].shape[1]))
            for row, cell in zip(box, column, strict=True):
                row[: min(len(cell), longest)] = cell[:longest]
            flat = box.reshape(len(X), -1)
            names = [f"{name}_{j}" for j in range(flat.shape[1])]
            X = pd.concat([X.drop(columns=name), pd.DataFrame(flat, X.index, names)], axis=1)
        elif not pd.api.types.is_numeric_dtype(column):
            numbers = pd.to_numeric(column.astype(str).str.strip(), errors="coerce")
            if numbers.notna().mean() > 0.9:
                X[name] = numbers
    return X


def kinds(X):
    """Return the names of numbers, categories and texts."""
    numbers = X.select_dtypes("number").columns.tolist()
    rest = [name for name in X if name not in numbers]
    texts = [n for n in rest if X[n].dropna().astype(str).str.count(" ").mean() + 1 >= _TEXT_WORDS]
    return numbers, [name for name in rest if name not in texts], texts


def _filled(texts):
    """One column of texts, without gaps."""
    return texts.astype("object").where(texts.notna(), "").astype(str)


def _words(**options):
    return make_pipeline(FunctionTransformer(_filled), TfidfVectorizer(min_df=2, **options))


def linear_features(X, *, max_words=None, sparse=True):
    """Medians and a common scale, one column per level, the weights of words."""
    numbers, categories, texts = kinds(X)
    parts = [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (
            "categories",
            make_pipeline(
                SimpleImputer(strategy="constant", fill_value="missing"),
                OneHotEncoder(handle_unknown="ignore", min_frequency=2),
            ),
            categories,
        ),
        *((text, _words(ngram_range=(1, 2), max_features=max_words), text) for text in texts),
    ]
    return ColumnTransformer(parts, sparse_threshold=1.0 if sparse else 0.0)


def tree_features(X):
    """Numbers with their gaps, categories as such, and 30 directions of the words' weights."""
    numbers, categories, texts = kinds(X)
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=254,
    )
    parts = [
        ("categories", encoder, categories),
        ("numbers", "passthrough", numbers),
        *(
            (text, make_pipeline(_words(), TruncatedSVD(30, random_state=0)), text)
            for text in texts
        ),
    ]
    return ColumnTransformer(parts), list(range(len(categories)))


def linear(X, regression, seed):
    del seed  # nothing random in it
    model = Ridge() if regression else LogisticRegression(max_iter=1000)
    return make_pipeline(linear_features(X), model)


def mlp(X, regression, seed):
    model = MLPRegressor if regression else MLPClassifier
    return make_pipeline(linear_features(X, max_words=5000), model(random_state=seed))


def hist_gradient_boosting(X, regression, seed):
    model = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    features, categories = tree_features(X)
    return make_pipeline(features, model(categorical_features=categories, random_state=seed))


def lightgbm(X, regression, seed):
    from lightgbm import LGBMClassifier, LGBMRegressor  # noqa: PLC0415 - a peer, may be missing

    n_categories = len(kinds(X)[1])

    def with_categories(values):
        """Mark the first columns as categories: LightGBM finds them by their dtype."""
        return pd.DataFrame(values).astype(dict.fromkeys(range(n_categories), "category"))

    features, _ = tree_features(X)
    # One thread: see `run` in quality.py; LightGBM heeds no limit but its own.
    model = (LGBMRegressor if regression else LGBMClassifier)(
        random_state=seed, verbose=-1, n_jobs=1
    )
    return make_pipeline(features, FunctionTransformer(with_categories), model)


def catboost(X, regression, seed):
    from catboost import CatBoostClassifier, CatBoostRegressor  # noqa: PLC0415 - likewise

    _, categories, texts = kinds(X)

    def filled(frame):
        """Gaps are a level; texts are told apart from categories by name."""
        frame = frame.copy()
        for name in (*categories, *texts):
            frame[name] = frame[name].astype("object").where(frame[name].notna(), "missing")
            frame[name] = frame[name].astype(str)
        return frame

    model = (CatBoostRegressor if regression else CatBoostClassifier)(
        cat_features=categories,
        text_features=texts,
        random_seed=seed,
        verbose=False,
        allow_writing_files=False,
        thread_count=2,
    )
    return make_pipeline(FunctionTransformer(filled), model)


def _dense_network(meta, compile_kwargs):
    import keras  # noqa: PLC0415 - slow to import

    layers = keras.layers
    classes = meta.get("n_classes_", 0)
    last = {0: ("linear", 1), 2: ("sigmoid", 1)}.get(classes, ("softmax", classes))
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dense(last[1], last[0]),
        ]
    )
    model.compile(optimizer=compile_kwargs["optimizer"], loss=compile_kwargs["loss"])
    return model


def scikeras(X, regression, seed):
    from scikeras.wrappers import KerasClassifier, KerasRegressor  # noqa: PLC0415 - likewise

    # SciKeras itself takes one epoch; twenty are what its own examples train for, or fewer.
    options = {"epochs": 20, "verbose": 0, "optimizer": "adam", "random_state": seed}
    features = linear_features(X, max_words=2000, sparse=False)
    as_floats = FunctionTransformer(lambda values: np.asarray(values, dtype=np.float32))
    if regression:
        model = KerasRegressor(_dense_network, loss="mean_squared_error", **options)
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    else:
        model = KerasClassifier(_dense_network, loss=_class_loss(X), **options)
    return make_pipeline(features, as_floats, model)


def _class_loss(X):
    """SciKeras encodes classes as whole numbers; the table says whether there are two."""
    n_classes = X.attrs["n_classes"]
    return "binary_crossentropy" if n_classes == 2 else "sparse_categorical_crossentropy"


def _pytabkit(stem):
    def make(X, regression, seed):
        import pytabkit  # noqa: PLC0415 - a peer, may be missing

        kind = "Regressor" if regression else "Classifier"
        model = getattr(pytabkit, f"{stem}_{kind}")(device="cpu", random_state=seed, n_threads=2)
        numbers, categories, _ = kinds(X)

        def known(frame):
            """Keep what pytabkit reads: numbers without gaps, categories by dtype; no texts."""
            frame = frame[[*numbers, *categories]].copy()
            frame[numbers] = frame[numbers].fillna(X[numbers].median())
            return frame.astype(dict.fromkeys(categories, "category"))

        return make_pipeline(FunctionTransformer(known), model)

    return make


PEERS = {
    "linear": linear,
    "MLP": mlp,
    "HistGradientBoosting": hist_gradient_boosting,
    "LightGBM": lightgbm,
    "CatBoost": catboost,
    "SciKeras": scikeras,
}
SLOW_PEERS = {"RealMLP": _pytabkit("RealMLP_TD"), "TabM": _pytabkit("TabM_D")}
