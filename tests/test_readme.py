"""The code of the README runs, block by block, in order."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
TITLES = [block.strip().splitlines()[-1][:40] for block in BLOCKS]


@pytest.fixture(scope="module")
def namespace():
    """What the blocks share: each goes on where the one before it stopped."""
    return {"__name__": "readme"}


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=TITLES)
def test_block_runs(number, namespace):
    line = TEXT[: TEXT.index(BLOCKS[number])].count("\n")
    # The line numbers of an error are those of the README.
    code = compile("\n" * line + BLOCKS[number], str(README), "exec")
    exec(code, namespace)


def test_what_the_readme_says_of_its_blocks(namespace):
    """What the prose around the blocks promises."""
    if "result" not in namespace:
        pytest.skip("runs after the blocks, in the same process")
    assert len(BLOCKS) >= 7
    assert namespace["auc"] > 0.6
    assert set(namespace["groups"].groups) >= {"numeric", "onehot", "target", "text", "sequence"}
    assert {"text__review[12]", "sequence__monthly_usage[3,0]"} <= set(namespace["groups"].columns)
    assert {"numeric__age", "history__monthly_usage[3,0]"} <= set(namespace["frame"].columns)
    assert len(namespace["scores"]) == 3
    assert namespace["own"][-1].model_.get_layer("numeric").name == "numeric"


def test_names_in_the_tables_are_public():
    import skmultiinput

    table = TEXT.split("## What each part does")[1].split("##")[0]
    for row in re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE):
        for name in re.findall(r"`(\w+)`", row):
            assert name in skmultiinput.__all__, name
