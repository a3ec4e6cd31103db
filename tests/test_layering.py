"""The layout of the package: imports run downwards, TensorFlow and private names stay in place."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "skmultiinput"

# From the bottom to the top. A module may import its own layer, without cycles, and those below.
# A package stands for all of its modules; an indented line goes on with the layer above.
LAYERS = """
_version _compat
_columns _inputs frame
preprocessing over_sampling _distances _offspring datasets _customers tables
backend
layers member_layers sequence_layers embedding_layers token_layers token_statistics fusion_layers
    periodic steps word_vectors
branch plain_branches sequence_branches token_branch branches fusion
network several_networks
losses optimizers _processes pool program epochs prediction keras_fit training
parameters presets _continuing keras_objects own_network prior resampling splitting targets
    _parameter_names _reading _several_fits _training_table pickling _fitting constraints
classifier regressor
estimators
costs cost_scorers _cost_checks thresholds _metrics _folds _fold_run _protocol _results _wrapped
    importance _svg _report_curves _report_tables report _unlike drift
baselines evaluation displays inspection search clusters
persistence _archive _manifest _networks _plain _standins _trusted exporting
    streaming _batches _checkpoint _passes _pass_display epoch_pipeline
_job _printing _target __main__
"""
LAYERS = [set(row.split()) for row in LAYERS.replace("\n    ", " ").strip().splitlines()]
# Up to what prepares tables.
WITHOUT_KERAS = LAYERS[:3]
NETWORKS = ("keras", "scikeras", "tensorflow", "jax", "torch")
HOSTS = ("keras", "scikeras", "sklearn", "imblearn", "skrub")
# Private names that a host asks its subclasses to use; everything else belongs to _compat.
ASKED_FOR = {"_validate_params"}  # scikit-learn's check of _parameter_constraints


def part_of(module):
    """The entry of the table that a module stands for: ``preprocessing._cells`` is one part."""
    return module.partition(".")[0]


def parse(folder):
    """Module name -> its syntax tree."""
    trees = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name:  # the package itself imports by name, when something is first used
            trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def imported(tree):
    """Full dotted names that a module imports, wherever the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names)


def own_imports(tree, modules):
    """Modules of the package that a module imports."""
    for name in imported(tree):
        own = name.removeprefix("skmultiinput.")
        if own == name:
            continue
        if own in modules:
            yield own
        elif own.rpartition(".")[0] in modules:
            yield own.rpartition(".")[0]


def upward_imports(trees, layers):
    level = {part: i for i, layer in enumerate(layers) for part in layer}
    return [
        f"{module} imports {target}"
        for module, tree in trees.items()
        for target in own_imports(tree, trees)
        if level.get(part_of(target), 0) > level.get(part_of(module), len(layers))
    ]


def cycle(trees):
    """Some cycle of imports, or None."""
    graph = {module: set(own_imports(tree, trees)) for module, tree in trees.items()}
    done, path = set(), []

    def walk(module):
        if module in path:
            return [*path[path.index(module) :], module]
        if module not in done:
            path.append(module)
            for target in sorted(graph[module]):
                found = walk(target)
                if found:
                    return found
            path.pop()
            done.add(module)
        return None

    return next(filter(None, map(walk, sorted(graph))), None)


def private_imports(tree):
    """Private names of the libraries underneath that a module imports."""
    return [
        name
        for name in imported(tree)
        if name.partition(".")[0] in HOSTS
        and ("keras.src" in name or any(part.startswith("_") for part in name.split(".")))
    ]


def is_private(name):
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__")


def private_attributes(trees):
    """Private attributes that are read somewhere and defined nowhere in the package."""
    defined, read = set(ASKED_FOR), []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                defined.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                defined.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                defined.add(node.attr)
            elif isinstance(node, ast.Attribute) and is_private(node.attr):
                read.append((node.attr, module))
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith("attr"):
                names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                read += [(name, module) for name in names if is_private(name)]
    return [f"{module} reads {name}" for name, module in read if name not in defined]


TREES = parse(PACKAGE)


def test_every_module_has_its_layer():
    parts, table = {part_of(module) for module in TREES}, set().union(*LAYERS)
    assert sum(map(len, LAYERS)) == len(table)
    assert parts - table == set(), "put these into LAYERS"
    assert table - parts == set(), "take these out of LAYERS"


def test_imports_run_downwards():
    assert upward_imports(TREES, LAYERS) == []


def test_imports_have_no_cycles():
    assert cycle(TREES) is None


def test_imports_are_absolute():
    assert [m for m, tree in TREES.items() if any(n.startswith(".") for n in imported(tree))] == []


def test_what_prepares_tables_imports_no_keras():
    parts = set().union(*WITHOUT_KERAS) - {"_compat"}  # which does so inside of functions only
    found = [
        f"{module} imports {name}"
        for module, tree in TREES.items()
        if part_of(module) in parts
        for name in imported(tree)
        if name.partition(".")[0] in NETWORKS
    ]
    assert found == []


def test_only_compat_uses_private_names_of_others():
    others = {module: tree for module, tree in TREES.items() if module != "_compat"}
    assert [(m, n) for m, tree in others.items() for n in private_imports(tree)] == []
    assert private_attributes(others) == []


# --- The checks themselves can fail.


def test_the_checks_find_what_they_look_for():
    low = ast.parse("from skmultiinput.high import f")
    high = ast.parse("import skmultiinput.low")
    trees = {"low": low, "high": high}
    assert upward_imports(trees, [{"low"}, {"high"}]) == ["low imports high"]
    assert cycle(trees) == ["high", "low", "high"]
    assert cycle({"low": low, "high": ast.parse("")}) is None


@pytest.mark.parametrize(
    "line",
    [
        "from sklearn.base import _fit_context",
        "from sklearn.utils._param_validation import Interval",
        "import scikeras._utils",
        "from keras.src import backend",
    ],
)
def test_private_imports_are_found(line):
    assert private_imports(ast.parse(line))


@pytest.mark.parametrize("line", ["x = model._layers", "x = getattr(model, '_layers', None)"])
def test_private_attributes_are_found(line):
    assert private_attributes({"m": ast.parse(line)}) == ["m reads _layers"]
    assert private_attributes({"m": ast.parse(f"{line}\nself._layers = 1")}) == []
