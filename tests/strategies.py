"""Hypothesis strategies shared by the tests: raw tables as messy as people send them."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

GAPS = (None, float("nan"))
WORDS = ("red", "green", "blue", "Grün", "", " ", "n/a", "<unknown>", "1", "True", "x[3]", "a__b")


def column_names(min_size=1, max_size=6):
    """Unique names, some of which look like addresses in a typed frame."""
    alphabet = st.text("abcxyz _.é", min_size=1, max_size=6)
    awkward = st.sampled_from(["a__b", "x[3]", "load [kW]", "__", "total", "customer id"])
    return st.lists(alphabet | awkward, min_size=min_size, max_size=max_size, unique=True)


def with_gaps(cells):
    """Cells, some of which are missing."""
    return cells | st.sampled_from(GAPS)


def category_columns(n_rows):
    """Columns of categories: text, whole numbers, bools or pandas categories, with gaps."""
    texts = st.lists(with_gaps(st.sampled_from(WORDS)), min_size=n_rows, max_size=n_rows)
    whole = st.lists(st.integers(-3, 9), min_size=n_rows, max_size=n_rows)
    bools = st.lists(st.booleans(), min_size=n_rows, max_size=n_rows)
    return st.one_of(
        texts.map(lambda cells: pd.Series(cells, dtype=object)),
        texts.map(lambda cells: pd.Series(cells, dtype="string")),
        texts.map(lambda cells: pd.Series(cells, dtype="category")),
        whole.map(lambda cells: pd.Series(cells, dtype="int64")),
        whole.map(lambda cells: pd.Series(cells, dtype="Int64").mask(pd.Series(cells) == 0)),
        bools.map(lambda cells: pd.Series(cells, dtype=bool)),
        bools.map(lambda cells: pd.Series(cells, dtype=object)),
    )


def number_columns(n_rows):
    """Columns of numbers: floats with gaps, whole numbers, numbers as text."""
    floats = st.floats(-1e6, 1e6, width=32)
    numbers = st.lists(with_gaps(floats), min_size=n_rows, max_size=n_rows)
    whole = st.lists(st.integers(-1000, 1000), min_size=n_rows, max_size=n_rows)
    written = st.lists(
        st.integers(0, 10**6).map("{:,}".format) | st.sampled_from(["?", " "]),
        min_size=n_rows,
        max_size=n_rows,
    )
    return st.one_of(
        numbers.map(lambda cells: pd.Series(cells, dtype="float64")),
        numbers.map(lambda cells: pd.Series(cells, dtype="float32")),
        whole.map(lambda cells: pd.Series(cells, dtype="int64")),
        written.map(lambda cells: pd.Series(cells, dtype=object)),
    )


def date_columns(n_rows):
    """Columns of dates with gaps, as datetimes or as text."""
    days = st.lists(st.integers(0, 20_000), min_size=n_rows, max_size=n_rows)
    dates = days.map(
        lambda ds: pd.Series(pd.to_datetime(ds, unit="D")).mask(pd.Series(ds) % 7 == 0)
    )
    return dates | dates.map(lambda column: column.dt.strftime("%Y-%m-%d").astype(object))


@st.composite
def category_frames(draw, min_rows=1, max_rows=12):
    """Frames of categories."""
    n_rows = draw(st.integers(min_rows, max_rows))
    names = draw(column_names())
    return pd.DataFrame({name: draw(category_columns(n_rows)) for name in names})


@st.composite
def raw_frames(draw, min_rows=12, max_rows=40):
    """Raw tables of several kinds of columns, with at least one number column that varies."""
    n_rows = draw(st.integers(min_rows, max_rows))
    kinds = st.one_of(category_columns(n_rows), number_columns(n_rows), date_columns(n_rows))
    columns = {name: draw(kinds) for name in draw(column_names(max_size=5))}
    columns["steady"] = pd.Series(np.linspace(0.5, 9.25, n_rows))
    return pd.DataFrame(columns)


# Words of many scripts, marks, joiners, categories that a vocabulary reserves, and plain noise.
TEXT_PARTS = st.sampled_from(
    [
        "good",
        "Good",
        "fit",
        "the",
        "<pad>",
        "<unknown>",
        "हिन्दी",
        "我喜欢",
        "สวัสดี",
        "été",
        "e\u0301te\u0301",
    ]
) | st.text(max_size=6)


def texts(min_size=1, max_size=10):
    """Columns of text in any script, some missing, some empty."""
    return st.lists(
        with_gaps(st.lists(TEXT_PARTS, max_size=8).map(" ".join)),
        min_size=min_size,
        max_size=max_size,
    ).map(lambda cells: pd.Series(cells, dtype=object, name="review"))


@st.composite
def sequence_cells(draw, min_size=1, max_size=8):
    """Columns of sequences with one number of channels: lists, arrays, empty ones, gaps."""
    n_channels = draw(st.integers(1, 3))
    number = st.floats(-1e3, 1e3, width=32) | st.sampled_from([0.0, float("nan")])
    step = number if n_channels == 1 else st.tuples(*[number] * n_channels).map(list)
    cell = st.lists(step, max_size=6)
    cells = draw(
        st.lists(
            with_gaps(cell | cell.map(lambda steps: np.array(steps, dtype=float))),
            min_size=min_size,
            max_size=max_size,
        )
    )
    return pd.Series(cells, dtype=object, name="usage")


VOCABULARY = pd.Index(["<pad>", "<unknown>", "<missing>", "red", "green", "blue"])


def _places(feature, shape):
    return [f"{feature}[{','.join(map(str, place))}]" for place in np.ndindex(shape)]


@st.composite
def typed_columns(draw, n_rows, kind):
    """One feature of a kind, as a frame with the columns that it takes, without their group."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    feature = draw(st.sampled_from(["a", "b c", "load [kW]", "x__y", "é.1"]))
    shape = {"tokens": (3,), "series": (4,), "sequence": (3, 2), "image": (2, 3, 1)}.get(kind, ())
    names = _places(feature, shape) if shape else [feature]
    if kind in ("categorical", "tokens"):
        codes = rng.integers(0, len(VOCABULARY), (n_rows, len(names)))
        dtype = pd.CategoricalDtype(VOCABULARY)
        cells = [pd.Categorical.from_codes(column, dtype=dtype) for column in codes.T]
        return pd.DataFrame(dict(zip(names, cells, strict=True)))
    whole = pd.DataFrame(rng.integers(-9, 9, (n_rows, len(names))), columns=names)
    dtypes = ["float64", "float32", "int64", "Int32", "Float64"]
    return whole.astype(draw(st.sampled_from([*dtypes, "bool"] if not shape else dtypes)))


@st.composite
def typed_frames(draw, min_rows=1, max_rows=8):
    """Typed frames of some groups and kinds, in any order of columns, under any index."""
    n_rows = draw(st.integers(min_rows, max_rows))
    kinds = ["numeric", "categorical", "tokens", "series", "sequence", "image"]
    members = draw(
        st.lists(
            st.tuples(st.sampled_from(["one", "two", "a/b", "t[0]"]), st.sampled_from(kinds)),
            min_size=1,
            max_size=4,
        )
    )
    parts = {}
    for group, kind in members:
        part = draw(typed_columns(n_rows, kind))
        part.columns = [f"{group}__{name}" for name in part.columns]
        feature = part.columns[0].split("[0")[0]
        if feature not in {name.split("[0")[0] for name in parts}:
            parts |= {name: part[name] for name in part.columns}
    order = draw(st.permutations(list(parts)))
    index = draw(st.sampled_from([range(n_rows), range(7, 7 + n_rows), ["r"] * n_rows]))
    return pd.DataFrame({name: parts[name] for name in order}).set_axis(list(index))
