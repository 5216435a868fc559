"""How Sphinx builds the documentation: `python -m sphinx -E -W --keep-going docs build/docs`."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

os.environ["CHALKGRAD_PURE"] = "1"  # the plain files are the reference: theirs are the signatures
sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "chalkgrad"
author = "The chalkgrad authors"
version = release = installed_version("chalkgrad")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "demo_pages",
    "operation_table",
    "plain_docstrings",
]
myst_heading_anchors = 3

add_function_parentheses = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
maximum_signature_line_length = 96
python_use_unqualified_type_names = True
smartquotes = False  # "" in a docstring is Python
toc_object_entries_show_parents = "hide"

html_theme = "furo"  # it loads nothing from elsewhere, so the site can be read offline
html_title = f"chalkgrad {version}"
html_static_path = ["_static"]
html_css_files = ["chalkgrad.css"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#005a8e", "color-brand-content": "#005a8e"},
    "dark_css_variables": {"color-brand-primary": "#7cc4f0", "color-brand-content": "#7cc4f0"},
}

if tags.has("site"):  # noqa: F821 - beside the pages of `autograd site`, of which it is a folder
    templates_path = ["_templates"]
    parts = ("brand", "search", "scroll-start", "navigation", "scroll-end")
    html_sidebars = {"**": ["site.html", *(f"sidebar/{part}.html" for part in parts)]}
