import copy
import pickle
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from skmultiinput.preprocessing import (
    ColumnSelector,
    DroppedColumnWarning,
    make_preprocessor,
)
from skmultiinput.preprocessing import _column_selector as module
from skmultiinput.preprocessing._column_selector import DROPPED, GROUPS

N = 60
TABLE = pd.DataFrame(
    {
        "age": np.linspace(18, 80, N),
        "plan": ["a", "b"] * (N // 2),
        "town": [f"t{i % 20}" for i in range(N)],
        "signup": pd.date_range("2024", periods=N).astype(str),
        "review": [f"the order {i} came late" for i in range(N)],
        "usage": [[1.0] * (i % 3) for i in range(N)],
        "photo": [np.ones((2, 2, 3))] * N,
        "version": ["1"] * N,
        "customer": [f"c{i}" for i in range(N)],
    }
)


def test_every_group_finds_its_columns():
    plan = ColumnSelector("numeric").plan(TABLE)
    assert {group: list(columns) for group, columns in plan.items() if columns} == {
        "numeric": ["age"],
        "onehot": ["plan"],
        "target": ["town"],
        "date": ["signup"],
        "text": ["review"],
        "sequence": ["usage"],
        "image": ["photo"],
        "constant": ["version"],
        "identifier": ["customer"],
    }


@pytest.mark.parametrize(
    ("treatment", "groups"),
    [
        ("target", ["target"]),
        ("embedding", ["category"]),
        ("hash", ["category"]),
        ("embedding+target", ["category", "target"]),
    ],
)
def test_where_many_levels_go(treatment, groups):
    plan = ColumnSelector("numeric", high_cardinality=treatment).plan(TABLE)
    assert [group for group in plan if "town" in plan[group]] == groups


def test_what_is_named_wins_and_keeps_what_would_be_dropped():
    named = {"category": ["customer", "version"], "onehot": ["age"], "drop": ["plan"]}
    plan = ColumnSelector("numeric", named=named).plan(TABLE)
    assert list(plan["category"]) == ["version", "customer"]
    assert list(plan["onehot"]) == ["age"]
    assert not any("plan" in columns for columns in plan.values())
    assert not plan["identifier"]
    mixed = TABLE.assign(mixed=[1, "x"] * (N // 2))
    with pytest.raises(TypeError, match="Column 'mixed' mixes int"):
        ColumnSelector("numeric").plan(mixed)
    plan = ColumnSelector("numeric", named={"category": ["mixed"]}).plan(mixed)
    assert list(plan["category"]) == ["mixed"]


def test_only_the_dropping_groups_warn_and_name_the_columns(recwarn):
    for group in GROUPS:
        ColumnSelector(group)(TABLE)
    assert not [w for w in recwarn if w.category is DroppedColumnWarning]
    with pytest.warns(DroppedColumnWarning, match="'version'"):
        ColumnSelector("constant")(TABLE)
    with pytest.warns(DroppedColumnWarning, match=r"'customer'.*row ids"):
        ColumnSelector("identifier")(TABLE)


def test_positions_where_names_are_no_strings():
    numbered = TABLE.set_axis(range(10, 10 + TABLE.shape[1]), axis=1)
    assert ColumnSelector("onehot")(numbered) == [1]
    assert ColumnSelector("numeric")(np.random.default_rng(0).normal(size=(30, 3))) == [0, 1, 2]
    mixed = np.array([["a", 1.5], ["b", 2.5], ["a", 3.5]], dtype=object)
    assert ColumnSelector("onehot")(mixed) == [0]


def test_copies_and_pickles_select_the_same():
    selector = ColumnSelector("onehot", named={"onehot": ["town"]})
    for other in (
        copy.deepcopy(selector),
        pickle.loads(pickle.dumps(selector)),
        clone(selector, safe=False),
    ):
        assert other == selector
        assert hash(other) == hash(selector)
        assert other(TABLE) == ["plan", "town"]
    columns = pickle.loads(pickle.dumps(selector(TABLE)))
    assert columns.facts["plan"].levels == 2


def transformer():
    return ColumnTransformer(
        [
            (group, StandardScaler() if group == "numeric" else "drop", ColumnSelector(group))
            for group in (*GROUPS, *DROPPED)
        ]
    )


@pytest.mark.filterwarnings("ignore::skmultiinput.preprocessing.DroppedColumnWarning")
def test_a_table_is_read_once_per_fit_and_nothing_is_left(monkeypatch):
    calls = []
    reader = module.column_facts
    monkeypatch.setattr(
        module, "column_facts", lambda *args: calls.append(args[1]) or reader(*args)
    )
    table = TABLE.copy()
    transformer().fit(table)
    assert sorted(calls) == sorted(table.columns)
    assert module._plans.entry is None
    # A table that was changed in place is read anew.
    table["age"] = 1.0
    table["plan"] = np.linspace(0, 1, N)
    fitted = transformer().fit(table)
    assert fitted.transformers_[0][2] == ["plan"]


@pytest.mark.filterwarnings("ignore::skmultiinput.preprocessing.DroppedColumnWarning")
def test_threads_do_not_mix_their_tables():
    tables = [TABLE.rename(columns={"age": f"age{i}"}) for i in range(4)]
    found = {}

    def fit(i):
        for _ in range(5):
            found.setdefault(i, []).append(transformer().fit(tables[i]).transformers_[0][2])

    threads = [threading.Thread(target=fit, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: [[f"age{i}"]] * 5 for i in range(4)}


def test_a_table_without_rows():
    with pytest.raises(ValueError, match="X has no rows"):
        make_preprocessor().fit(pd.DataFrame({"age": []}))


def test_wrong_input_is_told():
    with pytest.raises(ValueError, match=r"Expected a group among \['numeric'"):
        ColumnSelector("numbers")
    with pytest.raises(ValueError, match=r"drop=\[...\] names 'agee'.*did you mean 'age'"):
        ColumnSelector("numeric", named={"drop": ["agee"]})(TABLE)
    with pytest.raises(ValueError, match=r"more than once: \['a'\]"):
        ColumnSelector("numeric")(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ValueError, match=r"No column is left.*constant.*'version'"):
        ColumnSelector("numeric")(TABLE[["version", "customer"]])


def test_a_name_that_numpy_would_cut_is_refused():
    table = pd.DataFrame({"a\x00": [1.0, 2.5, 3.0], "b": [1.0, 2.0, 4.5]})
    with pytest.raises(ValueError, match=r"Column 'a\\x00' ends with a NUL character"):
        make_preprocessor().fit(table)
    # Elsewhere in a name it does no harm.
    assert make_preprocessor().fit_transform(table.set_axis(["\x00a", "b"], axis=1)).shape == (3, 2)


@pytest.mark.parametrize("treatment", ["target", "hash", "embedding"])
@pytest.mark.parametrize(
    "column",
    [
        [f"good \ud800 day and so on {i}" for i in range(30)],
        ["\ud800", "b"] * 15,
        [f"\ud800{i % 12}" for i in range(30)],
        [*map(str, range(29)), "\ud800"],
        ["2020-01-01", "2020-01-02"] * 14 + ["\ud800"] * 2,
    ],
)
def test_lone_surrogates_in_cells(column, treatment):
    table = pd.DataFrame({"x": pd.Series(column, dtype=object)})
    frame = make_preprocessor(high_cardinality=treatment).fit_transform(table, np.arange(30) % 2)
    assert not frame.isna().any().any()
    "".join(frame.columns).encode()


@pytest.mark.parametrize("name", [7, ("stay", "version")])
def test_a_warning_calls_a_column_by_its_name_if_that_is_no_text(name):
    table = TABLE[["age", "version"]].set_axis([("stay", "age"), name], axis=1)
    with pytest.warns(DroppedColumnWarning) as caught:
        make_preprocessor().fit(table)
    assert str(caught[0].message).startswith(f"Dropped {name!r} (one value in every row)")
    make_preprocessor(drop=[name]).fit(table)
