"""The public names: complete, documented, cheap to import, and without side effects."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skmultiinput

PACKAGE = Path(skmultiinput.__file__).parent
README = Path(__file__).parent.parent / "README.md"


def declared(folder):
    """``__all__`` of the stub in a folder, in the order of the file."""
    for node in ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []


SUBPACKAGES = sorted(
    path.parent.name for path in PACKAGE.glob("*/__init__.pyi") if path.parent.name[0] != "_"
)
# Subpackage -> its public names; "" is the package itself.
PUBLIC = {name: declared(PACKAGE / name) for name in ["", *SUBPACKAGES]}
TOP_LEVEL = [name for name in PUBLIC[""] if name not in SUBPACKAGES]
# A name at the top level is one of a subpackage, too, and is checked there.
NAMES = [(module, name) for module in SUBPACKAGES for name in PUBLIC[module]]
# Preparing, resampling and comparing tables needs no network.
WITHOUT_TENSORFLOW = (
    "datasets",
    "evaluation",
    "frame",
    "metrics",
    "over_sampling",
    "preprocessing",
    "serving",
)
RETURN_NOTHING = {"clear_compile_cache", "save"}


def run(code):
    """Return what a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def public_object(module, name):
    return getattr(importlib.import_module(f"skmultiinput.{module}"), name)


# --- Names.


@pytest.mark.parametrize("module", PUBLIC)
def test_names_are_sorted_and_importable(module):
    package = importlib.import_module(f"skmultiinput.{module}".rstrip("."))
    assert PUBLIC[module] == sorted(set(PUBLIC[module]))
    assert sorted(package.__all__) == PUBLIC[module]
    assert dir(package) == PUBLIC[module]
    for name in PUBLIC[module]:
        assert getattr(package, name).__name__.rpartition(".")[2] == name


def test_every_public_subpackage_is_reachable_from_the_top():
    folders = [p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()]
    public = sorted(name for name in folders if name[0] != "_")
    assert public == SUBPACKAGES, "a public folder without a stub"
    assert set(SUBPACKAGES) <= set(PUBLIC[""])


def test_names_at_the_top_are_those_of_the_subpackages():
    for name in TOP_LEVEL:
        homes = [module for module in SUBPACKAGES if name in PUBLIC[module]]
        assert len(homes) == 1, name
        assert getattr(skmultiinput, name) is public_object(homes[0], name)


def test_a_name_has_one_home():
    names = [name for _, name in NAMES]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_what_belongs_to_the_package_is_installed():
    """Run on the installed package by .ci/run: what setup.cfg lists as package data."""
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "__init__.pyi").is_file()
    assert (PACKAGE / "evaluation" / "templates" / "report.html").is_file()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        skmultiinput.nothing  # noqa: B018 - reading it is the test
    with pytest.raises(ImportError, match="nothing"):
        importlib.import_module("skmultiinput.nothing")


def test_the_readme_lists_every_public_name_once():
    table = README.read_text(encoding="utf-8").split("## Public names")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `([\w.]+)` \| \S.* \|$", table, flags=re.MULTILINE)
    expected = [name if name in TOP_LEVEL else f"{module}.{name}" for module, name in NAMES]
    assert listed == expected


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


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_public_names_are_documented(module, name):
    member = public_object(module, name)
    doc = sections(inspect.getdoc(member))
    assert "See Also" in doc, "leads nowhere"
    for other in described(doc["See Also"]):
        home, _, short = other.rpartition(".")
        # Sphinx links a name where it is documented, and leaves others as they are.
        if home.partition(".")[0] in ("", "skmultiinput"):
            assert short in PUBLIC.get(home.removeprefix("skmultiinput.") or module, ()), other
    if inspect.isclass(member) and issubclass(member, Exception):
        return
    use = doc.get("Examples", "")
    assert ">>> " in use or "with an example" in doc.get("See Also", ""), "shows no use"
    documented = described(doc.get("Parameters", "") + doc.get("Attributes", ""))
    assert parameters_of(member) - documented == set(), "parameters without a description"
    if inspect.isclass(member) and hasattr(member, "fit"):
        assert "Attributes" in doc, "does not say what is learned"
    if not inspect.isclass(member) and name not in RETURN_NOTHING:
        assert "Returns" in doc


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_their_methods_are_documented(module, name):
    member = public_object(module, name)
    for method, function in public_methods(member).items() if inspect.isclass(member) else ():
        assert function.__doc__, f"{name}.{method}"


# --- Imports and state.


def test_preparing_tables_imports_no_tensorflow():
    names = [name for module in WITHOUT_TENSORFLOW for name in PUBLIC[module]]
    at_the_top = [name for name in names if name in TOP_LEVEL]
    assert {"make_preprocessor", "evaluate", "MultiInputSMOTE", "ColumnGroups"} <= set(at_the_top)
    imports = [
        f"from skmultiinput.{module} import {', '.join(PUBLIC[module])}"
        for module in WITHOUT_TENSORFLOW
    ]
    loaded = run(
        "import sys\n"
        f"from skmultiinput import {', '.join(at_the_top)}\n"
        + "\n".join(imports)
        + "\nprint([m for m in ('tensorflow', 'keras', 'jax', 'torch') if m in sys.modules])"
    )
    assert loaded == "[]"


def test_the_package_alone_imports_next_to_nothing():
    loaded = run(
        "import sys, skmultiinput\nprint([m for m in ('numpy', 'pandas') if m in sys.modules])"
    )
    assert loaded == "[]"


STATE = """
import importlib, os, random, warnings
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
for module in %SUBPACKAGES%:
    package = importlib.import_module(f"skmultiinput.{module}")
    for name in package.__all__:
        getattr(package, name)
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
""".replace("%SUBPACKAGES%", repr(SUBPACKAGES))
# The same draws in a process that knows nothing of the package.
CONTROL = STATE[: STATE.index("before = state()")] + "print(draws())"


def test_neither_import_nor_fit_changes_the_process(tmp_path):
    changed = run(f"import os\nos.chdir({str(tmp_path)!r})\n{STATE}")
    undisturbed = run(CONTROL)
    assert changed.splitlines() == ["[]", "[]", undisturbed.strip()]


def test_no_parameter_is_whole_and_real_at_once():
    # Of two intervals that both hold a whole number, scikit-learn's message would name either.
    from numbers import Integral, Real

    from skmultiinput._compat import Interval

    mixed, seen = [], 0
    for module, name in NAMES:
        constraints = getattr(public_object(module, name), "_parameter_constraints", {})
        for parameter, rules in constraints.items():
            kinds = {rule.type for rule in rules if isinstance(rule, Interval)}
            seen += bool(kinds)
            if {Integral, Real} <= kinds:
                mixed.append(f"{name}.{parameter}")
    assert seen > 20
    assert mixed == []
