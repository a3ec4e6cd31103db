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
n = 1600

# %%
# A scratch is a bright line in the photo. The broken camera shows such lines at random.

scratched = rng.integers(2, size=n)
broken = rng.uniform(size=n) < 0.3
photos = rng.uniform(0, 0.3, size=(n, 8, 8))
for i in np.flatnonzero(np.where(broken, rng.integers(2, size=n), scratched)):
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
# A gate is between 0 and 2 and starts at 1. The mean gate of the image is lower in the factory
# with the broken camera. (Compare one input in both factories; inputs have scales of their own.)

gates = get_fusion_gates(model, X_test).groupby(X_test["factory"].to_numpy()).mean()
print(gates.round(2).to_string())
ax = gates.T.plot.bar(rot=0, ylabel="mean gate", xlabel="input")
