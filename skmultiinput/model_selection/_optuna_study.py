"""Optuna's studies: opened, quiet, and with choices that a data base can store."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import joblib
from sklearn.base import clone

from skmultiinput._checks import without_addresses
from skmultiinput.model_selection._score_candidates import Candidates


def import_optuna(user: str = "tune") -> Any:
    """Return the optional optuna; without it, say how to install it for its user."""
    try:
        import optuna  # noqa: PLC0415 - optional
    except ImportError as error:
        raise ImportError(f'{user} needs optuna: pip install "skmultiinput[optuna]".') from error
    return optuna


def open_study(candidates: Candidates, study: Any, storage: Any) -> Any:
    """Create or continue a study; one of other data, folds or metric is refused."""
    optuna = import_optuna()
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
    space: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return Optuna's distributions, and the values that texts among their choices stand for.

    A list is a choice. Texts replace what a data base cannot store, such as transformers.
    """
    distributions = import_optuna().distributions
    plain = (type(None), bool, int, float, str)
    storable, choices = {}, {}
    for name, distribution in space.items():
        values = getattr(distribution, "choices", distribution)
        if isinstance(distribution, distributions.BaseDistribution) and values is distribution:
            storable[name] = distribution
            continue
        if not isinstance(values, list | tuple):
            raise TypeError(
                f"space[{name!r}] must be a list of choices or a distribution of Optuna, got "
                f"{distribution!r:.100}; search_space(kind='optuna') returns such a dict."
            )
        texts = [without_addresses(repr(value)) for value in values]
        if len(set(texts)) < len(texts):
            texts = [f"{number}: {text}" for number, text in enumerate(texts)]
        if not all(isinstance(value, plain) for value in values):
            choices[name] = dict(zip(texts, values, strict=True))
            values = texts
        storable[name] = distributions.CategoricalDistribution(values)
    return storable, choices


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep Optuna from logging each study, for as long as the search runs."""
    logging = import_optuna().logging
    before = logging.get_verbosity()
    logging.set_verbosity(max(before, logging.WARNING))
    try:
        yield
    finally:
        logging.set_verbosity(before)
