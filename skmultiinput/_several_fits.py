"""Fits of several networks, one after the other, to be averaged."""

from skmultiinput import keras_objects
from skmultiinput._compat import python_random_untouched
from skmultiinput.several_networks import mean_of, networks_of


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
        If several are asked for, or have been fitted.
    """
    if epochs and estimator.n_networks not in ("auto", 1):
        raise ValueError(
            f"n_networks={estimator.n_networks} does not go with training epoch by epoch "
            "(partial_fit, EpochPipeline, fit_batches), which is for one network."
        )
    if resume and len(networks_of(estimator.model_)) > 1:
        raise ValueError(
            "Training cannot go on from several networks; fit with n_networks=1 first."
        )


def fit_several(estimator, fit, n_networks):
    """Fit networks one after the other, and make them one.

    Parameters
    ----------
    estimator : MultiInputClassifier or MultiInputRegressor
    fit : callable
        ``fit(network=i)`` trains the network of that number.
    n_networks : int

    Returns
    -------
    estimator
    """
    networks, histories = [], []
    for i in range(n_networks):
        if estimator.verbose:
            print(f"Network {i + 1}/{n_networks}")  # noqa: T201 - asked for by verbose
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
