r"""Text, sequences and images: the defaults beside what people use today, on the same split.

Women's clothing (two texts and a table): does the customer recommend it, and which rating did
she give; each without the other. Japanese vowels: who speaks, on the given split. scikit-learn's
digits as images. Scores are ROC AUC (macro one-versus-rest for the rating) and accuracy, the
mean over the seeds; a seed decides the network, never the split. With several splits, the first
contender is compared with each other on all of them: mean difference and its standard error, which
is corrected for training rows that splits have in common (Nadeau and Bengio 2003).

    python benchmarks/modalities.py --tasks vowels digits --seeds 0 1 2 3 4
    python benchmarks/modalities.py --tasks recommended --splits 0 1 2 3 4 \
        --only "skmultiinput, text"
"""

import argparse
import os
import time
import warnings
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from _results import data_folder, kept_runs, write_results
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.branches import RecurrentBranch

TEXTS = ["Title", "Review Text"]
TARGETS = {"recommended": "Recommended IND", "rating": "Rating"}


def auc(model, X, y):
    probabilities = model.predict_proba(X)
    if probabilities.shape[1] == 2:
        return roc_auc_score(y, probabilities[:, 1])
    return roc_auc_score(y, probabilities, multi_class="ovr", average="macro")


def accuracy(model, X, y):
    return float(np.mean(model.predict(X) == y))


# --- Tasks: training table and labels, test table and labels.


def clothing(target, split):
    table = pd.read_csv(data_folder() / "womens_clothing" / "womens_clothing.csv.gz")
    # One split for both targets, neither of which the other may see.
    train, test = train_test_split(table, stratify=table["Recommended IND"], random_state=split)
    drop = [*TARGETS.values(), *table.filter(like="Unnamed")]
    column = TARGETS[target]
    return train.drop(columns=drop), train[column], test.drop(columns=drop), test[column]


def vowels(split):
    del split  # it is given
    parts = []
    for name in ("TRAIN", "TEST"):
        path = data_folder() / "japanese_vowels" / f"JapaneseVowels_{name}.ts"
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next(i for i, line in enumerate(lines) if line.lower().startswith("@data"))
        cells, labels = [], []
        for line in filter(None, lines[start + 1 :]):
            *channels, label = line.split(":")
            cells.append(np.array([channel.split(",") for channel in channels], dtype=float).T)
            labels.append(label)
        voice = pd.Series(cells, dtype=object, name="voice")
        parts += [voice.to_frame(), np.array(labels)]
    return tuple(parts)


def digits(split):
    pixels, y = load_digits(return_X_y=True)
    cells = pd.Series(list(pixels.reshape(-1, 8, 8)), name="digit").to_frame()
    train, test, y_train, y_test = train_test_split(cells, y, stratify=y, random_state=split)
    return train, y_train, test, y_test


# --- Contenders: functions of the seed.


def ours(*columns, network=None, joined=False, **named):
    """Return the defaults, on some of the columns, or with some of them named."""

    def make(seed):
        model = MultiInputClassifier(random_state=seed, **(network or {}))
        preprocessor = make_preprocessor(**named).set_params(text__joined=joined)
        steps = [preprocessor, model]
        if columns:
            choose = make_column_transformer(
                ("passthrough", list(columns)), verbose_feature_names_out=False
            ).set_output(transform="pandas")
            steps.insert(0, choose)
        return make_pipeline(*steps)

    return make


def tfidf(*columns):
    """Return words and pairs of words, one-hot columns if named, and logistic regression."""
    parts = [
        (
            make_pipeline(
                FunctionTransformer(lambda column: column.fillna("")),
                TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=False),
            ),
            text,
        )
        for text in TEXTS
    ]
    parts += [(OneHotEncoder(handle_unknown="ignore"), list(columns))] if columns else []
    return lambda _: make_pipeline(
        make_column_transformer(*parts), LogisticRegression(C=4.0, max_iter=1000)
    )


def flat(model):
    """Return a model of cells laid out flat, short sequences filled up with zeros."""

    def unroll(frame):
        cells = [np.asarray(cell, dtype=float) for cell in frame.iloc[:, 0]]
        box = np.zeros((len(cells), 29 if cells[0].shape[1] == 12 else 8, cells[0].shape[1]))
        for row, cell in zip(box, cells, strict=True):
            row[: len(cell)] = cell
        return box.reshape(len(box), -1)

    return lambda seed: make_pipeline(FunctionTransformer(unroll), StandardScaler(), model(seed))


TABLE = ["Clothing ID", "Age", "Positive Feedback Count", "Division Name", "Department Name"]
TABLE += ["Class Name"]
CLOTHING = {
    "TF-IDF + one-hot + logistic regression": tfidf(*TABLE[:1], *TABLE[3:]),
    "skmultiinput, text and table": ours(),
    "skmultiinput, preset best, text and table": ours(network={"preset": "best"}),
    "skmultiinput, preset best, joined texts and table": ours(
        network={"preset": "best"}, joined=True
    ),
    "skmultiinput, preset best, joined texts alone": ours(
        *TEXTS, network={"preset": "best"}, joined=True
    ),
    "skmultiinput, preset best, text alone": ours(*TEXTS, network={"preset": "best"}),
    "skmultiinput, text alone": ours(*TEXTS),
    "skmultiinput, table alone": ours(*TABLE),
}
FLAT = {
    "logistic regression, flat": flat(lambda _: LogisticRegression(max_iter=2000)),
    "MLP, flat": flat(lambda seed: MLPClassifier(max_iter=1000, random_state=seed)),
    "SVC, flat": flat(lambda _: SVC()),
}
TASKS = {
    "recommended": (partial(clothing, "recommended"), auc, CLOTHING),
    "rating": (partial(clothing, "rating"), auc, CLOTHING),
    "vowels": (
        vowels,
        accuracy,
        {
            **FLAT,
            "skmultiinput, convolution": ours(sequence=["voice"]),
            "skmultiinput, recurrent": ours(
                sequence=["voice"], network={"branches": [("sequence", RecurrentBranch())]}
            ),
        },
    ),
    "digits": (digits, accuracy, {**FLAT, "skmultiinput": ours(image=["digit"])}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--splits", type=int, nargs="+", default=[0])
    parser.add_argument("--only", default="", help="contenders whose name holds this")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    several = len(arguments.splits) > 1
    made = {"seed": arguments.seeds} | ({"splits": arguments.splits} if several else {})
    name_of_record = "modalities_" + "_".join(arguments.tasks) + "_splits" * several
    runs = kept_runs(
        name_of_record,
        again=lambda run: arguments.only in run["contender"],
        **made,
    )
    for task in arguments.tasks:
        read, metric, contenders = TASKS[task]
        first = None
        for name, make in contenders.items():
            if arguments.only not in name:
                continue
            start = time.perf_counter()
            scores = np.array(
                [
                    [metric(make(seed).fit(X, y), X_test, y_test) for seed in arguments.seeds]
                    for X, y, X_test, y_test in map(read, arguments.splits)
                ]
            )
            record = {
                "task": task,
                "contender": name,
                "score": round(float(scores.mean()), 4),
                "least": round(float(scores.min()), 4),
                "n_seeds": len(arguments.seeds),
                "seconds": round((time.perf_counter() - start) / scores.size, 1),
            }
            if several:
                first = scores if first is None else first
                record |= difference(first.mean(axis=1), scores.mean(axis=1))
            runs.append(record)
            print(pd.DataFrame(runs[-1:]).to_string(index=False, header=len(runs) == 1), flush=True)
    write_results(name_of_record, runs=runs, **made)


def difference(first, scores, test_share=0.25):
    """First contender minus this one: mean over splits, and its corrected standard error."""
    gaps = first - scores
    error = gaps.std(ddof=1) * np.sqrt(1 / len(gaps) + test_share / (1 - test_share))
    return {
        "first_minus_this": round(float(gaps.mean()), 5),
        "standard_error": round(float(error), 5),
        "splits_won": int((gaps > 0).sum()),
    }


if __name__ == "__main__":
    main()
