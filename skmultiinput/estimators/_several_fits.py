"""Fits of several networks, one after the other, to be averaged."""

import keras

from skmultiinput._compat import python_random_untouched
from skmultiinput._network.ensemble import mean_of, networks_of
from skmultiinput._training import keras_objects


def check_alone(estimator, *, resume, epochs):
    """Refuse to train several networks epoch by epoch.

    Parameters
    ----------
    estimator : MultiInputClassifier or MultiInputRegressor
    resume : bool
        Whether training goes on from the fitted network.
    epochs : int or None
        Number of epochs of one step of training; 0 to build only, None for a whole fit.

    Raises
    ------
    ValueError
        If several are asked for at the start, or have been fitted.
    """
    if epochs and not resume and estimator.n_estimators not in ("auto", 1):
        raise ValueError(
            f"n_estimators={estimator.n_estimators} does not go with training epoch by epoch "
            "(partial_fit, PartialFitPipeline, fit_out_of_core), which starts with one network."
        )
    if resume and len(networks_of(estimator.model_)) > 1:
        raise ValueError(
            "A fit cannot go on from several networks; fit with n_estimators=1 first, or go on by "
            "partial_fit."
        )


def fit_several(estimator, fit, n_estimators):
    """Fit networks one after the other, and make them one.

    Parameters
    ----------
    estimator : MultiInputClassifier or MultiInputRegressor
    fit : callable
        ``fit(network=i)`` trains the network of that number.
    n_estimators : int

    Returns
    -------
    estimator
    """
    networks, histories = [], []
    for i in range(n_estimators):
        if estimator.verbose:
            print(f"Network {i + 1}/{n_estimators}")  # noqa: T201 - asked for by verbose
        fit(network=i)
        networks.append(estimator.model_)
        histories.append(estimator.history_)
    params, loss = estimator.get_params(deep=False), networks[0].loss
    with python_random_untouched():
        estimator.model_ = mean_of(networks)
    estimator.model_.compile(optimizer=keras_objects.make_optimizer(params), loss=loss)
    estimator.history_ = histories[0]
    estimator.n_iter_ = len(estimator.history_["loss"])
    return estimator


def go_on_with_several(estimator, step):
    """Train each network one step further.

    Parameters
    ----------
    estimator : MultiInputClassifier or MultiInputRegressor
        Fitted, with several networks.
    step : callable
        ``step(network=i)`` trains the network of that number, which then is `estimator.model_`.

    Returns
    -------
    estimator
    """
    mean, history = estimator.model_, estimator.history_
    networks = networks_of(mean)
    states = getattr(estimator, "_training_state", None) or [None] * len(networks)
    params, after, found = estimator.get_params(deep=False), [], []
    try:
        for i, network in enumerate(networks):
            # A model of the same layers, so that nothing about training is kept with the mean.
            with python_random_untouched():
                trained = keras.Model(network.input, network.output)
                trained.compile(optimizer=keras_objects.make_optimizer(params), loss=mean.loss)
            estimator.model_, estimator._training_state = trained, states[i]  # noqa: SLF001 - our own
            estimator.history_ = {name: [*values] for name, values in history.items()}
            step(network=i)
            after.append(estimator._training_state)  # noqa: SLF001 - our own
            found.append(estimator.history_)
    finally:
        estimator.model_, estimator.history_ = mean, found[0] if found else history
        estimator._training_state = after if len(after) == len(networks) else None  # noqa: SLF001 - our own
    return estimator
