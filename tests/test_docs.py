"""The documentation: complete, its code runs, and the built site has no broken link."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pandas as pd
import pytest
from test_public_api import PUBLIC, SUBPACKAGES

from skmultiinput import make_customers
from skmultiinput._cli.serve import parse_serve_arguments

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.rst") if "generated" not in p.parts)
GENERATED = {"auto_examples", "build", "_templates", "sg_execution_times.rst"}
SOURCES = [p for p in PAGES if not GENERATED & set(p.parts)]
CODE = re.compile(r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", flags=re.MULTILINE)
PRINTED = re.compile(r"\.\. code-block:: text\n\n((?:   .*\n|\n)+)")
COMMAND = re.compile(r"^   \$ (.*python -m skmultiinput.*)$", flags=re.MULTILINE)


def test_every_public_name_is_on_one_page():
    listed = {}
    for module in SUBPACKAGES:
        text = (DOCS / "api" / f"{module}.rst").read_text(encoding="utf-8")
        assert f".. currentmodule:: skmultiinput.{module}\n" in text
        listed[module] = re.findall(r"^   (\w+)$", text, flags=re.MULTILINE)
    assert listed == {module: PUBLIC[module] for module in SUBPACKAGES}


def test_every_page_is_in_a_table_of_contents():
    for page in SOURCES:
        if page.stem == "index":
            continue
        contents = (page.parent / "index.rst").read_text(encoding="utf-8")
        assert re.search(rf"^   {page.stem}$", contents, flags=re.MULTILINE), page


def test_every_page_has_a_title():
    for page in SOURCES:
        first, second = page.read_text(encoding="utf-8").splitlines()[:2]
        assert second == "=" * len(first), page


@pytest.mark.parametrize("page", SOURCES, ids=lambda page: page.stem)
def test_roles_name_the_page_of_a_public_name(page):
    """Sphinx leaves a role without a target unlinked, and says nothing."""
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r":(?:func|class|meth):`~?skmultiinput\.([\w.]+)`", text):
        module, name, *_ = [*target.split("."), ""]
        assert name in PUBLIC.get(module, ()), target


def blocks(page):
    """Code of a page, each block at the lines of the page, and what the page says it prints."""
    text = page.read_text(encoding="utf-8")
    for match in CODE.finditer(text):
        lines = [line[3:] for line in match[1].splitlines()]
        printed = PRINTED.match(text, match.end())
        code = "\n" * text[: match.start(1)].count("\n") + "\n".join(lines)
        yield code, printed[1] if printed else ""


def comparable(printed):
    """Split what is printed into words; decimals, which depend on the machine, are masked."""
    return re.sub(r"-?\d+\.\d+", "#.#", printed).split()


WITH_CODE = [page for page in SOURCES if any(blocks(page))]
SCHEDULER = "tcp://scheduler:8786"


def test_code_says_what_it_is():
    """A literal block would be in no test below."""
    for page in SOURCES:
        for line in page.read_text(encoding="utf-8").splitlines():
            assert line.startswith("..") or not line.endswith("::"), (page.stem, line)


@pytest.fixture
def scheduler():
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow  # two minutes in all; every change to an API should run it
@pytest.mark.parametrize("page", WITH_CODE, ids=lambda p: p.stem)
def test_the_code_of_a_page_runs(page, monkeypatch, tmp_path, request, capsys):
    """Runs, and prints what the page shows."""
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "docs"}
    for block, printed in blocks(page):
        address = request.getfixturevalue("scheduler") if SCHEDULER in block else ""
        capsys.readouterr()
        exec(compile(block.replace(SCHEDULER, address), str(page), "exec"), namespace)
        if printed:
            assert comparable(capsys.readouterr().out) == comparable(printed)


@pytest.mark.slow  # processes of their own
def test_commands_run(tmp_path):
    X, y = make_customers(300, random_state=0)
    X.assign(churned=y).to_csv(tmp_path / "customers.csv", index=False)
    X.to_csv(tmp_path / "new.csv", index=False)
    X.to_csv(tmp_path / "new.csv.gz", index=False)
    paths = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(DOCS.parent),
    }
    pages = [DOCS / "getting_started.rst", DOCS / "user_guide" / "saving_and_serving.rst"]
    commands = [c for page in pages for c in COMMAND.findall(page.read_text(encoding="utf-8"))]
    assert sum(map(len, map(COMMAND.findall, map(Path.read_text, SOURCES)))) == len(commands)
    served = [command for command in commands if " serve " in command]
    assert len(served) == 1
    # It would not end; tests/_cli/test_serve.py asks the server.
    parse_serve_arguments(served[0].split(" serve ")[1].split())
    for command in commands:
        # Otherwise as it is, but the quality of the model is not the question.
        quick = " --preset fast --epochs 1 --folds 2" if "--target" in command else ""
        if command not in served:
            subprocess.run(
                command + quick,
                shell=True,
                check=True,
                cwd=tmp_path,
                env=os.environ | paths,
                timeout=600,
            )
    assert (tmp_path / "churn.html").is_file()
    assert len(pd.read_csv(tmp_path / "scored.csv")) == len(X)


# --- The built site, with --site.


class Page(HTMLParser):
    """Links, targets, title and images without a description."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.bare, self.title, self._in = [], set(), [], "", False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        self._in = tag == "title" or (self._in and tag != "body")
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "img":
            self.links.append(attrs.get("src", ""))
            if "alt" not in attrs:  # empty where a text says the same
                self.bare.append(attrs.get("src"))

    def handle_endtag(self, tag):
        self._in = self._in and tag != "title"

    def handle_data(self, data):
        self.title += data if self._in else ""


@pytest.fixture(scope="module")
def site(request):
    folder = request.config.getoption("--site")
    if folder is None:
        pytest.skip("needs --site, the folder of the built documentation")
    root = Path(folder).resolve()
    return {path: Page(path) for path in root.rglob("*.html") if "_static" not in path.parts}


def test_links_lead_somewhere(site):
    broken = []
    for path, page in site.items():
        for link in page.links:
            url, fragment = urldefrag(link)
            if urlparse(url).scheme or url.startswith("//"):
                continue
            target = (path.parent / unquote(url)).resolve() if url else path
            target = target / "index.html" if target.is_dir() else target
            missing = not target.exists()
            if not missing and fragment and target in site:
                missing = unquote(fragment) not in site[target].ids
            if missing:
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_pages_have_titles_and_images_descriptions(site):
    assert [path.name for path, page in site.items() if not page.title.strip()] == []
    assert {path.name: page.bare for path, page in site.items() if page.bare} == {}


def test_the_reference_of_a_name_leads_to_the_guide(site):
    for path, page in site.items():
        if path.parent.name == "generated":
            guides = [link for link in page.links if "/user_guide/" in link]
            # The navigation leads to the first page.
            assert any("index.html" not in link for link in guides), path.name
