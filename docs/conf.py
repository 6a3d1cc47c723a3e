"""How `make site` builds the documentation: Sphinx, Markdown by MyST, the theme Furo."""

from __future__ import annotations

from halfshake.version import __version__

project = "Halfshake"
author = "the Halfshake developers"
copyright = "the Halfshake developers, Apache-2.0"  # noqa: A001 - Sphinx reads this name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["conf.py"]

html_theme = "furo"
html_title = "Halfshake"
html_static_path = ["static"]
html_css_files = ["site.css"]
# Beside the page that links it.
html_extra_path = ["result-document.schema.json"]
html_show_sphinx = False
html_copy_source = False

# GitHub gives each heading an anchor, and the pages are read there too.
myst_heading_anchors = 4
myst_links_external_new_tab = False
# A fence may say more than its language: `yaml file=watch.yaml` (tests/documented/pages.py).
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
nitpick_ignore_regex = [("py:.*", r".*")]
