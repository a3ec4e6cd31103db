"""The layout of the package: folders are floors, and imports only go down."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "skmultiinput"
# From the ground to the roof. A folder imports from the floors below it; folders of one floor may
# import each other as long as no circle comes of it.
FLOORS = [
    {
        "_version",
        "_compat",
        "_checks",
        "_replacing",
        "_fingerprint",
        "_typing",
        "_unwrap",
        "frame",
        "metrics",
        "datasets",
        "_keras",
    },
    {"preprocessing", "over_sampling", "_layers"},
    {"branches"},
    {"fusion"},
    {"_network"},
    {"_training"},
    {"estimators", "inspection"},
    {"evaluation", "persistence", "serving", "model_selection"},
    {"streaming", "_cli"},
    {"__main__"},
]
WITHOUT_KERAS = (
    *("frame", "metrics", "datasets", "preprocessing", "over_sampling", "evaluation", "serving"),
)
NETWORKS = ("keras", "scikeras", "tensorflow", "jax", "torch")
HOSTS = ("keras", "scikeras", "sklearn", "imblearn", "skrub")
# Private names that a host asks its subclasses to use; everything else belongs to _compat.
ASKED_FOR = {"_validate_params", "_parameter_constraints"}  # scikit-learn's check of parameters
MAX_LINES, MAX_FILES, MAX_PARAMETERS = 400, 26, 7


def parse(folder):
    """Module name -> its syntax tree."""
    trees = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if name:  # the package itself imports by name, when something is first used
            trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def folder_of(module):
    return module.partition(".")[0]


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


def upward_imports(trees, floors):
    floor = {name: i for i, names in enumerate(floors) for name in names}
    return [
        f"{module} imports {target}"
        for module, tree in trees.items()
        for target in own_imports(tree, trees)
        if floor[folder_of(target)] > floor[folder_of(module)]
    ]


def circle(graph):
    """Some circle in a graph {node: set of nodes}, or None."""
    done, path = set(), []

    def walk(node):
        if node in path:
            return [*path[path.index(node) :], node]
        if node not in done:
            path.append(node)
            for target in sorted(graph.get(node, ())):
                found = walk(target)
                if found:
                    return found
            path.pop()
            done.add(node)
        return None

    return next(filter(None, map(walk, sorted(graph))), None)


def graphs(trees):
    """Imports between modules, and between folders."""
    modules = {module: set(own_imports(tree, trees)) for module, tree in trees.items()}
    folders: dict = {}
    for module, targets in modules.items():
        names = {folder_of(target) for target in targets} - {folder_of(module)}
        folders.setdefault(folder_of(module), set()).update(names)
    return modules, folders


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


def reaches_into(tree):
    """Private attributes of other objects than ``self``, ``cls`` and ``super()`` that are used."""
    own = {"self", "cls"}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_private(node.attr)
        and node.attr not in ASKED_FOR
        and not (isinstance(node.value, ast.Name) and node.value.id in own)
        and not ast.unparse(node.value).startswith(("super(", "type(self)"))
    ]


def wide_functions(tree, *, internal):
    """Methods, and functions of `internal` modules, with more parameters than one keeps in mind.

    Constructors are exempt, and so are those in a class method's form, such as ``from_estimator``.
    """
    methods = {
        node
        for cls in ast.walk(tree)
        if isinstance(cls, ast.ClassDef)
        for node in cls.body
        if isinstance(node, ast.FunctionDef)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not (internal or node in methods):
            continue
        names = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
        names = [name for name in names if name not in {"self", "cls"}]
        constructor = node.name == "__init__" or (node in methods and node.name[:5] == "from_")
        if len(names) > MAX_PARAMETERS and not constructor:
            yield f"{node.name}({', '.join(names)})"


TREES = parse(PACKAGE)


def test_every_folder_has_its_floor():
    assert {folder_of(module) for module in TREES} - set().union(*FLOORS) == set()


def test_imports_go_down():
    assert upward_imports(TREES, FLOORS) == []


def test_imports_have_no_circle():
    modules, folders = graphs(TREES)
    assert circle(modules) is None
    assert circle(folders) is None


def test_imports_are_absolute():
    assert [m for m, tree in TREES.items() if any(n.startswith(".") for n in imported(tree))] == []


def test_what_needs_no_network_imports_no_keras():
    found = [
        f"{module} imports {name}"
        for module, tree in TREES.items()
        if folder_of(module) in WITHOUT_KERAS
        for name in imported(tree)
        if name.partition(".")[0] in NETWORKS
    ]
    assert found == []


def test_only_compat_uses_private_names_of_others():
    others = {module: tree for module, tree in TREES.items() if module != "_compat"}
    assert [(m, n) for m, tree in others.items() for n in private_imports(tree)] == []
    assert private_attributes(others) == []


def test_no_module_reaches_into_private_attributes():
    found = {module: reaches_into(tree) for module, tree in TREES.items() if module != "_compat"}
    assert {module: names for module, names in found.items() if names} == {}


def test_sizes():
    files = list(PACKAGE.rglob("*.py"))
    long = [f.name for f in files if len(f.read_text("utf-8").splitlines()) > MAX_LINES]
    assert long == []
    folders = {folder: sum(f.parent == folder for f in files) for folder in PACKAGE.rglob("*")}
    assert [f.name for f, n_files in folders.items() if n_files > MAX_FILES] == []
    wide = [
        f"{module}: {function}"
        for module, tree in TREES.items()
        for function in wide_functions(tree, internal=folder_of(module)[0] == "_")
    ]
    assert wide == []


def test_no_two_files_have_nearly_the_same_name():
    names = [p.stem for p in PACKAGE.rglob("*.py") if p.stem not in {"__init__", "__main__"}]
    plain = [name.replace("_", "").removesuffix("s") for name in names]
    assert sorted(name for name in plain if plain.count(name) > 1) == []


# --- The checks themselves can fail.


def test_the_checks_find_what_they_look_for():
    trees = {
        "low.a": ast.parse("from skmultiinput.high.b import f"),
        "high.b": ast.parse("import skmultiinput.low.a"),
    }
    assert upward_imports(trees, [{"low"}, {"high"}]) == ["low.a imports high.b"]
    modules, folders = graphs(trees)
    assert circle(modules) == ["high.b", "low.a", "high.b"]
    assert circle(folders) == ["high", "low", "high"]
    assert circle({"low": {"high"}, "high": set()}) is None
    assert reaches_into(ast.parse("a = b._c\nself._d = type(self)._e")) == ["b._c"]
    wide = ast.parse("def f(a, b, c, d, e, *, f, g, h): pass")
    assert list(wide_functions(wide, internal=True))
    assert not list(wide_functions(wide, internal=False))


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
