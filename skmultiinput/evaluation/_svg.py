"""Line charts as SVG text that takes its colours from the page around it.

Colours are the CSS variables ``--c1`` to ``--c6`` by class, so one drawing serves light, dark and
print. Nothing in it is fetched, and all text of the caller is escaped.
"""

from html import escape
from typing import Any, NamedTuple

import numpy as np

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 14, 28, 42
_MOST_POINTS = 240
N_COLOURS = 6


class Line(NamedTuple):
    """One series of a chart.

    Attributes
    ----------
    x, y : array-like of shape (n_points,)
        Points that are not finite are left out.
    label : str
        For the legend; none if empty.
    colour : int
        1 to 6; 0 is the colour of the text.
    style : {"main", "thin", "dash", "guide", "dots"}
        How it is drawn.
    low, high : array-like of shape (n_points,) or None
        Ends of the whisker of each dot.
    """

    x: Any
    y: Any
    label: str = ""
    colour: int = 1
    style: str = "main"
    low: Any = None
    high: Any = None


class Mark(NamedTuple):
    """A vertical line at `x` with a word beside it."""

    x: float
    label: str
    colour: int = 0


def ticks(low, high, n=5):
    """Return round numbers from `low` to `high`, about `n` of them.

    Examples
    --------
    >>> ticks(0, 1), ticks(0.13, 0.42)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.15, 0.2, 0.25, 0.3, 0.35, 0.4])
    """
    raw = (high - low) / n
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * min((1, 2, 2.5, 5, 10), key=lambda m: abs(m * power - raw))
    first = np.ceil(low / step - 1e-9)
    found = step * np.arange(first, np.floor(high / step + 1e-9) + 1)
    return [float(f"{value:.10g}") + 0.0 for value in found]


def tick_text(value):
    """Write a tick as short as it can be: 0.2, 1,500, 2.5M.

    Examples
    --------
    >>> [tick_text(value) for value in (0.2, 1500.0, 2.5e6, -0.0)]
    ['0.2', '1,500', '2.5M', '0']
    """
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value + 0.0:.4g}"


def thin_out(x, y):
    """Keep points that are evenly spaced along the line, and both ends, of long lines."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(x) <= _MOST_POINTS:
        return x, y
    spread = [max(float(np.ptp(values)), 1e-12) for values in (x, y)]
    steps = np.hypot(np.diff(x) / spread[0], np.diff(y) / spread[1])
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    kept = np.searchsorted(walked, np.linspace(0, walked[-1], _MOST_POINTS))
    kept = np.unique(np.concatenate([[0], kept.clip(max=len(x) - 1), [len(x) - 1]]))
    return x[kept], y[kept]


def line_chart(
    name,
    lines,
    *,
    title,
    description,
    x_label,
    y_label,
    x_range=None,
    y_range=None,
    marks=(),
    bars=None,
):
    """Draw a chart.

    Parameters
    ----------
    name : str
        Unique in the page; the ids are made of it.
    lines : list of Line
        What is drawn, from back to front.
    title, description : str
        What the chart is, and what it shows, for those who cannot see it.
    x_label, y_label : str
        Names of the axes, with their units.
    x_range, y_range : tuple of (float, float), default=None
        Ends of the axes; found from the lines if None.
    marks : sequence of Mark
        Vertical lines.
    bars : tuple (edges, heights), default=None
        A histogram behind the lines, in units of the axes.

    Returns
    -------
    str
        A ``figure`` with the drawing and its legend.

    Examples
    --------
    >>> svg = line_chart("cost", [Line([0, 1], [2, 1], "<net>")], title="Cost", description="Falls",
    ...                  x_label="threshold", y_label="cost per row")
    >>> "&lt;net&gt;" in svg, 'id="cost-title"' in svg
    (True, True)
    """
    lines = [_finite(line) for line in lines]
    if x_range is None:
        x_range = _range([line.x for line in lines])
    if y_range is None:
        y_range = _range([part for line in lines for part in (line.y, line.low, line.high)])
    scale = _Scale(x_range, y_range)
    drawn = [*_frame(scale, x_label, y_label)]
    if bars is not None:
        drawn += _bars(scale, *bars)
    drawn.append(f'<g clip-path="url(#{name}-clip)">')
    for line in lines:
        drawn += _line(scale, line)
    drawn.append("</g>")
    for mark in marks:
        drawn += _mark(scale, mark)
    clip = (
        f'<clipPath id="{name}-clip"><rect x="{_LEFT - 3}" y="{_TOP - 4}" '
        f'width="{WIDTH - _LEFT - _RIGHT + 6}" height="{HEIGHT - _TOP - _BOTTOM + 8}"/></clipPath>'
    )
    return (
        f'<figure id="{name}"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
        f"<defs>{clip}</defs>{''.join(drawn)}</svg>{_legend(lines)}</figure>"
    )


class _Scale:
    """From units of the data to units of the drawing."""

    def __init__(self, x_range, y_range):
        self.x_range, self.y_range = x_range, y_range

    def x(self, values):
        low, high = self.x_range
        share = (np.asarray(values, dtype=float) - low) / (high - low)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, values):
        low, high = self.y_range
        share = (np.asarray(values, dtype=float) - low) / (high - low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _finite(line):
    x, y = np.asarray(line.x, dtype=float).ravel(), np.asarray(line.y, dtype=float).ravel()
    kept = np.isfinite(x) & np.isfinite(y)
    ends = [None if end is None else np.asarray(end)[kept] for end in (line.low, line.high)]
    return Line(x[kept], y[kept], line.label, line.colour, line.style, *ends)


def _range(parts):
    values = np.concatenate([[], *(np.asarray(part) for part in parts if part is not None)])
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        reach = abs(low) / 2 or 0.5
        return low - reach, high + reach
    gap = 0.04 * (high - low)
    # An axis that nearly reaches 0 begins there.
    return (0.0 if 0 <= low < 0.25 * high else low - gap), high + gap


def _frame(scale, x_label, y_label):
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    yield '<g class="axes">'
    for value in ticks(*scale.y_range):
        y = scale.y(value)
        yield f'<path class="rule" d="M{_LEFT} {y:.1f}H{right}"/>'
        yield f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{tick_text(value)}</text>'
    for value in ticks(*scale.x_range):
        x = scale.x(value)
        yield f'<path class="rule" d="M{x:.1f} {_TOP}V{bottom}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{tick_text(value)}</text>'
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield f'<text class="label" x="{right}" y="{HEIGHT - 6}" text-anchor="end">{escape(x_label)}'
    yield f'</text><text class="label" x="4" y="14">{escape(y_label)}</text></g>'


def _bars(scale, edges, heights):
    base = scale.y(scale.y_range[0])
    yield '<g class="histogram">'
    for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
        x, width = scale.x(left), scale.x(right) - scale.x(left)
        top = scale.y(height)
        yield (
            f'<rect x="{x:.1f}" y="{top:.1f}" width="{max(width - 1, 0.5):.1f}" '
            f'height="{max(base - top, 0):.1f}"/>'
        )
    yield "</g>"


def _mark(scale, mark):
    low, high = scale.x_range
    if not low <= mark.x <= high:
        return
    x = scale.x(mark.x)
    late = mark.x > (low + high) / 2
    anchor, shift = ("end", -5) if late else ("start", 5)
    # Two marks side by side do not write over each other.
    y = _TOP + (24 if mark.colour == 0 else 10)
    yield f'<path class="mark c{mark.colour}" d="M{x:.1f} {_TOP - 2}V{HEIGHT - _BOTTOM}"/>'
    yield (
        f'<text class="marked c{mark.colour}" x="{x + shift:.1f}" y="{y}" '
        f'text-anchor="{anchor}">{escape(mark.label)}</text>'
    )


def _line(scale, line):
    colour = f"c{line.colour}"
    if line.style == "dots":
        x, y = scale.x(line.x), scale.y(line.y)
        if line.low is not None:
            ends = zip(x, scale.y(line.low), scale.y(line.high), strict=True)
            path = "".join(f"M{a:.1f} {b:.1f}V{c:.1f}" for a, b, c in ends)
            yield f'<path class="whisker {colour}" d="{path}"/>'
        radius = 4 if len(x) < 60 else 2
        dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True))
        few = "" if len(x) < 60 else " many"
        yield f'<path class="dots {colour}{few}" stroke-width="{2 * radius}" d="{dots}"/>'
        return
    x, y = thin_out(line.x, line.y)
    if len(x):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(scale.x(x), scale.y(y), strict=True))
        yield f'<polyline class="{line.style} {colour}" points="{points}"/>'


def _legend(lines):
    entries = [
        f'<li><span class="key {line.style} c{line.colour}"></span>{escape(line.label)}</li>'
        for line in lines
        if line.label
    ]
    return f'<ul class="legend">{"".join(entries)}</ul>' if entries else ""
