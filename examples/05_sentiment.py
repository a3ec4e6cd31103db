"""
Sentiment of reviews
====================

Title and body are two texts of one group, each with its own vocabulary. Votes and age stand beside
them.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor

rng = np.random.default_rng(0)
n = 1500
GOOD = ("lovely", "perfect", "comfortable", "soft", "great", "flattering", "beautiful", "warm")
BAD = ("cheap", "itchy", "awful", "tight", "thin", "ugly", "scratchy", "loose")
PLAIN = ("the", "fit", "of", "this", "dress", "is", "in", "my", "size", "with", "sleeves", "sale")

# %%
# Reviews with words of one mood. Now and then "not" turns a word around.


def write(happy, length):
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

# %%
# A linear model of the body is a strong baseline.

linear = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
linear.fit(X_train["body"], y_train)
scores = {"TF-IDF, body": roc_auc_score(y_test, linear.predict_proba(X_test["body"])[:, 1])}

for name, columns in {"network, texts": ["title", "body"], "network, all": list(X)}.items():
    preprocess = make_preprocessor(text=["title", "body"])
    network = MultiInputClassifier(preset="fast", epochs=20, random_state=0)
    model = make_pipeline(preprocess, network).fit(X_train[columns], y_train)
    scores[name] = roc_auc_score(y_test, model.predict_proba(X_test[columns])[:, 1])

for name, score in scores.items():
    print(f"{name}: ROC AUC {score:.3f}")
fig, ax = plt.subplots(layout="constrained")
ax.barh(list(scores), list(scores.values()))
ax.set(xlabel="ROC AUC", xlim=(0.7, 1.0))
