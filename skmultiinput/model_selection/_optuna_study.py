"""Optuna's studies: opened, quiet, and with choices that a data base can store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib
from sklearn.base import clone

from skmultiinput._checks import without_addresses
from skmultiinput.model_selection._score_candidates import Candidates


def open_study(candidates: Candidates, study: Any, storage: Any) -> Any:
    """Create or continue a study; one of other data, folds or metric is refused."""
    try:
        import optuna  # noqa: PLC0415 - optional
    except ImportError as error:
        raise ImportError('tune needs optuna: pip install "skmultiinput[optuna]".') from error
    if study is None or isinstance(study, str):
        study = optuna.create_study(
            storage=storage,
            study_name=study,
            load_if_exists=True,
            direction="minimize" if candidates.lower_is_better else "maximize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=3),
        )
        # Another seed than before, or a resumed search would draw what it has drawn.
        seed = (candidates.task.seed + len(study.trials)) % 2**32
        study.sampler = optuna.samplers.TPESampler(seed=seed)
    pipeline = without_addresses(repr(clone(candidates.pipeline)))
    content = (pipeline, candidates.metric, candidates.folds, candidates.X, candidates.y)
    digest = joblib.hash(content)
    if study.user_attrs.get("digest", digest) != digest:
        raise ValueError(
            f"The study {study.study_name!r} is of other rows, folds, metric or pipeline. "
            "Pass the same data, cv, scoring and random_state, or the name of a new study."
        )
    study.set_user_attr("digest", digest)
    return study


def storable_choices(
    distributions: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Replace choices that a data base cannot store, such as transformers, by their texts."""
    plain = (type(None), bool, int, float, str)
    storable, choices = {}, {}
    for name, distribution in distributions.items():
        values = getattr(distribution, "choices", ())
        if all(isinstance(value, plain) for value in values):
            storable[name] = distribution
            continue
        texts = [without_addresses(repr(value)) for value in values]
        if len(set(texts)) < len(texts):
            texts = [f"{number}: {text}" for number, text in enumerate(texts)]
        storable[name] = type(distribution)(texts)
        choices[name] = dict(zip(texts, values, strict=True))
    return storable, choices


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep Optuna from logging each study, for as long as the search runs."""
    try:
        from optuna import logging  # noqa: PLC0415 - optional
    except ImportError:  # reported where the study is made
        yield
        return
    before = logging.get_verbosity()
    logging.set_verbosity(max(before, logging.WARNING))
    try:
        yield
    finally:
        logging.set_verbosity(before)
