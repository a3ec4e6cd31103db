"""What a type checker sees in a program that uses the package."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import skmultiinput

# Line of a user's program -> the type it has. scikit-learn, imbalanced-learn and Keras have no
# annotations, so their classes are Any.
PROGRAM = {
    "table = make_customers(100, random_state=0)": "tuple[DataFrame, Series]",
    "X = table[0]": "DataFrame",
    "y = table[1]": "Series",
    "classifier = MultiInputClassifier(epochs=1).fit(X, y)": "MultiInputClassifier",
    "regressor = MultiInputRegressor(epochs=1).fit(X, y)": "MultiInputRegressor",
    "labels = classifier.predict(X)": "ndarray",
    "proba = classifier.predict_proba(X)": "ndarray",
    "groups = ColumnGroups.from_frame(X)": "ColumnGroups",
    "result = evaluate(classifier, X, y)": "EvaluationResult",
    "summary = result.summary()": "DataFrame",
    "described = describe_columns(make_preprocessor().fit(X, y))": "DataFrame",
    'vectors = get_embeddings(classifier, "category")': "DataFrame",
}
IMPORTS = """\
from skmultiinput import (
    ColumnGroups, MultiInputClassifier, MultiInputRegressor, describe_columns, evaluate,
    make_customers, make_preprocessor,
)
from skmultiinput.inspection import get_embeddings
"""
pytestmark = pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is in the extra dev")


@pytest.fixture(scope="module")
def revealed(tmp_path_factory):
    """Name of a variable -> its type, without the modules of classes."""
    folder = tmp_path_factory.mktemp("typing")
    names = [line.partition(" = ")[0] for line in PROGRAM]
    reveals = "".join(f"reveal_type({name})\n" for name in names)
    (folder / "program.py").write_text(IMPORTS + "\n".join(PROGRAM) + "\n" + reveals)
    root = Path(skmultiinput.__file__).parent.parent
    # An installed package is found by itself; a checkout has to be named.
    environment = (
        dict(os.environ) if root.name == "site-packages" else {**os.environ, "MYPYPATH": str(root)}
    )
    command = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir=cache"]
    options = ["--ignore-missing-imports", "--follow-imports=silent", "program.py"]
    done = subprocess.run(
        [*command, *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert "error:" not in done.stdout, done.stdout
    types = re.findall(r'Revealed type is "(.*)"', done.stdout)
    return dict(zip(names, [re.sub(r"\w+\.", "", kind) for kind in types], strict=True))


@pytest.mark.parametrize("line", PROGRAM)
def test_results_have_types(revealed, line):
    kind = revealed[line.partition(" = ")[0]]
    assert kind.startswith(PROGRAM[line].removesuffix("]")), kind
