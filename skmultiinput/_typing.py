"""Names of types that signatures share."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

# What an estimator accepts as X: a pandas DataFrame, another table, or an array of numbers, dense
# or sparse.
TableLike: TypeAlias = pd.DataFrame | ArrayLike
# What encoders of texts, sequences and images accept: columns whose cells are whole objects.
CellsLike: TypeAlias = pd.DataFrame | pd.Series | ArrayLike | Sequence[object]
# Values of random_state.
RandomState: TypeAlias = (
    int
    | np.random.RandomState
    | np.random.Generator
    | np.random.BitGenerator
    | np.random.SeedSequence
    | None
)
