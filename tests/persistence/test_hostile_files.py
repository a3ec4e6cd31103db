"""What a loaded file may do, and what it may not: one test for each line of the list in `load`."""

import collections
import copy
import datetime as dt
import functools
import io
import json
import time
import zipfile
import zoneinfo

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.ensemble import StackingClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from test_archive import forge

from skmultiinput import MultiInputClassifier
from skmultiinput.branches import TokenBranch
from skmultiinput.persistence import ArtifactError, UntrustedTypesError, load, read_manifest, save
from skmultiinput.persistence._plain import PlainCopy
from skmultiinput.persistence._skops_part import read_schema
from skmultiinput.persistence._standins import StandIn
from skmultiinput.preprocessing import ImageEncoder

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
Y = (X[:, 0] > 0).astype(int)


def forged(path, pipeline, change=lambda schema: schema):
    """An archive around a pipeline as skops writes it, nothing left out, the schema changed."""
    data = io.BytesIO(skops.io.dumps(pipeline))
    with zipfile.ZipFile(data) as file:
        members = {name: file.read(name) for name in file.namelist()}
    schema = change(json.loads(members["schema.json"]))
    members["schema.json"] = json.dumps(schema).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    forge(path, {"pipeline.skops": packed.getvalue()})
    return path


def nodes(value):
    """All nodes of a schema."""
    if isinstance(value, dict):
        if "__loader__" in value:
            yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (CountVectorizer(input="filename"), "input='filename' opens files"),
        (CountVectorizer(input="file"), "input='file' opens files"),
        (TfidfVectorizer(input="filename"), "opens files"),
        (HashingVectorizer(input="filename"), "opens files"),
        (ImageEncoder(folder="/etc"), "reads images from files"),
        (TokenBranch(pretrained="/etc/passwd"), "pretrained='/etc/passwd' is a file"),
    ],
)
def test_parts_that_would_open_files_are_asked_for(tmp_path, part, reason):
    name = f"{type(part).__module__}.{type(part).__qualname__}"
    save(Pipeline([("part", part)]), tmp_path / "a.skmi")
    assert read_manifest(tmp_path / "a.skmi")["ask_for"] == [name]
    with pytest.raises(UntrustedTypesError, match=reason) as caught:
        load(tmp_path / "a.skmi")
    assert caught.value.types == [name]
    assert type(load(tmp_path / "a.skmi", trusted=[name])[0]) is type(part)


def test_a_setting_is_seen_through_a_stand_in(tmp_path):
    hidden = CountVectorizer()
    hidden.input = StandIn.of("moment", "NaT")

    def change(schema):
        for node in list(nodes(schema)):
            if node["__loader__"] == "ConstructorFromReduceNode":
                kind, value = node["content"]["content"]
                kind["content"], value["content"] = '"plain"', json.dumps('"filename"')
                for extra in ('"list"', "null"):
                    node["content"]["content"].append({**kind, "content": extra, "__id__": None})
        return schema

    path = forged(tmp_path / "a.skmi", make_pipeline(hidden), change)
    with pytest.raises(UntrustedTypesError, match="opens files"):
        load(path)


def test_texts_that_become_paths_open_nothing(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("password=hunter2")
    pipeline = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=str(secret), missing_values=None),
        make_column_transformer((CountVectorizer(input="filename"), 0)),
    ).fit(np.array([["None"], [str(secret)]][1:], dtype=object))
    save(pipeline, tmp_path / "a.skmi")
    with pytest.raises(UntrustedTypesError, match="CountVectorizer"):
        load(tmp_path / "a.skmi")


# -- code ------------------------------------------------------------------------------------------


def test_a_partial_under_the_name_of_another_type_is_refused(tmp_path):
    func = functools.partial(accuracy_score, Y)

    def change(schema):
        for node in list(nodes(schema)):
            if node["__loader__"] == "PartialNode":
                node["__class__"], node["__module__"] = "date", "datetime"
        return schema

    path = forged(tmp_path / "a.skmi", make_pipeline(FunctionTransformer(func)), change)
    with pytest.raises(ArtifactError, match=r"PartialNode does not build datetime\.date"):
        load(path)
    path = forged(tmp_path / "b.skmi", make_pipeline(FunctionTransformer(func)))
    with pytest.raises(UntrustedTypesError) as caught:
        load(path)
    assert caught.value.types == ["functools.partial"]


@pytest.mark.parametrize(
    ("loader", "module", "name"),
    [
        ("FunctionNode", "datetime", "date"),
        ("ConstructorFromReduceNode", "sklearn.metrics._classification", "accuracy_score"),
        ("TypeNode", "imblearn.pipeline", "Pipeline"),
        ("SetNode", "skmultiinput.persistence._standins", "StandIn"),
        ("MethodNode", "sklearn.preprocessing._data", "StandardScaler"),
        ("OperatorFuncNode", "operator", "methodcaller"),
    ],
)
def test_every_type_is_trusted_for_its_own_loader_only(tmp_path, loader, module, name):
    def change(schema):
        for node in list(nodes(schema)):
            if node["__class__"] == "StandardScaler":
                copied = copy.deepcopy(node)
                node |= {"__loader__": loader, "__module__": module, "__class__": name}
                node["attrs"] = copied["content"]
                if loader == "MethodNode":
                    node["content"] = {"func": "fit", "obj": copied | {"__id__": 1}}
                elif loader in ("ConstructorFromReduceNode", "SetNode"):
                    node["content"] = [] if loader == "SetNode" else copied["content"]
        return schema

    path = forged(tmp_path / "a.skmi", make_pipeline(StandardScaler()), change)
    with pytest.raises(UntrustedTypesError, match=name):
        load(path)


@pytest.mark.parametrize("attribute", ["scorer_", "stacking"])
def test_methods_that_a_file_names_are_asked_for(tmp_path, attribute):
    if attribute == "scorer_":
        model = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).fit(X, Y)
        model.scorer_ = make_scorer(accuracy_score)
        model.scorer_._response_method = "fit"
    else:
        model = StackingClassifier([("a", LogisticRegression())], cv=2).fit(X, Y)
        model.stack_method_ = ["fit"]
    save(model, tmp_path / "a.skmi")
    with pytest.raises(UntrustedTypesError, match=r"='fit' is called"):
        load(tmp_path / "a.skmi")


def test_honest_scorers_and_stacks_are_loaded(tmp_path):
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, scoring="roc_auc").fit(X, Y)
    save(search, tmp_path / "a.skmi")
    assert load(tmp_path / "a.skmi").score(X, Y) == search.score(X, Y)
    stack = StackingClassifier([("a", LogisticRegression())], cv=2).fit(X, Y)
    save(stack, tmp_path / "a.skmi")
    np.testing.assert_array_equal(load(tmp_path / "a.skmi").predict(X), stack.predict(X))


# -- cache folders ---------------------------------------------------------------------------------


def with_memory(folder):
    inner = Pipeline([("s", StandardScaler()), ("m", LogisticRegression())], memory=folder)
    union = FeatureUnion([("s", StandardScaler())])
    search = GridSearchCV(inner, {"m__C": [1.0]}, cv=2)
    return Pipeline(
        [("u", union), ("g", search), ("n", MultiInputClassifier(memory=folder))], memory=folder
    )


def memories(estimator):
    return [
        value for name, value in estimator.get_params().items() if name.split("__")[-1] == "memory"
    ]


def test_cache_folders_are_dropped_when_saving(tmp_path):
    model = with_memory(str(tmp_path / "cache"))
    save(model, tmp_path / "a.skmi")
    assert read_manifest(tmp_path / "a.skmi")["dropped"] == [
        "memory of MultiInputClassifier",
        "memory of Pipeline",
    ]
    assert all(memories(model))
    assert memories(load(tmp_path / "a.skmi")) == [None] * 3


def test_cache_folders_are_dropped_when_loading(tmp_path):
    folder = tmp_path / "cache"
    loaded = load(forged(tmp_path / "a.skmi", with_memory(str(folder))))
    assert memories(loaded) == [None] * 3
    loaded["g"].fit(X, Y)
    assert not folder.exists()


# -- time and memory -------------------------------------------------------------------------------


def within(seconds, function, *arguments):
    start = time.perf_counter()
    with pytest.raises(ArtifactError):
        function(*arguments)
    assert time.perf_counter() - start < seconds


def test_parts_that_hold_each_other_are_refused_at_once(tmp_path):
    """A list that holds a list twice, and so on: a few kB that would be 2 ** 60 parts."""

    def change(schema):
        for node in list(nodes(schema)):
            if node["__class__"] == "StandardScaler":
                inner = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}
                value = {**inner, "content": [], "__id__": 10**6}
                for i in range(1, 60):
                    again = {**inner, "content": [], "__id__": value["__id__"]}
                    value = {**inner, "content": [value, again], "__id__": 10**6 + i}
                node["content"]["content"]["with_mean"] = value
        return schema

    within(10, load, forged(tmp_path / "a.skmi", make_pipeline(StandardScaler()), change))


def test_a_part_inside_itself_is_refused(tmp_path):
    def change(schema):
        for node in list(nodes(schema)):
            if node["__class__"] == "StandardScaler":
                node["content"]["content"]["with_mean"] = {**node, "content": None}
        return schema

    with pytest.raises(ArtifactError, match="occurs twice"):
        load(forged(tmp_path / "a.skmi", make_pipeline(StandardScaler()), change))


@pytest.mark.parametrize(
    "arguments",
    [
        ("range index", 0, 10**12, 1, None),
        ("plain", "0", "array", (10**12,)),
        ("cells", "x" * 10, (10**12,)),
    ],
)
def test_stand_ins_hold_what_they_claim(tmp_path, arguments):
    model = FunctionTransformer()
    model.kw_args = StandIn.of(*arguments)
    within(10, load, forged(tmp_path / "a.skmi", make_pipeline(model)))


@pytest.mark.parametrize(
    ("kind", "rest"), [("array", ("category",)), ("table", (None, False)), ("column groups", ())]
)
def test_stand_ins_take_no_ranges_for_arrays(kind, rest):
    with pytest.raises((TypeError, ValueError)):
        StandIn(kind, range(10**12), *rest)
    with pytest.raises((TypeError, ValueError)):
        StandIn("table", [1.0], pd.RangeIndex(10**9), pd.Index(["a"]), False)


def layers(n, start):
    """The configuration of a network of many small layers, the last one first."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32"}}
    chain = [
        {
            "module": "keras.layers",
            "class_name": "Activation",
            "config": {"name": f"a{i}", "activation": "linear"},
            "name": f"a{i}",
            "inbound_nodes": [
                {
                    "args": [
                        {
                            **tensor,
                            "config": {
                                **tensor["config"],
                                "keras_history": [f"a{i - 1}" if i else "x", 0, 0],
                            },
                        }
                    ],
                    "kwargs": {},
                }
            ],
        }
        for i in range(n)
    ]
    return {**start, "config": {**start["config"], "layers": chain[::-1]}}


@pytest.mark.parametrize("n_layers", [1_000, 20_000])
def test_networks_of_very_many_layers_are_refused(tmp_path, n_layers):
    frame = pd.DataFrame({"a": np.arange(10.0)})
    model = MultiInputClassifier(hidden_units=(2,), n_members=1, n_estimators=1, epochs=1)
    save(model.fit(frame, np.arange(10) % 2), tmp_path / "honest.skmi")
    with zipfile.ZipFile(tmp_path / "honest.skmi") as file:
        members = {name: file.read(name) for name in file.namelist()}
    del members["manifest.json"]
    start = json.loads(members["networks/0.json"])
    members["networks/0.json"] = json.dumps(layers(n_layers, start)).encode()
    forge(tmp_path / "a.skmi", members)
    within(30, load, tmp_path / "a.skmi")


def test_archives_of_very_many_members_are_refused(tmp_path):
    forge(tmp_path / "a.skmi", {f"objects/{i}.json": b"" for i in range(100_001)})
    within(20, load, tmp_path / "a.skmi")


@pytest.mark.parametrize("member", ["schema.json", "other.json"])
def test_texts_that_unpack_to_far_more_are_refused(tmp_path, member):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(member, "[" + "[]," * (20 << 20) + "[]]")
    forge(tmp_path / "a.skmi", {"pipeline.skops": packed.getvalue()})
    within(10, load, tmp_path / "a.skmi")


def test_a_schema_of_parts_is_read_in_linear_time():
    node = {"__class__": "x", "__module__": "y", "__loader__": "ListNode", "content": []}
    many = {**node, "content": [{**node, "__id__": i} for i in range(100_000)]}
    start = time.perf_counter()
    assert read_schema(many) == {"y.x": {"ListNode"}}
    assert time.perf_counter() - start < 5


def test_honest_arrays_of_zeros_are_loaded(tmp_path):
    """They pack so well that they would look like a bomb."""
    model = StandardScaler().fit(X)
    model.zeros_ = np.zeros((2000, 2000))
    save(make_pipeline(model), tmp_path / "a.skmi")
    assert load(tmp_path / "a.skmi")[0].zeros_.shape == (2000, 2000)


def test_plain_copy_keeps_shared_parts_shared():
    part = LogisticRegression()
    copied = PlainCopy()([part, part])
    assert copied[0] is copied[1]


@pytest.mark.parametrize(
    "value",
    [
        np.random.RandomState(3),
        np.random.default_rng(3),
        np.ma.MaskedArray([1.0, 2.0], [True, False]),
        collections.defaultdict(int, a=1),
        collections.OrderedDict(b=2, a=1),
        slice(1, 5, 2),
        b"bytes",
        bytearray(b"bytes"),
        frozenset({1, "a"}),
        {1, 2},
        {1: "a", None: 2.5, ("x", 2): [1, 2]},
        np.dtype("datetime64[ns]"),
        np.dtype(object),
        np.dtype([("a", "f4"), ("b", "i8")]),
        pd.CategoricalDtype(["a", "b"], ordered=True),
        pd.Int64Dtype(),
        np.array(["a", None, 2.5, True], dtype=object),
        np.array([[{"a": 1}, None]], dtype=object),
        [0.1, 2**70, "ü\ud800", None, True] * 5,
        dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
        zoneinfo.ZoneInfo("Europe/Zurich"),
        pd.Timestamp("2024-05-01 12:00", tz="Europe/Zurich"),
        pd.Timedelta(days=3),
        pd.NaT,
        pd.NA,
        pd.Interval(0, 1),
        pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["x", "y"])}, index=["p", "q"]),
        pd.Series([1, None], dtype="Int64", name="n"),
        pd.RangeIndex(2, 20, 3, name="r"),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["l", None]),
        pd.DatetimeIndex(["2024-05-01"], name="d"),
        int,
        np.log1p,
    ],
    ids=lambda value: type(value).__name__,
)
def test_honest_values_come_back_without_being_asked_for(tmp_path, value):
    model = FunctionTransformer()
    model.value_ = value
    save(make_pipeline(model), tmp_path / "a.skmi")
    loaded = load(tmp_path / "a.skmi")[0].value_
    assert type(loaded) is type(value)
    assert joblib.hash(content(loaded)) == joblib.hash(content(value))


def content(value):
    """What a value holds, without the order of sets and what libraries remember beside it."""
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, np.random.RandomState):
        return value.get_state(legacy=False)
    if isinstance(value, np.ma.MaskedArray):
        return value.data, value.mask, value.fill_value
    return [list(value), value.name] if isinstance(value, pd.DatetimeIndex) else value
