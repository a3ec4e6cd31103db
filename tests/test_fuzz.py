"""Mutated files: one documented error or an honest result, and nothing run on the way.

By default a few hundred mutations; ``pytest -m slow`` tries 100,000.
"""

import copy
import functools
import hashlib
import io
import json
import resource
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmultiinput import MultiInputClassifier
from skmultiinput._cli.read_table import read_table
from skmultiinput._cli.table_file import TableError
from skmultiinput.persistence import ArtifactError, load, read_manifest, save
from skmultiinput.preprocessing import make_preprocessor

MANY = 100_000
# What a hostile file would have to do to be more than a broken one.
FORBIDDEN = {
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pickle.find_class",
    "socket.connect",
    "subprocess.Popen",
}
_seen: list = []
_watching: list = []


def _watch(event, arguments):
    if _watching and event in FORBIDDEN:
        _seen.append(event)


# A hook stays for the life of the process; this one does nothing unless it is asked to.
sys.addaudithook(_watch)


def harmless(function, *arguments, error):
    """Call a function; return its result, or None where it raised the documented error."""
    _watching.append(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*arguments)
    except error:
        return None
    finally:
        _watching.clear()
        assert not _seen, _seen


@pytest.fixture(autouse=True)
def bounded_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    # In KiB; a first load alone takes some hundred MiB of TensorFlow.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000


@functools.cache
def archive(kind):
    """The bytes of a small artifact, without or with a network."""
    X = pd.DataFrame({"age": [1.0, 2.0, None, 4.0], "plan": ["a", "b", "a", "b"]})
    if kind == "plain":
        model = make_pipeline(make_preprocessor(random_state=0), StandardScaler()).fit(X)
    else:
        model = MultiInputClassifier(
            hidden_units=(4,),
            n_members=1,
            n_estimators=1,
            epochs=1,
            early_stopping=False,
            random_state=0,
        ).fit(X[["age"]].fillna(0), ["x", "y", "x", "y"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.skmi")
        save(model, path)
        return path.read_bytes()


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(members, comment=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
        target.comment = comment
    return file.getvalue()


def sealed(members):
    """Pack members with a manifest that agrees with them, as a careful attacker would."""
    manifest = json.loads(members["manifest.json"])
    rest = {name: content for name, content in members.items() if name != "manifest.json"}
    manifest["members"] = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in rest.items()
    }
    text = json.dumps(manifest).encode()
    return packed({"manifest.json": text, **rest}, hashlib.sha256(text).hexdigest().encode())


# Where, and what becomes of it: positions are shares of the length, so that one strategy fits all.
share = st.floats(0, 1, exclude_max=True)
mutation = st.one_of(
    st.tuples(st.just("flip"), share, st.integers(0, 7)),
    st.tuples(st.just("set"), share, st.sampled_from([0, 1, 127, 255])),
    st.tuples(st.just("cut"), share, share),
    st.tuples(st.just("copy"), share, share),
    st.tuples(st.just("end"), share, st.just(0)),
    st.tuples(st.just("put"), share, st.binary(min_size=1, max_size=8)),
)
mutations = st.lists(mutation, min_size=1, max_size=4)
places = st.lists(st.tuples(share, share, st.integers(0, 60)), min_size=1, max_size=3)


def mutated(data, changes):
    data = bytearray(data)
    for how, where, what in changes:
        if not data:
            break
        i = int(where * len(data))
        if how == "flip":
            data[i] ^= 1 << what
        elif how == "set":
            data[i] = what
        elif how == "cut":
            del data[i : i + int(what * 200) + 1]
        elif how == "copy":
            j = int(what * len(data))
            data[i : i + 40] = data[j : j + 40]
        elif how == "end":
            del data[i:]
        else:
            data[i : i + len(what)] = what
    return bytes(data)


def try_load(data):
    """Load the bytes; an estimator, or None where the file was refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.skmi")
        path.write_bytes(data)
        harmless(read_manifest, path, error=ArtifactError)
        result = harmless(load, path, error=ArtifactError)
        assert [file.name for file in Path(folder).iterdir()] == ["model.skmi"]
    assert result is None or hasattr(result, "get_params")
    return result


def mutate_file(changes):
    """Anything may happen to the bytes of the file: it is refused, or is what it was."""
    original = archive("plain")
    loaded = try_load(mutated(original, changes))
    if loaded is not None:
        assert repr(loaded) == repr(try_load(original))


def mutate_member(changes, which, inner):
    """A member, or a part of the zip file in it, is changed and all digests are put right."""
    members = members_of(archive("plain"))
    name = sorted(members)[which % len(members)]
    if name.endswith(".skops"):
        parts = members_of(members[name])
        part = sorted(parts)[inner % len(parts)]
        parts[part] = mutated(parts[part], changes)
        members[name] = packed(parts) if inner % 7 else mutated(members[name], changes)
    else:
        members[name] = mutated(members[name], changes)
        if name == "manifest.json":
            text = members[name]
            try_load(packed(members, hashlib.sha256(text).hexdigest().encode()))
            return
    try_load(sealed(members))


def nodes_of(value):
    """All dicts of a JSON value."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            yield from nodes_of(item)


def mutate_schema(kind, changes):
    """Parts of the description of a pipeline or a network change places, or are written twice."""
    members = members_of(archive(kind))
    if kind == "plain":
        name, parts = "pipeline.skops", members_of(members["pipeline.skops"])
        schema = json.loads(parts["schema.json"])
    else:
        name, schema = "networks/0.json", json.loads(members["networks/0.json"])
    for where, whence, key in changes:
        nodes = list(nodes_of(schema))
        target, source = nodes[int(where * len(nodes))], nodes[int(whence * len(nodes))]
        names = sorted({*target, *source}) or ["content"]
        name_of = names[key % len(names)]
        if key % 3 and name_of in source:
            target[name_of] = copy.deepcopy(source[name_of])
        elif key % 5 == 0:
            target.pop(name_of, None)
        else:
            target |= copy.deepcopy(source)
    text = json.dumps(schema).encode()
    if len(text) < 1 << 20:  # each change can double it
        members[name] = packed(parts | {"schema.json": text}) if kind == "plain" else text
        try_load(sealed(members))


def mutate_network(changes, inner):
    """A part of the network is changed and all digests are put right."""
    members = members_of(archive("network"))
    part = ("networks/0.json", "networks/0.safetensors")[inner % 2]
    members[part] = mutated(members[part], changes)
    try_load(sealed(members))


def swap_members(first, second):
    """Two members change places, in the archive or in the scikit-learn part."""
    members = members_of(archive("network"))
    names = sorted(members)
    a, b = names[first % len(names)], names[second % len(names)]
    members[a], members[b] = members[b], members[a]
    if a != b:
        assert try_load(packed(members)) is None


def few(n):
    return settings(
        max_examples=n,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@few(150)
@given(mutations)
def test_load_of_a_mutated_file(changes):
    mutate_file(changes)


@few(150)
@given(mutations, st.integers(0, 50), st.integers(0, 50))
def test_load_of_a_forged_member(changes, which, inner):
    mutate_member(changes, which, inner)


@few(15)
@given(mutations, st.integers(0, 2))
def test_load_of_a_forged_network(changes, inner):
    mutate_network(changes, inner)


@few(100)
@given(places)
def test_load_of_parts_that_change_places(changes):
    mutate_schema("plain", changes)


@few(15)
@given(places)
def test_load_of_parts_of_a_network_that_change_places(changes):
    mutate_schema("network", changes)


@few(20)
@given(st.integers(0, 5), st.integers(0, 5))
def test_load_of_swapped_members(first, second):
    swap_members(first, second)


@pytest.mark.slow
@few(MANY // 4)
@given(mutations)
def test_load_of_many_mutated_files(changes):
    mutate_file(changes)


@pytest.mark.slow
@few(MANY // 4)
@given(places)
def test_load_of_many_parts_that_change_places(changes):
    mutate_schema("plain", changes)


@pytest.mark.slow
@few(MANY // 2)
@given(mutations, st.integers(0, 50), st.integers(0, 50))
def test_load_of_many_forged_members(changes, which, inner):
    mutate_member(changes, which, inner)


@pytest.mark.slow
@few(MANY // 100)
@given(mutations, st.integers(0, 2))
def test_load_of_many_forged_networks(changes, inner):
    mutate_network(changes, inner)


# -- tables ----------------------------------------------------------------------------------------

TABLE = b"age;plan;churn\n31;basic;no\n64;plus;yes\n45;'a \"b\" c';no\n"


@functools.cache
def table(suffix):
    import bz2
    import gzip
    import lzma

    if suffix == ".zip":
        return packed({"table.csv": TABLE})
    if suffix == ".parquet":
        file = io.BytesIO()
        pd.DataFrame({"age": np.arange(3.0), "plan": ["a", "b", None]}).to_parquet(file)
        return file.getvalue()
    return {".csv": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[
        suffix
    ](TABLE)


SUFFIXES = (".csv", ".zip", ".gz", ".bz2", ".xz", ".parquet")
cells = st.one_of(mutations, st.binary(max_size=60), st.text(max_size=60))


def mutate_table(suffix, change):
    if isinstance(change, list):
        data = mutated(table(suffix), change)
    else:
        data = change if isinstance(change, bytes) else change.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"table{suffix}")
        path.write_bytes(data)
        result = harmless(read_table, path, error=TableError)
    assert result is None or (len(result) >= 1 and result.columns.is_unique)


@few(300)
@given(st.sampled_from(SUFFIXES), cells)
@example(".csv", b"\xff\xfea")
@example(".csv", b'a,b\n"1')
def test_read_table_of_mutated_files(suffix, change):
    mutate_table(suffix, change)


@pytest.mark.slow
@few(MANY)
@given(st.sampled_from(SUFFIXES), cells)
def test_read_table_of_many_mutated_files(suffix, change):
    mutate_table(suffix, change)
