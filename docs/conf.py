"""Configuration of the documentation: ``sphinx-build -W docs docs/build``."""

import os
import re
import socket
import warnings

# Networks of the gallery are small; TensorFlow's log and progress would only clutter it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

from skmultiinput import __version__ as release

project = "skmultiinput"
author = "The skmultiinput developers"
project_copyright = author
version = release
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "numpydoc",
]
templates_path = ["_templates"]
exclude_patterns = ["build", "auto_examples/**/*.ipynb", "auto_examples/**/*.py"]
root_doc = "index"
default_role = "any"
autosummary_generate = True
# The page of the guide that the reference of a name begins with: of its module, or its own.
autosummary_context = {
    "guides": {
        "branches": "branches_and_fusion",
        "datasets": "preparing_columns",
        "estimators": "training",
        "evaluation": "evaluating",
        "frame": "typed_frame",
        "fusion": "branches_and_fusion",
        "inspection": "inspecting",
        "metrics": "imbalance",
        "model_selection": "searching",
        "over_sampling": "imbalance",
        "persistence": "saving_and_serving",
        "preprocessing": "preparing_columns",
        "serving": "saving_and_serving",
        "streaming": "out_of_core",
        "Conv1DBranch": "sequences",
        "Conv2DBranch": "images",
        "ImageEncoder": "images",
        "RecurrentBranch": "sequences",
        "SequenceEncoder": "sequences",
        "TokenBranch": "text",
        "TokenEncoder": "text",
        "dask_backend": "many_machines",
        "events_to_sequences": "sequences",
        "explain_words": "text",
    }
}
autodoc_typehints = "none"  # the docstrings say more
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
add_module_names = False
suppress_warnings = [
    # The gallery stores functions in its configuration, which cannot be cached.
    "config.cache",
    # Docstrings use single backquotes for names of any kind, as scikit-learn does.
    "ref.any",
]


def _online() -> bool:
    """Whether inventories of other projects can be fetched; without them their names are plain."""
    try:
        socket.create_connection(("docs.python.org", 443), timeout=3).close()
    except OSError:
        return False
    return True


intersphinx_mapping = (
    {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "imblearn": ("https://imbalanced-learn.org/stable", None),
        "skrub": ("https://skrub-data.org/stable", None),
    }
    if _online()
    else {}
)

html_theme = "pydata_sphinx_theme"
html_title = "skmultiinput"
html_static_path = ["_static"]
html_css_files = ["skmultiinput.css"]
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 5,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"getting_started": [], "faq": [], "glossary": []}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/\d\d_",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skmultiinput",),
    "backreferences_dir": "api/backreferences",
    "reference_url": {"skmultiinput": None},
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    # Tables, but not what the last line of a plot happens to return.
    "capture_repr": ("_repr_html_",),
    "remove_config_comments": True,
    "matplotlib_animations": False,
}
warnings.filterwarnings("ignore", message="Matplotlib is currently using agg")


def _escape(_app, _what, _name, _obj, _options, lines):
    """Escape what numpydoc's types have in common with references and emphasis of rst."""
    for number, line in enumerate(lines):
        escaped = re.sub(r"(?<=[(, ])n_features_in_(?=[,) ])", r"n_features_in\\_", line)
        lines[number] = re.sub(r", \*([\w.]+)\)", r", \\*\1)", escaped)


def _skip(_app, _what, name, _obj, _skip, _options):
    """Leave out the methods that scikit-learn adds for metadata routing."""
    return True if name.endswith("_request") or name == "get_metadata_routing" else None


def setup(app):
    app.connect("autodoc-process-docstring", _escape, priority=1)
    app.connect("autodoc-skip-member", _skip)
