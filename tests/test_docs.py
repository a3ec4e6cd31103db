"""The documentation: complete, its code runs, and the built site has no broken link."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest
from test_public_api import PUBLIC, SUBPACKAGES

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.rst") if "generated" not in p.parts)
GENERATED = {"auto_examples", "build", "_templates", "sg_execution_times.rst"}
SOURCES = [p for p in PAGES if not GENERATED & set(p.parts)]
CODE = re.compile(r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", flags=re.MULTILINE)


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
    """Code of a page, each block at the lines of the page."""
    text = page.read_text(encoding="utf-8")
    for match in CODE.finditer(text):
        lines = [line[3:] for line in match[1].splitlines()]
        yield "\n" * text[: match.start(1)].count("\n") + "\n".join(lines)


WITH_CODE = [page for page in SOURCES if any(blocks(page))]


@pytest.mark.slow  # a minute in all; every change to an API should run it
@pytest.mark.parametrize("page", WITH_CODE, ids=lambda p: p.stem)
def test_the_code_of_a_page_runs(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "docs"}
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), namespace)


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
