"""
Image or table: gates tell
==========================

Photos of parts, and measurements beside them. In one factory the camera is broken. Gated fusion
learns which input to trust, row by row.
"""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skmultiinput import MultiInputClassifier, make_preprocessor
from skmultiinput.inspection import get_fusion_gates

rng = np.random.default_rng(0)
n = 800

# %%
# A scratch is a bright line in the photo. The broken camera sees noise only.

scratched = rng.integers(2, size=n)
broken = rng.uniform(size=n) < 0.3
photos = rng.uniform(0, 0.6, size=(n, 8, 8))
for i in np.flatnonzero((scratched == 1) & ~broken):
    photos[i, rng.integers(8)] += 0.4
X = pd.DataFrame(
    {
        "photo": list(photos),
        "factory": np.where(broken, "north", "south"),
        "roughness": scratched + rng.normal(0, 0.8, n),
    }
)
X_train, X_test, y_train, y_test = train_test_split(X, scratched, stratify=broken, random_state=0)

# %%
# One network of both.

model = make_pipeline(
    make_preprocessor(image=["photo"], onehot=["factory"]),
    MultiInputClassifier(preset="fast", fusion="gated", epochs=40, random_state=0),
).fit(X_train, y_train)
print(f"accuracy {accuracy_score(y_test, model.predict(X_test)):.3f}")

# %%
# The mean gate of each input in each factory:

gates = get_fusion_gates(model, X_test).groupby(X_test["factory"].to_numpy()).mean()
print(gates.round(2).to_string())
gates.T.plot.bar(rot=0, ylabel="mean gate", xlabel="input")
