"""Prior correction: probabilities learned from reweighted rows, brought back to the real ones."""

import numpy as np


def class_mass(y, weight, n_classes):
    """Sum the weights of each class.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
        Class codes, or a matrix of labels.
    weight : ndarray of shape (n_samples,)
    n_classes : int
        Number of classes; not used for a matrix of labels.

    Returns
    -------
    ndarray of shape (n_classes,), or (n_labels, 2)
        For each label the mass without and with it.

    Examples
    --------
    >>> class_mass(np.array([0, 0, 1]), np.array([1.0, 1.0, 3.0]), 2).tolist()
    [2.0, 3.0]
    """
    if y.ndim == 2:
        present = weight @ y
        return np.column_stack([weight.sum() - present, present])
    return np.bincount(y, weights=weight, minlength=n_classes)


def prior_ratio(before, after):
    """Divide the real prior of each class by the one the network was trained on.

    Parameters
    ----------
    before, after : ndarray of shape (n_classes,) or (n_labels, 2)
        Masses as `class_mass` gives them; only their proportions count.

    Returns
    -------
    ndarray of the same shape
        1 for classes that one of both lacks.
    """
    before = before / before.sum(axis=-1, keepdims=True)
    after = after / after.sum(axis=-1, keepdims=True)
    both = (before > 0) & (after > 0)
    return np.where(both, before / np.where(both, after, 1.0), 1.0)


def correct_prior(probabilities, ratio):
    r"""Move probabilities from the prior of training to the real prior.

    .. math:: p(c \mid x) \propto p_t(c \mid x) \, \frac{\pi(c)}{\pi_t(c)}

    where :math:`\pi` is the prior of the rows as they are and :math:`\pi_t` that of the rows the
    network was trained on, after resampling and weighting.

    Parameters
    ----------
    probabilities : ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
    ratio : ndarray of shape (n_classes,) or (n_labels, 2)
        As `prior_ratio` gives it.

    Returns
    -------
    ndarray of the shape of `probabilities`

    References
    ----------
    Elkan: The Foundations of Cost-Sensitive Learning, IJCAI 2001.
    Saerens, Latinne, Decaestecker: Adjusting the Outputs of a Classifier to New a Priori
    Probabilities, Neural Computation 14, 2002.

    Examples
    --------
    A network trained on as many positive as negative rows, where 10 % are positive:

    >>> correct_prior(np.array([[0.5, 0.5]]), np.array([0.9, 0.1]) / 0.5).tolist()
    [[0.9, 0.1]]
    """
    if ratio.ndim == 2:
        present = probabilities * ratio[:, 1]
        return present / (present + (1 - probabilities) * ratio[:, 0])
    moved = probabilities * ratio
    return moved / moved.sum(axis=1, keepdims=True)
