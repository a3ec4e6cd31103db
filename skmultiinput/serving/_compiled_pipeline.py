"""The compiled scorer of a fitted pipeline."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from skmultiinput.serving._preprocessing_plan import PreprocessingPlan
from skmultiinput.serving._rows import read_rows
from skmultiinput.serving._scorers import NetworkScorer, PipelineScorer, parts_in

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CompiledPipeline"]


class CompiledPipeline:
    """A fitted pipeline as steps on arrays; made by `compile_pipeline`.

    It gives the answers of the pipeline, its warnings and its errors. It can be pickled, and any
    number of threads may call it at once.

    Parameters
    ----------
    scorer : scorer
        What predicts.
    columns : list of str
        The columns that it needs, in the order of the fitted table.
    input_columns : dict of {str: dict}
        What is known of each column: its kind, and examples.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels; only for classifiers.
    feature_names_in_ : ndarray of str objects, shape (n_columns,)
        The columns that it needs.

    See Also
    --------
    compile_pipeline : Make one, with an example.
    """

    def __init__(
        self, scorer: Any, columns: list[str], input_columns: dict[str, dict[str, Any]]
    ) -> None:
        self.scorer = scorer
        self.columns = columns
        self.input_columns = input_columns
        self.feature_names_in_ = np.array(columns, dtype=object)
        if scorer.classes is not None:
            self.classes_ = scorer.classes

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels or numbers.

        Parameters
        ----------
        X : dict, list of dict, DataFrame, or table or record batch of pyarrow
            One row as a dict, or rows. Further columns are ignored.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)

        Raises
        ------
        ValueError
            If a column or a key is missing; it is named.
        TypeError
            If `X` is no table, or a cell is of a type that the pipeline refuses.
        """
        return self.scorer.predict(read_rows(X, self.columns)).prediction

    def predict_with_proba(self, X: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Predict labels and probabilities at once, in the time of one of them.

        Parameters
        ----------
        X : dict, list of dict, DataFrame, or table or record batch of pyarrow
            One row as a dict, or rows. Further columns are ignored.

        Returns
        -------
        predicted : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            As of `predict`.
        probabilities : ndarray of shape (n_samples, n_classes), dtype=float64, or None
            As of `predict_proba`; None if it predicts numbers.

        Raises
        ------
        ValueError
            If a column or a key is missing; it is named.
        TypeError
            If `X` is no table, or a cell is of a type that the pipeline refuses.
        """
        return self.scorer.predict(read_rows(X, self.columns))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : dict, list of dict, DataFrame, or table or record batch of pyarrow
            One row as a dict, or rows. Further columns are ignored.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype=float64
            In the order of `classes_`.

        Raises
        ------
        AttributeError
            If it predicts numbers.
        ValueError
            If a column or a key is missing; it is named.
        TypeError
            If `X` is no table, or a cell is of a type that the pipeline refuses.
        """
        if self.scorer.classes is None:
            raise AttributeError("A regressor has no predict_proba; call predict.")
        return self.scorer.predict(read_rows(X, self.columns)).probabilities

    @property
    def plan(self) -> "pd.DataFrame":
        """Which steps are compiled and which run as they are, a DataFrame."""
        import pandas as pd  # noqa: PLC0415 - one dict is scored without it

        rows = [row for part in parts_in(self.scorer) for row in _rows(part)]
        return pd.DataFrame(rows, columns=["step", "columns", "runs", "note"])

    def __repr__(self) -> str:
        runs = self.plan["runs"]
        return (
            f"CompiledPipeline({len(self.columns)} columns, "
            f"{(runs == 'compiled').sum()} of {len(runs)} steps compiled)"
        )

    def _repr_html_(self) -> str:
        return self.plan.to_html(index=False)


def _rows(part: Any) -> Iterator[tuple[str, str, str, str]]:
    """Yield step, columns, runs and note of what a part of a scorer does itself."""
    if isinstance(part, PreprocessingPlan):
        for group in part.groups:
            columns = _listed(group.columns)
            if group.step is None:
                yield group.name, columns, "as it is", "one of its transformers has no lowering"
            else:
                yield group.name, columns, "compiled", ""
    elif isinstance(part, NetworkScorer):
        if part.network is None:
            yield "network", "", "as it is", f"by Keras: {part.reason}"
        elif part.estimator is None:
            yield "network", "", "compiled", "in NumPy"
        else:
            yield "network", "", "compiled", f"in NumPy; by Keras from {part.many_rows} rows on"
    elif not isinstance(part, PipelineScorer):
        yield type(part).__name__.removesuffix("Scorer"), "", "compiled", ""


def _listed(names: list[str], limit: int = 4) -> str:
    shown = ", ".join(names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
