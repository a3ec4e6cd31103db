"""The public names: complete, documented, cheap to import, and without side effects."""

import importlib
import inspect
import re
import subprocess
import sys

import pytest

import skmultiinput
from skmultiinput import preprocessing

NAMES = [name for name in skmultiinput.__all__ if name != "__version__"]
# Prepared or judged tables need no network.
WITHOUT_TENSORFLOW = [
    *preprocessing.__all__,
    "ColumnGroups",
    "MultiInputSMOTE",
    "make_customers",
    "evaluate",
    "min_cost_threshold",
    "make_cost_scorer",
]
RETURN_NOTHING = {"clear_compile_cache", "save"}


def run(code):
    """What a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_names_are_sorted_and_there():
    assert skmultiinput.__all__ == sorted(set(skmultiinput.__all__), key=lambda n: (n[0] != "_", n))
    assert dir(skmultiinput) == sorted(skmultiinput.__all__)
    for name in NAMES:
        assert getattr(skmultiinput, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'skmultiinput' has no attribute 'nothing'"):
        skmultiinput.nothing  # noqa: B018 - reading it is the test
    with pytest.raises(ImportError, match="nothing"):
        importlib.import_module("skmultiinput.nothing")


def test_what_a_module_declares_public_is_public():
    assert preprocessing.__all__ == sorted(preprocessing.__all__)
    assert set(preprocessing.__all__) <= set(NAMES)


# --- Documentation.


def sections(doc):
    """Heading -> text, of a numpydoc docstring."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}$", doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section):
    """Names that a section of parameters describes: lines that start at its margin."""
    heads = [line.split(" : ")[0] for line in section.splitlines() if line[:1].strip()]
    return {name.strip(" *") for head in heads for name in head.split(",")}


def parameters_of(member):
    parameters = inspect.signature(member).parameters.values()
    return {p.name for p in parameters if not p.name.startswith("_")}


def public_methods(cls):
    return {
        name: member
        for name, member in vars(cls).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


@pytest.mark.parametrize("name", NAMES)
def test_public_names_are_documented(name):
    member = getattr(skmultiinput, name)
    if inspect.isclass(member) and issubclass(member, Exception):
        assert member.__doc__
        return
    doc = sections(inspect.getdoc(member))
    use = doc.get("Examples", "")
    assert ">>> " in use or "with an example" in doc.get("See Also", ""), "shows no use"
    told = described(doc.get("Parameters", "") + doc.get("Attributes", ""))
    assert parameters_of(member) - told == set(), "parameters without a description"
    if inspect.isclass(member) and hasattr(member, "fit"):
        assert "Attributes" in doc, "does not say what is learned"
    if not inspect.isclass(member) and name not in RETURN_NOTHING:
        assert "Returns" in doc


@pytest.mark.parametrize("name", NAMES)
def test_their_methods_are_documented(name):
    member = getattr(skmultiinput, name)
    for method, function in public_methods(member).items() if inspect.isclass(member) else ():
        assert function.__doc__, f"{name}.{method}"


# --- Imports and state.


def test_preparing_tables_imports_no_tensorflow():
    loaded = run(
        "import sys\n"
        f"from skmultiinput import {', '.join(WITHOUT_TENSORFLOW)}\n"
        "print([m for m in ('tensorflow', 'keras', 'jax', 'torch') if m in sys.modules])"
    )
    assert loaded == "[]"


def test_the_package_alone_imports_next_to_nothing():
    loaded = run(
        "import sys, skmultiinput\nprint([m for m in ('numpy', 'pandas') if m in sys.modules])"
    )
    assert loaded == "[]"


STATE = """
import os, random, warnings
import numpy as np
import keras, matplotlib, rich.themes, scikeras.wrappers, sklearn, pandas as pd
try:
    import polars  # where it is installed skrub imports it, and it sets a variable
except ImportError:
    pass

def state():
    return {
        "environment": dict(os.environ),
        "random": random.getstate(),
        "numpy": str(np.random.get_state()),
        "floats": (keras.config.floatx(), keras.config.epsilon(), keras.backend.backend()),
        "filters": list(warnings.filters),
        "sklearn": sklearn.get_config(),
        "errors": np.geterr(),
        "plots": dict(matplotlib.rcParams),
        "folder": (os.getcwd(), sorted(os.listdir())),
    }

def draws():
    return random.random(), np.random.rand(), keras.random.normal((2,)).numpy().tolist()

keras.utils.set_random_seed(7)
draws()
before = state()
import skmultiinput
for name in skmultiinput.__all__:
    getattr(skmultiinput, name)
after = state()
print([key for key in before if before[key] != after[key]])

X, y = skmultiinput.make_customers(80, random_state=0)
model = skmultiinput.MultiInputClassifier(
    hidden_units=(8,), epochs=2, random_state=0, sampler=skmultiinput.MultiInputSMOTE()
)
rows = skmultiinput.make_preprocessor().fit_transform(X, y)
model.fit(rows, y).predict_proba(rows)
after = state()
print([key for key in before if before[key] != after[key]])
print(draws())
"""
# The same draws in a process that knows nothing of the package.
CONTROL = STATE[: STATE.index("before = state()")] + "print(draws())"


def test_neither_import_nor_fit_changes_the_process(tmp_path):
    changed = run(f"import os\nos.chdir({str(tmp_path)!r})\n{STATE}")
    undisturbed = run(CONTROL)
    assert changed.splitlines() == ["[]", "[]", undisturbed.strip()]
