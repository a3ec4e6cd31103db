"""Where a display is drawn."""


def axes_or_new(ax):
    """Return `ax`, or the axes of a new figure if it is None."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # noqa: PLC0415  (slow to import, and not always needed)

    return plt.subplots()[1]
