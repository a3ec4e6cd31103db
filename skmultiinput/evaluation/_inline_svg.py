"""Matplotlib charts as inline SVG: text stays text, colours are CSS variables of the page."""

import io
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import matplotlib.style
from cycler import cycler
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# Matplotlib draws in these colours; each becomes the CSS variable, which follows light and dark.
SERIES = ("#1f5fd0", "#c2620a", "#0b8457", "#8a3ffc", "#c2255c", "#0e7490")
SOFT, GRID = "#5a6675", "#e9ecf0"
_VARIABLES = {colour: f"--c{number}" for number, colour in enumerate(SERIES, start=1)}
_VARIABLES |= {SOFT: "--soft", GRID: "--grid", "#000000": "--soft", "#808080": "--soft"}
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 10,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(linestyle=["-", "--"]) * cycler(color=SERIES),
    "grid.color": GRID,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor"), SOFT),
    **dict.fromkeys(("xtick.color", "ytick.color"), SOFT),
    "errorbar.capsize": 2,
    "path.simplify_threshold": 0.3,
}
_DASHES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dashed"}


class LegendEntry(NamedTuple):
    """One line of a legend; `kind` is a CSS class: solid, dashed, dotted or dots."""

    label: str
    variable: str
    kind: str


class Chart(NamedTuple):
    """A chart for the template; `name` is unique in the page."""

    name: str
    title: str
    svg: Markup
    legend: list[LegendEntry]


def draw_chart(
    name: str,
    plot: Callable[[Axes], object],
    *,
    title: str,
    description: str,
    height: float = 3.3,
) -> Chart:
    """Draw a chart without pyplot, 4.6 inches wide.

    `plot` draws on the Axes that it is called with. Its labelled artists make the legend, which
    stands below the chart as HTML, so that long names wrap. `name` is unique in the page; `title`
    and `description` also serve those who cannot see the chart.

    Examples
    --------
    >>> chart = draw_chart("cost", lambda axes: axes.plot([0, 1], [2, 1], label="a & b"),
    ...                    title="Cost", description="It falls & falls.")
    >>> "falls &amp; falls" in chart.svg, 'id="cost-title"' in chart.svg, "#1f5fd0" in chart.svg
    (True, True, False)
    >>> chart.legend
    [LegendEntry(label='a & b', variable='--c1', kind='solid')]
    """
    with matplotlib.style.context(["default", {**_STYLE, "svg.hashsalt": name}]):
        figure = Figure(figsize=(4.6, height), layout="constrained")
        axes = figure.subplots()
        plot(axes)
        handles, labels = axes.get_legend_handles_labels()
        if (legend := axes.get_legend()) is not None:
            legend.remove()
        drawn = io.StringIO()
        with warnings.catch_warnings():
            # The browser has the letters that matplotlib's own font lacks.
            warnings.filterwarnings("ignore", "Glyph")
            figure.savefig(drawn, format="svg")
    entries = [_legend_entry(label, handle) for handle, label in zip(handles, labels, strict=True)]
    svg = _inline(drawn.getvalue(), name, title, description)
    return Chart(name, title, Markup(svg), list(dict.fromkeys(entries)))  # noqa: S704 - ET escapes


def _legend_entry(label: str, handle: Any) -> LegendEntry:
    line = handle[0] if isinstance(handle, tuple) else handle
    colour = getattr(line, "get_color", None) or line.get_facecolor
    value = colour()
    variable = _VARIABLES.get(to_hex(value if isinstance(value, str) else value[0]), "--soft")
    kind = _DASHES.get(line.get_linestyle(), "dots") if hasattr(line, "get_linestyle") else "dots"
    return LegendEntry(label, variable, kind)


def _inline(svg: str, name: str, title: str, description: str) -> str:
    """Strip what only a file of its own needs, make ids unique in the page, and add alt text."""
    used = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', svg))
    root = ET.fromstring(svg)  # noqa: S314 - matplotlib wrote it, just now
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        if attributes.get("id") not in used:
            attributes.pop("id", None)
        element.attrib.clear()
        element.attrib.update({k: _inline_value(k, v, name) for k, v in attributes.items()})
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(tag, id=f"{name}-{tag}")
        element.text = text
        root.insert(position, element)
    return ET.tostring(root, encoding="unicode")


def _inline_value(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value[1:]}"
    value = value.replace("url(#", f"url(#{name}-")
    value = re.sub(r"(\.\d\d)\d+", r"\1", value)  # a hundredth of a point cannot be seen
    return re.sub("#[0-9a-f]{6}", lambda match: _variable(match[0]), value)


def _variable(colour: str) -> str:
    return f"var({_VARIABLES[colour]})" if colour in _VARIABLES else colour
