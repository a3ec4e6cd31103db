"""The axes that a display draws on."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_or_new(ax: "Axes | None") -> "Axes":
    """Return `ax`, or the axes of a new figure if it is None."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # noqa: PLC0415 - slow to import, and not always needed

    # Room for the names of columns beside the axes.
    return plt.subplots(layout="constrained")[1]


def literal(label: object) -> str:
    """Return a label as text that matplotlib does not read as a formula."""
    return str(label).replace("$", r"\$")
