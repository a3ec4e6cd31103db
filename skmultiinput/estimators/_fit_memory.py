"""Fits that continue a kept fit of fewer epochs: for searches whose resource is the epochs."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from skmultiinput._fingerprint import NoFingerprintError, fingerprint
from skmultiinput._replacing import replacing
from skmultiinput._training.keras_objects import make_callbacks
from skmultiinput._training.loop import CompiledOtherwiseError
from skmultiinput._version import __version__
from skmultiinput.estimators._fit import FitResult, Plan, continue_fit, fit_networks
from skmultiinput.estimators._fit_config import FitConfig
from skmultiinput.estimators._pickling import PackedNetwork
from skmultiinput.estimators._training_data import TrainingData

# Parameters in which a fit may differ from the kept one that it continues.
_MAY_DIFFER = ("epochs", "memory", "n_jobs", "verbose", "fit__epochs", "fit__verbose")
# Callbacks that count nothing from epoch to epoch.
_WITHOUT_STATE = (
    keras.callbacks.LambdaCallback,
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.TerminateOnNaN,
)


def fit_with_memory(
    folder: str | Path, random_state: Any, config: FitConfig, data: TrainingData, plan: Plan
) -> FitResult:
    """Fit one network, starting from what a folder has of an equal fit.

    `plan` is that of a fit anew. Raises ValueError if a callback carries state from epoch to epoch,
    or if a parameter has no content to compare.
    """
    for callback in make_callbacks(config.params):
        if type(callback) not in _WITHOUT_STATE:
            raise ValueError(
                f"memory= does not go with the callback {type(callback).__name__}, which may carry "
                "state from epoch to epoch that a kept fit does not have. Leave one of the two out."
            )
    plan = replace(plan, keep_state=True)
    if not isinstance(random_state, (int, np.integer, type(None))):
        return fit_networks(config, data, plan)  # a generator in use says not where it started
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{config.owner}-{_key(config, data)}.pickle"
    kept = _read(path)
    result = None
    if kept is not None and kept["epochs"] <= plan.epochs:
        network, state = kept["network"].unpack(), kept["state"]
        result = FitResult(data, kept["target"], network, kept["key"], kept["history"], state)
        trained = len(result.history["loss"])
        if trained == kept["epochs"] < plan.epochs:  # else it has stopped early
            rest = plan.epochs - trained
            more = Plan(state.seed, rest, 0, trained, keep_state=True, total_epochs=plan.epochs)
            try:
                result = continue_fit(config, data, more, result)
            except CompiledOtherwiseError:
                result, plan = None, replace(plan, seed=state.seed)
    if result is None:
        result = fit_networks(config, data, plan)
    _write(path, result, plan.epochs)
    return result


def _read(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - the user's own folder, as with joblib.Memory
    except (FileNotFoundError, EOFError, pickle.UnpicklingError):
        return None  # none yet, or a damaged one, which is written again


def _write(path: Path, result: FitResult, epochs: int) -> None:
    """Write at once, so that a reader never meets half a file."""
    kept = {
        "epochs": epochs,
        "network": PackedNetwork(result.model),
        "target": result.target,
        "key": result.key,
        "history": result.history,
        "state": result.state,
    }
    with replacing(path) as file:
        pickle.dump(kept, file, protocol=pickle.HIGHEST_PROTOCOL)


def _key(config: FitConfig, data: TrainingData) -> str:
    """Return a digest of the rows and of all parameters that make a difference."""
    params = {name: v for name, v in config.params.items() if name not in _MAY_DIFFER}
    vocabularies = [spec.categories for spec in data.groups.inputs]
    metadata = data.row_groups, data.times, data.real, data.one_hot
    rows = (list(data.X.columns), data.inputs, data.y, data.weight, vocabularies, metadata)
    policy = keras.config.floatx(), keras.config.dtype_policy().name
    try:
        return fingerprint(__version__, params, rows, data.validation, policy)
    except NoFingerprintError as error:
        raise ValueError(
            "memory= needs parameters whose content can be compared, so that no fit is confused "
            f"with another one: {error}"
        ) from error
