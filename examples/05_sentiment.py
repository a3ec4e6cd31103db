"""Sentiment: what a review says, and how helpful others found it.

Title and body are two texts of one group, each with its own vocabulary.
"""

import sys

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor

SMALL = "--small" in sys.argv
rng = np.random.default_rng(0)
n = 500 if SMALL else 6000
GOOD = ("lovely", "perfect", "comfortable", "soft", "great", "flattering", "beautiful", "warm")
BAD = ("cheap", "itchy", "awful", "tight", "thin", "ugly", "scratchy", "loose")
PLAIN = ("the", "fit", "of", "this", "dress", "is", "in", "my", "size", "with", "sleeves", "sale")


def write(happy, length):
    """Words of the mood among plain ones; now and then a word is turned round by "not"."""
    words = list(rng.choice(PLAIN, length))
    for _ in range(max(1, length // 6)):
        turned = rng.uniform() < 0.2
        word = rng.choice(GOOD if happy != turned else BAD)
        words.insert(rng.integers(len(words)), f"not {word}" if turned else word)
    return " ".join(words)


happy = rng.uniform(size=n) < 0.7
mood = happy ^ (rng.uniform(size=n) < 0.1)
X = pd.DataFrame(
    {
        "title": [write(m, 4) if rng.uniform() < 0.8 else None for m in mood],
        "body": [write(m, rng.integers(8, 30)) for m in mood],
        "helpful_votes": rng.poisson(np.where(happy, 6, 2)),
        "age": rng.integers(18, 80, n),
    }
)
X_train, X_test, y_train, y_test = train_test_split(X, happy, stratify=happy, random_state=0)

plain = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
plain.fit(X_train["body"], y_train)
auc = roc_auc_score(y_test, plain.predict_proba(X_test["body"])[:, 1])
print(f"TF-IDF of the body and logistic regression: ROC AUC {auc:.3f}")
for columns in (["title", "body"], list(X.columns)):
    preprocess = make_preprocessor(text=["title", "body"]).set_params(text__ngram_range=(1, 2))
    network = MultiInputClassifier(epochs=4 if SMALL else 40, random_state=0)
    model = make_pipeline(preprocess, network).fit(X_train[columns], y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test[columns])[:, 1])
    print(f"network on {', '.join(columns)}: ROC AUC {auc:.3f}")
