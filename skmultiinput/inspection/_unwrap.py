"""What is inside a fitted model: the network, its preprocessing, and the wrappers around both."""

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

# Where scikit-learn's meta-estimators keep the fitted model, the one that predicts first.
_INNER = ("best_estimator_", "estimator_", "estimator")


def parts(model):
    """Yield a fitted model and, one by one, the estimators inside it; the last steps first.

    Parameters
    ----------
    model : estimator
        A Pipeline, a search, a threshold or a calibration around one, or a single estimator.

    Yields
    ------
    estimator
    """
    yield model
    if isinstance(model, Pipeline):
        for _, step in reversed(model.steps):
            if step is not None and not isinstance(step, str):
                yield from parts(step)
        return
    known = vars(model) if hasattr(model, "__dict__") else {}
    inner = next((known[name] for name in _INNER if known.get(name) is not None), None)
    if inner is None and known.get("calibrated_classifiers_"):
        inner = known["calibrated_classifiers_"][0].estimator
    if inner is not None and not isinstance(inner, str):
        yield from parts(inner)


def part_with(model, attribute):
    """Return the first part of a model that has a fitted attribute, or None.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(LogisticRegression()).fit([[0], [1]], [0, 1])
    >>> part_with(model, "coef_")
    LogisticRegression()
    """
    return next((part for part in parts(model) if attribute in getattr(part, "__dict__", {})), None)


def preprocessing(model):
    """Return the ColumnTransformer that reads the raw table, and the steps before it.

    Parameters
    ----------
    model : estimator
        A ColumnTransformer, or a fitted model with one inside.

    Returns
    -------
    before : list of transformer
        What a table goes through first; as a rule nothing.
    transformer : ColumnTransformer or None
        None where the model has none.
    """
    for part in parts(model):
        if isinstance(part, ColumnTransformer):
            return [], part
        if isinstance(part, Pipeline):
            steps = [
                step
                for _, step in part.steps
                if step is not None and step != "passthrough" and not hasattr(step, "fit_resample")
            ]
            for place, step in enumerate(steps):
                before, found = preprocessing(step)
                if found is not None:
                    return [*steps[:place], *before], found
    return [], None
