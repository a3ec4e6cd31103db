"""The code of the README runs, block by block, in order."""

import re
from pathlib import Path

import pytest
import sklearn

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
TITLES = [block.strip().splitlines()[-1][:24] for block in BLOCKS]


@pytest.fixture(scope="module")
def namespace():
    """Names that the blocks share: each continues where the one before it ended."""
    return {"__name__": "readme"}


def run(block, namespace):
    line = TEXT[: TEXT.index(block)].count("\n")
    # The line numbers of an error are those of the README.
    exec(compile("\n" * line + block, str(README), "exec"), namespace)


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=TITLES)
def test_block_runs(number, namespace):
    run(BLOCKS[number], namespace)


def test_all_blocks_run_with_metadata_routing():
    namespace = {"__name__": "readme"}
    with sklearn.config_context(enable_metadata_routing=True):
        for block in BLOCKS:
            run(block, namespace)
    assert namespace["auc"] > 0.6


def test_the_prose_around_the_blocks_is_true(namespace):
    if "result" not in namespace:
        pytest.skip("runs after the blocks, in the same process")
    assert len(BLOCKS) >= 4
    assert namespace["auc"] > 0.6
    columns = set(namespace["model"][-1].column_groups_.columns)
    assert {"numeric__age", "text__review[12]"} <= columns
    assert {"numeric__age", "usage__monthly_usage[3,0]"} <= set(namespace["frame"].columns)
    assert len(namespace["search"].cv_results_["params"]) == 4


def test_it_is_short():
    prose = TEXT.split("## Public names")[0]
    assert len(prose.splitlines()) <= 170
